"""The live list, in a real app at several sizes: what it shows, and how it keeps one's place."""

from __future__ import annotations

import pytest
from helpers.exchange_list import desk, events, put
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import Input

from engine.journal import Event, ExchangeKind, Journal, State
from engine.journal.view import View
from tui.exchanges.exchanges import Exchanges
from tui.kit.glyphs import KINDS, STATES
from tui.kit.rows import duration

HOSTILE = "bad[/].[@click=app.quit].\x1b[2J.\u202egpj.日本語.\u200b"


def every_state(journal: Journal) -> None:
    """One exchange in each state, and one of each kind."""
    endings = [Event.DEADLINE, Event.REFUSED, Event.LINK_LOST, Event.CANCEL]
    for event in (None, *endings):
        number = put(journal, f"svc.{event}", f"_INBOX.a.{event}")
        journal.own.expect(number, timeout=2.0)
        if event:
            journal.own.settle(number, event)
    replies = {
        "ok": (b"done", b""),
        "nobody": (b"", b"NATS/1.0 503\r\n\r\n"),
        "error": (b"", b"NATS/1.0\r\nNats-Service-Error: broken\r\n\r\n"),
        "status": (b"", b"NATS/1.0 404 Message Not Found\r\n\r\n"),
        "stored": (b'{"stream":"ORDERS","seq":4}', b""),
    }
    for name, (body, head) in replies.items():
        put(journal, f"svc.{name}", f"_INBOX.b.{name}")
        put(journal, f"_INBOX.b.{name}", "", body, head)
    kept = put(journal, "svc.kept", "_INBOX.b.kept")
    put(journal, "_INBOX.b.kept", "", b'{"stream":"ORDERS","seq":5}')
    journal.own.settle(kept, Event.COMPLETE)
    journal.unanswered.overdue(put(journal, "svc.silent", "_INBOX.b.silent"))
    partly = put(journal, "svc.partly", "_INBOX.c.1")
    journal.own.expect(partly, wanted=3)
    put(journal, "_INBOX.c.1", body=b"1")
    put(journal, "_INBOX.c.1", body=b"2")
    late = put(journal, "svc.late", "_INBOX.d.1")
    journal.own.expect(late, timeout=1.0)
    journal.own.settle(late, Event.DEADLINE)
    put(journal, "_INBOX.d.1")
    put(journal, "event")
    put(journal, "_INBOX.nobody.asked")
    put(journal, HOSTILE, "_INBOX.e.1")
    put(journal, "caf\udce9", "_INBOX.e.2")
    journal.note("connection lost: [/] the server went away")


def lines(shown: Widget) -> list[str]:
    """What is on the screen, line by line."""
    return [strip.text for strip in shown.render_lines(shown.size.region)]


def test_each_glyph_takes_one_cell_and_no_two_states_look_alike() -> None:
    signs = [
        *STATES.values(),
        *(KINDS[one] for one in (ExchangeKind.PUBLISH, ExchangeKind.ORPHAN, ExchangeKind.SYSTEM)),
    ]
    assert set(STATES) == set(State) - {State.NONE}
    assert set(KINDS) == set(ExchangeKind)
    assert all(cell_len(one.glyph) == 1 and len(one.short) <= 7 for one in signs)
    assert len({one.glyph for one in signs}) == len({one.word for one in signs}) == len(signs)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (3.1e-6, "3 µs"),
        (0.00042, "0.42 ms"),
        (0.0032, "3.2 ms"),
        (0.25, "250 ms"),
        (2.41, "2.41 s"),
        (192, "3m 12s"),
    ],
)
def test_time_spans_read_easily(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


async def test_it_says_so_when_there_is_nothing(journal: Journal) -> None:
    async with desk(journal) as (_, shown, pilot):
        text = "\n".join(lines(shown))
        assert "No exchanges yet." in text
        assert "Send one with ^J." in text
        put(journal, "event.first")
        shown.refresh_from_journal()
        await pilot.pause()
        assert "event.first" in lines(shown)[0]
        assert "No exchanges" not in "\n".join(lines(shown))


async def test_a_row_says_what_became_of_it(journal: Journal) -> None:
    every_state(journal)
    async with desk(journal, (100, 30)) as (_, shown, _):
        text = "\n".join(lines(shown))
        for sign in STATES.values():
            assert f"{sign.glyph} {sign.word}" in text
        assert "→ published" in text
        assert "← orphan reply" in text
        assert "2 of 3" in text
        assert "ORDERS" in text
        assert "connection lost: [/] the server went away ──" in text


async def test_the_columns_fit_at_once_what_stands_in_them(journal: Journal) -> None:
    for number in range(5):
        put(journal, "orders.create", f"_INBOX.a.{number}")
        put(journal, f"_INBOX.a.{number}", "", b"done")
    async with desk(journal, (160, 10)) as (_, shown, _):
        first = lines(shown)
        shown.repaint()
        assert lines(shown) == first


async def test_who_and_whom_take_no_room_where_nobody_is_known(journal: Journal) -> None:
    put(journal, "event.first")
    async with desk(journal, (100, 10)) as (_, shown, _):
        assert lines(shown)[0].index("event.first") < 24


async def test_one_answer_too_many_is_said_and_a_delivery_is_no_request(journal: Journal) -> None:
    number = put(journal, "twice", "_INBOX.a")
    journal.own.expect(number)
    put(journal, "_INBOX.a")
    put(journal, "_INBOX.a")
    delivered = put(journal, "jobs", "$JS.ACK.S.C.1.1.1.1.0")
    put(journal, "$JS.ACK.S.C.1.1.1.1.0")
    async with desk(journal, view=View(journal, lambda number, code: True)) as (_, shown, _):
        twice, job = lines(shown)[:2]
    assert "✓ answered 2×" in twice
    assert "↓ delivery" in job
    assert journal.state(delivered) is State.ANSWERED


async def test_a_thousand_answers_fit_into_their_column(journal: Journal) -> None:
    journal.own.expect(put(journal, "roll.call", "_INBOX.a"))
    for _ in range(1000):
        put(journal, "_INBOX.a")
    async with desk(journal) as (_, shown, _):
        assert "✓ ok 1000×" in lines(shown)[0]


@pytest.mark.parametrize("width", [1, 2, 5, 8, 12, 20, 38, 46, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [1, 24])
async def test_every_line_fits_at_every_size(journal: Journal, width: int, height: int) -> None:
    every_state(journal)
    async with desk(journal, (width, height)) as (_, shown, pilot):
        await pilot.press("up", "up")
        events(journal, 40)
        shown.refresh_from_journal()
        for strip in shown.render_lines(shown.size.region):
            assert cell_len(strip.text) == strip.cell_length == width
        if width >= 38 and height > 1:
            assert "✗ time" in "\n".join(lines(shown)).replace("timed out", "timeout")


async def test_hostile_text_is_inert_and_visible(journal: Journal) -> None:
    put(journal, HOSTILE, "_INBOX.e.1")
    put(journal, "caf\udce9", body=b"\x1b]0;x\x07")
    async with desk(journal, (170, 4)) as (app, shown, pilot):
        first, second, *_ = lines(shown)
        assert "bad[/].[@clic…2J.⟨202E⟩gpj.日本語.⟨200B⟩  " in first
        assert "caf\\xe9" in second
        assert "␛]0;x␇" in second
        await pilot.click(shown, offset=(45, 0))
        assert app.is_running
        assert app.told == [("selected", 1)]


async def test_it_follows_until_one_looks_back(journal: Journal) -> None:
    events(journal, 30)
    async with desk(journal) as (_, shown, pilot):
        assert "event.30 " in lines(shown)[-1]
        await pilot.press("up")
        assert (shown.cursor, shown.follow) == (29, False)
        events(journal, 5)
        shown.refresh_from_journal()
        assert "event.30 " in lines(shown)[-1].replace("▌", "")
        assert shown.exchanges.unread == 5
        await pilot.press("f")
        assert "event.35 " in lines(shown)[-1]
        assert shown.exchanges.unread == 0


class PaneApp(App[None]):
    """The pane around the list."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.pane = Exchanges(journal)

    def compose(self) -> ComposeResult:
        yield self.pane


async def test_what_is_new_is_told_in_the_frame_and_covers_no_row(journal: Journal) -> None:
    events(journal, 30)
    app = PaneApp(journal)
    app.pane.styles.border = ("round", "white")
    async with app.run_test(size=(80, 14)) as pilot:
        shown = app.pane.list
        shown.focus()
        await pilot.press("home")
        before = lines(shown)
        assert (shown.cursor, shown.top, shown.exchanges.unread) == (1, 0, 0)
        events(journal, 3)
        app.pane.refresh_from_journal()
        await pilot.pause()
        foot = app.screen._compositor.render_strips(app.size)[-1].text
        assert " 3 new ↓ " in foot
        assert lines(shown) == before
        await pilot.click(offset=(foot.index("new"), 13))
        assert shown.follow
        assert shown.cursor == 33


async def test_keys_and_mouse_move_the_cursor(journal: Journal) -> None:
    events(journal, 100)
    async with desk(journal) as (app, shown, pilot):
        await pilot.press("k", "k", "j")
        assert shown.cursor == 99
        await pilot.press("pageup", "pageup")
        assert shown.cursor == 81
        await pilot.press("pagedown", "enter")
        await pilot.press("end")
        assert (shown.cursor, shown.follow) == (100, True)
        assert ("opened", 90) in app.told
        await pilot.click(shown, offset=(10, 3))
        assert shown.cursor == 94
        await pilot.double_click(shown, offset=(10, 4))
        assert app.told[-1] == ("opened", 95)


async def test_the_wheel_scrolls_and_pushing_at_the_end_follows(journal: Journal) -> None:
    events(journal, 40)
    async with desk(journal) as (_, shown, pilot):
        shown.scroll_by(-3)
        assert (shown.top, shown.follow) == (27, False)
        shown.scroll_by(3)
        assert (shown.top, shown.follow) == (30, False)
        shown.scroll_by(3)
        assert shown.follow
        await pilot.click(shown, offset=(79, 0))
        assert (shown.top, shown.follow) == (0, False)


async def test_the_reader_keeps_the_place_when_the_front_falls_out() -> None:
    journal = Journal(max_bytes=4 << 20)
    body = b"x" * 65536
    for _ in range(60):
        put(journal, f"event.{journal.next}", body=body)
    async with desk(journal) as (_, shown, pilot):
        await pilot.press("pageup", "up")
        before, first = lines(shown), shown.view[shown.top]
        for _ in range(34):
            put(journal, f"event.{journal.next}", body=body)
        shown.refresh_from_journal()
        assert journal.first > 1
        assert shown.view[shown.top] == first
        assert [one[:40] for one in lines(shown)] == [one[:40] for one in before]
        for _ in range(300):
            put(journal, f"event.{journal.next}", body=body)
        shown.refresh_from_journal()
        await pilot.pause()
        assert shown.cursor == shown.view[0]
        assert shown.top == 0


async def test_a_row_changes_where_it_stands(journal: Journal) -> None:
    asked = put(journal, "svc", "_INBOX.a.1")
    events(journal, 3)
    async with desk(journal) as (_, shown, pilot):
        assert "○ waiting" in lines(shown)[0]
        put(journal, "_INBOX.a.1")
        put(journal, "_INBOX.a.1", body=b"second")
        shown.refresh_from_journal()
        await pilot.pause()
        assert "✓ answered 2×" in lines(shown)[0]
        assert shown.view.index_of(asked) == 0


async def test_nothing_is_drawn_when_nothing_changed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    events(journal, 30)
    async with desk(journal) as (_, shown, pilot):
        await pilot.press("home")
        asked: list[object] = []
        monkeypatch.setattr(shown, "refresh", lambda *regions, **_: asked.append(regions))
        shown.refresh_from_journal()
        put(journal, "$JS.API.INFO", "_INBOX.hidden.1")
        shown.refresh_from_journal()
        assert asked == []
        await pilot.press("down")
        assert [len(regions) for regions in asked] == [2]


async def test_another_view_keeps_the_cursor(journal: Journal) -> None:
    events(journal, 200)
    async with desk(journal) as (app, shown, pilot):
        shown.reveal(100)
        await pilot.pause()
        assert "event.100 " in "".join(lines(shown))
        shown.exchanges.show_view(View(journal, lambda number, code: number % 2 == 0))
        shown.refresh_from_journal()
        assert shown.cursor == 100
        assert any("▌" in line and "event.100 " in line for line in lines(shown))
        shown.exchanges.show_view(View(journal, lambda number, code: False))
        shown.refresh_from_journal()
        assert "No exchanges yet." in "\n".join(lines(shown))
        assert app.told == [("selected", 100)]


async def test_a_long_catch_up_goes_on_by_itself(journal: Journal) -> None:
    events(journal, 3000)

    def slow(number: int, code: int) -> bool:
        return sum(range(300)) > 0

    async with desk(journal, view=View(journal, slow)) as (_, shown, pilot):
        while shown.view.behind:
            await pilot.pause(0.01)
        await pilot.pause()
        assert "event.3000 " in lines(shown)[-1]


async def test_an_own_request_shows_its_wait_growing(journal: Journal) -> None:
    asked = put(journal, "svc", "_INBOX.a.1")
    journal.own.expect(asked, timeout=5.0)
    async with desk(journal) as (_, shown, pilot):
        seen = {lines(shown)[0]}
        while len(seen) < 2:
            await pilot.pause(0.05)
            seen.add(lines(shown)[0])
        assert all(" s " in one for one in seen)


async def test_colours_follow_the_theme_and_the_focus(journal: Journal) -> None:
    every_state(journal)
    async with desk(journal, (80, 20)) as (app, shown, pilot):
        await pilot.press("up")

        def styles() -> list[object]:
            return [part.style for strip in shown.render_lines(shown.size.region) for part in strip]

        dark = styles()
        app.theme = "textual-light"
        await pilot.pause()
        light = styles()
        assert light != dark
        await app.mount(Input())
        app.query_one(Input).focus()
        await pilot.pause()
        assert styles() != light
