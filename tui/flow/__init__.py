"""A flow as a sequence diagram or a list."""
