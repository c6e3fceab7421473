"""natstap's engine: RPC over NATS, recorded as conversations. It knows no user interface.

    from engine import NatsBroker, NatsMessage, NatsResponse, Response

`engine.errors` is the tree of errors, `engine.testing` has a private server and stubs for tests,
and docs/engine.md says the rest. The names here are imported when they are first used: the
journal needs no nats-py, and a screen that only reads should not wait for it.
"""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from . import errors as errors
    from . import testing as testing
    from .audience.audience import Audience as Audience
    from .broker import NatsBroker as NatsBroker
    from .diagnosis.result import Diagnosis as Diagnosis
    from .errors import NatstapError as NatstapError
    from .errors import ServiceError as ServiceError
    from .journal import Exchange as Exchange
    from .journal import Journal as Journal
    from .journal import State as State
    from .link.link import Link as Link
    from .message import Headers as Headers
    from .message import Message as Message
    from .profile.profile import Profile as Profile
    from .rpc.call import Call as Call
    from .rpc.handling.publisher import Publisher as Publisher
    from .rpc.handling.response import NatsResponse as NatsResponse
    from .rpc.handling.response import Response as Response
    from .rpc.handling.shapes import JStream as JStream
    from .rpc.handling.shapes import PullSub as PullSub
    from .rpc.handling.shapes import Schedule as Schedule
    from .rpc.handling.signals import AckMessage as AckMessage
    from .rpc.handling.signals import NackMessage as NackMessage
    from .rpc.handling.signals import RejectMessage as RejectMessage
    from .rpc.handling.signals import SkipMessage as SkipMessage
    from .rpc.handling.signals import StopConsume as StopConsume
    from .rpc.handling.stream_options import AckPolicy as AckPolicy
    from .rpc.handling.subscriber import Subscriber as Subscriber
    from .rpc.message import NatsMessage as NatsMessage
    from .rpc.pubacks import PubAck as PubAck
    from .rpc.request_many import Replies as Replies
    from .rpc.request_many import empty_body as empty_body
    from .session import Session as Session
    from .watching.feed import ExchangeFeed as ExchangeFeed
    from .watching.feed import SeenExchange as SeenExchange

_HOMES = {
    "AckMessage": "rpc.handling.signals",
    "AckPolicy": "rpc.handling.stream_options",
    "Audience": "audience.audience",
    "Call": "rpc.call",
    "Diagnosis": "diagnosis.result",
    "Exchange": "journal",
    "ExchangeFeed": "watching.feed",
    "Headers": "message",
    "JStream": "rpc.handling.shapes",
    "Journal": "journal",
    "Link": "link.link",
    "Message": "message",
    "NackMessage": "rpc.handling.signals",
    "NatsBroker": "broker",
    "NatsMessage": "rpc.message",
    "NatsResponse": "rpc.handling.response",
    "NatstapError": "errors",
    "Profile": "profile.profile",
    "PubAck": "rpc.pubacks",
    "Publisher": "rpc.handling.publisher",
    "PullSub": "rpc.handling.shapes",
    "RejectMessage": "rpc.handling.signals",
    "Replies": "rpc.request_many",
    "Response": "rpc.handling.response",
    "Schedule": "rpc.handling.shapes",
    "SeenExchange": "watching.feed",
    "ServiceError": "errors",
    "Session": "session",
    "SkipMessage": "rpc.handling.signals",
    "State": "journal",
    "StopConsume": "rpc.handling.signals",
    "Subscriber": "rpc.handling.subscriber",
    "empty_body": "rpc.request_many",
}
_MODULES = ("errors", "testing")

__all__ = [
    "AckMessage",
    "AckPolicy",
    "Audience",
    "Call",
    "Diagnosis",
    "Exchange",
    "ExchangeFeed",
    "Headers",
    "JStream",
    "Journal",
    "Link",
    "Message",
    "NackMessage",
    "NatsBroker",
    "NatsMessage",
    "NatsResponse",
    "NatstapError",
    "Profile",
    "PubAck",
    "Publisher",
    "PullSub",
    "RejectMessage",
    "Replies",
    "Response",
    "Schedule",
    "SeenExchange",
    "ServiceError",
    "Session",
    "SkipMessage",
    "State",
    "StopConsume",
    "Subscriber",
    "empty_body",
    "errors",
    "testing",
]


def __getattr__(name: str) -> _typing.Any:
    if name in _MODULES:
        return _importlib.import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """What is meant for others, and nothing else."""
    return [*__all__, "__doc__", "__name__"]
