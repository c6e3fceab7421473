"""A body: how it is laid out, looked at, searched, copied, saved and filtered."""
