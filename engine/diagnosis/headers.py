"""Headers that somebody would act on, were they not written with other capitals."""

from __future__ import annotations

from engine.known_headers import misspelt
from engine.message import Message
from engine.rpc.message import SERVICE_ERROR, SERVICE_ERROR_CODE

SERVERS_OWN = "Nats-"
IN_A_REPLY = (SERVICE_ERROR, SERVICE_ERROR_CODE)
"""What clients look for in a reply."""


def ignored_headers(message: Message, is_request: bool) -> list[tuple[str, str]]:
    """Names as they are written, and as they would have to be."""
    looked = ((name, misspelt(name)) for name in message.headers)
    return [(name, official) for name, official in looked if _matters(official, is_request)]


def _matters(official: str, is_request: bool) -> bool:
    if official in IN_A_REPLY:
        return not is_request
    return is_request and official.startswith(SERVERS_OWN)
