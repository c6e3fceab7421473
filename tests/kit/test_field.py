"""A line that is typed into: the screen is not laid out for it, and it follows the cursor."""

from __future__ import annotations

from textual.app import App
from textual.geometry import Region

from tui.kit.editor import Field

WIDTH = 20


class Asked(Field):
    """A field that counts how often it wants the screen laid out."""

    layouts = 0

    def refresh(self, *regions: Region, **more: bool) -> Asked:
        self.layouts += bool(more.get("layout"))
        super().refresh(*regions, **more)
        return self


def shown(field: Field) -> str:
    return field.render_line(0).text


async def test_what_is_typed_lays_out_no_screen_and_is_in_sight() -> None:
    field = Asked(compact=True)
    field.styles.width = WIDTH
    async with App[None]().run_test(size=(60, 24)) as pilot:
        await pilot.app.mount(field)
        field.focus()
        await pilot.pause()
        field.layouts = 0
        await pilot.press(*"abcdefghijklmnopqrstuvwxyz0123456789")
        await pilot.pause()
        assert shown(field).rstrip().endswith("789")
        await pilot.press("home")
        await pilot.pause()
        assert shown(field).startswith("abcdef")
        await pilot.resize_terminal(50, 24)  # which lays it out
        await pilot.pause()
        field.layouts = 0
        await pilot.press("end", "X")
        await pilot.pause()
        assert shown(field).rstrip().endswith("789X")
        assert not field.layouts
