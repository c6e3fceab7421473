"""What the real `nats` CLI puts on the wire, recorded, and read back by tests."""
