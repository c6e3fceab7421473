"""What outlives a run: collections and history, and never a secret in them."""
