"""Everything that the user sent, across runs."""
