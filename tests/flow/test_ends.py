"""Who asked whom, from the journal and from what the servers tell."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import nats
import pytest
from helpers.systems import responder
from helpers.waiting import until

from engine import Journal, NatsBroker, Profile
from engine.clients.connections import Connection, Interest, Roster, Server
from engine.clients.everybody import everybody
from engine.clients.names import Names
from engine.errors import NoResponders
from engine.flow.ends import Ends, EndsOf
from engine.watching.subject_watch import SubjectWatch

SERVER = Server("n1", "N1")


def client(cid: int, name: str, *patterns: str, queue: str = "") -> Connection:
    interests = tuple(Interest(one, "" if one.startswith("_") else queue) for one in patterns)
    return Connection(SERVER, cid, name, interests=interests)


def asked(journal: Journal, subject: str) -> list[int]:
    """The exchanges on a subject."""
    numbers = range(journal.first, journal.next)
    return [one for one in numbers if one in journal and journal.message(one).subject == subject]


def knows(*clients: Connection) -> Names:
    names = Names()
    names.learn(Roster(clients, (SERVER,)), at=1.0)
    return names


def test_listeners_are_one_name_or_their_number() -> None:
    names = knows(
        client(1, "shop", "orders.*", queue="shop"),
        client(2, "shop", "orders.*", queue="shop"),
        client(3, "audit", "orders.paid"),
        client(4, "natstap watch", ">"),
        client(5, "", "nameless"),
    )
    assert names.listeners("orders.new") == "shop"
    assert names.listeners("orders.paid") == "3 listen"
    assert names.listeners("nameless") == "client 5"
    assert names.listeners("elsewhere") == ""


def test_who_connected_later_did_not_get_it() -> None:
    names = Names()
    newcomer = replace(client(1, "shop-2", "orders.new"), age=10.0)
    names.learn(Roster((newcomer,), (SERVER,)), at=1000.0)
    assert names.listeners("orders.new", 995.0) == "shop-2"
    assert names.listeners("orders.new", 900.0) == ""


def test_who_listens_elsewhere_got_nothing_of_what_passed_before() -> None:
    names = knows(client(1, "shop", "orders.new"), client(2, "bff", "_INBOX.me.*"))
    names.leave(at=1000.0)
    names.learn(Roster((client(7, "other", "orders.new"),), (SERVER,)), at=1001.0)
    for find in (names.listeners, names.listener):
        assert find("orders.new", 999.0) == ""
        assert find("orders.new", 1000.5) == "other"
    assert names.asker("_INBOX.me.7", 999.0) == "bff"


def test_the_owner_of_an_inbox_is_known_when_it_has_gone() -> None:
    names = knows(client(1, "bff", "_INBOX.me.*"), client(2, "old", "_INBOX.once"))
    names.learn(Roster((), (SERVER,)), at=2.0)
    assert names.asker("_INBOX.me.7") == "bff"
    assert names.asker("_INBOX.once") == "old"
    assert names.asker("_INBOX.other.7") == ""


def test_the_version_counts_changes_of_names_alone() -> None:
    names = knows(client(1, "bff", "_INBOX.me.*"))
    before = names.version
    names.learn(Roster((client(1, "bff", "_INBOX.me.*"),), (SERVER,)), at=2.0)
    assert names.version == before
    names.learn(Roster((client(1, "bff", "_INBOX.me.*", "a"),), (SERVER,)), at=3.0)
    assert names.version == before + 1


async def test_to_ask_who_is_there_changes_nobodys_name(profile: Profile) -> None:
    names = Names()
    async with NatsBroker(profile) as broker:
        names.learn(await everybody(broker.link, since=time.time()), broker.link)
        before = names.version
        for _ in range(3):
            names.learn(await everybody(broker.link, since=time.time()), broker.link)
    assert names.version == before


async def test_of_nobody_nothing_is_kept() -> None:
    journal = Journal()
    frame = b"PUB a 1\r\nx"
    number = journal.record(journal.sources.add("link"), b"a", b"", frame, len(frame) - 1, 0)
    ends = EndsOf(journal, Names())
    assert ends.of(number) == Ends("", "")
    assert not ends.kept


async def test_a_watch_tells_who_asked_whom_and_keeps_it(profile: Profile) -> None:
    journal = Journal()
    asker = await nats.connect(
        profile.servers[0], name="bff", user=profile.user, password=profile.password
    )
    async with NatsBroker(profile, journal=journal) as broker:
        names = Names()
        ends = EndsOf(journal, names)
        learning = asyncio.create_task(names.keep_learning(lambda: broker.link))
        async with (
            responder(profile, "shop.new", name="shop"),
            SubjectWatch(profile, journal, ["shop.>"]),
        ):
            await asker.request("shop.new", b"?", timeout=10)
            await until(lambda: asked(journal, "shop.new"))
            (number,) = asked(journal, "shop.new")
            await until(lambda: ends.of(number) == Ends("bff", "shop"))
        await asker.close()
        learning.cancel()
        names.learn(Roster((), (SERVER,)), at=names.looked_at + 1)
        assert ends.of(number) == Ends("bff", "shop")


async def test_natstap_itself_a_stream_and_nobody(profile: Profile) -> None:
    journal = Journal()
    async with NatsBroker(profile, journal=journal) as broker:
        ends = EndsOf(journal, Names())
        with pytest.raises(NoResponders):
            await broker.request("?", "nobody.here", timeout=30)
        await broker.jetstream.ensure_stream("LOG", ["log.>"])
        await broker.publish("kept", "log.a", stream="LOG")
        (unheard,), (stored,) = asked(journal, "nobody.here"), asked(journal, "log.a")
        assert ends.of(unheard) == Ends("natstap", "")
        assert ends.of(stored) == Ends("natstap", "LOG")
