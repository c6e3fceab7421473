"""What was found out beyond the journal: who answered, and what was not heard."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from helpers.systems import listener, responder

from engine import Journal, NatsBroker, Profile
from engine.audience.audience import Audience, audience
from engine.clients.listeners import Listener
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.filter.lens import Lens
from engine.filter.state_terms import Hearsay
from engine.journal.view import View
from engine.tracing.trace import Tracing
from tui.inspect.annotations import MAX_KEPT, Known


async def asked(broker: NatsBroker, subject: str, known: Known) -> int:
    """Ask, with the forecast of a composer; the number of the exchange."""
    found = await audience(broker, subject)
    known.forecast = lambda: found
    call = broker.call(b"", subject, timeout=30)
    known.expect(call.number)
    await call.answer()
    return call.number


async def test_the_only_client_that_listened_has_answered(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    known = Known()
    async with responder(profile, "math.add", 3, name="adder"):
        number = await asked(broker, "math.add", known)
    assert known.answerers(journal, number) == "adder"


async def test_of_two_nobody_knows_which_one_unless_the_request_was_traced(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    known = Known()
    one = responder(profile, "x", b"1", name="one", queue="q")
    two = responder(profile, "x", b"2", name="two", queue="q")
    async with one, two:
        number = await asked(broker, "x", known)
        assert known.answerers(journal, number) == ""
        async with Tracing(broker, "x") as tracing:
            call = broker.call(b"", "x", headers=tracing.headers, timeout=30)
            answer = await call.answer()
            known.paths[call.number] = await tracing.path("x")
    assert known.answerers(journal, call.number) == {b"1": "one", b"2": "two"}[answer.body]


async def test_a_responder_of_natstaps_own_is_known_by_its_name(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    @broker.subscriber("svc.{one}")
    async def handle(body: bytes) -> bytes:
        return b"!"

    await broker.start()
    hosted: list[Any] = [
        SimpleNamespace(name="mine", pattern="svc.*"),
        SimpleNamespace(name="other", pattern="x"),
    ]
    known = Known(hosted=lambda: hosted)
    async with NatsBroker(profile) as asker, listener(profile, "svc.>"):
        await asker.request(b"", "svc.a", timeout=30)
    (number, _), *_ = journal.heads()
    assert known.answerers(journal, number) == "mine"
    hosted.clear()
    assert known.answerers(journal, number) == ""


@pytest.mark.parametrize(
    "found",
    [
        Audience("x", (Listener("a", 1, "n1", "x"), Listener("b", 2, "n1", "x"))),
        Audience("x", (Listener("a", 1, "n1", "x"),), listeners_known=False),
        Audience("x", (Listener("a", 1, "n1", "x", leaf=True),)),
        Audience("x", (Listener("a", 1, "n1", ">", tap=True),)),
        Audience("y", (Listener("a", 1, "n1", "y"),)),
    ],
    ids=["two", "unknown", "leaf", "tap", "another subject"],
)
def test_what_is_not_sure_is_not_told(journal: Journal, found: Audience) -> None:
    journal.sink(1)(b"x", b"_INBOX.1", b"MSG x 1 _INBOX.1 0\r\n", 20, 0)
    known = Known(audiences={1: found})
    assert known.answerers(journal, 1) == ""


def test_only_who_answered_is_asked_for_and_only_by_the_term_for_it(journal: Journal) -> None:
    asked: list[int] = []

    def names(number: int) -> str:
        asked.append(number)
        return "somebody"

    for subject, reply in ((b"a", b"_INBOX.1"), (b"b", b"_INBOX.2"), (b"_INBOX.2", b"")):
        frame = b"MSG %b 1 %b 0\r\n" % (subject, reply)
        journal.sink(1)(subject, reply, frame, len(frame), 0)
    for text, found, wanted in (("a | ~s answered", [1, 2], []), ("~by some", [2], [2])):
        view = View(journal, Lens.parse(text).on(journal, Hearsay(names)))
        view.catch_up(1.0)
        assert ([*view], asked) == (found, wanted)


def test_it_is_bounded() -> None:
    known = Known(forecast=lambda: Audience("x"))
    for number in range(MAX_KEPT + 10):
        known.expect(number)
    assert len(known.told) == MAX_KEPT


def test_an_answer_that_was_not_heard_stays_told_when_the_servers_have_said_more() -> None:
    journal = Journal()
    number = journal.record(
        journal.sources.add("watch"),
        b"math.add",
        b"_INBOX.x",
        b"MSG math.add 1 _INBOX.x 0\r\n",
        27,
        0,
    )
    exchange = journal.exchange(number)
    known = Known(unheard=lambda number: True)
    assert "where natstap did not listen" in known.judge(exchange, journal).detail
    found = Diagnosis(Cause.OPEN, "No answer on math.add has been seen; svc (cid 7) listens there.")
    known.explain(exchange, found)
    assert known.judge(exchange, journal) is found
    known.unheard = lambda number: False
    assert known.judge(exchange, journal).cause is Cause.OPEN
    assert known.judge(exchange, journal) is not found
