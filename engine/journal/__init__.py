"""What was seen: messages, exchanges, the states they pass through. No I/O, no clock but time."""

from .exchange import Event, Exchange, ExchangeKind, State
from .journal import SENT, Journal, Sink
from .pulse import Pulse
from .reading import pub_ack

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
