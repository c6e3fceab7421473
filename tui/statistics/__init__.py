"""What every subject does, live."""
