"""The JavaScript client as the other side, in other processes, with the real app on a real server.

Skipped where it is not installed: node, and `npm install` in tests/javascript.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from helpers.asking import list_requesters
from helpers.composer import state, write
from helpers.desk import Hand, ask, sitting, small, until
from helpers.javascript_peer import JavaScript, JavaScriptError, javascript, missing
from helpers.screens import open_services, profile_of, watch

from engine import NatsBroker
from engine.drafts.draft import Kind
from engine.journal import Exchange, ExchangeKind, State
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.services.service import Service, Stats
from tui.compose.compose import Compose
from tui.services.services import ServicesScreen
from tui.watching.watching import Watching

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no JavaScript client: {missing()}")

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "item": {"type": "string", "example": "tea"},
        "qty": {"type": "integer", "minimum": 1},
    },
}
either_inbox = pytest.mark.parametrize("alone", [False, True], ids=["shared", "its-own"])
"""Requests share an inbox, or each has its own (`noMux`)."""


def broker_of(hand: Hand) -> NatsBroker:
    assert hand.app.session is not None
    return hand.app.session.broker


async def host(hand: Hand, draft: ReplyDraft) -> None:
    assert hand.app.session is not None
    await hand.app.session.responders.add(draft)


async def serve(service: JavaScript) -> None:
    await service.do("serve", name="kiosk", version="1.2.0", schema=SCHEMA)


def kiosk(screen: ServicesScreen) -> Service:
    """The one that the client serves; the demo has another."""
    return next(one for one in screen._look.census.services if one.name == "kiosk")


def seen(hand: Hand, subject: str) -> Exchange | None:
    """The newest exchange on a subject."""
    journal = hand.app.journal
    found = (journal.exchange(number) for number, _ in journal.heads())
    return max((one for one in found if one.subject == subject), key=_number, default=None)


def state_of(hand: Hand, subject: str) -> State | None:
    exchange = seen(hand, subject)
    return exchange.state if exchange else None


def _number(exchange: Exchange) -> int:
    return exchange.number


async def refused(asker: JavaScript, subject: str, **options: Any) -> str:
    """The class of what its request fails with; it is another one when its timeout passes."""
    with pytest.raises(JavaScriptError) as caught:
        await asker.do("request", subject=subject, body="?", **options)
    return caught.value.cause


# -- it asks, natstap's responders answer ----------------------------------------------------


@either_inbox
async def test_its_request_is_echoed_and_both_are_one_exchange(alone: bool) -> None:
    async with sitting() as hand, javascript(profile_of(hand)) as asker:
        await host(hand, ReplyDraft("svc.echo"))
        headers = [["X-A", "1"], ["X-A", "zwei ü"]]
        reply = await asker.do(
            "request", subject="svc.echo", body="tee ☕", headers=headers, noMux=alone
        )
        assert reply["body"] == "tee ☕"
        await hand.see("svc.echo", "answered")
        exchange = seen(hand, "svc.echo")
        assert exchange is not None
        assert (exchange.kind, exchange.state) == (ExchangeKind.REQUEST, State.ANSWERED)
        assert len(exchange.replies) == 1
        shape = exchange.reply_subject.split(".")
        assert [shape[0], len(shape[1]), len(shape)] == ["_INBOX", 22, 2 if alone else 3]
        request = hand.app.journal.message(exchange.number)
        assert request.headers.get_all("X-A") == ["1", "zwei ü"]


@either_inbox
@pytest.mark.parametrize(
    ("options", "bodies"),
    [
        ({"strategy": "sentinel"}, ["a", "b", "c", ""]),
        ({"strategy": "count", "maxMessages": 2}, ["a", "b"]),
        ({"strategy": "stall", "stall": 2000}, ["a", "b", "c", ""]),
    ],
    ids=["mark", "n", "quiet"],
)
async def test_its_request_for_many_ends_as_it_wants(
    options: dict[str, Any], bodies: list[str], alone: bool
) -> None:
    several = ReplyDraft(
        "many", Recipe.CANNED, b"a", more=(b"b", b"c"), replies=3, pause=0.01, end_mark=True
    )
    async with sitting() as hand, javascript(profile_of(hand)) as asker:
        await host(hand, several)
        replies = await asker.do("requestMany", subject="many", noMux=alone, **options)
        assert [one["body"] for one in replies] == bodies
        await until(hand.pilot, lambda: len(getattr(seen(hand, "many"), "replies", ())) == 4)


@either_inbox
async def test_nobody_is_nobody_to_it_whether_real_or_played(alone: bool) -> None:
    async with sitting() as hand, javascript(profile_of(hand)) as asker:
        await host(hand, ReplyDraft("svc.gone", Recipe.NO_RESPONDERS))
        for subject in ("svc.gone", "nobody.listens"):
            assert await refused(asker, subject, noMux=alone) == "NoRespondersError"
        no_responders = lambda: state_of(hand, "svc.gone") is State.NO_RESPONDERS  # noqa: E731
        await until(hand.pilot, no_responders)


async def test_a_service_error_has_the_headers_that_it_reads() -> None:
    failing = ReplyDraft("pay.charge", Recipe.FAILING, error="no money", error_code="402")
    async with sitting() as hand, javascript(profile_of(hand)) as asker:
        await host(hand, failing)
        reply = await asker.do("request", subject="pay.charge", body="?")
        told = dict(reply["headers"])
        assert (told["Nats-Service-Error"], told["Nats-Service-Error-Code"]) == ("no money", "402")
        await hand.see("pay.charge", "service error")


async def test_its_discovery_finds_what_natstap_hosts() -> None:
    hosted = ReplyDraft(
        "depot.take", Recipe.CANNED, b"ok", service="depot", version="2.1.0", description="gives"
    )
    async with sitting() as hand, javascript(profile_of(hand)) as asker:
        await host(hand, hosted)
        await asker.do("request", subject="depot.take", body="?")
        await until(hand.pilot, lambda: hosted_figures(hand) == (1, 0))
        everybody = await asker.do("discover")
        named = await asker.do("discover", name="depot")
        for verb, told in named.items():
            assert told == [one for one in everybody[verb] if one["name"] == "depot"]
        (ping,), (info,), (stats,) = named["ping"], named["info"], named["stats"]
        for one in (ping, info, stats):
            assert (one["id"], one["version"]) == (ping["id"], "2.1.0")
        assert info["description"] == "gives"
        (offered,), (figures,) = info["endpoints"], stats["endpoints"]
        assert offered["subject"] == figures["subject"] == "depot.take"
        assert (figures["num_requests"], figures["num_errors"]) == (1, 0)


def hosted_figures(hand: Hand) -> tuple[int, int]:
    assert hand.app.session is not None
    (one,) = hand.app.session.responders.all
    return one.figures.requests, one.figures.errors


# -- natstap asks, it answers ----------------------------------------------------------------


@small
async def test_it_answers_what_the_composer_sends(size: tuple[int, int]) -> None:
    async with sitting(size) as hand, javascript(profile_of(hand), "till-js") as service:
        await service.do("answer", subject="js.echo", bodies=['{"tea": 3}'])
        await ask(hand, "js.echo")
        await hand.see("Answered in ", '"tea": 3')
        assert hand.exchange.state is State.ANSWERED


@pytest.mark.parametrize(
    ("options", "wanted"),
    [({"until_empty": True}, 3), ({"replies": "2"}, 2), ({"gap": "2 s"}, 4)],
    ids=["mark", "n", "quiet"],
)
async def test_it_answers_a_request_for_many(options: dict[str, Any], wanted: int) -> None:
    async with sitting() as hand, javascript(profile_of(hand)) as service:
        await service.do("answer", subject="js.many", bodies=["a", "b", "c", ""])
        await write(hand, Kind.MANY, "js.many", "?", timeout="10 s", **options)
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        await until(hand.pilot, lambda: len(hand.exchange.replies) >= wanted)
        assert hand.exchange.ended is not None
        assert hand.exchange.ended - hand.exchange.started < 9


async def test_its_consumer_answers_what_a_stream_stored() -> None:
    async with sitting() as hand, javascript(profile_of(hand)) as worker:
        await broker_of(hand).jetstream.ensure_stream("JOBS", ["jobs.>"])
        await worker.do("consume", stream="JOBS", durable="workers")
        await write(hand, Kind.STREAM_REQUEST, "jobs.run", "a", timeout="10 s", stream="JOBS")
        await hand.press("ctrl+j")
        await hand.see("done: a", "Stream JOBS stored the request too")
        assert hand.exchange.state is State.ANSWERED
        asked = hand.app.journal.message(hand.exchange.number).headers["correlation_id"]
        answers = [hand.app.journal.message(one).headers for one in hand.exchange.replies]
        assert asked in [one.get("correlation_id") for one in answers]
        await write(hand, Kind.STREAM_PUBLISH, "jobs.run", "b", reply_to="results.b")
        await hand.press("ctrl+j")
        await hand.see("done: b", "results.b")


# -- its services ----------------------------------------------------------------------------


@small
async def test_its_service_is_listed_and_a_request_is_composed_from_its_schema(
    size: tuple[int, int],
) -> None:
    async with sitting(size) as hand, javascript(profile_of(hand)) as service:
        await serve(service)
        screen = await open_services(hand)
        await hand.see("kiosk.create", "kiosk.list", "1.2.0")
        found = kiosk(screen)
        assert found.description == "the kiosk"
        assert found.instances[0].metadata == {"team": "checkout"}
        assert [one.queue for one in found.endpoints] == ["q", "q"]
        await hand.press("e")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        draft = hand.app.desk.query_one(Compose).draft()
        assert (draft.subject, json.loads(draft.body)) == (
            "kiosk.create",
            {"item": "tea", "qty": 1},
        )
        await hand.press("ctrl+j")
        await hand.see("Answered in ", "done: ")


async def test_its_figures_and_errors_rise_before_ones_eyes() -> None:
    async with (
        sitting() as hand,
        javascript(profile_of(hand)) as service,
        javascript(profile_of(hand)) as asker,
    ):
        await serve(service)
        screen = await open_services(hand)
        await hand.see("kiosk.create", "asked")
        before = screen._look.asked
        for body, subject in (("throw", "create"), ("throw coded", "create"), ("?", "list")):
            await asker.do("request", subject=f"kiosk.{subject}", body=body)
        await until(hand.pilot, lambda: screen._look.asked > before)
        await hand.see("Last error", "bad order", "100.0 % of all")

        def figures() -> list[tuple[int, int, str]]:
            told = (one.stats or Stats() for one in kiosk(screen).endpoints)
            return [(one.requests, one.errors, one.last_error) for one in told]

        await until(hand.pilot, lambda: figures() == [(2, 2, "bad order"), (1, 0, "")])


@pytest.mark.parametrize(
    ("body", "sentence", "reply"),
    [
        ("refuse", "error 409: sold out.", b"none of 3 left"),
        ("throw coded", "error 400: bad order.", b""),
        ("throw", "error 500: out of tea.", b""),
        ("throw nothing", "error 500.", b""),
    ],
)
async def test_what_it_throws_is_told(body: str, sentence: str, reply: bytes) -> None:
    async with sitting() as hand, javascript(profile_of(hand)) as service:
        await serve(service)
        await write(hand, Kind.REQUEST, "kiosk.create", body)
        await hand.press("ctrl+j")
        await hand.see("The service answered with", sentence)
        assert hand.exchange.state is State.SERVICE_ERROR
        (answer,) = hand.exchange.replies
        assert hand.app.journal.message(answer).body == reply


async def test_a_promise_that_it_leaves_rejected_ends_it_and_that_is_told() -> None:
    """Node ends at an unhandled rejection, so nothing at all is answered."""
    async with sitting() as hand, javascript(profile_of(hand)) as service:
        await serve(service)
        await write(hand, Kind.REQUEST, "kiosk.create", "reject", timeout="2 s")
        await hand.press("ctrl+j")
        assert await service.ended() == 1
        await hand.see("The client that got the request is gone", "kiosk.create", "crashed")
        assert hand.exchange.state is State.TIMED_OUT


# -- watching it -----------------------------------------------------------------------------


async def watch_client(hand: Hand, name: str) -> None:
    """Choose a client by keys, watch its inbox, and come back to the desk."""
    await hand.press("escape", "w")
    await hand.see(name, "nats.js", "_INBOX.")
    assert isinstance(hand.app.screen, Watching)
    place = [one.name for one in hand.app.screen._requesters].index(name)
    hand.app.screen.query_one("#clients").focus()
    await hand.press(*["down"] * place, "enter")
    await hand.see(f"◎ {name} (cid ")


async def test_its_inbox_is_watched_and_its_failures_stay_instant() -> None:
    async with sitting() as hand, javascript(profile_of(hand), "till-js") as till:
        await till.do("request", subject="math.add", body="[1, 2]")
        await watch_client(hand, "till-js")
        assert (await till.do("request", subject="math.add", body="[3, 4]"))[
            "body"
        ] == '{"result":7}'
        await hand.see("← reply heard")
        for alone in (False, True):
            assert await refused(till, "nobody.listens", noMux=alone) == "NoRespondersError"
        await watch(hand, "math.*")
        await hand.press("escape")
        await till.do("request", subject="math.mul", body="[6, 7]")
        await hand.see("math.mul", "answered")
        exchange = seen(hand, "math.mul")
        assert exchange is not None
        assert (exchange.kind, exchange.state) == (ExchangeKind.REQUEST, State.ANSWERED)
        assert not exchange.own


@either_inbox
@pytest.mark.parametrize(
    ("subject", "answer", "state"),
    [
        ("math.mul", '{"result":42}', State.ANSWERED),
        ("math.nonsense", '{"error":"I cannot nonsense', State.SERVICE_ERROR),
        ("orders.audit", '{"stream":"AUDIT"', State.STORED),
    ],
)
async def test_where_everything_is_watched_its_answers_find_their_requests(
    subject: str, answer: str, state: State, alone: bool
) -> None:
    async with sitting() as hand, javascript(profile_of(hand)) as till:
        assert hand.app.session is not None
        await hand.app.session.watches.watch_everything(confirmed=True)
        reply = await till.do("request", subject=subject, body="[6, 7]", noMux=alone)
        assert reply["body"].startswith(answer)
        await until(hand.pilot, lambda: state_of(hand, subject) is state)
        exchange = seen(hand, subject)
        assert exchange is not None
        assert (exchange.kind, exchange.own) == (ExchangeKind.REQUEST, False)
        (number,) = exchange.replies
        assert hand.app.journal.message(number).body.decode() == reply["body"]


async def test_its_inboxes_are_known_and_its_consumers_are_let_alone() -> None:
    async with (
        sitting() as hand,
        javascript(profile_of(hand), "own", inbox="tills.js") as own,
        javascript(profile_of(hand), "worker") as worker,
    ):
        await own.do("request", subject="math.add", body="[1, 2]")
        await broker_of(hand).jetstream.ensure_stream("JOBS", ["jobs.>"])
        await worker.do("consume", stream="JOBS", durable="workers")
        found, unknown = await list_requesters(broker_of(hand))
        assert unknown == ()
        named = {one.name: one for one in found}
        assert named["own"].inboxes[0].startswith("tills.js.")
        assert (named["own"].cid, named["own"].language) == (own.client_id, "nats.js")
        (inbox,) = named["worker"].inboxes
        assert inbox.count(".") == 2
        assert inbox.endswith(".*")
