"""A proxy before the real server keeps what natstap sends: only what natstap meant may go out.

Every question is asked through it, of a real JetStream and of a hostile client, and once all of
the screens are walked through. What may be sent is a list here, one for each question.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

import pytest
from helpers.desk import Hand, became, sitting, until
from helpers.hostile import HUNT, Spite, hostile_client
from helpers.questions import OWN, PATIENCE, QUESTIONS, SHORT
from helpers.recording_proxy import RecordingProxy, SentCommand, read_commands
from helpers.systems import responder

from engine import Journal, NatsBroker, Profile
from engine.api_subjects import on_consumer, on_stream
from engine.errors import NatstapError
from engine.journal import State
from engine.server.server import EmbeddedServer
from tui.services.services import ServicesScreen
from tui.streams.streams import StreamsScreen

NAME = r"[^ .*>/\\\x00-\x1f\x7f]{1,255}"  # for a server, a line separator is a letter
LOOKS = [
    r"\$SYS\.REQ\.ACCOUNT\.PING\.CONNZ",
    r"\$SYS\.REQ\.USER\.INFO",
    r"\$JS\.API\.STREAM\.(NAMES|LIST)",
    rf"\$JS\.API\.(STREAM\.(INFO|MSG\.GET)|CONSUMER\.LIST|DIRECT\.GET)\.{NAME}",
    rf"\$JS\.API\.CONSUMER\.INFO\.{NAME}\.{NAME}",
    r"\$SRV\.(PING|INFO|STATS)",
    r"orders\.(a|create)",  # the user's own
]
"""Questions that change nothing."""
ACTS = {
    "removing": [
        r"\$JS\.API\.STREAM\.(PURGE|DELETE|MSG\.DELETE)\.ORDERS",
        r"\$JS\.API\.CONSUMER\.DELETE\.ORDERS\.w",
    ],
    "undoing": [
        r"\$JS\.API\.STREAM\.(DELETE|CREATE)\.ORDERS",
        rf"\$JS\.API\.CONSUMER\.CREATE\.ORDERS\.{NAME}",
    ],
    "creating": [r"\$JS\.API\.STREAM\.CREATE\.NEW"],
    "declaring": [r"\$JS\.API\.STREAM\.(CREATE|UPDATE)\.ORDERS"],
    "finding": [r"\$JS\.API\.CONSUMER\.(CREATE|DELETE|MSG\.NEXT)\.ORDERS\.natstap-\w+"],
    "subscribing": [
        r"\$JS\.API\.STREAM\.(CREATE|UPDATE)\.ORDERS",
        r"\$JS\.API\.CONSUMER\.(CREATE|DELETE|MSG\.NEXT)\.ORDERS\.w",
    ],
}
INBOX = r"_INBOX\.[0-9A-Za-z]{8,40}"
HEARS = [rf"{INBOX}(\.\*)?"]
VERBS = {"CONNECT", "PING", "PONG", "SUB", "UNSUB", "PUB", "HPUB"}


def unmeant(commands: Iterable[SentCommand], more: Iterable[str] = ()) -> list[SentCommand]:
    """Those that natstap had no reason to send."""
    to = re.compile("|".join((*LOOKS, *more)))
    hears = re.compile("|".join(HEARS))
    return [one for one in commands if not _is_meant(one, to, hears)]


def _is_meant(command: SentCommand, to: re.Pattern[str], hears: re.Pattern[str]) -> bool:
    if command.verb not in VERBS:
        return False
    if command.verb == "SUB":
        return hears.fullmatch(command.subject) is not None and not command.reply
    if command.verb not in ("PUB", "HPUB"):
        return True
    if command.subject.startswith("_INBOX.NATSTAP"):  # tries the way of a trace's reports
        return not command.body
    inbox = re.fullmatch(rf"({INBOX}\.[0-9a-f]+)?|{INBOX}", command.reply)
    own = command.subject.startswith("$")
    return bool(to.fullmatch(command.subject) and inbox and (not own or _is_question(command.body)))


def _is_question(body: bytes) -> bool:
    return not body or isinstance(json.loads(body), dict)


# -- the proxy itself can tell ---------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        b"PUB pwn.me 5\r\nhello\r\n",
        b"PUB $JS.API.STREAM.DELETE.ORDERS 0\r\n\r\n",
        b"PUB $JS.API.CONSUMER.LIST.X 0\r\n\r\nPUB pwn.me 5\r\nhello\r\nPUB y 0\r\n\r\n",
        b"PUB $JS.API.STREAM.NAMES 3\r\nabcdef\r\n",
        b"PUB orders.a reply.elsewhere 0\r\n\r\n",
        b"PUB  0\r\n\r\n",
        b"PUB a\tb 0\r\n\r\n",
        b"SUB >  1\r\n",
        b"SUB _INBOX.>  1\r\n",
        b"UNSUB x\r\n",
        b"HPUB orders.a 3 2\r\nab\r\n",
        b"\r\n\r\n",
        b"PING\n",
        b"NONSENSE\r\n",
    ],
)
def test_what_is_not_meant_is_seen(sent: bytes) -> None:
    assert unmeant(read_commands(b"PING\r\n" + sent))


# -- every question --------------------------------------------------------------------------


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.rpc.jetstream.API_TIMEOUT", SHORT)
    monkeypatch.setattr("engine.streams.stored.API_TIMEOUT", SHORT)


async def all_that_was_sent(target: Profile, name: str, turns: int) -> list[SentCommand]:
    journal = Journal()
    async with RecordingProxy.before(target) as proxy:
        async with NatsBroker(proxy.profile, journal=journal) as broker:
            for _ in range(turns):
                async with asyncio.timeout(PATIENCE):
                    with suppress(NatstapError):
                        await QUESTIONS[name](broker, journal)
            await broker.link.barrier()
        return proxy.commands


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.usefixtures("hurried")
async def test_of_a_hostile_client_only_what_was_meant_is_asked(name: str) -> None:
    async with EmbeddedServer(jetstream=False) as server:
        spite = Spite(seed=100 + len(name))
        async with hostile_client(server.profile(), spite, *OWN, "orders.>"):
            sent = await all_that_was_sent(server.profile(), name, 4 * HUNT)
    pushed = [SentCommand("SUB", "push.here", "q")] if name == "subscribing" else []
    assert [one for one in unmeant(sent, ACTS.get(name, ())) if one not in pushed] == []
    assert {"CONNECT", "PING"} <= {one.verb for one in sent}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_of_a_real_server_only_what_was_meant_is_asked(
    profile: Profile, stored: None, name: str
) -> None:
    sent = await all_that_was_sent(profile, name, 1)
    # It acknowledges what the stream gave it, and answers those who asked with a reply subject.
    acknowledged = r"\$JS\.ACK\.ORDERS\.w\..*"
    more = [*ACTS.get(name, ()), *([acknowledged] if name == "subscribing" else [])]
    told = [one for one in sent if one.subject.startswith("$JS.ACK.") and name == "subscribing"]
    assert [one for one in unmeant(sent, more) if one not in told] == []


@pytest.fixture
async def stored(profile: Profile) -> None:
    """A stream ORDERS with a consumer w and three messages."""
    async with NatsBroker(profile) as broker:
        api = broker.jetstream
        config = {"name": "ORDERS", "subjects": ["orders.>"], "allow_direct": True}
        await api.api(on_stream("CREATE", "ORDERS"), config)
        await api.api(
            on_consumer("CREATE", "ORDERS", "w"),
            {"stream_name": "ORDERS", "config": {"name": "w", "durable_name": "w",
                                                 "ack_policy": "explicit"}},
        )  # fmt: skip
        for number in range(3):
            await broker.publish(b"%d" % number, "orders.a", stream="ORDERS")


# -- the screens -----------------------------------------------------------------------------


@pytest.fixture
async def through(profile: Profile, stored: None) -> AsyncIterator[tuple[Hand, RecordingProxy]]:
    async with responder(profile, "shop.price", b"7") as broker:
        await broker.link.barrier()
        async with RecordingProxy.before(profile) as proxy:
            login = {"user": profile.user, "password": profile.password}
            server = proxy.profile.servers[0]
            async with sitting(demo=False, server=server, **login) as hand:
                yield hand, proxy


async def test_a_walk_through_the_screens_sends_what_was_meant(
    through: tuple[Hand, RecordingProxy],
) -> None:
    hand, proxy = through
    await hand.press("ctrl+o", "1")
    await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "subject")
    await hand.press("home", "shift+end", "delete")
    await hand.write("shop.price")
    await hand.see("1 listen")
    await hand.press("ctrl+j")
    await hand.see("Answered in ")
    await hand.press("ctrl+o", "1")
    await hand.press("home", "shift+end", "delete")
    await hand.write("nobody.here")
    await hand.press("ctrl+j")
    await until(hand.pilot, lambda: became(hand, "nobody.here", State.NO_RESPONDERS))
    await hand.press("escape", "s")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, ServicesScreen))
    await hand.see("Nobody answers $SRV here.")
    await hand.press("escape", "S")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, StreamsScreen))
    await hand.see("ORDERS", "1 stream")
    await hand.press("d")
    await hand.press("escape", "escape")
    await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
    more = [r"shop\.price", r"nobody\.here"]
    assert unmeant(proxy.commands, more) == []
    published = {one.subject for one in proxy.commands if one.verb in ("PUB", "HPUB")}
    assert {"shop.price", "nobody.here", "$JS.API.STREAM.LIST", "$SRV.PING"} <= published
    assert not any("DELETE" in one or "PURGE" in one for one in published)
