"""The embedded nats-server."""
