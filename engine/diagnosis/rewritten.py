"""Reply subjects that servers made, where no client listens."""

from __future__ import annotations

REWRITTEN = {"_R_.": "in another account", "_GR_.": "behind a gateway"}
"""How such a subject begins, and where the client is that asked."""


def beyond(reply: str) -> str:
    """Where the asker is, when a server made its reply subject; "" for any other."""
    return next((place for stem, place in REWRITTEN.items() if reply.startswith(stem)), "")
