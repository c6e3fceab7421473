"""Responders on a real server, asked by natstap, by nats-py and by FastStream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import nats
import pytest
from faststream.nats import NatsMessage as FastStreamMessage
from helpers.peers import faststream
from helpers.systems import login, users
from helpers.waiting import eventually, until
from nats.errors import NoRespondersError

from engine import Journal, NatsBroker, Profile, Session
from engine.collection.collection import Collection
from engine.collection.files import InvalidCollection
from engine.errors import (
    InvalidInput,
    InvalidSubject,
    NoResponders,
    NotConnected,
    RequestTimeout,
    ServiceError,
    StreamNotFound,
)
from engine.journal import ExchangeKind
from engine.message import text
from engine.responders import responder as responder_module
from engine.responders.behaviour import Correlation, InvalidReply, Recipe, Then
from engine.responders.delay_spread import Delay, Spread
from engine.responders.examples import PREMADE
from engine.responders.rate_limiter import RateLimiter
from engine.responders.recorded_reply import recorded_reply
from engine.responders.reply import ReplyDraft
from engine.responders.reply_words import describe
from engine.responders.responder import Responder
from engine.responders.responder_stats import MAX_HEARD, AnswerOutcome
from engine.rpc.handling import workers as workers_module
from engine.rpc.header_block import ExactHeaders
from engine.rpc.request_many import empty_body
from engine.server.server import EmbeddedServer
from engine.services.discovery import discover

pytestmark = pytest.mark.one_server

Host = Callable[..., Awaitable[Responder]]


@pytest.fixture
async def asker(profile: Profile) -> AsyncIterator[NatsBroker]:
    """Another client than the one that answers."""
    async with NatsBroker(profile) as broker:
        yield broker


@pytest.fixture
async def host(broker: NatsBroker) -> AsyncIterator[Host]:
    made: list[Responder] = []

    async def start(draft: ReplyDraft, **settings: object) -> Responder:
        responder = Responder(broker, draft, **settings)
        made.append(responder)
        await responder.start()
        return responder

    yield start
    for responder in made:
        await responder.stop()


@pytest.fixture
async def client(profile: Profile) -> AsyncIterator[nats.NATS]:
    """nats-py itself."""
    url = f"nats://{profile.servers[0].partition('://')[2]}"
    client = await nats.connect(url, user=profile.user, password=profile.password)
    yield client
    await client.close()


async def collect(client: nats.NATS, subject: str, body: bytes, count: int) -> list[bytes]:
    """The first `count` answers to a hand-made inbox, and none more."""
    inbox = client.new_inbox()
    heard = await client.subscribe(inbox)
    await client.publish(subject, body, reply=inbox)
    answers = [(await heard.next_msg(timeout=30)).data for _ in range(count)]
    await client.flush()
    assert heard.pending_msgs == 0
    return answers


# -- recipes ---------------------------------------------------------------------------------


async def test_an_echo_gives_the_body_and_its_type_back(host: Host, asker: NatsBroker) -> None:
    responder = await host(ReplyDraft("svc.echo"))
    answer = await asker.request(
        {"a": 1}, "svc.echo", {"x-own": "1"}, correlation_id="c1", timeout=30
    )
    assert (answer.value(), answer.correlation_id) == ({"a": 1}, "c1")
    assert answer.content_type == "application/json"
    assert "x-own" not in answer.headers
    assert (responder.served, responder.name, responder.queue) == (1, "echo", "natstap")


async def test_a_canned_answer_with_headers(host: Host, asker: NatsBroker) -> None:
    await host(ReplyDraft("a", Recipe.CANNED, b'{"ok": true}', (("X-A", "1"), ("X-A", "2"))))
    answer = await asker.request(b"", "a", timeout=30)
    assert (answer.value(), answer.content_type) == ({"ok": True}, "application/json")
    assert answer.raw_headers.get_all("X-A") == ["1", "2"]


async def test_an_own_content_type_wins(host: Host, asker: NatsBroker) -> None:
    await host(ReplyDraft("a", Recipe.CANNED, b"<x/>", (("content-type", "text/xml"),)))
    answer = await asker.request(b"", "a", timeout=30)
    assert answer.raw_headers.get_all("content-type") == ["text/xml"]


async def test_a_template_is_made_of_fields_headers_tokens_and_variables(
    host: Host, asker: NatsBroker
) -> None:
    body = b'{"item": "{{.Body.rows.0.item}}", "who": "{{Header "x-user"}}", "op": "{{1}}", '
    body += b'"n": {{Count}}, "on": "{{stage}}"}'
    await host(
        ReplyDraft("shop.*", Recipe.TEMPLATE, body, (("x-was", "{{Subject}}"),)),
        variables=lambda: {"stage": "test"},
    )
    for count in range(2):
        answer = await asker.request(
            {"rows": [{"item": "tea"}]}, "shop.buy", {"x-user": "ann"}, timeout=30
        )
        assert answer.value() == {
            "item": "tea",
            "who": "ann",
            "op": "buy",
            "n": count,
            "on": "test",
        }
        assert answer.headers["x-was"] == "shop.buy"


async def test_a_template_that_cannot_be_made_is_told_to_the_asker(
    host: Host, asker: NatsBroker
) -> None:
    responder = await host(ReplyDraft("a", Recipe.TEMPLATE, b"{{.Body.item}}"))
    with pytest.raises(ServiceError, match="no JSON") as caught:
        await asker.request(b"plain", "a", timeout=30)
    assert caught.value.code == "500"
    await until(lambda: responder.figures.errors)
    assert "no JSON" in responder.figures.last_error


async def test_fields_of_the_requests_json_are_replaced(host: Host, asker: NatsBroker) -> None:
    lines = b'status = "done"\nitems.0.qty = 3\nitems.1 = {"x": null}\nnew.deep = {{Count}}\n'
    lines += b'who = {{Header "x-user"}}\n'
    await host(ReplyDraft("a", Recipe.REPLACED, lines))
    answer = await asker.request(
        {"id": 7, "items": [{"qty": 1, "n": "é"}]}, "a", {"x-user": "ann"}, timeout=30
    )
    assert answer.value() == {
        "id": 7,
        "items": [{"qty": 3, "n": "é"}, {"x": None}],
        "status": "done",
        "new": {"deep": 0},
        "who": "ann",
    }
    for bad in (b"text", [1], {"items": 5}):
        with pytest.raises(ServiceError, match=r"no JSON|has no place for"):
            await asker.request(bad, "a", timeout=30)
    with pytest.raises(InvalidReply, match="line 2 goes too deep"):
        ReplyDraft("a", Recipe.REPLACED, b"a = 1\n" + b"a." * 100 + b"a = 1").check()


async def test_a_subject_that_is_no_text_is_answered_on(host: Host, asker: NatsBroker) -> None:
    """As the form offers it, and a recorded answer, when somebody asked there."""
    subject = text(b"odd.\xff")
    await host(ReplyDraft(subject, service="odd"))
    assert (await asker.request(b"x", subject, timeout=30)).body == b"x"


async def test_half_a_character_in_a_request_is_answered(host: Host, asker: NatsBroker) -> None:
    responder = await host(
        ReplyDraft("a", Recipe.TEMPLATE, b"<{{.Body.x}}>", (("x-was", "{{.Body.x}}"),))
    )
    answer = await asker.request(rb'{"x": "\ud800"}', "a", timeout=30)
    assert answer.body == "<\ufffd>".encode()
    assert responder.figures.errors == 0


async def test_a_service_error_with_words_code_and_body(host: Host, asker: NatsBroker) -> None:
    draft = ReplyDraft("a", Recipe.FAILING, b'{"why": 1}', error="out of tea", error_code="409")
    responder = await host(draft)
    with pytest.raises(ServiceError) as caught:
        await asker.request(b"", "a", timeout=30)
    assert (caught.value.code, caught.value.text) == ("409", "out of tea")
    assert caught.value.reply.body == b'{"why": 1}'
    await until(lambda: responder.figures.failed == 1)
    assert responder.figures.errors == 0


async def test_a_genuine_no_responders_status(
    host: Host, asker: NatsBroker, client: nats.NATS
) -> None:
    await host(ReplyDraft("closed", Recipe.NO_RESPONDERS))
    with pytest.raises(NoRespondersError):
        await client.request("closed", b"", timeout=30)
    with pytest.raises(NoResponders):
        await asker.request(b"", "closed", timeout=30)
    ours = await collect_status(client, "closed")
    assert ours == await collect_status(client, "nobody")


async def collect_status(client: nats.NATS, subject: str) -> dict[str, str]:
    inbox = client.new_inbox()
    heard = await client.subscribe(inbox)
    await client.publish(subject, b"", reply=inbox)
    answer = await heard.next_msg(timeout=30)
    return {str(key): value.replace(subject, "?") for key, value in answer.headers.items()}


async def test_oversize_is_exact_up_to_the_limit_and_told_beyond(
    host: Host, asker: NatsBroker, broker: NatsBroker
) -> None:
    limit = broker.link.server.max_payload
    responder = await host(ReplyDraft("a", Recipe.OVERSIZE, size=limit))
    answer = await asker.request(b"", "a", timeout=30)
    assert len(answer.body) + len(answer.head) == limit
    await responder.change(ReplyDraft("a", Recipe.OVERSIZE))
    with pytest.raises(ServiceError, match=f"{limit + 1:,} bytes and the server takes at most"):
        await asker.request(b"", "a", timeout=30)
    await until(lambda: responder.figures.errors)
    assert f"{limit:,}" in responder.figures.last_error
    assert broker.link.writing


# -- behaviour -------------------------------------------------------------------------------


class Loaded(Random):
    """Chances that come out as they were put in."""

    def __init__(self, *drawn: float) -> None:
        super().__init__(0)
        self.drawn = list(drawn)

    def random(self) -> float:
        return self.drawn.pop(0)


async def test_chances_of_silence_failure_and_duplicates(host: Host, client: nats.NATS) -> None:
    draft = ReplyDraft("a", silent_chance=0.2, fail_chance=0.3, duplicate_chance=0.4, error="no")
    chances = Loaded(0.1, 0.9, 0.2, 0.9, 0.9, 0.3, 0.9, 0.9, 0.9)
    responder = await host(draft, random=chances)
    with pytest.raises(nats.errors.TimeoutError):
        await client.request("a", b"", timeout=0.1)
    failed = await client.request("a", b"", timeout=30)
    assert failed.headers["Nats-Service-Error"] == "no"
    assert await collect(client, "a", b"twice", 2) == [b"twice", b"twice"]
    assert await collect(client, "a", b"once", 1) == [b"once"]
    await until(lambda: responder.figures.requests == 4)
    seen = responder.figures
    assert (seen.silent, seen.failed, seen.answered, seen.duplicates) == (1, 1, 2, 1)
    assert chances.drawn == []


async def test_several_replies_with_bodies_of_their_own_and_an_end_mark(
    host: Host, asker: NatsBroker, client: nats.NATS
) -> None:
    draft = ReplyDraft("a", Recipe.CANNED, b"1", more=(b"2", b"3"), replies=4, end_mark=True)
    await host(draft)
    assert await collect(client, "a", b"", 5) == [b"1", b"2", b"3", b"3", b""]
    replies = await asker.request_many(b"", "a", end=empty_body, timeout=30).all()
    assert [reply.body for reply in replies][:4] == [b"1", b"2", b"3", b"3"]


async def test_a_pause_lies_between_replies(host: Host, client: nats.NATS) -> None:
    await host(ReplyDraft("a", Recipe.CANNED, b"1", replies=3, pause=0.05))
    began = asyncio.get_running_loop().time()
    await collect(client, "a", b"", 3)
    assert asyncio.get_running_loop().time() - began >= 0.1


async def test_only_listening(host: Host, asker: NatsBroker) -> None:
    responder = await host(ReplyDraft("a", no_reply=True))
    with pytest.raises(RequestTimeout):
        await asker.request(b"", "a", timeout=0.05)
    await until(lambda: responder.figures.silent == 1)


async def test_a_message_that_wants_no_answer(host: Host, asker: NatsBroker) -> None:
    responder = await host(ReplyDraft("a"))
    await asker.publish(b"news", "a")
    await until(lambda: responder.figures.nobody == 1)
    assert responder.last[0].outcome is AnswerOutcome.NOBODY
    assert responder.served == 0


@pytest.mark.parametrize("correlation", list(Correlation))
async def test_the_correlation_id(host: Host, profile: Profile, correlation: Correlation) -> None:
    """Asked by FastStream: it makes up an id where there is none, so the headers are looked at."""
    await host(ReplyDraft("a", correlation=correlation))
    async with faststream(profile) as theirs:
        answer: FastStreamMessage = await theirs.request(
            {"n": 1}, "a", correlation_id="mine", timeout=30
        )
    assert await answer.decode() == {"n": 1}
    given = answer.headers.get("correlation_id")
    if correlation is Correlation.DROP:
        assert given is None
    else:
        assert given
        assert (given == "mine") is (correlation is Correlation.KEEP)


async def test_what_had_no_correlation_id_keeps_none(host: Host, client: nats.NATS) -> None:
    await host(ReplyDraft("a"))
    answer = await client.request("a", b"x", headers={"x-own": "1"}, timeout=30)
    assert "correlation_id" not in answer.headers


async def test_delays_are_drawn_and_bounded() -> None:
    draws = [
        Delay(least=2, most=2),
        Delay(least=1, most=3),
        Delay(Spread.NORMAL, mean=1, deviation=5),
        Delay(Spread.NORMAL, least=0.5, most=1.5, mean=1, deviation=5),
        Delay(Spread.EXPONENTIAL, mean=0.5),
    ]
    for delay in draws:
        drawn = [delay.draw(Random(n)) for n in range(500)]
        assert delay.least <= min(drawn) <= max(drawn) <= delay.longest
        assert [delay.draw(Random(n)) for n in range(500)] == drawn
    assert not Delay()
    mean = [Delay(Spread.EXPONENTIAL, mean=0.5).draw(Random(n)) for n in range(2000)]
    assert sum(mean) / len(mean) == pytest.approx(0.5, rel=0.1)


async def test_a_delayed_answer_is_measured(host: Host, asker: NatsBroker) -> None:
    responder = await host(ReplyDraft("a", least_delay=0.05, most_delay=0.05))
    await asyncio.gather(*(asker.request(b"", "a", timeout=30) for _ in range(40)))
    await until(lambda: responder.served == 40)
    told = responder.figures.latency
    assert (told.count, told.min >= 0.05, told.p50 >= 0.045) == (40, True, True)


async def test_a_slow_one_is_no_slower_when_many_ask(host: Host, asker: NatsBroker) -> None:
    """Each waits its own time, and none behind the others."""
    slow = await host(ReplyDraft("a", least_delay=60, most_delay=60, rate=5000))
    for _ in range(3000):
        asker.post(b"", "a", reply_to="b")
    await until(lambda: slow._subscriber.workers.busy == 3000)
    assert not slow._subscriber.workers.waiting


async def test_nobody_waits_for_a_slow_one_that_is_switched_off(
    host: Host, asker: NatsBroker
) -> None:
    slow = await host(ReplyDraft("slow", least_delay=60, most_delay=60))
    paused = await host(ReplyDraft("paused", replies=3, pause=60))
    asker.post(b"", "slow", reply_to="answers")
    await asker.request(b"", "paused", timeout=30)
    await until(lambda: slow._subscriber.workers.busy)
    async with asyncio.timeout(30):
        await slow.stop()
        await paused.stop()
    assert slow.last[0].words == "switched off before its delay was over"
    assert (slow.figures.held_back, paused.figures.answered) == (1, 1)


async def test_a_stream_gets_back_what_was_not_answered_when_it_was_switched_off(
    host: Host, broker: NatsBroker, asker: NatsBroker
) -> None:
    await broker.jetstream.api(
        "STREAM.CREATE.JOBS", {"name": "JOBS", "subjects": ["jobs"], "retention": "workqueue"}
    )
    draft = ReplyDraft("jobs", stream="JOBS", durable="D", least_delay=60, most_delay=60)
    slow = await host(draft)
    await asker.publish(b"do it", "jobs", stream="JOBS")
    await until(lambda: slow._subscriber and slow._subscriber.workers.busy)
    await slow.stop()
    await broker.link.barrier()
    assert (await broker.jetstream.stream("JOBS"))["state"]["messages"] == 1
    await slow.change(ReplyDraft("jobs", stream="JOBS", durable="D", nak_delay=0.1))
    await slow.start()
    await until(lambda: slow.figures.nobody == 1)


async def test_switching_waits_for_the_switching_before(
    broker: NatsBroker, asker: NatsBroker
) -> None:
    responder = Responder(broker, ReplyDraft("a", service="a"))
    await asyncio.gather(responder.start(), responder.stop())
    assert (responder.on, await discover(asker)) == (False, ())
    await broker.jetstream.ensure_stream("S", ["s"])
    responder = Responder(broker, ReplyDraft("s", stream="S", durable="D"))
    await asyncio.gather(responder.start(), responder.start())
    await responder.stop()
    assert broker.subscribers == []


async def test_more_than_can_wait_is_dropped_and_told(
    host: Host, asker: NatsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "MOST_WAITING", 10)
    monkeypatch.setattr(responder_module, "WAITING_WORKERS", 20)
    slow = await host(ReplyDraft("a", least_delay=60, most_delay=60))
    for _ in range(20 + 30):
        asker.post(b"", "a", reply_to="b")
    await asker.link.flow()
    await until(lambda: "not even looked at" in slow.trouble)
    assert len(slow._subscriber.workers.waiting) <= 10


async def test_what_goes_beyond_the_rate_is_held_back(host: Host, client: nats.NATS) -> None:
    responder = await host(ReplyDraft("a", rate=5))
    inbox = client.new_inbox()
    heard = await client.subscribe(inbox)
    for _ in range(50):
        await client.publish("a", b"", reply=inbox)
    await until(lambda: responder.figures.requests == 50)
    await until(lambda: heard.pending_msgs == responder.served)
    assert 5 <= responder.served < 50
    held = responder.figures.held_back
    assert held == 50 - responder.served
    assert responder.complaint == f"{held} held back, without an answer: more than 5 a second"


async def test_ten_thousand_at_once_are_not_too_many(host: Host, asker: NatsBroker) -> None:
    """The limit that nobody has chosen ends a storm, and no load test on one machine."""
    responder = await host(ReplyDraft("a"))
    for _ in range(10_000):
        asker.post(b"", "a", reply_to="nowhere")
    await asker.link.flow()
    await until(lambda: responder.figures.requests == 10_000)
    assert (responder.served, responder.complaint) == (10_000, "")


async def test_each_answer_has_the_correlation_id_of_its_own_request(
    host: Host, asker: NatsBroker
) -> None:
    """Though all else in its headers is written once."""
    await host(ReplyDraft("a", Recipe.CANNED, b"{}", headers=(("x", "%b"),)))
    for given in ("one", "%b", "ü", "", "one"):
        answer = await asker.request(
            b"", "a", ExactHeaders.of({"correlation_id": given} if given else {}), timeout=30
        )
        wanted = [("content-type", "application/json"), ("correlation_id", given), ("x", "%b")]
        assert answer.raw_headers.pairs == tuple(pair for pair in wanted if pair[1])


async def test_a_correlation_id_that_would_break_the_headers_is_not_sent_back(
    host: Host, client: nats.NATS, asker: NatsBroker
) -> None:
    responder = await host(ReplyDraft("a", Recipe.CANNED, b"{}"))
    head = b"NATS/1.0\r\ncorrelation_id: a\rPUB pwn 0\r\n\r\n"
    client._transport.write(b"HPUB a back %d %d\r\n%b\r\n" % (len(head), len(head), head))
    await until(lambda: responder.figures.errors == 1)
    assert "a value cannot hold a line break" in responder.complaint
    assert (await asker.request(b"", "a", timeout=30)).body == b"{}"


def test_a_pace_fills_up_again() -> None:
    now = [0.0]
    pace = RateLimiter(10, lambda: now[0])
    assert [pace.take() for _ in range(11)] == [True] * 10 + [False]
    now[0] = 0.1
    assert [pace.take(), pace.take()] == [True, False]
    now[0] = 99.0
    assert sum(pace.take() for _ in range(50)) == 10


async def test_it_stops_after_so_many(host: Host, asker: NatsBroker) -> None:
    responder = await host(ReplyDraft("a", limit=2))
    for _ in range(2):
        await asker.request(b"", "a", timeout=30)
    await until(lambda: not responder.on)
    assert responder.complaint == "off, for it took the 2 requests that it was to take"
    await responder.stop()  # returns when the server has heard of it
    with pytest.raises(NoResponders):
        await asker.request(b"", "a", timeout=30)
    await responder.start()
    await asker.request(b"", "a", timeout=30)
    await until(lambda: responder.served == 3)
    assert responder.on


# -- never dangerous by accident ---------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [">", "*", "*.>", "*.{x}", "$JS.API.x", "$SRV.PING", "$MQTT.a", "_INBOX.a", "_R_.>", "$KV.a.b"],
)
def test_a_harmful_subject_is_refused(broker: NatsBroker, subject: str) -> None:
    with pytest.raises(InvalidSubject, match=r"everyone's messages|belongs to the server"):
        Responder(broker, ReplyDraft(subject))


async def test_a_wildcard_first_answers_nobodys_but_its_own(
    host: Host, asker: NatsBroker, client: nats.NATS
) -> None:
    """Subjects that begin with a tenant are usual; those of the server and of inboxes are not."""
    tenants = await host(ReplyDraft("*.PING", Recipe.CANNED, b"mine"))
    assert (await asker.request(b"", "acme.PING", timeout=30)).body == b"mine"
    for subject in ("$SRV.PING", "_INBOX.PING"):
        assert await collect(client, subject, b"", 0) == []
    await until(lambda: tenants.figures.requests == 3)
    assert tenants.figures.refused == 2
    assert "_INBOX.PING belongs to the server" in tenants.figures.last_error


@pytest.mark.parametrize(
    "reply", ["$JS.FC.S.x", "$JS.API.STREAM.DELETE.S", "$SYS.a", "$KV.b.k", "$O.b.C.k"]
)
async def test_no_answer_goes_to_the_server(host: Host, client: nats.NATS, reply: str) -> None:
    responder = await host(ReplyDraft("a", Recipe.CANNED, b"-NAK"))
    heard = await client.subscribe(reply)
    await client.publish("a", b"", reply=reply)
    await until(lambda: responder.figures.refused == 1)
    await client.flush()
    assert heard.pending_msgs == 0
    assert "would be a command" in responder.figures.last_error


async def test_what_a_stream_pushes_is_not_acknowledged_by_an_answer(
    host: Host, asker: NatsBroker
) -> None:
    """The server lets nobody but itself name `$JS.ACK` as a reply subject."""
    await asker.jetstream.ensure_stream("S", ["stored"])
    config = {"name": "C", "deliver_subject": "pushed", "deliver_group": "natstap"}
    await asker.jetstream.create_consumer("S", config | {"ack_policy": "explicit"})
    responder = await host(ReplyDraft("pushed", Recipe.CANNED, b"-NAK"))
    await asker.publish(b"x", "stored", stream="S")
    await until(lambda: responder.figures.refused)
    consumer = await asker.jetstream.consumer("S", "C")
    assert (consumer["num_ack_pending"], consumer["num_redelivered"]) == (1, 0)
    assert responder.figures.requests == 1
    assert "$JS.ACK.S.C." in responder.figures.last_error


async def test_no_answer_comes_back_to_a_responder(host: Host, client: nats.NATS) -> None:
    one = await host(ReplyDraft("ping.*"))
    other = await host(ReplyDraft("pong"))
    for subject, reply in (("ping.a", "ping.b"), ("ping.a", "pong"), ("pong", "ping.c")):
        await client.publish(subject, b"", reply=reply)
    await until(lambda: (one.figures.requests, other.figures.requests) == (2, 1))
    assert (one.figures.refused, other.figures.refused) == (2, 1)
    assert "would come back to the responder on pong" in one.last[0].words


async def test_a_refusal_by_the_server_is_told() -> None:
    config = users(
        'permissions { publish { deny: "_INBOX.>" }, subscribe { deny: ["shut.>", "$SRV.>"] } }'
    )
    async with EmbeddedServer(config=config) as server:
        async with (
            NatsBroker(login(server, "u1")) as mute,
            NatsBroker(login(server)) as asker,
        ):
            deaf = Responder(mute, ReplyDraft("shut.a"))
            await deaf.start()
            await until(lambda: deaf.trouble)
            assert "refuses to let natstap listen on shut.a" in deaf.trouble
            responder = Responder(mute, ReplyDraft("a", service="a"))
            await responder.start()
            await until(lambda: "not every tool lists" in responder.complaint)
            assert not responder.trouble
            with pytest.raises(RequestTimeout):
                await asker.request(b"", "a", timeout=0.2)
            await until(lambda: responder.figures.errors == 1)
            assert responder.served == 0
            assert "refuses answers to _INBOX." in responder.last[0].words


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"fail_chance": 1.5}, "fail_chance", "0.2 is 20 %"),
        ({"silent_chance": -1}, "silent_chance", "from 0 to 1"),
        ({"duplicate_chance": float("nan")}, "duplicate_chance", "from 0 to 1"),
        ({"least_delay": 2, "most_delay": 1}, "delay", "at least the minimum"),
        ({"least_delay": -1}, "delay", "between 0 and one day"),
        ({"spread": Spread.NORMAL, "mean_delay": 80_000}, "delay", "more than one day"),
        ({"replies": 0}, "replies", "1 to 10,000"),
        ({"rate": 0}, "rate", "answers a second"),
        ({"limit": -1}, "limit", "use 0 for no limit"),
        ({"recipe": Recipe.TEMPLATE, "body": b"{{nope 1}}"}, "body", "not known"),
        (
            {"recipe": Recipe.TEMPLATE, "body": b"{{1}}", "more": (b"", b"{{")},
            "body",
            "reply 3, template, character 1",
        ),
        ({"error": "no\ntea"}, "error", "line break|control"),
        ({"error_code": "\r"}, "error_code", "line break|control"),
        ({"recipe": Recipe.TEMPLATE, "headers": (("A", "{{"),)}, "headers", "unclosed {{"),
        ({"recipe": Recipe.REPLACED}, "body", "one to a line"),
        ({"recipe": Recipe.REPLACED, "body": b"a = b"}, "body", "put text in quotes"),
        ({"recipe": Recipe.REPLACED, "body": b"a.. = 1"}, "body", "line 1 is no field"),
        ({"recipe": Recipe.REPLACED, "body": b"a = {{"}, "body", "unclosed {{"),
        ({"size": -1}, "size", "at most"),
        ({"store_in": "a.b"}, "store_in", "cannot be its name"),
        ({"durable": "D"}, "durable", "name the stream"),
        ({"then": Then.NAK}, "then", "name the stream"),
        ({"stream": "S", "ack_wait": 0}, "ack_wait", "10 ms to a day"),
        ({"service": "a b"}, "service", "letters, digits"),
        ({"queue": "a b"}, "queue", "no spaces"),
        ({"version": "1"}, "version", "1.0.0"),
        ({"service": "a", "stream": "S"}, "service", "choose one"),
    ],
)
def test_what_cannot_be_is_said_of_the_field(fields: dict, field: str, words: str) -> None:
    with pytest.raises(InvalidReply, match=words) as caught:
        ReplyDraft("a", **fields).check()
    assert caught.value.field == field


@pytest.mark.own_server
async def test_while_the_connection_is_down_it_waits_for_it(
    server: EmbeddedServer, host: Host, broker: NatsBroker
) -> None:
    """Nothing waits for a server that is gone, and all that is on answers when it is back."""
    there = await host(ReplyDraft("there", service="there"))
    gone = await host(ReplyDraft("gone"))
    late = Responder(broker, ReplyDraft("late"))
    await server.stop()
    await until(lambda: there.cut_off)
    assert "the connection is down" in there.complaint
    async with asyncio.timeout(4):
        await late.start()
        await gone.stop()
        await there.change(ReplyDraft("changed", service="there"))
        with pytest.raises(NotConnected, match="only a server can make a consumer"):
            await there.change(ReplyDraft("x", stream="S"))
    assert (late.on, there.on, there.subject) == (True, True, "changed")
    await server.restart()
    async with NatsBroker(server.profile()) as asker:
        await until(lambda: not there.cut_off)
        await broker.link.barrier()
        for subject in ("late", "changed", "$SRV.PING.there"):
            await asker.request(b"", subject, timeout=30)
        with pytest.raises(NoResponders):
            await asker.request(b"", "gone", timeout=30)
    assert not there.complaint
    await late.stop()


# -- one responder's life ----------------------------------------------------------------------


async def test_it_is_changed_while_it_answers(host: Host, asker: NatsBroker) -> None:
    responder = await host(ReplyDraft("a"), name="mine")
    await asker.request(b"1", "a", timeout=30)
    await responder.change(ReplyDraft("b", Recipe.CANNED, b"new"), "other")
    assert (await asker.request(b"1", "b", timeout=30)).body == b"new"
    with pytest.raises(NoResponders):
        await asker.request(b"1", "a", timeout=30)
    await until(lambda: responder.served == 2)
    with pytest.raises(InvalidInput):
        await responder.change(ReplyDraft(">"))
    with pytest.raises(StreamNotFound):
        await responder.change(ReplyDraft("c", stream="NONE"))
    assert (await asker.request(b"1", "b", timeout=30)).body == b"new"
    assert (responder.name, responder.subject) == ("other", "b")


async def test_the_last_requests_lead_to_their_exchanges(
    host: Host, broker: NatsBroker, client: nats.NATS, journal: Journal
) -> None:
    responder = await host(ReplyDraft("a.*"))
    await client.request("a.theirs", b"12345", timeout=30)
    await broker.request(b"", "a.ours", timeout=30)
    await until(lambda: responder.figures.requests == 2)
    ours, theirs = responder.last
    assert (theirs.subject, theirs.size, ours.subject) == ("a.theirs", 5, "a.ours")
    for heard in responder.last:
        exchange = journal.exchange(heard.number)
        assert (exchange.kind, exchange.subject) == (ExchangeKind.REQUEST, heard.subject)
        assert len(exchange.replies) == 1
    assert journal.exchange(ours.number).own
    for _ in range(MAX_HEARD + 5):
        await client.request("a.x", b"", timeout=30)
    await until(lambda: responder.figures.requests == MAX_HEARD + 7)
    assert len(responder.last) == MAX_HEARD


async def test_two_hosts_share_the_work(host: Host, profile: Profile, asker: NatsBroker) -> None:
    one = await host(ReplyDraft("a"))
    async with NatsBroker(profile) as second:
        other = Responder(second, ReplyDraft("a"))
        await other.start()
        for _ in range(30):
            await asker.request(b"", "a", timeout=30)
        await until(lambda: one.served + other.served == 30)
        assert one.served
        assert other.served


# -- streams -----------------------------------------------------------------------------------


async def wait_for(responder: Responder, count: int) -> None:
    await until(lambda: responder.figures.requests >= count)


@pytest.mark.parametrize("then", list(Then))
@pytest.mark.parametrize("durable", ["", "D"])
async def test_a_stream_is_consumed(
    host: Host, asker: NatsBroker, then: Then, durable: str
) -> None:
    """What comes again tells what the stream was told."""
    await asker.jetstream.ensure_stream("WORK", ["work.*"])
    soon = 0.2 if then is Then.SILENCE else 30.0
    draft = ReplyDraft(
        "work.a", stream="WORK", durable=durable, then=then, ack_wait=soon, nak_delay=0.1
    )
    responder = await host(draft)
    answer = await asker.request({"n": 1}, "work.a", stream="WORK", timeout=30)
    assert answer.value() == {"n": 1}
    consumer = responder._subscriber.consumer.name

    async def state() -> dict:
        return await asker.jetstream.consumer("WORK", consumer)

    if then in (Then.NAK, Then.SILENCE):
        await wait_for(responder, 3)
        assert (await state())["num_redelivered"] == 1
        assert responder.last[0].number
        return

    async def acknowledged() -> bool:
        return bool((await state())["ack_floor"]["stream_seq"] == 1)

    await eventually(acknowledged)
    now = await state()
    assert (now["num_ack_pending"], now["num_redelivered"]) == (0, 0)
    assert responder.figures.requests == 1


async def test_a_consumer_that_is_there_is_pulled_from(host: Host, asker: NatsBroker) -> None:
    await asker.jetstream.ensure_stream("WORK", ["work.*"])
    config = {"name": "P", "durable_name": "P", "ack_policy": "explicit"}
    await asker.jetstream.create_consumer("WORK", config)
    responder = await host(ReplyDraft("work.a", stream="WORK", durable="P"))
    assert (await asker.request(b"x", "work.a", stream="WORK", timeout=30)).body == b"x"
    await responder.stop()
    assert (await asker.jetstream.consumer("WORK", "P"))["config"].get("deliver_subject") is None


async def test_faststream_asks_through_the_stream(
    host: Host, asker: NatsBroker, profile: Profile
) -> None:
    await asker.jetstream.ensure_stream("WORK", ["work.*"])
    responder = await host(
        ReplyDraft("work.*", Recipe.TEMPLATE, b"{{1}}: {{.Body.n}}", stream="WORK")
    )
    async with faststream(profile) as theirs:
        answer: FastStreamMessage = await theirs.request(
            {"n": 7}, "work.a", stream="WORK", correlation_id="mine", timeout=30
        )
    assert (await answer.decode(), answer.correlation_id) == ("a: 7", "mine")
    await until(lambda: responder.served == 1)


async def test_no_stream_is_made_or_changed(host: Host, asker: NatsBroker) -> None:
    for place in ("stream", "store_in"):
        with pytest.raises(StreamNotFound):
            await host(ReplyDraft("work.a", **{place: "WORK"}))
    await asker.jetstream.ensure_stream("S", ["else"])
    before = (await asker.jetstream.stream("S"))["config"]
    responder = await host(ReplyDraft("else", stream="S"))
    await responder.stop()
    assert (await asker.jetstream.stream("S"))["config"] == before
    assert (await asker.jetstream.stream("S"))["state"]["consumer_count"] == 0


async def test_a_reply_is_stored_where_its_subject_belongs(
    host: Host, asker: NatsBroker, client: nats.NATS
) -> None:
    await asker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
    responder = await host(ReplyDraft("a", store_in="ANSWERS"))
    await client.publish("a", b"keep", reply="answers.1")
    await until(lambda: responder.figures.stored == 1)
    assert (await asker.jetstream.stream("ANSWERS"))["state"]["messages"] == 1
    assert (await client.request("a", b"direct", timeout=30)).data == b"direct"
    await until(lambda: responder.served == 2)
    assert responder.figures.stored == 1


# -- recorded, saved, said ---------------------------------------------------------------------


async def seen(broker: NatsBroker, journal: Journal, subject: str, **settings: object) -> int:
    """Ask, whatever comes of it; the number of the exchange."""
    replies = broker.request_many(b"", subject, **settings)
    try:
        await replies.all()
    except (NoResponders, RequestTimeout):
        pass
    return replies.number


@pytest.mark.parametrize(
    "original",
    [
        ReplyDraft("a", Recipe.CANNED, b'{"ok": 1}', (("X-A", "1"), ("X-A", "2"))),
        ReplyDraft("a", Recipe.CANNED, b"\xff\x00", (("content-type", "image/png"),)),
        ReplyDraft("a", Recipe.CANNED, b"x"),
        ReplyDraft("a", Recipe.CANNED, b"1", more=(b"2", b"3"), replies=3, end_mark=True),
        ReplyDraft("a", Recipe.FAILING, b"why", error="no tea", error_code="409"),
        ReplyDraft("a", Recipe.NO_RESPONDERS),
    ],
)
async def test_a_recorded_exchange_is_answered_alike(
    host: Host, broker: NatsBroker, journal: Journal, original: ReplyDraft
) -> None:
    await host(original)
    count = original.replies + original.end_mark
    number = await seen(broker, journal, "a", count=count, timeout=30)
    assert recorded_reply(journal, number) == original


async def test_silence_is_recorded_as_silence(
    host: Host, broker: NatsBroker, journal: Journal
) -> None:
    await host(ReplyDraft("a", no_reply=True))
    number = await seen(broker, journal, "a", timeout=0.05)
    assert recorded_reply(journal, number) == ReplyDraft("a", Recipe.CANNED, no_reply=True)
    slow = ReplyDraft("slow", Recipe.CANNED, b"x", least_delay=0.15, most_delay=0.15)
    await host(slow)
    number = await seen(broker, journal, "slow", count=1, timeout=30)
    assert 0.15 <= recorded_reply(journal, number).least_delay < 5
    several = replace(slow, subject="several", replies=2, pause=0.12, end_mark=True)
    await host(several)
    number = await seen(broker, journal, "several", count=3, timeout=30)
    assert 0.12 <= recorded_reply(journal, number).pause < 5
    published = broker.post(b"", "a")
    with pytest.raises(InvalidInput, match="only a request"):
        recorded_reply(journal, published)


async def test_all_that_is_premade_answers_at_once(host: Host, client: nats.NATS) -> None:
    for name, draft in PREMADE:
        await host(draft, name=name)
    for name, draft in PREMADE:
        if name in ("flaky", "silent", "nobody"):
            continue
        subject = draft.subject.replace("*", "ann")
        answer = await client.request(subject, b'{"qty": 2}', timeout=10)
        failing = "Nats-Service-Error" in (answer.headers or {})
        assert failing is (name in ("failing", "oversize")), name


async def test_a_session_hosts_removes_and_brings_back(tmp_path: Path) -> None:
    (tmp_path / "env.test.toml").write_text('stage = "test"\n')
    session = await Session.open(Journal(), {}, {}, demo=True, collection=tmp_path)
    try:
        session.environment.name = "test"
        one = await session.responders.add(
            ReplyDraft("a", Recipe.TEMPLATE, b"{{stage}}"), name="one"
        )
        two = await session.responders.add(ReplyDraft("b"))
        assert (await session.broker.request(b"", "a", timeout=30)).body == b"test"
        removed = await session.responders.remove(one)
        with pytest.raises(NoResponders):
            await session.broker.request(b"", "a", timeout=30)
        await session.responders.restore(removed)
        assert session.responders.all == [one, two]
        assert (await session.broker.request(b"", "a", timeout=30)).body == b"test"
        with pytest.raises(InvalidSubject):
            await session.responders.add(ReplyDraft(">"))
        assert session.responders.all == [one, two]
    finally:
        await session.close()


def test_it_is_saved_whole_and_without_secrets(tmp_path: Path) -> None:
    collection = Collection(tmp_path)
    for sample in PREMADE:
        collection.save(sample.name, sample.draft)
    assert {saved.name: saved.what for saved in collection.load().saved} == dict(PREMADE)
    assert (tmp_path / "echo.toml").read_text() == 'kind = "responder"\nsubject = "svc.echo"\n'
    secret = b'{"token": "abc"}'
    for draft in (
        ReplyDraft("a", Recipe.CANNED, more=(b"1", secret)),
        ReplyDraft("a", Recipe.REPLACED, b'user.password = "abc"'),
        ReplyDraft("a", description="Bearer abcdefgh.ijk"),
    ):
        with pytest.raises(InvalidCollection, match="holds a secret"):
            collection.save("x", draft)
    collection.save("x", ReplyDraft("a", Recipe.REPLACED, b'user.password = "{{password}}"'))


def test_a_draft_is_said_in_one_sentence() -> None:
    draft = ReplyDraft("svc.echo", least_delay=2, most_delay=3, fail_chance=0.1)
    assert describe(draft, "natstap") == (
        "answers svc.echo in group natstap with the request back, after 2 s to 3 s, 10 % fail"
    )
    whole = ReplyDraft(
        "a",
        Recipe.REPLACED,
        b"a = 1\nb = 2",
        spread=Spread.EXPONENTIAL,
        mean_delay=0.5,
        silent_chance=0.25,
        duplicate_chance=0.01,
        replies=3,
        pause=0.1,
        end_mark=True,
        correlation=Correlation.DROP,
        limit=10,
        rate=5,
        store_in="KEPT",
        stream="WORK",
        durable="D",
        then=Then.NAK,
    )
    assert describe(whole) == (
        "answers a with the request's JSON, 2 fields replaced, after 500 ms on average, mostly "
        "less, 25 % get no answer, 1 % are answered twice, 3 replies each, one every 100 ms, with "
        "an end mark, no correlation id, 10 requests and then off, at most 5 a second, stored in "
        "KEPT, consumes stream WORK as D and asks for it again in 1 s"
    )
    bounded = ReplyDraft("a", spread=Spread.NORMAL, mean_delay=2, deviation=1, least_delay=0.5)
    assert "after about 2 s ± 1 s (500 ms to 20 s)" in describe(bounded)
    assert len({describe(sample.draft) for sample in PREMADE}) == len(PREMADE)
    assert "never answers" in describe(replace(whole, no_reply=True))


def test_every_field_is_kept_in_plain_values() -> None:
    draft = ReplyDraft(
        "a",
        Recipe.TEMPLATE,
        b"\xff",
        (("A", "1"),),
        "q",
        Spread.NORMAL,
        0.1,
        9.0,
        1.0,
        0.5,
        limit=3,
        error="e",
        error_code="1",
        more=(b"2", b"\xfe"),
        size=5,
        fail_chance=0.1,
        silent_chance=0.2,
        duplicate_chance=0.3,
        replies=2,
        pause=0.4,
        end_mark=True,
        no_reply=True,
        adds_headers=False,
        echo_headers=True,
        correlation=Correlation.CHANGE,
        content="cbor",
        store_in="S",
        rate=7,
        stream="T",
        durable="D",
        then=Then.TERM,
        nak_delay=2.0,
        ack_wait=3.0,
        service="x",
        version="2.0.0",
        description="d",
    )
    kept = json.loads(json.dumps(draft.to_dict()))
    assert ReplyDraft.from_dict(kept) == draft
    assert len(kept) == len(set(ReplyDraft.__slots__) - {"own"})
    assert ReplyDraft("a").to_dict() == {"subject": "a"}
    with pytest.raises(InvalidReply, match="list of texts"):
        ReplyDraft.from_dict({"subject": "a", "more": [1]} | {"more": "x"})
