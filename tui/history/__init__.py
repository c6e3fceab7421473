"""What was sent, in this run and before."""
