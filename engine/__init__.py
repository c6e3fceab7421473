"""natstap's engine: RPC over NATS, recorded as conversations. It knows no user interface.

The names here are imported when they are first used: the journal needs no nats-py, and a
screen that only reads should not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .broker import NatsBroker as NatsBroker
    from .errors import ServiceError as ServiceError
    from .journal import Exchange as Exchange
    from .journal import Journal as Journal
    from .link.link import Link as Link
    from .message import Headers as Headers
    from .message import Message as Message
    from .profile.profile import Profile as Profile
    from .rpc.message import NatsMessage as NatsMessage
    from .rpc.response import NatsResponse as NatsResponse
    from .rpc.response import Response as Response
    from .rpc.stream_options import AckPolicy as AckPolicy
    from .session import Session as Session

_HOMES = {
    "AckPolicy": "rpc.stream_options",
    "Exchange": "journal",
    "Headers": "message",
    "Journal": "journal",
    "Link": "link.link",
    "Message": "message",
    "NatsBroker": "broker",
    "NatsMessage": "rpc.message",
    "NatsResponse": "rpc.response",
    "Profile": "profile.profile",
    "Response": "rpc.response",
    "ServiceError": "errors",
    "Session": "session",
}

__all__ = [
    "AckPolicy",
    "Exchange",
    "Headers",
    "Journal",
    "Link",
    "Message",
    "NatsBroker",
    "NatsMessage",
    "NatsResponse",
    "Profile",
    "Response",
    "ServiceError",
    "Session",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
