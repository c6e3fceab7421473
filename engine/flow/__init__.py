"""All messages that share a correlation id, and who sent them to whom."""
