"""What `natstap open` prints of a recording."""

from __future__ import annotations

from helpers.lens import put

from engine.clients.connections import Connection, Interest, Roster, Server
from engine.filter.lens import Lens
from engine.journal import Journal
from engine.recording.evidence import FoundEnds, FoundNames
from engine.recording.page import Page
from tui.cli.recorded import ends_in, recorded_exchanges

SERVER = Server("n1", "ID")


def test_whom_a_request_went_to_is_said_as_it_was_then() -> None:
    """Who connected later was not asked; what was seen then is truer than the last roster."""
    journal = Journal()
    early = put(journal, b"shop.order", b"_INBOX.a.1", b"{}")
    put(journal, b"shop.order", b"_INBOX.a.2", b"{}")
    at = journal.message(early).at
    late = Connection(SERVER, 7, "late", age=10.0, interests=(Interest("shop.order"),))
    asker = Connection(SERVER, 8, "client", age=3600.0, interests=(Interest("_INBOX.a.*"),))
    found = FoundNames(at + 60, Roster((late, asker), (SERVER,)))
    page = Page(1, findings=[found, FoundEnds(early, "client", "pricing")])
    lines = [
        (described.asker, described.listener)
        for described in recorded_exchanges(journal, Lens.parse(""), ends_in(page, journal))
    ]
    assert lines == [("client", "pricing"), ("client", "")]
