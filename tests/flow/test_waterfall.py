"""The waterfall of a flow: what lies below what, for how long, what failed, and as it is copied."""

from __future__ import annotations

import re
from dataclasses import replace

from helpers.desk import sitting, until
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.flow.ends import Ends
from engine.flow.flow import Flow, FlowStep, Participant
from engine.flow.mermaid import mermaid, quoted
from engine.flow.waterfall import FlowBar, Waterfall, _bounded, _placed
from engine.journal import ExchangeKind, State
from tui.flow.waterfall import ONE_LINE, head, rows, title

NAMES = st.sampled_from(["", "natstap", "gateway", "pricing", "inventory-with-a-long-name"])
STATES = st.sampled_from(list(State))
SUBJECTS = st.text(st.sampled_from("ab.[]\x1b界"), min_size=1, max_size=60)


def hop(
    number: int,
    begin: float = 0.0,
    end: float = 1.0,
    asker: str = "",
    answerer: str = "",
    state: State = State.ANSWERED,
    subject: str = "a.b",
) -> FlowBar:
    took = None if state in (State.WAITING, State.NO_ANSWER) else (end - begin, end - begin)
    kind, is_open = ExchangeKind.REQUEST, took is None
    ends, waited = Ends(asker, answerer), end - begin
    return FlowBar(number, ends, subject, kind, state, begin, end, took, False, is_open, waited)


HOPS = st.lists(
    st.builds(
        lambda begin, took, asker, answerer, state, subject: hop(
            1, begin, begin + took, asker, answerer, state, subject
        ),
        st.floats(0, 1e4),
        st.floats(0, 1e4),
        NAMES,
        NAMES,
        STATES,
        SUBJECTS,
    ),
    max_size=8,
).map(lambda hops: [replace(each, number=at) for at, each in enumerate(hops, 1)])


def placed(hops: list[FlowBar]) -> Waterfall:
    return Waterfall(tuple(_bounded(_placed(sorted(hops, key=lambda each: each.begin)))))


def checkout() -> Waterfall:
    failed = State.SERVICE_ERROR
    return placed(
        [
            hop(1, 0, 1.0, "bff", "gateway", failed, "shop.create"),
            hop(2, 0.1, 0.3, "gateway", "inventory", subject="stock.hold"),
            hop(3, 0.6, 0.7, "gateway", "pricing", failed, "price.quote"),
            hop(4, 0.62, 0.65, "pricing", "rates", subject="rates.get"),
        ]
    )


def test_what_is_asked_meanwhile_lies_below_with_its_gap() -> None:
    found = checkout()
    assert [each.depth for each in found.hops] == [0, 1, 1, 2]
    assert [round(each.gap, 3) for each in found.hops] == [0, 0.1, 0.3, 0.02]
    assert found.failed is not None
    assert found.failed.number == 3
    assert found.total == 1.0


def test_whose_name_is_not_known_and_natstap_itself_lie_on_the_first_level() -> None:
    for name in ("", "natstap"):
        found = placed([hop(1, answerer=name), hop(2, 0.1, 0.2, asker=name)])
        assert [each.depth for each in found.hops] == [0, 0]


def test_what_begins_after_the_end_is_not_below() -> None:
    found = placed([hop(1, 0, 1, "a", "b"), hop(2, 3.0, 4.0, "b", "c")])
    assert [(each.depth, each.gap) for each in found.hops] == [(0, 0.0), (0, 2.0)]


def test_what_is_silent_for_hours_leaves_the_others_their_room() -> None:
    found = placed([hop(1, 0, 0.4), hop(2, 0.1, 9_000.0, state=State.NO_ANSWER)])
    assert (found.total, found.open) == (0.4, 1)
    alone = placed([hop(1, 0, 90.0, state=State.NO_ANSWER)])
    assert alone.total == 90.0


@given(HOPS, st.sampled_from([40, 72, ONE_LINE, 112, 192]))
def test_no_line_is_wider_than_its_room_and_bars_lie_within(
    hops: list[FlowBar], width: int
) -> None:
    found = placed(hops)
    lines = [head(found, width), *rows(found, width, lambda each: "It failed. " * 20)]
    assert len(lines) == len(hops) + 1
    for line in lines:
        for row in line.plain.split("\n"):
            assert cell_len(row) <= width
            assert "\x1b" not in row
    assert "\x1b" not in title(found).plain


@given(HOPS)
def test_times_are_never_negative_and_depths_never_jump(hops: list[FlowBar]) -> None:
    deepest = 0
    for each in placed(hops).hops:
        assert each.gap >= 0
        assert each.begin <= each.end
        assert 0 <= each.depth <= deepest + 1
        deepest = max(deepest, each.depth)


def test_bars_follow_each_other_as_the_exchanges_did() -> None:
    found = checkout()
    _, first, held, asked, *_ = [
        line.plain.split("\n")[0]
        for line in (head(found, 112), *rows(found, 112, lambda each: "No."))
    ]
    begins = [line.index("▆") for line in (first, held, asked)]
    assert begins == sorted(set(begins))
    assert first.count("▆") > held.count("▆") > asked.count("▆") > 0
    assert "┄" in asked
    assert "✗ pricing: service error, 2 failed" in title(found).plain


def test_messages_of_one_look_took_what_their_answer_took_at_most() -> None:
    found = placed([replace(hop(1, 0.0, 0.0), took=(0.0, 0.0004)), hop(2, 0.0, 0.0)])
    assert "2 exchanges in ≤ 0.4 ms " in title(found).plain
    assert head(found, 112).plain.endswith(" ≤ 0.4 ms")


def test_where_no_end_is_known_there_is_no_way_between_them() -> None:
    found = placed([hop(1), hop(2, asker="shop")])
    for width in (80, 112):
        nobody, somebody = (row.plain for row in rows(found, width, lambda _: ""))
        assert ("▸" in nobody, "▸" in somebody) == (False, True)


def test_a_long_name_is_whole_where_the_bars_have_room_for_it() -> None:
    (row,) = rows(placed([hop(1, answerer="NATS CLI Version v0.5.1")]), 116, lambda _: "")
    assert "▸ NATS CLI Version v0.5.1  a.b" in row.plain


def test_the_failed_one_has_its_cause() -> None:
    found = checkout()
    said = [line.plain for line in rows(found, 112, lambda each: f"{each.subject} failed.")]
    assert ["✗" in line for line in said] == [False, False, True, False]
    assert "✗ price.quote failed." in said[2]


@given(st.text(max_size=30))
def test_nothing_in_a_name_means_something_to_mermaid(name: str) -> None:
    steps = (FlowStep(1, 1, 0.0, 0, 1, name, 3), FlowStep(2, 1, 0.1, 1, 0, name, 3, True, True))
    drawn = Flow("x", "v", (Participant("client", name), Participant("subject", "b")), steps)
    lines = mermaid(drawn).splitlines()
    assert len(lines) == 5
    assert re.fullmatch(r"    p0->>p1: .*", lines[3])
    assert re.fullmatch(r"    p1--xp0: .*", lines[4])
    assert not set(quoted(name)) & set("\n\r:%{}[]<|\"'`")


async def test_enter_opens_what_failed_and_keys_copy_and_turn() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+o", "1", "home", "shift+end", "delete")
        await hand.write("stock.check")
        await hand.press("ctrl+j")
        await hand.see("no responders")
        await hand.press("ctrl+o", "2", "F")
        await hand.see("Flow: 1 exchange", "✗ stock.check: no responders")
        await hand.press("y")
        await until(hand.pilot, lambda: "✗ stock.check" in hand.app.clipboard)
        await hand.press("Y")
        await until(hand.pilot, lambda: hand.app.clipboard.startswith("sequenceDiagram"))
        await hand.press("d")
        await hand.see("status 503", "d waterfall")
        await hand.press("d", "enter")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert hand.exchange.subject == "stock.check"
