"""The map of who listens where."""

from __future__ import annotations

from engine.clients.connections import Connection, Interest, Roster, Server
from engine.clients.listening import ListenedSubject, listened_to

SERVER = Server("n1", "N1")


def client(cid: int, name: str, *interests: Interest) -> Connection:
    return Connection(SERVER, cid, name, interests=interests)


def test_subscriptions_are_gathered_by_subject_and_queue_group() -> None:
    found = Roster(
        (
            client(1, "shop", Interest("orders.*", "shop", 3), Interest("_INBOX.a.*", "", 9)),
            client(2, "shop", Interest("orders.*", "shop", 4), Interest("$SRV.PING", "", 1)),
            client(3, "audit", Interest("orders.*", "", 7), Interest(">", "", 20)),
            client(4, "natstap watch", Interest("orders.>", "", 5)),
            client(5, "", Interest("nameless", "", 0)),
            client(6, "natstap", Interest("own", "", 0)),
        ),
        (SERVER,),
    )
    assert listened_to(found, ("N1", 6)) == (
        ListenedSubject(">", "", ("audit",), 1, 20, tap=True),
        ListenedSubject("nameless", "", ("client 5",), 1, 0),
        ListenedSubject("orders.*", "", ("audit",), 1, 7),
        ListenedSubject("orders.*", "shop", ("shop",), 2, 7),
    )


def test_behind_a_leaf_node_it_is_said_who_is_not_named() -> None:
    leaf = Connection(SERVER, 9, "", leaf=True, interests=(Interest("far.a"),))
    assert [heard.clients for heard in listened_to(Roster((leaf,), (SERVER,)))] == [
        ("leaf node n1",)
    ]
