"""The sentence about an exchange; while no answer is seen it says for how long by now."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static

from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.rules.waiting import SEEN
from engine.diagnosis.situation import Situation, situation_of
from engine.journal import Exchange, State
from engine.latency_words import span
from tui.kit.glyphs import sign
from tui.safe import clean

_TICK = 0.1
_UNANSWERED = (Situation.WAITING, Situation.OVERDUE)
_NO_ANSWER = (Cause.OPEN, Cause.NO_ANSWER_SEEN)
_INK = {"good": "$text-success", "bad": "$text-error", "warn": "$text-warning", "open": "$primary"}


class VerdictLine(Static):
    def __init__(self) -> None:
        super().__init__(id="verdict", markup=False)
        self.listened: Callable[[int, float], float] = lambda number, now: now
        """Up to when natstap listened for the answer to an exchange."""
        self._exchange: Exchange | None = None
        self._verdict = Diagnosis(Cause.OPEN, "")
        self._said = "", Tone.OPEN

    def on_mount(self) -> None:
        self._clock = self.set_interval(_TICK, self._tick, pause=True)

    def show(self, exchange: Exchange, verdict: Diagnosis) -> None:
        self._exchange, self._verdict = exchange, verdict
        self._tick()
        (self._clock.resume if self._waits(exchange) else self._clock.pause)()

    def _waits(self, exchange: Exchange) -> bool:
        """True while it goes on that no answer is seen, and natstap would hear one."""
        return situation_of(exchange) in _UNANSWERED and self._verdict.cause in _NO_ANSWER

    def _tick(self) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        waits = self._waits(exchange)
        until = self.listened(exchange.number, time.time()) if waits else 0.0
        waited = max(0.0, until - exchange.started)
        sentence = self._verdict.sentence
        if not exchange.own and int(waited):
            sentence = sentence.replace(SEEN, f"{SEEN} for {span(float(int(waited)))}", 1)
        doubtful = exchange.state is State.ANSWERED and self._verdict.tone in ("bad", "warn")
        look = f"{'!' if doubtful else sign(exchange).glyph} "
        said = Content(look + clean(sentence)).stylize(_INK[self._verdict.tone])
        so_far = f"  {waited:.1f} s" if waits and exchange.own else ""
        whole = said + Content.styled(so_far, "$foreground 60%")
        if (whole.plain, self._verdict.tone) != self._said:
            self._said = whole.plain, self._verdict.tone
            self.update(whole)
