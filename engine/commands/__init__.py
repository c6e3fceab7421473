"""Drafts as commands and code of others, and commands of the `nats` CLI as drafts."""
