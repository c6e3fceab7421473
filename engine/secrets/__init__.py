"""The one home of secrets: how they are found, and how they are left out."""
