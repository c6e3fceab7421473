"""Sending many: the form, the running burst, the report."""
