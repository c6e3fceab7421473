"""What was seen, as a file."""
