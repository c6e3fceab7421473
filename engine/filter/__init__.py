"""The filter language, and the test that it makes of an exchange."""
