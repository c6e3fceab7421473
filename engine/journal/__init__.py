"""What was seen: messages, exchanges, the states they pass through. No I/O, no clock but time."""

from .classify import pub_ack
from .exchange import Exchange, ExchangeKind
from .journal import SENT, Journal, Sink
from .pulse import Pulse
from .states import Event, State

__all__ = [
    "SENT",
    "Event",
    "Exchange",
    "ExchangeKind",
    "Journal",
    "Pulse",
    "Sink",
    "State",
    "pub_ack",
]
