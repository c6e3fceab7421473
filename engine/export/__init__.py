"""Exchanges as text that others read: JSON lines, CSV, a report, a diagram, commands."""
