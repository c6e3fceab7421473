"""What was seen: messages, exchanges, the states they pass through. No I/O, no clock but time."""

from .exchange import Event, Exchange, Kind, State
from .journal import SENT, Journal, Sink, pub_ack
from .pulse import Pulse

__all__ = ["SENT", "Event", "Exchange", "Journal", "Kind", "Pulse", "Sink", "State", "pub_ack"]
