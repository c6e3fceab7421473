"""Home: who listens where on a server, its services and its streams."""
