"""Where one can connect, a look at a server, and a session that goes from one to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.home import Home
from helpers.raw import FakeServer
from helpers.waiting import until

from engine import Journal, NatsBroker, Profile, Session
from engine import session as session_module
from engine.drafts.draft import Draft, Kind
from engine.errors import AuthRefused, CannotConnect, InvalidProfile, NoResponders, NotConnected
from engine.journal import State
from engine.link import server_check as look_module
from engine.link.server_check import look
from engine.profile.connect_line import read_written
from engine.profile.known_places import LOCAL, PRIVATE, TYPED, Place, Places
from engine.profile.label import NO_LABELS
from engine.profile.profile import resolve
from engine.responders.reply import ReplyDraft
from engine.server.server import EmbeddedServer

Connect = Callable[..., Awaitable[NatsBroker]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
async def other() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer() as running:
        yield running


@pytest.fixture
async def session(profile: Profile, journal: Journal, tmp_path: Path) -> AsyncIterator[Session]:
    made = Session(profile, journal, None, tmp_path, company=False)
    await made.broker.start()
    yield made
    await made.close()


def place(server: EmbeddedServer) -> Place:
    return Place("there", server.profile())


# -- the places ------------------------------------------------------------------------------


def test_with_nothing_configured_there_are_the_local_and_the_private_server() -> None:
    assert [one.name for one in Places({}, {}).list()] == [LOCAL, PRIVATE]


def test_what_natstap_was_started_for_comes_first_and_contexts_after_the_own(home: Home) -> None:
    home.context("staging", url="nats://stage:1", user="ann", password="pw", description="shop")
    home.context("prod", url="tls://prod:2", token="t")
    home.select("prod")
    flags = {"server": "nats://flag:3"}
    flagged = resolve(flags, home.env)
    assert flagged is not None
    found = Places(flags, home.env).list()
    assert [one.name for one in found] == [
        flagged.source,
        LOCAL,
        PRIVATE,
        "context prod",
        "context staging",
    ]
    assert found[0].profile is not None
    assert found[0].profile.token == "t"
    assert (found[3].note, found[4].note) == ("selected in the nats CLI", "shop")


def test_a_context_is_resolved_alone(home: Home) -> None:
    home.context("a", url="nats://a:1")
    home.context("b", url="nats://b:1")
    env = {**home.env, "NATS_URL": "nats://elsewhere:9", "NATS_USER": "x", "NATS_CONTEXT": "a"}
    *_, b = Places({"timeout": "2s", "server": "flag"}, env).list()
    assert b.profile == Profile(("nats://b:1",), timeout=2.0, source="context b")


def test_where_natstap_was_started_for_is_listed_once(home: Home) -> None:
    home.context("only", url="nats://a:1")
    home.select("only")
    assert [one.name for one in Places({}, home.env).list()] == [LOCAL, PRIVATE, "context only"]
    started = Places({"server": "127.0.0.1", "no_context": True}, home.env).list()
    assert [one.name for one in started] == ["--server", PRIVATE, "context only"]


def test_what_cannot_be_used_is_listed_with_the_reason(home: Home) -> None:
    home.context("bad", url="nats://a:1", creds="~/missing.creds")
    bad = Places({}, home.env).list()[-1]
    assert (bad.name, bad.profile, bad.private) == ("context bad", None, False)
    assert "missing.creds" in str(bad.trouble)
    start = Places({"context": "nope"}, home.env).list()[0]
    assert "unknown nats context 'nope'" in str(start.trouble)


def test_what_is_typed_is_an_address_with_the_flags_of_the_nats_cli(home: Home) -> None:
    home.context("shop", url="nats://shop:1", user="ann", password="pw")
    home.select("shop")
    places = Places({}, {**home.env, "NATS_TOKEN": "x"})
    plain = places.take("host:5")
    assert plain == Place(TYPED, Profile(("nats://host:5",), source=TYPED))
    signed = places.take("tls://h --user 'bo b' --password=p --tlsfirst").profile
    assert signed is not None
    assert (signed.user, signed.password, signed.tls_first) == ("bo b", "p", True)
    as_context = places.take("elsewhere:7 --context shop").profile
    assert as_context is not None
    assert (as_context.servers, as_context.user) == (("nats://elsewhere:7",), "ann")
    assert places.list()[-1] == plain
    places.take("host:5")
    assert [one.name for one in places.list()].count(TYPED) == 3


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "an address is needed"),
        ("'half", "a quotation mark is missing"),
        ("a b", "given twice"),
        ("a --verbose", "--verbose is no flag"),
        ("a --password", "--password needs a value"),
        ("http://a", "web address"),
        ("a --context none", "unknown nats context"),
    ],
)
def test_what_cannot_be_meant_is_said(written: str, why: str) -> None:
    with pytest.raises(InvalidProfile, match=why):
        Places({}, {}).take(written)


@pytest.mark.parametrize("written", ["a --what=hush", "a hush", "nats://u:hush@", "a --creds hush"])
def test_no_error_repeats_a_value_that_may_be_secret(written: str) -> None:
    with pytest.raises(InvalidProfile) as raised:
        Places({}, {"HOME": "/none"}).take(written)
    assert "hush" not in str(raised.value).replace("no file '/none/hush'", "").replace("'hush'", "")


def test_flags_may_be_short() -> None:
    assert read_written("-s a:1") == {"server": "a:1"}


# -- a look ----------------------------------------------------------------------------------


async def test_a_look_tells_what_the_server_says_of_itself(server: EmbeddedServer) -> None:
    seen = await look(server.profile())
    assert (seen.name, seen.version) == ("natstap", server.version)
    assert seen.server == f"127.0.0.1:{server.port}"
    assert 0 < seen.rtt < look_module.CHECK_TIMEOUT
    assert (seen.jetstream, seen.secure) == (True, False)


async def test_a_look_subscribes_to_nothing_and_is_gone() -> None:
    async with FakeServer.running() as fake:
        await look(fake.profile)
        await until(lambda: not fake.open)
        verbs = {line.split()[0] for line in fake.heard}
    assert fake.connections == 1
    assert verbs == {b"CONNECT", b"PING"}


async def test_a_look_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_module, "CHECK_TIMEOUT", 0.2)
    async with FakeServer.running(b"") as mute:
        with pytest.raises(CannotConnect, match=r"no answer within 0\.2 s"):
            await look(mute.profile)
        await until(lambda: not mute.open)


async def test_a_look_that_is_given_up_leaves_nothing_open() -> None:
    async with FakeServer.running(b"") as mute:
        looking = asyncio.create_task(look(mute.profile))
        await until(lambda: mute.open)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await until(lambda: not mute.open)


async def test_a_look_is_refused_without_credentials(server: EmbeddedServer) -> None:
    with pytest.raises(AuthRefused):
        await look(Profile((server.url,)))


# -- going elsewhere -------------------------------------------------------------------------


async def test_a_session_moves_and_what_is_sent_goes_there(
    session: Session, other: EmbeddedServer
) -> None:
    left = session.broker
    first = await session.outbox.post(Draft("who"))
    await until(lambda: state(session, first.number) is State.NO_RESPONDERS)
    async with NatsBroker(other.profile()) as there:

        @there.subscriber("who")
        async def who(body: str) -> str:
            return "there"

        await there.start()
        await session.move(place(other))
        sending = await session.outbox.post(Draft("who"))
        await until(lambda: state(session, sending.number) is State.ANSWERED)
    assert first.number < session.since <= sending.number
    assert session.is_at(place(other))
    with pytest.raises(NotConnected):
        _ = left.link
    assert notes(session.journal) == ["closed", f"connected to {other.url} (embedded server)"]
    await session.outbox.close()
    outcomes = [one.outcome for one in session.history.entries()]
    assert outcomes == ["answered", "no responders"]


async def test_responders_stay_switched_off_and_answer_there_when_switched_on(
    session: Session, other: EmbeddedServer, connect: Connect
) -> None:
    responder = await session.responders.add(ReplyDraft("svc.echo"))
    here = await connect()
    assert (await here.request(b"1", "svc.echo", timeout=30)).body == b"1"
    await session.move(place(other))
    assert (session.responders.all, responder.on, responder.served) == ([responder], False, 1)
    with pytest.raises(NoResponders):
        await here.request(b"1", "svc.echo", timeout=30)
    async with NatsBroker(other.profile()) as there:
        with pytest.raises(NoResponders):
            await there.request(b"1", "svc.echo", timeout=30)
        await responder.start()
        assert (await there.request(b"2", "svc.echo", timeout=30)).body == b"2"


async def test_watches_end_and_what_they_know_stays(
    session: Session, other: EmbeddedServer, connect: Connect
) -> None:
    watch = await session.watches.watch_subjects(["a.>"])
    await session.responders.add(ReplyDraft("svc.echo"))
    await session.outbox.post(Draft("b", kind=Kind.PUBLISH, reply_to="answers"))
    assert session.leaving == (1, 1)
    asker = await connect()
    asking = asyncio.create_task(asker.request(b"1", "a.b", timeout=0.2))
    await until(lambda: watch.subjects.seen["a.>"])
    await asyncio.gather(asking, return_exceptions=True)
    heard = session.journal.next - 1
    await until(lambda: session.hearing.heard_alone(heard))
    await session.move(place(other))
    assert (session.leaving, session.watches.running) == ((0, 0), ())
    assert session.hearing.heard_alone(heard)


async def test_what_waits_for_an_answer_is_told_that_the_link_is_gone(
    session: Session, other: EmbeddedServer, connect: Connect
) -> None:
    slow = await connect()
    asked = asyncio.Event()

    @slow.subscriber("slow", no_reply=True)
    async def handle(body: str) -> None:
        asked.set()

    await slow.start()
    sending = await session.outbox.post(Draft("slow", timeout=60.0))
    await asked.wait()
    await session.move(place(other))
    assert state(session, sending.number) is State.LINK_LOST


@pytest.mark.parametrize("trouble", ["gone", "refused", "unusable"])
async def test_where_one_cannot_go_nothing_has_changed(session: Session, trouble: str) -> None:
    responder = await session.responders.add(ReplyDraft("svc.echo"))
    watch = await session.watches.watch_subjects(["a.>"])
    broker, profile = session.broker, session.profile
    wanted = {
        "gone": Place("gone", Profile(("nats://127.0.0.1:9",))),
        "refused": Place("refused", replace(profile, password="wrong")),
        "unusable": Place("unusable", trouble=InvalidProfile("no")),
    }[trouble]
    with pytest.raises((CannotConnect, InvalidProfile)):
        await session.move(wanted)
    assert (session.broker, session.profile) == (broker, profile)
    assert (responder.on, watch.running, broker.link.state) == (True, True, "connected")


async def test_a_move_can_be_stopped_while_it_connects(session: Session) -> None:
    async with FakeServer.running(b"") as mute:
        moving = asyncio.create_task(session.move(Place("mute", mute.profile)))
        await until(lambda: mute.open)
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        await until(lambda: not mute.open)
    assert session.broker.link.state == "connected"


async def test_a_session_that_closes_while_it_moves_leaves_nothing_open(
    session: Session, other: EmbeddedServer
) -> None:
    moving = asyncio.create_task(session.move(place(other)))
    await asyncio.sleep(0)
    await session.close()
    await asyncio.gather(moving, return_exceptions=True)
    with pytest.raises(NotConnected):
        _ = session.broker.link


async def test_a_server_that_is_gone_can_be_left(
    session: Session, server: EmbeddedServer, other: EmbeddedServer
) -> None:
    responder = await session.responders.add(ReplyDraft("svc.echo"))
    await session.watches.watch_subjects(["a.>"])
    await server.stop()
    await until(lambda: session.broker.link.state == "reconnecting")
    await session.move(place(other))
    assert session.broker.link.state == "connected"
    await responder.start()
    assert (responder.on, responder.trouble) == (True, "")


async def test_the_private_server_waits_with_its_streams(
    session: Session, server: EmbeddedServer
) -> None:
    home = Place(PRIVATE)
    assert (session.own_profile, session.is_at(home)) == (None, False)
    await session.move(home)
    assert session.is_at(home)
    own = session.server
    assert own is not None
    await session.broker.jetstream.ensure_stream("KEPT", ["kept"])
    await session.move(place(server))
    assert (session.server, session.is_at(home), bool(own.pid)) == (None, False, True)
    await session.move(home)
    assert session.server is own
    assert (await session.broker.jetstream.stream("KEPT"))["config"]["name"] == "KEPT"
    await session.close()
    assert not own.pid


async def test_the_demo_keeps_its_company_while_natstap_is_elsewhere(
    journal: Journal, other: EmbeddedServer, tmp_path: Path
) -> None:
    session = await Session.open(journal, {}, {}, demo=True, collection=tmp_path)
    assert session.demo is not None
    await session.move(place(other))
    assert session.demo is None
    await session.move(Place(PRIVATE))
    assert session.demo is not None
    sending = await session.outbox.post(Draft("math.add", b"[1, 2]"))
    await until(lambda: state(session, sending.number) is State.ANSWERED)
    await session.close()


async def test_a_session_can_begin_where_one_chose(
    journal: Journal, other: EmbeddedServer, tmp_path: Path
) -> None:
    nowhere = {"server": "nats://127.0.0.1:9"}
    session = await Session.open(journal, nowhere, {}, collection=tmp_path, place=place(other))
    assert session.broker.link.server.address == f"127.0.0.1:{other.port}"
    await session.close()


def state(session: Session, number: int) -> State:
    return session.journal.exchange(number).state


def notes(journal: Journal) -> list[str]:
    return [journal.message(number).body.decode() for number in journal.notes]


async def test_a_server_on_the_other_address_of_this_machine_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x"}\r\n')
        await writer.drain()
        writer.close()

    try:
        listening = await asyncio.start_server(greet, "::1", 0)
    except OSError:
        pytest.skip("no ::1 here")
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        monkeypatch.setattr(session_module, "DEFAULT_PORT", port)
        found = await session_module._configured({}, {}, NO_LABELS)
    assert found is not None
    assert found.servers == ("nats://[::1]:4222",)
