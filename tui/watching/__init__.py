"""Watching others: what runs, and what to begin."""
