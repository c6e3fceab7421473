"""One draft sent many times, and how that went."""
