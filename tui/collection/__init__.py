"""The collection on the screen, its environments, and saving into it."""
