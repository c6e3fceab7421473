"""A small shop of services on a private server, and that server."""
