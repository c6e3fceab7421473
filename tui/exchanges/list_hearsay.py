"""What is known of exchanges beyond the journal: the filter asks for it, and tests those again
of which more is known since.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.content.by_subject import SubjectSettings
from engine.filter.lens import Lens
from engine.filter.state_terms import Hearsay
from tui.inspect.annotations import Known

from .exchange_list import ExchangeList


class ListHearsay:
    def __init__(
        self, known: Known, rows: ExchangeList, settings: Callable[[], SubjectSettings]
    ) -> None:
        self._known = known
        self._list = rows
        self._told: set[int] = set()
        """Exchanges that the filter saw with what the servers told of them."""
        self._settled: dict[str, int] = {}
        """Up to where each watch knew who else had heard what, when last looked at."""
        self.facts = Hearsay(self.names, known.look, self._breach, settings)

    def names(self, number: int) -> str:
        """Who answered: as somebody told, else as the row says whom it went to."""
        journal = self._list.view.journal
        if number not in journal:
            return ""
        told = self._known.answerers(journal, number)
        return told or self._list.exchanges.ends.of(number).answerer

    def _breach(self, number: int) -> str:
        """What in an exchange breaks its schema."""
        return self._known.breach(self._list.view.journal.exchange(number))

    # -- testing again -------------------------------------------------------------------------

    def begin(self) -> None:
        """With another filter, which has seen nothing yet."""
        self._told = set()

    def test_again(self, lens: Lens) -> None:
        self._test_told(lens)
        if not self._list.exchanges.still:
            self._test_waiting(lens)

    def _test_told(self, lens: Lens) -> None:
        """What the servers told of since: who answered is in no message."""
        rows = self._list.exchanges
        if news := set(filter(rows.view.has_examined, self._known.told - self._told)):
            self._told = self._told & self._known.told | news
            if not lens.empty and not rows.still and rows.view.reconsider(news):
                self._list.refresh_from_journal()

    def _test_waiting(self, lens: Lens) -> None:
        """What was open while nobody knew yet who else had heard it."""
        before, self._settled = self._settled, dict(self._known.settled())
        if before != self._settled and lens.looks:
            for name, upto in self._settled.items():
                self._list.view.doubt_waiting(before.get(name, upto) + 1, upto + 1)
            self._list.refresh_from_journal()
