"""JSON schemas of requests and replies: whose they are, what breaks them, how shapes drift."""
