"""The parts that screens are made of: they show the journal and tell what the user wants."""
