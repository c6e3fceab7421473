"""Hosted responders: the pane, the form, one closely."""
