"""Those who listen on one subject, a row for each subscription."""

from __future__ import annotations

from engine.clients.connections import Connection, Interest
from engine.latency_words import span
from engine.words import octets
from tui.kit.columns import Column
from tui.safe import clean

LISTENER_COLUMNS = (
    Column("client", 12, grow=True),
    Column("cid", 7, right=True, rank=2),
    Column("server", 10, rank=6),
    Column("library", 16, rank=4),
    Column("connected", 12, right=True, rank=3),
    Column("got", 9, right=True),
    Column("unread", 9, right=True, rank=5),
)


def listener_row(connection: Connection, interest: Interest) -> tuple[str, ...]:
    """`unread` is what waits at the server because the client does not read it."""
    name = connection.name or ("leaf node" if connection.leaf else "(no name)")
    return (
        clean(name),
        str(connection.cid),
        clean(connection.server.name),
        clean(f"{connection.language} {connection.version}".strip()),
        _age(connection.age),
        f"{interest.messages:,}",
        octets(connection.pending) if connection.pending else "–",
    )


def _age(seconds: float | None) -> str:
    """How long it is connected, in whole seconds."""
    if seconds is None:
        return "–"
    return span(int(seconds)) if seconds >= 1 else "now"
