"""Stand-in services: what they answer, how they behave, what they never do."""
