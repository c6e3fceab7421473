"""How it goes, as the line at the top of the desk tells it: the link, the watches, the failures."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from engine.journal.view import View
from engine.streams.sizes import write_size

from .failed_share import FailedShare

if TYPE_CHECKING:
    from engine.recording.pages import RecordedPages
    from engine.session import Session
    from engine.watching.watch import Watch

MAX_RATES = 12
"""Seconds of which the watches' rate is drawn."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Status:
    """What the line says; `words` is the state of the link."""

    words: str = "connecting"
    age: str = ""
    """How long it has been so."""
    server: str = ""
    source: str = ""
    """What decided for the server."""
    color: str = ""
    """Of the context, as the user's settings have it."""
    read_only: bool = False
    rtt: tuple[float, float] | None = None
    jetstream: bool = False
    quorum: str = ""
    """What is wrong with JetStream, "" for nothing."""
    demo: bool = False
    watched: tuple[str, ...] = ()
    """What each watch that hears something listens to."""
    rates: tuple[int, ...] = ()
    """Messages that the watches heard in each of the last seconds, the newest last."""
    ending: int | None = None
    """Seconds until the first of them ends by itself; None when none will."""
    gone: int = 0
    """Watches of clients that are gone, which wait for them."""
    refused: int = 0
    """Watches that may listen to nothing."""
    environment: str = ""
    """Whose variables templates take."""
    held: int = 0
    """Requests that wait to be answered by hand."""
    recording: str = ""
    """How much was recorded so far; "" while nothing is."""
    page: str = ""
    """Of an open recording: which part of it is shown, "" for all of it."""
    failed: float | None = None
    """The part of the newest requests that failed; None before there are some."""

    @classmethod
    def of(cls, session: Session) -> Status:
        if session.pages is not None:
            return cls._of_recording(session.pages)
        link, profile, watches = session.broker.link, session.profile, session.watches.running
        hearing = [watch for watch in watches if watch.hearing]
        refused = sum(bool(watch.subjects.refused) and not watch.hearing for watch in watches)
        return cls(
            words=LEAVING if link.server.leaving else str(link.state),
            server=link.server.address or profile.display,
            source=profile.source,
            color=profile.color,
            read_only=profile.read_only,
            rtt=link.heartbeat.bounds,
            jetstream=link.server.jetstream,
            quorum=session.quorum.trouble,
            demo=session.demo is not None,
            watched=tuple(watch.label for watch in hearing),
            ending=min(
                (ceil(watch.left) for watch in watches if watch.left is not None), default=None
            ),
            gone=len(watches) - len(hearing) - refused,
            refused=refused,
            environment=session.environment.name,
            held=len(session.responders.held),
            recording=_recording(session),
        )

    @classmethod
    def _of_recording(cls, pages: RecordedPages) -> Status:
        opened = pages.opened
        of = f"of {opened.about.server}" if opened.about.server else ""
        return cls(words=RECORDED, server=opened.title, source=of, read_only=True, page=pages.part)

    def with_news_of(self, other: Status) -> Status:
        """As the other one, with the figures of this one."""
        figures = {
            name: getattr(self, name) for name in ("age", "rtt", "rates", "failed", "ending")
        }
        return replace(other, **figures)

    def steadied(self, before: Status) -> Status:
        """With the round trip that was told `before` where it is nearly the same: each one is a
        little different, and is no reason to draw the line again.
        """
        if self.rtt is None or before.rtt is None or not all(map(_alike, self.rtt, before.rtt)):
            return self
        return replace(self, rtt=before.rtt)

    @property
    def trouble(self) -> str:
        """What is wrong with the connection, for the screens that do not show this line."""
        if self.words not in ("connected", "connecting", RECORDED):
            return f"{self.server} is {self.words}: {_OLD}"
        return self.quorum


def _alike(now: float, before: float) -> bool:
    return abs(now - before) <= max(_SAME_RTT, before / 5)


def _recording(session: Session) -> str:
    recorder = session.recorder
    if recorder is None or not recorder.running:
        return ""
    behind = f", {recorder.behind:,} behind" if recorder.behind > _MAX_BEHIND else ""
    return f"{recorder.messages:,}, {write_size(recorder.size)}{behind}"


_OLD = "what this screen shows may be old"
_SAME_RTT = 0.00025
"""Seconds that a round trip on the loopback may differ from the last one."""
_RECORDED_EVERY = 1.0
"""Seconds for which the figures of a recording stay."""
_MAX_BEHIND = 50_000
"""Messages that may wait to be recorded without a word."""
RECORDED = "recording"
"""What is said in place of a connection's state."""
LEAVING = "about to close"
"""What the link's server says of itself, before it closes its connections one by one."""


class Measured:
    """What is only known by looking again and again: ages, rates, and the newest failures."""

    def __init__(self, view: View, look: Callable[[int], int]) -> None:
        """`view` has all exchanges, and `look` is that of `Hearsay`."""
        self._failed = FailedShare(view, look)
        self._rates = WatchRates()
        self._link: tuple[str, str] = ("", "")
        self._since = 0.0
        self._recorded = ""
        self._recorded_at = 0.0

    def complete(self, status: Status, watches: Iterable[Watch]) -> Status:
        now = time.monotonic()
        if self._link != (link := (status.words, status.server)):
            self._link, self._since = link, now
        return replace(
            status,
            age=age_words(now - self._since, 1 if status.trouble else _MINUTE),
            rates=self._rates.look(watches, now),
            failed=self._failed.look(now),
            recording=self._recording(status.recording, now),
        )

    def _recording(self, words: str, now: float) -> str:
        """A figure that grows with every message is told anew once a second."""
        both = bool(words) and bool(self._recorded)
        if not both or now - self._recorded_at >= _RECORDED_EVERY:
            self._recorded, self._recorded_at = words, now
        return self._recorded


class WatchRates:
    """How many messages the watches hear in each second."""

    def __init__(self) -> None:
        self._heard: dict[Watch, int] = {}
        self._looked = 0.0
        self._rates: deque[int] = deque(maxlen=MAX_RATES)

    def look(self, watches: Iterable[Watch], now: float) -> tuple[int, ...]:
        if now - self._looked >= 1.0:
            heard = {watch: sum(watch.subjects.seen.values()) + watch.answers for watch in watches}
            new = sum(count - self._heard.get(watch, 0) for watch, count in heard.items())
            elapsed = now - self._looked if self._heard else 1.0
            self._heard, self._looked = heard, now
            self._rates.append(round(max(0, new) / elapsed)) if heard else self._rates.clear()
        return tuple(self._rates)


def age_words(seconds: float, least: float) -> str:
    """In one unit, rounded down, so that it changes seldom; "" for less than `least` seconds."""
    for unit, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        if seconds >= max(unit, least):
            return f"{int(seconds / unit)} {word}"
    return ""
