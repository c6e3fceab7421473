"""How natstap talks: the broker, its calls and subscribers, JetStream."""
