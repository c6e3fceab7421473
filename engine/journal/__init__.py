"""What was seen: messages, exchanges, the states they pass through. No I/O, no clock but time."""

from .exchange import Event, Exchange, Kind, State
from .journal import SENT, Journal, Sink
from .pulse import Pulse
from .reading import pub_ack

__all__ = ["SENT", "Event", "Exchange", "Journal", "Kind", "Pulse", "Sink", "State", "pub_ack"]
