"""Who is connected to this account, and what each listens to, as any plain user may ask.

Every server answers for its own connections (`$SYS.REQ.ACCOUNT.PING.CONNZ`), leaf nodes
included, and sends them in pages. Streams, imports and mappings are not among them.
Source: https://docs.nats.io/running-a-nats-service/configuration/sys_accounts
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from engine.errors import NatstapError, NoResponders
from engine.fields import Fields, moment, number, part, parts, words
from engine.link.link import Link
from engine.pattern_index import PatternIndex
from engine.rpc.inquiry import Inquiry, reason

CONNZ = "$SYS.REQ.ACCOUNT.PING.CONNZ"
ANSWER_GAP = 0.15
"""Seconds without another answer after which all servers count as heard."""
FIRST_GAP = 0.5
"""The same when nothing is known yet of how many there are: some may be far away."""
MISSED_FOR = 60.0
"""Seconds for which a server that answered once is waited for, and missed."""
PAGE_SIZE = 1024
MAX_PAGES = 16
"""Pages read of one server; who has more connections is told so."""

AT_ONCE = 256
"""Connections that are read in one go; more of them, in a thread."""
MAX_PATTERNS = 4
"""Patterns that are asked for one by one."""

_heard: WeakKeyDictionary[Link, tuple[str, dict[str, float]]] = WeakKeyDictionary()
"""When each server last answered, by its name, for a restarted one has another id; and the own
server's id then, for another one may have others beside it."""


@dataclass(frozen=True, slots=True)
class Server:
    """`side` is its cluster, or itself when it is in none."""

    name: str
    id: str
    cluster: str = ""

    @property
    def side(self) -> str:
        return self.cluster or self.name


@dataclass(frozen=True, slots=True)
class Interest:
    """One subscription; `messages` is how many it got, `sid` its number within the connection."""

    pattern: str
    queue: str = ""
    messages: int = 0
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, or a leaf node (`leaf`) whose interests are those of everything behind it.

    `published` and `published_bytes` are what it sent so far, refused messages included;
    `pending` is bytes that wait at the server because it does not read them. `started` is when
    it connected, in the server's words: with the cid it tells one connection from the next.
    `age` is seconds since it connected, by its server's clock alone; None when not told.
    """

    server: Server
    cid: int
    name: str = ""
    language: str = ""
    version: str = ""
    age: float | None = None
    leaf: bool = False
    mqtt: bool = False
    interests: tuple[Interest, ...] = ()
    started: str = ""
    published: int = 0
    published_bytes: int = 0
    pending: int = 0


@dataclass(frozen=True)
class Roster:
    """The connections found, the servers that answered, and what could not be found out."""

    connections: tuple[Connection, ...] = ()
    servers: tuple[Server, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.unknown

    @cached_property
    def index(self) -> PatternIndex[tuple[int, int]]:
        """The place of each subscription, by its pattern: its connection's, and its own there."""
        found: PatternIndex[tuple[int, int]] = PatternIndex()
        for at, connection in enumerate(self.connections):
            for place, interest in enumerate(connection.interests):
                found.add(interest.pattern, (at, place))
        return found

    def keep_index_of(self, before: Roster) -> None:
        """Where nobody listens elsewhere than `before`, its index is this one's too."""
        if self._patterns == before._patterns:
            self.__dict__["index"] = before.index
        else:
            _ = self.index

    @cached_property
    def _patterns(self) -> list[tuple[str, ...]]:
        return [
            tuple(interest.pattern for interest in connection.interests)
            for connection in self.connections
        ]


_NOBODY = Roster()


async def roster(
    inquiry: Inquiry,
    pattern: str = "",
    *,
    timeout: float = 1.0,
    before: Roster = _NOBODY,
    busiest: int = 0,
) -> Roster:
    """Connections with a subscription that overlaps `pattern`, or all; never raises a refusal.

    The interests of each are complete, not only those that match. Servers that
    answered a short while ago are waited for, and missed. What did not change since the answer
    `before` is taken from it. `busiest` asks for so many of each server alone, those that sent
    most.
    """
    question: dict[str, Any] = {"subscriptions_detail": True, "limit": PAGE_SIZE}
    if pattern:
        question["filter_subject"] = pattern
    if busiest:
        question |= {"limit": busiest, "sort": "msgs_from"}
    pages: list[Roster] = []
    wanted = _expected(inquiry.link)
    alone = True
    try:
        while len(pages) < MAX_PAGES:
            question["offset"] = len(pages) * PAGE_SIZE
            came = await _ask_servers(inquiry, question, timeout, wanted)
            more, alone = any(map(_full, came)), alone and _alone(inquiry, came)
            pages.append(await _read(came))
            del came  # so many values at a time would keep the garbage collector busy
            if not more:
                break
    except NoResponders:
        return Roster(unknown=("this server is too old to say who is connected",))
    except NatstapError as error:
        return Roster(unknown=(f"who listens: {reason(error)}",))
    found = await _whole(pages, before)
    return _missing(found, inquiry.link, [] if alone else wanted)


async def _ask_servers(
    inquiry: Inquiry, question: Fields, timeout: float, wanted: Sequence[str]
) -> list[Fields]:
    return await inquiry.ask_all(
        CONNZ,
        question,
        timeout,
        ANSWER_GAP if _answered(inquiry.link) else FIRST_GAP,
        lambda came: _alone(inquiry, came),
        lambda came: set(wanted) <= _names(came),
    )


def _expected(link: Link) -> list[str]:
    """The servers that have answered a short while ago."""
    since = time.monotonic() - MISSED_FOR
    return [name for name, at in _answered(link).items() if at >= since]


def _answered(link: Link) -> dict[str, float]:
    own = str(link.server.info.get("server_id"))
    if link not in _heard or _heard[link][0] != own:
        _heard[link] = own, {}
    return _heard[link][1]


async def _read(answers: list[Fields]) -> Roster:
    """Of many connections in a thread, so that keys get their turn."""
    size = sum(len(parts(part(answer, "data"), "connections")) for answer in answers)
    if size <= AT_ONCE:
        return read_roster(answers)
    return await asyncio.to_thread(read_roster, answers)


async def _whole(pages: list[Roster], before: Roster) -> Roster:
    if sum(len(page.connections) for page in pages) <= AT_ONCE:
        return _joined(pages)
    return await asyncio.to_thread(_joined_with_index, pages, before)


def _joined_with_index(pages: list[Roster], before: Roster) -> Roster:
    found = _joined(pages)
    found.keep_index_of(before)
    return found


def _joined(found: Sequence[Roster]) -> Roster:
    """Several as one; the last word on a connection counts."""
    if len(found) == 1:
        return found[0]
    everyone = {(one.server.id, one.cid): one for some in found for one in some.connections}
    servers = {one.id: one for some in found for one in some.servers}
    unknown = dict.fromkeys(words for some in found for words in some.unknown)
    return Roster(tuple(everyone.values()), tuple(servers.values()), tuple(unknown))


def _missing(found: Roster, link: Link, wanted: Sequence[str]) -> Roster:
    """Remember who answered, and say who did not."""
    names = {server.name for server in found.servers}
    _answered(link).update(dict.fromkeys(names, time.monotonic()))
    silent = [one for one in wanted if one not in names] if names else []
    words = (f"who listens: server {one} does not answer" for one in silent)
    return replace(found, unknown=(*found.unknown, *words)) if silent else found


async def rosters(inquiry: Inquiry, patterns: Sequence[str], before: Roster = _NOBODY) -> Roster:
    """Connections that overlap any of the patterns; for many patterns, everybody's."""
    wanted = patterns if 0 < len(patterns) <= MAX_PATTERNS else ("",)
    return _joined(await asyncio.gather(*(roster(inquiry, one, before=before) for one in wanted)))


def read_roster(answers: list[Fields]) -> Roster:
    """What the servers' answers say, hostile ones included."""
    if not answers:
        return Roster(unknown=("who listens: no server answered",))
    found: dict[tuple[str, int], Connection] = {}
    servers: dict[str, Server] = {}
    unknown: dict[str, None] = {}
    for answer in answers:
        server = _server(part(answer, "server"))
        servers[server.id] = server
        now = moment(part(answer, "data"), "now")
        for given in parts(part(answer, "data"), "connections"):
            connection = _connection(server, given, now)
            found[server.id, connection.cid] = connection
        if trouble := _trouble(server, answer):
            unknown[trouble] = None
    return Roster(tuple(found.values()), tuple(servers.values()), tuple(unknown))


def _alone(inquiry: Inquiry, answers: list[Fields]) -> bool:
    """True when the own server answered, and nobody else can have anything to add."""
    info = inquiry.link.server.info
    if info.get("cluster") or not answers:
        return False
    own = [
        answer for answer in answers if words(part(answer, "server"), "id") == info.get("server_id")
    ]
    connections = [given for answer in own for given in parts(part(answer, "data"), "connections")]
    return bool(own) and not any(
        words(connection, "kind") == "Leafnode" for connection in connections
    )


def _names(answers: Iterable[Fields]) -> set[str]:
    return {_server(part(answer, "server")).name for answer in answers}


def _full(answer: Fields) -> bool:
    return len(parts(part(answer, "data"), "connections")) >= PAGE_SIZE


def _trouble(server: Server, answer: Fields) -> str:
    error = words(part(answer, "error"), "description")
    if error:
        return f"server {server.name} did not list its connections: {error}"
    data = part(answer, "data")
    if _full(answer) and number(data, "offset") >= (MAX_PAGES - 1) * PAGE_SIZE:
        most = MAX_PAGES * PAGE_SIZE
        return f"server {server.name} has more than {most:,} connections; the rest is unseen"
    return "" if data else f"server {server.name} answered with nothing readable"


def _server(fields: Fields) -> Server:
    own_id = words(fields, "id")
    return Server(words(fields, "name") or own_id, own_id, words(fields, "cluster"))


def _age(fields: Fields, now: float | None) -> float | None:
    started = moment(fields, "start")
    return None if now is None or started is None else max(0.0, now - started)


def _connection(server: Server, fields: Fields, now: float | None = None) -> Connection:
    return Connection(
        server=server,
        cid=number(fields, "cid"),
        age=_age(fields, now),
        name=words(fields, "name") or words(fields, "mqtt_client"),
        language=words(fields, "lang"),
        version=words(fields, "version"),
        leaf=words(fields, "kind") == "Leafnode",
        mqtt=words(fields, "type") == "mqtt" or bool(words(fields, "mqtt_client")),
        interests=tuple(
            Interest(
                words(subscription, "subject"),
                words(subscription, "qgroup"),
                number(subscription, "msgs"),
                words(subscription, "sid"),
            )
            for subscription in parts(fields, "subscriptions_list_detail")
            if words(subscription, "subject")
        ),
        started=words(fields, "start"),
        published=number(fields, "in_msgs"),
        published_bytes=number(fields, "in_bytes"),
        pending=number(fields, "pending_bytes"),
    )
