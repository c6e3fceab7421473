"""Streams, their consumers and their messages."""
