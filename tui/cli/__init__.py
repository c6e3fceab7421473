"""Commands that print instead of drawing: for scripts, for CI, and for whom no screen will do."""
