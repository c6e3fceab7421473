"""What `natstap open` prints of a recording."""

from __future__ import annotations

from helpers.lens import put

from engine.clients.connections import Connection, Interest, Roster, Server
from engine.diagnosis.case import Heard
from engine.diagnosis.cause import Cause
from engine.diagnosis.judge import verdict
from engine.diagnosis.result import Diagnosis
from engine.filter.lens import Lens
from engine.journal import Journal
from engine.recording.evidence import FoundDiagnosis, FoundEnds, FoundHearsay, FoundNames
from engine.recording.page import RecordedPage
from tui.cli.output import Output
from tui.cli.recorded import recorded_exchanges

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
    page = RecordedPage(1, findings=[found, FoundEnds(early, "client", "pricing")])
    lines = [
        (described.asker, described.listener)
        for described in recorded_exchanges(page, journal, Lens.parse(""), Output())
    ]
    assert lines == [("client", "pricing"), ("client", "")]


def test_by_finds_the_name_that_the_line_says() -> None:
    journal = Journal()
    first, other = (put(journal, b"shop.order", b"_INBOX.a.%d" % n, b"{}") for n in range(2))
    for n in range(2):
        put(journal, b"_INBOX.a.%d" % n)
    kept = FoundEnds(first, "client", "pricing"), FoundEnds(other, "client", "shipping")
    page = RecordedPage(1, findings=[*kept])
    (described,) = recorded_exchanges(page, journal, Lens.parse("~by pric"), Output())
    assert (described.seen.number, described.listener) == (first, "pricing")


def test_what_only_natstap_heard_is_found_and_said_as_it_was_live() -> None:
    journal = Journal()
    alone, unheard, _ = (put(journal, b"shop.order", b"_INBOX.a.%d" % n) for n in range(3))
    page = RecordedPage(1, findings=[FoundHearsay((alone,), (unheard,))])
    for written, number in (("~s only", alone), ("~s unheard", unheard)):
        (described,) = recorded_exchanges(page, journal, Lens.parse(written), Output())
        heard = Heard(number == alone, number == unheard)
        assert described.seen.number == number
        assert described.verdict == verdict(journal.exchange(number), journal, heard)
        assert described.verdict != verdict(journal.exchange(number), journal)


def test_what_was_found_out_then_is_said_while_it_stands() -> None:
    """The servers were asked then; the messages alone say less."""
    journal = Journal()
    asked, answered = (put(journal, b"shop.order", b"_INBOX.a.%d" % n) for n in range(2))
    waits = journal.state(asked).label
    put(journal, b"_INBOX.a.1")
    why = Diagnosis(Cause.OPEN, "Nobody is left who could answer.")
    page = RecordedPage(1, findings=[FoundDiagnosis(n, waits, why) for n in (asked, answered)])
    first, other = recorded_exchanges(page, journal, Lens.parse(""), Output())
    assert first.verdict == why
    assert other.verdict == verdict(journal.exchange(answered), journal)
