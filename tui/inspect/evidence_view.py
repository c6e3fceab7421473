"""What a diagnosis rests on; what to do about it stands under the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll

from engine.journal import Exchange, Journal
from tui.kit.facts import Facts
from tui.kit.late import Late

if TYPE_CHECKING:
    from engine.diagnosis.result import Diagnosis


class EvidenceView(Late, VerticalScroll):
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._facts = Facts("evidence-facts")
        super().__init__(self._facts, id="evidence")

    def show(self, found: Diagnosis, exchange: Exchange) -> None:
        """At first what the messages alone say, then what the servers were asked."""
        from engine.diagnosis.judge import verdict

        seen = ("What was seen", verdict(exchange, self.journal).sentence)
        self._facts.show((seen, *found.evidence))
