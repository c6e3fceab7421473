"""Rows in columns, of which only those in sight are drawn."""
