"""Headers that the server would act on, were they not written with other capitals."""

from __future__ import annotations

from engine.message import Headers


def misspelt(headers: Headers) -> list[tuple[str, str]]:
    """Headers that are the server's own but for their case, and how the server writes them."""
    looked = ((name, _official(name)) for name in headers if name.lower().startswith("nats-"))
    return [(name, official) for name, official in looked if name != official]


def _official(name: str) -> str:
    """As nats-server writes its headers: Nats-Msg-Id, Nats-UpTo-Sequence, Nats-TTL."""
    return "-".join(map(_capitalized, name.split("-")))


def _capitalized(part: str) -> str:
    if part.lower() == "ttl":
        return "TTL"
    return part if part[:1].isupper() and not part.isupper() else part.capitalize()
