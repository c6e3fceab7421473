"""Pictures of the real app, made from the demo: `make screenshots`, with their words."""
