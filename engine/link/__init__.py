"""One NATS connection, healed and fast. Alone it touches nats-py."""
