"""What happens to a link, and who is told of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from .refusal import Refusal

logger = logging.getLogger("natstap")


class Happening(StrEnum):
    """What a link tells those who listen to it."""

    CONNECTED = "connected"
    LOST = "connection lost"
    RESTORED = "connected again"
    LEAVING = "the server is about to close"
    MEMBERS = "the servers of the cluster changed"
    REFUSED = "refused"
    PERMITTED = "permitted again"
    ERROR = "error"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """`operation` ("publish" or "subscription"), `subject` and `quiet` belong to REFUSED;
    a `subject` that may be heard again is told of with PERMITTED.

    `quiet` is for what nobody but natstap itself asked for; who asked it says so. MEMBERS is quiet
    too: it is a reason to look, and no news.
    """

    what: Happening
    words: str = ""
    operation: str = ""
    subject: str = ""
    quiet: bool = False


class LinkEvents:
    """Tells those who listen."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[LinkEvent], None]] = []
        self._hushed: Counter[str] = Counter()

    def tell(self, event: LinkEvent) -> None:
        for listener in list(self.listeners):
            try:
                listener(event)
            except Exception:  # it may not take the connection with it
                logger.exception("a listener failed at %s", event)

    def refused(self, words: str, refusal: Refusal) -> None:
        quiet = refusal.subject.startswith(tuple(self._hushed))
        self.tell(LinkEvent(Happening.REFUSED, words, *refusal, quiet))

    def hush(self, beginning: str) -> None:
        """Natstap asks something of its own on subjects that begin so; see `LinkEvent.quiet`."""
        self._hushed[beginning] += 1

    def unhush(self, beginnings: Iterable[str]) -> None:
        self._hushed.subtract(beginnings)
        self._hushed = +self._hushed  # without those that came to nothing
