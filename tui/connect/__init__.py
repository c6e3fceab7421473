"""Connecting to a server, and what to do when that fails."""
