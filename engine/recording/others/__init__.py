"""What other tools write, read as messages: dumps and backups of the nats CLI, logs, JSON lines."""
