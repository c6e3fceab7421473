"""Who would receive a message, found without sending it: listeners, streams, permissions."""
