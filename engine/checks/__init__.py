"""What a saved request expects of its answer, and what it takes from it for those after it."""
