"""What can be done with a body, wherever one is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from tui.kit.command import Command

if TYPE_CHECKING:
    from tui.body.pane import BodyPane


class HasBody(Protocol):
    """What shows a body: its pane, or a pane around that."""

    @property
    def body_pane(self) -> BodyPane | None:
        """The one that is in sight; None while there is none."""


def _body(
    name: str,
    keys: str,
    title: str,
    tooltip: str,
    run: Callable[[BodyPane], object],
    when: Callable[[BodyPane], bool] = lambda pane: True,
    **more: Any,
) -> Command[HasBody]:
    def act(here: HasBody) -> object:
        return run(here.body_pane) if here.body_pane is not None else None

    def can(here: HasBody) -> bool:
        return here.body_pane is not None and when(here.body_pane)

    return Command(f"body.{name}", keys, title, tooltip, act, can, **more)


def _copy_whole(pane: BodyPane) -> object:
    from tui.body.copy import copy_body

    return copy_body(pane)


def _copy_here(pane: BodyPane) -> object:
    from tui.body.copy import copy_here

    return copy_here(pane)


def _copy_path(pane: BodyPane) -> object:
    from tui.body.copy import copy_path

    return copy_path(pane)


def _read_as(pane: BodyPane) -> object:
    from tui.body.choose_content import choose_content

    return choose_content(pane)


def _save(pane: BodyPane) -> object:
    from tui.body.outside import save

    return save(pane)


def _edit(pane: BodyPane) -> object:
    from tui.body.outside import edit

    return edit(pane)


def _page(pane: BodyPane) -> object:
    from tui.body.outside import page

    return page(pane)


def _fold(pane: BodyPane) -> None:
    if not pane.view.at.fold():
        pane.app.bell()


def _toggle_hex(pane: BodyPane) -> None:
    pane.view.hex = not pane.view.hex


BODY: tuple[Command[HasBody], ...] = (
    _body(
        "search",
        "slash",
        "Search",
        "Search in the body",
        lambda pane: pane.ask("search"),
        footer=True,
        at_once=True,
    ),
    _body(
        "next",
        "n",
        "Next",
        "The next place that was searched for",
        lambda pane: pane.search.step(1),
        lambda pane: pane.search.active,
        footer=True,
    ),
    _body(
        "before",
        "N",
        "Before",
        "The place before that was searched for",
        lambda pane: pane.search.step(-1),
        lambda pane: pane.search.active,
    ),
    _body(
        "copy",
        "Y",
        "Copy body",
        "Copy the whole body",
        _copy_whole,
        footer=True,
        waits=True,
    ),
    _body(
        "copy-value",
        "y",
        "Copy value",
        "Copy what is selected, else the value under the cursor",
        _copy_here,
        footer=True,
        waits=True,
    ),
    _body(
        "copy-path",
        "p",
        "Copy path",
        "Copy the JSON path of the line under the cursor",
        _copy_path,
        waits=True,
    ),
    _body("save", "D", "Save", "Save the body in a file", _save, footer=True, waits=True),
    _body("edit", "E", "Editor", "Open the body in $EDITOR", _edit, footer=True, waits=True),
    _body("page", "P", "Pager", "Open the body in $PAGER", _page, waits=True),
    _body(
        "filter",
        "full_stop",
        "Filter",
        "Show a part of the JSON, by a path in JMESPath",
        lambda pane: pane.ask("filter"),
        at_once=True,
        footer=True,
    ),
    _body(
        "line",
        "colon",
        "Line",
        "Go to a line by its number",
        lambda pane: pane.ask("line"),
        at_once=True,
    ),
    _body("fold", "z", "Fold", "Fold or unfold what the cursor is in", _fold, footer=True),
    _body(
        "wrap",
        "W",
        "Wrap",
        "Wrap long lines, or cut them at the edge",
        lambda pane: pane.view.at.wrap(),
        footer=True,
    ),
    _body("hex", "x", "Hex", "Show the bytes as a hex dump", _toggle_hex, footer=True),
    _body(
        "read-as",
        "B",
        "Read as",
        "Read the body as MessagePack, Protobuf or another content",
        _read_as,
        footer=True,
        waits=True,
    ),
    _body("numbers", "number_sign", "Numbers", "Line numbers", lambda pane: pane.view.at.number()),
    _body(
        "leave",
        "escape",
        "Whole body",
        "End the search, or show the whole body again",
        lambda pane: pane.leave(),
        lambda pane: pane.busy,
    ),
)
