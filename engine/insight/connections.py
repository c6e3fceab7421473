"""Who is connected to this account, and what each listens to, as any plain user may ask.

Every server answers for its own connections (`$SYS.REQ.ACCOUNT.PING.CONNZ`), leaf nodes
included, and sends them in pages. Streams, imports and mappings are not among them.
Source: facts/nats.md 2.6; https://docs.nats.io/running-a-nats-service/configuration/sys_accounts
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import NatstapError, NoResponders

from .fields import Fields, number, part, parts, words
from .inquiry import Inquiry

CONNZ = "$SYS.REQ.ACCOUNT.PING.CONNZ"
GAP = 0.15
"""Seconds without another answer after which all servers count as heard."""
PAGE = 1024
PAGES = 16
"""Pages read of one server; who has more connections is told so."""

FEW = 4
"""Patterns that are asked for one by one."""


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
    """One subscription; `messages` is how many it got."""

    pattern: str
    queue: str = ""
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, or a leaf node (`leaf`) whose interests are those of everything behind it."""

    server: Server
    cid: int
    name: str = ""
    language: str = ""
    version: str = ""
    leaf: bool = False
    mqtt: bool = False
    interests: tuple[Interest, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """The connections found, the servers that answered, and what could not be found out."""

    connections: tuple[Connection, ...] = ()
    servers: tuple[Server, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.unknown


async def roster(
    inquiry: Inquiry, pattern: str = "", *, timeout: float = 1.0, gap: float = GAP
) -> Roster:
    """Connections with a subscription that overlaps `pattern`, or all; never raises a refusal.

    The interests of each are complete, not only those that match.
    """
    question: dict[str, Any] = {"subscriptions_detail": True, "limit": PAGE}
    if pattern:
        question["filter_subject"] = pattern
    answers: list[Fields] = []
    try:
        for page in range(PAGES):
            question["offset"] = page * PAGE
            came = await inquiry.ask_all(
                CONNZ, question, timeout, gap, lambda came: _alone(inquiry, came)
            )
            answers += came
            if not any(_full(one) for one in came):
                break
    except NoResponders:
        return Roster(unknown=("this server is too old to say who is connected",))
    except NatstapError as error:
        return Roster(unknown=(f"who listens: {error}",))
    return read_roster(answers)


async def rosters(inquiry: Inquiry, patterns: Sequence[str]) -> Roster:
    """Connections that overlap any of the patterns; for many patterns, everybody's."""
    wanted = patterns if 0 < len(patterns) <= FEW else ("",)
    found = await asyncio.gather(*(roster(inquiry, one) for one in wanted))
    everyone = {(one.server.id, one.cid): one for some in found for one in some.connections}
    servers = {one.id: one for some in found for one in some.servers}
    unknown = dict.fromkeys(words for some in found for words in some.unknown)
    return Roster(tuple(everyone.values()), tuple(servers.values()), tuple(unknown))


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
        for one in parts(part(answer, "data"), "connections"):
            connection = _connection(server, one)
            found[server.id, connection.cid] = connection
        if trouble := _trouble(server, answer):
            unknown[trouble] = None
    return Roster(tuple(found.values()), tuple(servers.values()), tuple(unknown))


def _alone(inquiry: Inquiry, answers: list[Fields]) -> bool:
    """True when the own server answered, and nobody else can have anything to add."""
    info = inquiry.link.info
    if info.get("cluster") or not answers:
        return False
    own = [one for one in answers if words(part(one, "server"), "id") == info.get("server_id")]
    connections = [one for answer in own for one in parts(part(answer, "data"), "connections")]
    return bool(own) and not any(words(one, "kind") == "Leafnode" for one in connections)


def _full(answer: Fields) -> bool:
    return len(parts(part(answer, "data"), "connections")) >= PAGE


def _trouble(server: Server, answer: Fields) -> str:
    error = words(part(answer, "error"), "description")
    if error:
        return f"server {server.name} did not list its connections: {error}"
    data = part(answer, "data")
    if _full(answer) and number(data, "offset") >= (PAGES - 1) * PAGE:
        return (
            f"server {server.name} has more than {PAGES * PAGE:,} connections; the rest is unseen"
        )
    return "" if data else f"server {server.name} answered with nothing readable"


def _server(fields: Fields) -> Server:
    own_id = words(fields, "id")
    return Server(words(fields, "name") or own_id, own_id, words(fields, "cluster"))


def _connection(server: Server, fields: Fields) -> Connection:
    return Connection(
        server=server,
        cid=number(fields, "cid"),
        name=words(fields, "name") or words(fields, "mqtt_client"),
        language=words(fields, "lang"),
        version=words(fields, "version"),
        leaf=words(fields, "kind") == "Leafnode",
        mqtt=words(fields, "type") == "mqtt" or bool(words(fields, "mqtt_client")),
        interests=tuple(
            Interest(words(one, "subject"), words(one, "qgroup"), number(one, "msgs"))
            for one in parts(fields, "subscriptions_list_detail")
            if words(one, "subject")
        ),
    )
