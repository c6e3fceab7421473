"""Testing a connection step by step."""
