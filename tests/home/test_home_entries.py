"""The map's entries and rows, without a server."""

from __future__ import annotations

from engine.clients.listening import ListenedSubject
from engine.services.service import Endpoint, Instance, Service, Stats
from engine.streams.listing import Streams
from engine.streams.stream_state import StreamState
from tui.home.home_look import HomeEntry, entries
from tui.home.home_rows import ORDERS, HomeRows, holds, home_cells

PRICE = Endpoint("shop", "price", "shop.price", "shop", stats=Stats(requests=7))
SHOP = Service("shop", (Instance("a", "1.2.0", endpoints=(PRICE,)),))
HEARD = (
    ListenedSubject(">", "", ("audit",), 1, 90, tap=True),
    ListenedSubject("orders.*", "", ("audit",), 1, 3),
    ListenedSubject("orders.*", "workers", ("worker",), 3, 40),
    ListenedSubject("shop.price", "shop", ("shop-1",), 1, 7),
)
FOUND = tuple(
    entries(HEARD, (SHOP,), Streams((StreamState("AUDIT", subjects=("orders.>",), messages=5),)))
)


def cells(entry: HomeEntry) -> list[str]:
    return [cell.text for cell in home_cells(entry)]


def test_listeners_endpoints_and_streams_are_by_subject() -> None:
    assert [entry.key for entry in FOUND] == [
        (">", "", ""),
        ("orders.*", "", ""),
        ("orders.*", "workers", ""),
        ("orders.>", "", "AUDIT"),
        ("shop.price", "shop", ""),
    ]
    assert FOUND[-1].endpoint == PRICE
    assert cells(FOUND[-1])[1:] == ["shop.price", "shop-1", "shop", "1", "7", "–", "shop 1.2.0"]
    assert cells(FOUND[2])[2] == "worker ×3"
    assert cells(FOUND[3])[2:] == ["▤ AUDIT", "–", "–", "5", "–", "0 consumers"]
    assert cells(FOUND[0])[-1] == "hears everything"


def test_an_endpoint_is_there_though_nobody_tells_who_listens() -> None:
    (only,) = entries((), (SHOP,), Streams())
    assert (only.subject, only.who, only.count, only.messages) == ("shop.price", ("shop",), 1, 7)


def test_sorted_and_filtered() -> None:
    by_messages = sorted(FOUND, key=ORDERS["messages"])
    assert [entry.messages for entry in by_messages] == [90, 40, 7, 5, 3]
    assert sorted(FOUND, key=ORDERS["queue"])[0].queue == "shop"
    assert [entry.queue for entry in FOUND if holds(entry, ["work", "orders"])] == ["workers"]
    for order in ORDERS.values():
        assert len(sorted(FOUND, key=order)) == len(FOUND)


def test_what_is_watched_is_marked() -> None:
    rows = HomeRows(FOUND, ("orders.*",))
    marks = [home_cells(*rows.look(at))[0].text for at in range(len(rows))]
    assert marks == ["", "◎", "◎", "", ""]
    wide = HomeRows(FOUND, ("orders.>",))
    subjects = [
        entry.subject for entry in FOUND if home_cells(*wide.look(FOUND.index(entry)))[0].text
    ]
    assert subjects == [entry.subject for entry in FOUND if entry.subject.startswith("orders.")]
