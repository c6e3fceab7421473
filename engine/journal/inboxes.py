"""The inboxes: what subjects look like that only answers go to, and the orphans found by it."""

from __future__ import annotations

import re

from .exchange import ExchangeKind

NEWEST = 64
"""Of how many subjects, and how many on each, the newest orphans are kept."""
_STEMS = (b"_INBOX.", b"_R_.", b"_GR_.")
_ACK = b"$JS.ACK."


class Inboxes:
    """To know an orphan by; never to pair."""

    def __init__(self) -> None:
        self.stems: tuple[bytes, ...] = _STEMS
        """Beginnings of reply subjects."""
        self.special = {b"", b"_", b"$"}
        """How subjects begin that are no plain publish's; it is always the same set."""
        self.orphans: dict[bytes, list[int]] = {}
        """The newest, by subject; it is always the same dict."""
        self._shape: re.Pattern[bytes] | None = None

    def add(self, stem: bytes) -> None:
        """Know orphans by one more beginning of reply subjects, such as `b"_MINE.abc."`."""
        if not stem.startswith(self.stems):
            self.stems = (*self.stems, stem)
            self.special.add(stem[:1])

    def add_prefix(self, prefix: bytes) -> None:
        """Know orphans by the prefix of an account's inboxes too, where an id comes after it."""
        if not (prefix + b".").startswith(self.stems):
            self._shape = re.compile(
                re.escape(prefix) + rb"\.[0-9A-Za-z]{16,}(\.[^.]+)?", re.DOTALL
            )
            self.special.add(prefix[:1])

    def kind(self, subject: bytes, number: int) -> ExchangeKind:
        """What message `number` is, which names no reply subject; an orphan is remembered."""
        if not subject:
            return ExchangeKind.NOTE
        if subject.startswith(self.stems) or (self._shape and self._shape.fullmatch(subject)):
            early = self.orphans.setdefault(subject, [])
            early.append(number)
            del early[:-NEWEST]
            if len(self.orphans) > NEWEST:
                del self.orphans[next(iter(self.orphans))]
            return ExchangeKind.ORPHAN
        if subject.startswith(_ACK):
            return ExchangeKind.DELIVERY
        return ExchangeKind.SYSTEM if subject.startswith(b"$") else ExchangeKind.PUBLISH
