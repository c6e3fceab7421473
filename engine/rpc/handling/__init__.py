"""Handlers: what is subscribed, how a request becomes arguments, and what goes back."""
