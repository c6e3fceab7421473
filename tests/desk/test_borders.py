"""The borders between panes: moved with keys and with the mouse, and kept."""

from __future__ import annotations

from helpers.desk import sitting, until

from tui.streams.streams import StreamsScreen


async def test_keys_move_the_border_between_the_columns_and_it_stays_there() -> None:
    async with sitting((120, 40)) as hand:
        composer = hand.app.desk.composer
        before = composer.region.width
        await hand.press("escape", "ctrl+shift+right", "ctrl+shift+right")
        await until(hand.pilot, lambda: composer.region.width > before + 8)
        moved = composer.region.width
        await hand.press("f2", "f2")
        await until(hand.pilot, lambda: composer.region.width == moved)


async def test_keys_move_the_border_below_the_list() -> None:
    async with sitting((120, 40)) as hand:
        desk = hand.app.desk
        upper = desk.exchanges.region.height
        await hand.press("escape", "ctrl+shift+down", "ctrl+shift+down")
        await until(hand.pilot, lambda: desk.exchanges.region.height > upper)
        assert desk.composer.region.y == desk.exchanges.region.bottom


async def test_the_mouse_drags_a_border() -> None:
    async with sitting((120, 40)) as hand:
        composer, exchanges = hand.app.desk.composer, hand.app.desk.exchanges
        x, y = composer.region.right - 1, composer.region.y + 3
        await hand.pilot.mouse_down(offset=(x, y))
        await hand.pilot.hover(offset=(70, y))
        await hand.pilot.mouse_up(offset=(70, y))
        await until(hand.pilot, lambda: composer.region.right == 71)
        x, y = exchanges.region.x + 30, exchanges.region.bottom - 1
        await hand.pilot.mouse_down(offset=(x, y))
        await hand.pilot.hover(offset=(x, 15))
        await hand.pilot.mouse_up(offset=(x, 15))
        await until(hand.pilot, lambda: exchanges.region.bottom == 16)
        await hand.pilot.hover(offset=(x, 25))
        assert exchanges.region.bottom == 16


async def test_a_screen_that_is_opened_again_has_its_borders_where_they_were() -> None:
    async with sitting((120, 40)) as hand:
        await hand.press("escape", "S")
        await hand.see("PRINTING")
        await hand.press("ctrl+shift+left", "ctrl+shift+left")
        await hand.pilot.pause()
        moved = hand.app.screen.query_one("#column-1").region.width
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        await hand.press("S")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, StreamsScreen))
        await until(
            hand.pilot, lambda: hand.app.screen.query_one("#column-1").region.width == moved
        )


async def test_one_pane_at_a_time_has_no_borders_to_move() -> None:
    async with sitting((80, 24)) as hand:
        await hand.press("escape", "ctrl+shift+right", "ctrl+shift+up")
        await hand.pilot.pause()
        assert hand.app.desk.exchanges.region.width == 80


async def test_the_drawer_closes_and_opens_by_key_and_leaves_its_room() -> None:
    async with sitting((120, 40)) as hand:
        desk = hand.app.desk
        await hand.press("escape", "b")
        await until(hand.pilot, lambda: desk.inspect.region.width == 120)
        assert not desk.composer.display
        assert desk.exchanges.has_focus_within
        await hand.press("b")
        await until(hand.pilot, lambda: desk.composer.display)
        assert desk.exchanges.has_focus_within
        await hand.press("escape", "4")
        await until(hand.pilot, lambda: desk.responders.has_focus_within)
        assert not desk.composer.display


async def test_a_click_on_a_name_in_the_drawers_frame_goes_there() -> None:
    async with sitting((120, 40)) as hand:
        desk = hand.app.desk
        region = desk.composer.region
        await hand.pilot.click(offset=(region.x + 18, region.y))
        await until(hand.pilot, lambda: desk.responders.display)
        await hand.pilot.click(offset=(region.x + 5, region.y))
        await until(hand.pilot, lambda: desk.composer.display)


async def test_where_there_is_very_much_room_the_close_look_has_the_full_height() -> None:
    async with sitting((200, 60)) as hand:
        desk = hand.app.desk
        await until(hand.pilot, lambda: desk.inspect.region.x > 0)
        assert desk.inspect.region.y == desk.exchanges.region.y
        assert desk.inspect.region.bottom == desk.composer.region.bottom
        await hand.press("escape", "b")
        await until(hand.pilot, lambda: desk.exchanges.region.bottom == desk.inspect.region.bottom)


async def test_where_the_drawer_shows_all_panes_the_border_between_them_moves() -> None:
    async with sitting((200, 60)) as hand:
        desk = hand.app.desk
        composer, responders = desk.composer, desk.query_one("#responders")
        before, close = composer.region.width, desk.inspect.region.x
        await hand.press("escape", "4", "ctrl+shift+left", "ctrl+shift+left")
        await until(hand.pilot, lambda: composer.region.width < before - 8)
        assert responders.region.x == composer.region.right
        assert desk.inspect.region.x == close
        await hand.press("escape", "2", "ctrl+shift+left")
        await until(hand.pilot, lambda: desk.inspect.region.x < close)
