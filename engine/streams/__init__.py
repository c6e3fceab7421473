"""Streams and consumers as they stand, their messages, and what a change would take away."""
