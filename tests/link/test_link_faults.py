"""What stock nats-py does badly and the link heals, fault by fault, on the real server.

The faults are listed with their evidence in nats-py 2.16's issues and experiments: it goes
deaf while it says connected, dies for good, hangs, hides causes. A fake server is used only
for what a real one cannot be made to do.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.freezing import frozen
from helpers.raw import DEADLINE, FakeServer, Raw
from helpers.waiting import until
from nats.aio.client import Client
from nats.aio.transport import TcpTransport

from engine import Message, NatsBroker, Profile
from engine.errors import (
    AuthRefused,
    CannotConnect,
    LinkLost,
    LinkSilent,
    NotConnected,
    OutboxFull,
    TlsFailed,
    TooLarge,
    WrongName,
)
from engine.link import client as client_module
from engine.link import heartbeat as heartbeat_module
from engine.link import link as link_module
from engine.link.client import RELIED_ON
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link, LinkState
from engine.message import raw_bytes
from engine.server.server import EmbeddedServer


class Heard(list[Message]):
    """A sink that keeps what it hears."""

    def __call__(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self.append(Message.from_frame(frame))


class Told(list[LinkEvent]):
    """A listener that keeps what a link tells."""

    def of(self, *kinds: Happening) -> list[Happening]:
        return [event.what for event in self if event.what in kinds]


@pytest.fixture
async def link(profile: Profile) -> AsyncIterator[Link]:
    async with Link.opened(profile) as opened:
        yield opened


@pytest.fixture
async def raw(profile: Profile) -> AsyncIterator[Raw]:
    async with Raw.to(profile) as connected:
        yield connected


async def listening(link: Link, subject: bytes = b"t.>") -> Heard:
    heard = Heard()
    link.subscribe(subject, heard)
    await link.barrier()
    return heard


def told(link: Link) -> Told:
    events = Told()
    link.events.listeners.append(events.append)
    return events


async def still_hears(link: Link, raw: Raw, heard: Heard) -> None:
    """Not deaf: the same connection still delivers and answers a PING."""
    await raw.publish(b"t.after", b"still here")
    await until(lambda: heard and heard[-1].body == b"still here")
    await link.barrier()
    assert link.state is LinkState.CONNECTED


# -- poison messages ----------------------------------------------------------------------


@pytest.mark.parametrize("subject", [b"t.\xff\xfe", b"t.\x0b", b"t.\x0c.\x1b", "t.ü😀".encode()])
async def test_an_odd_subject_does_not_make_the_link_deaf(
    link: Link, raw: Raw, subject: bytes
) -> None:
    events, heard = told(link), await listening(link)
    await raw.publish(subject, b"body")
    await until(lambda: heard)
    assert raw_bytes(heard[0].subject) == subject
    assert heard[0].body == b"body"
    await still_hears(link, raw, heard)
    assert events == []


async def test_an_undecodable_reply_subject_does_not_make_the_link_deaf(
    link: Link, raw: Raw
) -> None:
    heard = await listening(link)
    await raw.publish(b"t.a", b"body", reply=b"\xff\xfe.back")
    await until(lambda: heard)
    assert raw_bytes(heard[0].reply) == b"\xff\xfe.back"
    await still_hears(link, raw, heard)


@pytest.mark.parametrize(
    ("block", "pairs", "status"),
    [
        (b"N", [("N", "")], 0),
        (b"NATS/1.0", [], 0),
        (b"A: 1\r\nB: 2\r\n\r\n", [("A", "1"), ("B", "2")], 0),
        (b"NATS/1.0\nA: 1\nB: 2\n\n", [("A", "1"), ("B", "2")], 0),
        (b"NATS/1.0 \xff\xfe\xfd\r\nA: 1\r\n\r\n", [("A", "1")], 0),
        (b"NATS/1.0 503 \xff\xfe\r\n\r\n", [], 503),
        (b"NATS/1.0\r\nA: \xe9\xff\r\n\r\n", [("A", "\udce9\udcff")], 0),
        (b"NATS/1.0\r\nA: 1", [("A", "1")], 0),
        (b"\r\n\r\n", [], 0),
    ],
    ids=[
        "one byte",
        "only the version",
        "no version line",
        "LF only",
        "status that is no UTF-8",
        "description that is no UTF-8",
        "value that is no UTF-8",
        "no closing CRLF",
        "blank lines",
    ],
)
async def test_a_malformed_header_block_does_not_make_the_link_deaf(
    link: Link, raw: Raw, block: bytes, pairs: list[tuple[str, str]], status: int
) -> None:
    events, heard = told(link), await listening(link)
    await raw.publish(b"t.a", b"body", head=block)
    await until(lambda: heard)
    assert heard[0].head == block
    assert list(heard[0].headers.items()) == pairs
    assert heard[0].status == status
    assert heard[0].body == b"body"
    await still_hears(link, raw, heard)
    assert events == []


async def test_repeated_headers_are_kept_in_order(link: Link, raw: Raw) -> None:
    heard = await listening(link)
    await raw.publish(b"t.a", head=b"NATS/1.0\r\nA: 1\r\nB: 2\r\nA: 3\r\na: 4\r\n\r\n")
    await until(lambda: heard)
    assert heard[0].headers.items() == (("A", "1"), ("B", "2"), ("A", "3"), ("a", "4"))
    assert heard[0].headers.get_all("A") == ["1", "3"]


async def test_folded_and_colonless_lines_are_not_dropped(link: Link, raw: Raw) -> None:
    heard = await listening(link)
    block = b"NATS/1.0\r\nA: one\r\n two\r\nno colon\r\nkey with space: 3\r\n\r\n"
    await raw.publish(b"t.a", head=block)
    await until(lambda: heard)
    expected = [("A", "one"), (" two", ""), ("no colon", ""), ("key with space", "3")]
    assert list(heard[0].headers.items()) == expected


async def test_an_app_header_called_status_is_no_status(link: Link, raw: Raw) -> None:
    heard = await listening(link)
    await raw.publish(b"t.a", b"", head=b"NATS/1.0\r\nStatus: 503\r\n\r\n")
    await until(lambda: heard)
    assert heard[0].status == 0
    assert not heard[0].no_responders


# -- status lines -------------------------------------------------------------------------


async def test_no_responders_names_its_subject(link: Link) -> None:
    heard = await listening(link)
    link.publish(b"nobody.Here", b"?", b"t.back")
    await until(lambda: heard)
    assert (heard[0].status, heard[0].description) == (503, "")
    assert heard[0].no_responders
    assert heard[0].headers["Nats-Subject"] == "nobody.Here"


async def test_a_pull_that_finds_nothing_says_404_then_408(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    await broker.jetstream.create_consumer("S", {"name": "C", "ack_policy": "none"})
    heard = await listening(broker.link)
    ask = b"$JS.API.CONSUMER.MSG.NEXT.S.C"
    broker.link.publish(ask, b'{"batch": 1, "no_wait": true}', b"t.back")
    await until(lambda: heard)
    assert (heard[0].status, heard[0].description) == (404, "No Messages")
    broker.link.publish(ask, b'{"batch": 1, "expires": 100000000}', b"t.back")
    await until(lambda: len(heard) == 2)
    assert (heard[1].status, heard[1].description) == (408, "Request Timeout")
    assert heard[1].headers["Nats-Pending-Messages"] == "1"


# -- PING and PONG ------------------------------------------------------------------------


async def test_a_late_pong_does_not_kill_the_read_loop(
    link: Link, raw: Raw, server: EmbeddedServer
) -> None:
    events, heard = told(link), await listening(link)
    with frozen(server.pid):
        with pytest.raises(LinkSilent) as caught:
            await link.barrier(0.2)
        assert caught.value.timeout == 0.2
    await still_hears(link, raw, heard)
    assert events.of(Happening.LOST) == []


async def test_a_barrier_that_was_given_up_does_not_end_the_next_one_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat_module, "HEARTBEAT", 600)
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        await until(lambda: link.heartbeat.rtt)
        fake.pongs = False
        with pytest.raises(LinkSilent):
            await link.barrier(0.05)
        waiting = asyncio.create_task(link.barrier(DEADLINE))
        await until(lambda: len(link._client._pongs) == 2)
        fake.say(b"PONG\r\n")  # late, for the first
        await until(lambda: len(link._client._pongs) == 1)
        assert not waiting.done()
        fake.say(b"PONG\r\n")
        assert await waiting > 0


async def test_a_barrier_after_subscribe_is_a_barrier(profile: Profile, connect) -> None:
    asker = await connect()
    async with Link.opened(profile) as link:

        def answer(subject: bytes, reply: bytes, *_: object) -> None:
            link.publish(reply, b"yes")

        for n in range(200):
            subscription = link.subscribe(b"round.%d" % n, answer)
            await link.barrier()
            assert (await asker.request("?", f"round.{n}", timeout=DEADLINE)).body == b"yes"
            subscription.end()


async def test_a_barrier_asked_for_while_away_ends_after_the_reconnect(
    link: Link, server: EmbeddedServer
) -> None:
    await server.stop()
    await until(lambda: link.state is LinkState.RECONNECTING)
    waiting = asyncio.create_task(link.barrier(DEADLINE))
    await asyncio.sleep(0)
    await server.restart()
    assert await waiting > 0


async def test_a_barrier_in_flight_ends_when_the_connection_goes(
    link: Link, server: EmbeddedServer
) -> None:
    with frozen(server.pid):
        waiting = asyncio.create_task(link.barrier(DEADLINE))
        await asyncio.sleep(0)
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(LinkLost):
            await waiting
        await server.restart()


# -- too large ----------------------------------------------------------------------------


async def test_a_body_over_the_limit_is_refused_here_with_both_figures(
    link: Link, raw: Raw
) -> None:
    heard = await listening(link)
    limit = link.server.max_payload
    with pytest.raises(TooLarge, match=f"{limit + 1:,} bytes .* at most {limit:,}") as caught:
        link.publish(b"t.a", b"x" * (limit + 1))
    assert (caught.value.size, caught.value.limit) == (limit + 1, limit)
    link.publish(b"t.a", b"x" * limit)
    await until(lambda: heard)
    assert heard[0].size == limit
    await still_hears(link, raw, heard)


async def test_headers_count_against_the_limit(link: Link, raw: Raw) -> None:
    heard = await listening(link)
    head = b"NATS/1.0\r\nA: 1\r\n\r\n"
    room = link.server.max_payload - len(head)
    with pytest.raises(TooLarge) as caught:
        link.publish(b"t.a", b"x" * (room + 1), head=head)
    assert caught.value.size == link.server.max_payload + 1
    link.publish(b"t.a", b"x" * room, head=head)
    await until(lambda: heard)
    assert heard[0].size == link.server.max_payload
    await still_hears(link, raw, heard)


async def test_a_command_line_over_the_limit_is_refused_here(link: Link, raw: Raw) -> None:
    heard = await listening(link)
    with pytest.raises(TooLarge, match="command line") as caught:
        link.publish(b"t." + b"a" * 4096)
    assert caught.value.limit == 4096
    with pytest.raises(TooLarge, match="command line"):
        link.publish(b"t.a", reply=b"r" * 4096)
    longest = 4096 - 32 - len(b"t.") - 100
    link.publish(b"t." + b"a" * longest, b"body", b"r" * 100, b"NATS/1.0\r\nA: 1\r\n\r\n")
    await until(lambda: heard)
    assert len(heard[0].subject) == longest + 2
    await still_hears(link, raw, heard)


# -- connecting ---------------------------------------------------------------------------


async def cannot_connect(profile: Profile, kind: type[CannotConnect], words: str) -> CannotConnect:
    """Opening fails in time, as `kind`, in a sentence with `words`; no secret is in it."""
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(kind, match=words) as caught:
            await Link.open(profile)
    assert type(caught.value) is kind
    assert caught.value.server == profile.servers[0]
    assert not profile.password or profile.password not in str(caught.value)
    return caught.value


async def test_a_wrong_password_is_said_at_once(profile: Profile) -> None:
    wrong = replace(profile, password="not-the-password")
    await cannot_connect(wrong, AuthRefused, "refuses these credentials")


async def test_missing_credentials_are_said_at_once(profile: Profile) -> None:
    without = Profile(servers=profile.servers)
    await cannot_connect(without, AuthRefused, "refuses a connection without any")


async def test_a_refused_port_is_said_at_once() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and nobody listens
        nobody = Profile(servers=(f"nats://127.0.0.1:{bound.getsockname()[1]}",))
        await cannot_connect(nobody, CannotConnect, "nothing listens there")


async def test_an_unknown_host_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    nowhere = Profile(servers=("nats://no-such-host.invalid:4222",))
    await cannot_connect(nowhere, CannotConnect, "Name or service not known")


async def test_a_seed_that_is_none_is_said_at_once(profile: Profile) -> None:
    junk = Profile(servers=profile.servers, nkey_seed="SUAJUNK")
    await cannot_connect(junk, CannotConnect, "invalid seed")


async def test_an_open_that_is_given_up_leaves_no_socket() -> None:
    async with FakeServer.running(b"") as fake:
        opening = asyncio.create_task(Link.open(fake.profile))
        await until(lambda: fake.connections)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await until(lambda: not fake.open)


async def test_the_first_server_that_works_is_taken(profile: Profile) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        dead = f"nats://127.0.0.1:{bound.getsockname()[1]}"
        async with Link.opened(replace(profile, servers=(dead, *profile.servers))) as link:
            assert link.state is LinkState.CONNECTED


@pytest.mark.parametrize(
    "hello", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n", b"INFO {no json\r\n", b"INFO []\r\n"]
)
async def test_a_server_that_is_no_nats_server_is_said_at_once(hello: bytes) -> None:
    async with FakeServer.running(hello) as fake:
        await cannot_connect(fake.profile, CannotConnect, "cannot connect")


async def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    async with FakeServer.running(b"") as fake:
        quiet = replace(fake.profile, timeout=0.2)
        await cannot_connect(quiet, CannotConnect, "no answer within 0.2 s")


async def test_a_server_that_never_answers_connect_is_given_up_in_time() -> None:
    async with FakeServer.running() as fake:
        fake.pongs = False
        quiet = replace(fake.profile, timeout=0.2)
        await cannot_connect(quiet, CannotConnect, "no answer within 0.2 s")


# -- TLS ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-signed certificates: `here` for 127.0.0.1, `elsewhere` for another host."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    for name, who in (("here", "IP:127.0.0.1"), ("elsewhere", "DNS:elsewhere.invalid")):
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            f"-subj /CN={name} -addext subjectAltName={who} "
            f"-keyout {folder}/{name}.key -out {folder}/{name}.pem"
        )
        subprocess.run(command.split(), check=True, capture_output=True)
    return folder


@pytest.fixture
async def tls_server(
    certificates: Path, request: pytest.FixtureRequest
) -> AsyncIterator[EmbeddedServer]:
    name = getattr(request, "param", "here")
    files = f'cert_file: "{certificates}/{name}.pem", key_file: "{certificates}/{name}.key"'
    async with EmbeddedServer(config=f"tls {{ {files} }}") as running:
        yield running


def over_tls(profile: Profile, ca: Path | str = "") -> Profile:
    servers = tuple(one.replace("nats://", "tls://") for one in profile.servers)
    return replace(profile, servers=servers, ca=str(ca))


async def test_a_trusted_certificate_makes_a_secure_link(
    tls_server: EmbeddedServer, certificates: Path
) -> None:
    async with Link.opened(over_tls(tls_server.profile(), certificates / "here.pem")) as link:
        assert link.secure
        heard = await listening(link)
        link.publish(b"t.a", b"x" * 500_000)
        await until(lambda: heard)
        assert heard[0].size == 500_000
        await tls_server.restart()
        await until(lambda: link.state is LinkState.CONNECTED, DEADLINE)
        assert link.secure


async def test_a_certificate_that_is_not_trusted_does_not_hang(tls_server: EmbeddedServer) -> None:
    await cannot_connect(over_tls(tls_server.profile()), TlsFailed, "(?i)certificate")


@pytest.mark.parametrize("tls_server", ["elsewhere"], indirect=True)
async def test_a_certificate_for_another_host_does_not_hang(
    tls_server: EmbeddedServer, certificates: Path
) -> None:
    profile = over_tls(tls_server.profile(), certificates / "elsewhere.pem")
    await cannot_connect(profile, WrongName, "elsewhere.invalid")


async def test_a_tls_server_reached_without_tls_names_the_cause(tls_server: EmbeddedServer) -> None:
    await cannot_connect(tls_server.profile(), TlsFailed, "(?i)certificate")


async def test_a_ca_file_that_is_none_names_the_cause(profile: Profile, tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    await cannot_connect(over_tls(profile, junk), TlsFailed, "no secure connection")


async def test_a_plain_server_is_not_taken_for_a_tls_server(profile: Profile) -> None:
    await cannot_connect(over_tls(profile), TlsFailed, "offers no TLS")


async def test_a_plain_server_gets_no_credentials_that_were_meant_for_tls() -> None:
    async with FakeServer.running() as fake:
        profile = replace(over_tls(fake.profile), user="me", password="my-secret")
        await cannot_connect(profile, TlsFailed, "offers no TLS")
        assert not any(b"my-secret" in line for line in fake.heard)


# -- the server's errors ------------------------------------------------------------------

LIMITED = """
accounts { A { users: [ { user: limited, password: limited, permissions: {
    publish: { deny: ["Secret.>", "q\\"uote"] }, subscribe: { deny: ["Hidden.>"] } } } ] } }
"""


@pytest.fixture
async def limited() -> AsyncIterator[Link]:
    async with EmbeddedServer(config=LIMITED) as server:
        profile = Profile(servers=(server.url,), user="limited", password="limited")
        async with Link.opened(profile) as link:
            yield link


async def test_a_permission_violation_keeps_the_case_of_its_subject(limited: Link) -> None:
    events = told(limited)
    limited.publish(b"Secret.Door", b"?")
    limited.subscribe(b"Hidden.Place", Heard())
    limited.subscribe(b"Hidden.Queue", Heard(), b"Group")
    await limited.barrier()
    assert [event.what for event in events] == [Happening.REFUSED] * 3
    assert [(event.operation, event.subject) for event in events] == [
        ("publish", "Secret.Door"),
        ("subscription", "Hidden.Place"),
        ("subscription", "Hidden.Queue"),
    ]
    assert "Permissions Violation" in events[0].words
    assert limited.state is LinkState.CONNECTED


@pytest.mark.parametrize(
    "subject", [b'q"uote', b"Secret.\x1b", b"Secret.\xff", b"Secret.a\\n", "Secret.é".encode()]
)
async def test_a_permission_violation_names_an_odd_subject_as_it_is(
    limited: Link, subject: bytes
) -> None:
    events = told(limited)
    limited.publish(subject)
    await limited.barrier()
    assert [raw_bytes(event.subject) for event in events] == [subject]


async def test_an_error_that_closes_the_connection_does_not_close_it_for_good(
    link: Link, raw: Raw
) -> None:
    events, heard = told(link), await listening(link)
    link._client.send(b"NONSENSE\r\n")
    await until(lambda: events.of(Happening.RESTORED), DEADLINE)
    assert any("Unknown Protocol Operation" in event.words for event in events)
    await still_hears(link, raw, heard)


async def test_an_error_that_closes_nothing_leaves_the_link_alone() -> None:
    async with (
        EmbeddedServer(config="max_subscriptions: 2", jetstream=False) as server,
        Link.opened(server.profile()) as link,
    ):
        events = told(link)
        for n in range(4):
            link.subscribe(b"s.%d" % n, Heard())
        await link.barrier()
        assert {event.what for event in events} == {Happening.ERROR}
        assert "maximum subscriptions exceeded" in events[0].words.lower()
        assert link.state is LinkState.CONNECTED


async def test_garbage_from_the_server_starts_anew() -> None:
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        events = told(link)
        await link.barrier()
        fake.say(b"MSG t 1 not-a-number\r\n")
        await until(lambda: events.of(Happening.RESTORED), DEADLINE)
        assert fake.connections == 2
        assert any("cannot be read" in event.words for event in events)


@pytest.mark.parametrize("info", [b"INFO {oops\r\n", b"INFO 7\r\n", b"INFO []\r\n"])
async def test_an_unreadable_info_line_is_told_and_survived(info: bytes) -> None:
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        events = told(link)
        await link.barrier()
        fake.say(info)
        await until(lambda: events)
        assert events[0].what is Happening.ERROR
        await link.barrier()
        assert fake.connections == 1


async def test_a_new_limit_in_an_info_line_counts() -> None:
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        fake.say(b'INFO {"max_payload": 10}\r\n')
        await link.barrier()
        with pytest.raises(TooLarge):
            link.publish(b"t", b"x" * 11)


# -- those who listen ---------------------------------------------------------------------


async def test_a_sink_that_raises_does_not_stop_the_others(link: Link, raw: Raw) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a broken sink")

    events = told(link)
    link.subscribe(b"t.>", broken)
    heard = await listening(link)
    await still_hears(link, raw, heard)
    assert [event.words for event in events] == ["a broken sink"]


async def test_a_listener_that_raises_does_not_take_the_connection_with_it(
    limited: Link, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: LinkEvent) -> None:
        raise RuntimeError("a broken listener")

    limited.events.listeners.append(broken)
    events = told(limited)
    limited.publish(b"Secret.x")
    await limited.barrier()
    assert [event.what for event in events] == [Happening.REFUSED]
    assert "a broken listener" in caplog.text


# -- reconnecting -------------------------------------------------------------------------


async def test_a_restarted_server_is_found_again(
    link: Link, server: EmbeddedServer, profile: Profile
) -> None:
    events, heard = told(link), await listening(link)
    states: list[tuple[Happening, LinkState]] = []
    link.events.listeners.append(lambda event: states.append((event.what, link.state)))
    await server.restart()
    await until(lambda: events.of(Happening.RESTORED), DEADLINE)
    assert events.of(Happening.LOST, Happening.RESTORED) == [Happening.LOST, Happening.RESTORED]
    assert [event.words for event in events] == ["the server closed it", link.server.address]
    assert (Happening.LOST, LinkState.RECONNECTING) in states
    assert (Happening.RESTORED, LinkState.CONNECTED) in states
    async with Raw.to(profile) as raw:
        await still_hears(link, raw, heard)


async def test_the_state_is_true_from_the_first_to_the_last_moment(profile: Profile) -> None:
    async with EmbeddedServer() as server:
        link = Link(server.profile())
        assert link.state is LinkState.CONNECTING
        assert link.heartbeat.rtt is None
        link = await Link.open(server.profile())
        events = told(link)
        assert link.state is LinkState.CONNECTED
        await until(lambda: link.heartbeat.rtt)
        await server.stop()
        await until(lambda: link.state is LinkState.RECONNECTING)
        await until(lambda: events.of(Happening.LOST))
        assert link.heartbeat.rtt is None
        await link.close()
        assert link.state is LinkState.CLOSED
        assert events[-1].what is Happening.CLOSED
        for use in (lambda: link.subscribe(b"t", Heard()), lambda: link.publish(b"t")):
            with pytest.raises(NotConnected):
                use()
        with pytest.raises(NotConnected):
            await link.barrier()


async def test_a_silent_server_is_said_to_be_silent(link: Link, server: EmbeddedServer) -> None:
    events = told(link)
    await until(lambda: link.heartbeat.rtt)
    with frozen(server.pid):
        await until(lambda: link.state is LinkState.SILENT, DEADLINE)
        assert link.heartbeat.rtt is None
        assert events[0].what is Happening.ERROR
        assert "did not answer a PING" in events[0].words
    await until(lambda: link.state is LinkState.CONNECTED and link.heartbeat.rtt, DEADLINE)


async def test_a_server_that_stood_still_once_is_not_waited_for_as_long_again(
    link: Link, server: EmbeddedServer
) -> None:
    await until(lambda: link.heartbeat.rtt)
    with frozen(server.pid):
        link.heartbeat.bounds = (60.0, 60.0)
        await until(lambda: link.state is LinkState.SILENT, DEADLINE)
    await until(lambda: link.state is LinkState.CONNECTED and link.heartbeat.rtt, DEADLINE)


async def test_a_dead_peer_that_reads_nothing_is_left(
    link: Link, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat_module, "HEARTBEAT", 0.1)
    events = told(link)
    with frozen(server.pid):
        for _ in range(40):
            link.publish(b"t.a", b"x" * 1_000_000)  # more than the sockets hold
        await until(lambda: link.state is LinkState.RECONNECTING, DEADLINE)
        await until(lambda: events.of(Happening.LOST))
    await until(lambda: link.state is LinkState.CONNECTED, DEADLINE)
    await link.barrier(DEADLINE)


async def test_closing_on_a_dead_peer_does_not_hang(
    profile: Profile, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "CLOSE_TIMEOUT", 0.2)
    link = await Link.open(profile)
    with frozen(server.pid):
        for _ in range(40):
            link.publish(b"t.a", b"x" * 1_000_000)
        async with asyncio.timeout(DEADLINE):
            await link.close()
    assert link.state is LinkState.CLOSED
    await link.close()


async def test_a_subscription_that_is_no_utf8_survives_a_reconnect(
    link: Link, server: EmbeddedServer, profile: Profile
) -> None:
    events, heard = told(link), await listening(link, b"t.\xff")
    await server.restart()
    await until(lambda: events.of(Happening.RESTORED), DEADLINE)
    async with Raw.to(profile) as raw:
        await raw.publish(b"t.\xff", b"heard")
        await until(lambda: heard)


async def test_an_ended_subscription_stays_ended_after_a_reconnect(
    link: Link, server: EmbeddedServer, profile: Profile
) -> None:
    events, ended = told(link), Heard()
    link.subscribe(b"t.>", ended).end()
    heard = await listening(link)
    assert link.subscription_count == 1
    await server.restart()
    await until(lambda: events.of(Happening.RESTORED), DEADLINE)
    async with Raw.to(profile) as raw:
        await still_hears(link, raw, heard)
    assert ended == []


async def test_what_is_published_while_away_is_delivered_later(
    link: Link, server: EmbeddedServer
) -> None:
    heard = await listening(link)
    await server.stop()
    await until(lambda: link.state is LinkState.RECONNECTING)
    for n in range(3):
        link.publish(b"t.a", b"%d" % n)
    late = Heard()
    link.subscribe(b"t.a", late)
    await server.restart()
    await until(lambda: len(heard) == 3, DEADLINE)
    assert [message.body for message in heard] == [b"0", b"1", b"2"]
    assert [message.body for message in late] == [b"0", b"1", b"2"]


async def test_the_outbox_is_bounded_and_keeps_what_it_took(
    link: Link, server: EmbeddedServer
) -> None:
    heard = await listening(link)
    await server.stop()
    await until(lambda: link.state is LinkState.RECONNECTING)
    taken = link_module.OUTBOX_BYTES // 1_000_000
    for _ in range(taken):
        link.publish(b"t.a", b"x" * 1_000_000)
    with pytest.raises(OutboxFull) as caught:
        link.publish(b"t.a", b"x" * 1_000_000)
    assert caught.value.limit == link_module.OUTBOX_BYTES
    assert caught.value.size > taken * 1_000_000
    await server.restart()
    await until(lambda: len(heard) == taken, DEADLINE)


async def test_credentials_that_no_longer_count_are_told_and_tried_again() -> None:
    first = await EmbeddedServer.start()
    async with Link.opened(first.profile()) as link:
        events = told(link)
        await first.stop()
        async with EmbeddedServer(port=first.port):  # other credentials
            await until(
                lambda: any("Authorization Violation" in event.words for event in events), DEADLINE
            )
            assert link.state is LinkState.RECONNECTING
        async with first:
            await first.restart()
            await until(lambda: link.state is LinkState.CONNECTED, DEADLINE)


# -- the ground it stands on --------------------------------------------------------------


def test_nats_py_still_has_what_the_link_relies_on() -> None:
    stock = Client()
    assert [name for name in RELIED_ON if not hasattr(stock, name)] == []
    assert hasattr(TcpTransport(), "_io_writer")


def test_what_the_link_relies_on_is_named() -> None:
    stock = {name for name in dir(Client()) if re.match("_[a-z]", name)}
    used: set[str] = set()
    for module in (client_module, link_module):
        source = Path(module.__file__).read_text()
        used |= set(re.findall(r"(?:self|client|_client|super\(\))\.(_[a-z]\w+)", source))
    own = set(vars(Link)) | {"_read_loop"}
    assert (used & stock) - own <= set(RELIED_ON)
