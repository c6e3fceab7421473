"""The desk's commands, in the order in which help, palette and docs/keys.md list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.kit.command import ANYWHERE, Command

from .jump import PANES, jump
from .recording_commands import RECORDING_COMMANDS
from .screens import SCREEN_COMMANDS

if TYPE_CHECKING:
    from .desk import Desk

COMPOSE = "Compose"
EXCHANGES = "Exchanges"
INSPECT = "Inspect"
RESPONDERS = "Responders"
_FAILED = "~e"
"""The filter that shows what failed."""


def _some_row(desk: Desk) -> bool | None:
    return True if desk.inspect.number or desk.exchanges.list.cursor else None


def _some_body(desk: Desk) -> bool | None:
    return True if desk.inspect.body_pane is not None else None


def _not_in_a_body(desk: Desk) -> bool:
    """Where a body has the keys, its own search has this one."""
    return not (desk.inspect.has_focus_within and desk.inspect.body_pane is not None)


def _filter(desk: Desk) -> None:
    """At once: what is typed right after it is the filter, and no key of the list."""
    desk.bring("exchanges")
    desk.exchanges.start_filter()


def _only_failed(desk: Desk) -> None:
    """Show what failed, or everything again."""
    bar = desk.exchanges.filter_bar
    if bar.lens.text.strip() == _FAILED:
        bar.clear()
    else:
        bar.fill(_FAILED)
    desk.go_to("exchanges")


async def _environment(desk: Desk) -> None:
    from tui.collection.environments import Environments

    if desk.session is not None:
        await desk.app.push_screen_wait(Environments(desk.session))


def _toggle_drawer(desk: Desk) -> None:
    """The keys stay with the list: what is typed next is no text in a field that was opened."""
    if desk.panes.narrow:
        desk.go_to(desk.room.drawn.id or "")
        return
    desk.room.open = not desk.room.open
    if not desk.room.open and desk.room.drawn.has_focus_within:
        desk.go_to("exchanges")
    desk.panes.lay_out()


def close_drawer(desk: Desk) -> None:
    """Give its room to the others, and the keys to the list."""
    desk.room.open = False
    if desk.room.drawn.has_focus_within or desk.focused is None:
        desk.go_to("exchanges")
    desk.panes.lay_out()


def _go(number: int, pane: str) -> Command[Desk]:
    return Command(
        f"desk.go.{pane}",
        str(number),
        pane.capitalize(),
        f"Go to {pane}",
        lambda desk: desk.go_to(pane),
        group=ANYWHERE,
    )


DESK: tuple[Command[Desk], ...] = (
    Command(
        "desk.send",
        "ctrl+j,f5,ctrl+enter",
        "Send",
        "Send what is composed",
        lambda desk: desk.composer.send(),
        group=COMPOSE,
        footer=True,
        anywhere=True,
        after_typing=True,
        sends=True,
    ),
    Command(
        "desk.filter",
        "slash",
        "Filter",
        "Show only some exchanges",
        _filter,
        _not_in_a_body,
        group=EXCHANGES,
        footer=True,
        at_once=True,
    ),
    Command(
        "desk.failed",
        "exclamation_mark",
        "Failures",
        "Show only what failed, or all again",
        _only_failed,
        group=EXCHANGES,
    ),
    Command(
        "desk.resend",
        "r",
        "Resend",
        "Send the chosen exchange's message again",
        lambda desk: desk.sending.resend(),
        _some_row,
        group=EXCHANGES,
        footer=True,
        sends=True,
    ),
    Command(
        "desk.edit",
        "e",
        "Edit",
        "Put the chosen exchange's message into the composer",
        lambda desk: desk.sending.edit(),
        _some_row,
        group=EXCHANGES,
        footer=True,
    ),
    Command(
        "desk.add-responder",
        "a",
        "Responder",
        "Host a stand-in service on a subject",
        lambda desk: desk.hosting.add(),
        group=RESPONDERS,
        footer=True,
        sends=True,
    ),
    Command(
        "desk.explain",
        "v",
        "Why",
        "Ask the servers why the chosen exchange failed",
        lambda desk: desk.diagnosing.explain(),
        _some_row,
        group=INSPECT,
        footer=True,
    ),
    Command(
        "desk.explain-anywhere",
        "f8",
        "Why",
        "Ask the servers why the chosen exchange failed",
        lambda desk: desk.diagnosing.explain(),
        _some_row,
        group=ANYWHERE,
        anywhere=True,
        footer=True,
    ),
    Command(
        "desk.flow",
        "F",
        "Flow",
        "Draw the flow that the chosen exchange is part of",
        lambda desk: desk.flowing.open(),
        _some_row,
        group=INSPECT,
        footer=True,
    ),
    Command(
        "desk.flow-anywhere",
        "f3",
        "Flow",
        "Draw the flow that the chosen exchange is part of",
        lambda desk: desk.flowing.open(),
        _some_row,
        group=ANYWHERE,
        anywhere=True,
        footer=True,
    ),
    Command(
        "desk.audience",
        "ctrl+l",
        "Who listens",
        "Show who would get a message on the subject",
        lambda desk: desk.leaving.audience(),
        group=COMPOSE,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    *SCREEN_COMMANDS,
    Command(
        "desk.environment",
        "V",
        "Variables",
        "Choose the environment, edit its variables",
        _environment,
        group=COMPOSE,
        waits=True,
    ),
    Command(
        "desk.drawer",
        "b",
        "Drawer",
        "Close Compose and Responders, or open them",
        _toggle_drawer,
        group=ANYWHERE,
    ),
    Command(
        "desk.fresh",
        "ctrl+n",
        "New",
        "Empty the composer",
        lambda desk: desk.composing.empty(),
        group=COMPOSE,
        anywhere=True,
    ),
    Command(
        "desk.burst",
        "ctrl+b",
        "Send many",
        "Send what is composed many times",
        lambda desk: desk.composing.burst(),
        group=COMPOSE,
        anywhere=True,
        after_typing=True,
        waits=True,
        sends=True,
    ),
    Command(
        "desk.save",
        "ctrl+s",
        "Save",
        "Save what is composed in the collection",
        lambda desk: desk.composing.save(),
        group=COMPOSE,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "desk.expect",
        "T",
        "Expect this",
        "Save the chosen exchange's request, and expect such an answer from now on",
        lambda desk: desk.composing.expect_answer(),
        _some_row,
        group=EXCHANGES,
        waits=True,
    ),
    Command(
        "desk.expectations",
        "alt+x,shift+f6",
        "Expect",
        "Edit what is expected of the answer to what is composed",
        lambda desk: desk.composing.edit_expectations(),
        group=COMPOSE,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "desk.copy-draft",
        "f6",
        "Copy Compose as",
        "Copy what is composed as a command or code",
        lambda desk: desk.composing.copy_draft(),
        group=COMPOSE,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "desk.paste",
        "f7",
        "Paste command",
        "Compose from a nats command",
        lambda desk: desk.composing.paste(),
        group=COMPOSE,
        anywhere=True,
        waits=True,
    ),
    Command(
        "desk.body-file",
        "f9",
        "Body file",
        "Take a file's content for the body",
        lambda desk: desk.composing.take_file(),
        group=COMPOSE,
        anywhere=True,
        waits=True,
    ),
    Command(
        "desk.copy-exchange",
        "y",
        "Copy as",
        "Copy the chosen exchange's message as a command or code",
        lambda desk: desk.composing.copy_exchange(),
        group=EXCHANGES,
        waits=True,
    ),
    Command(
        "desk.copy-body",
        "Y",
        "Copy body",
        "Copy the whole body that Inspect shows",
        lambda desk: desk.inspect.action_command("body.copy"),
        _some_body,
        group=EXCHANGES,
    ),
    Command(
        "desk.save-body",
        "D",
        "Save body",
        "Save the whole body that Inspect shows in a file",
        lambda desk: desk.inspect.action_command("body.save"),
        _some_body,
        group=EXCHANGES,
    ),
    Command(
        "desk.edit-body",
        "E",
        "Editor",
        "Open the body that Inspect shows in $EDITOR",
        lambda desk: desk.inspect.action_command("body.edit"),
        _some_body,
        group=EXCHANGES,
    ),
    Command(
        "desk.answer-alike",
        "h",
        "Answer like this",
        "Host a responder that answers as the chosen exchange was answered",
        lambda desk: desk.hosting.answer_alike(),
        group=EXCHANGES,
        sends=True,
    ),
    Command(
        "desk.mark",
        "m",
        "Mark",
        "Mark the chosen exchange, to compare another with it",
        lambda desk: desk.comparing.mark(),
        group=EXCHANGES,
    ),
    Command(
        "desk.compare",
        "equals_sign",
        "Compare",
        "Compare replies with the marked or the last ones",
        lambda desk: desk.comparing.compare(),
        group=EXCHANGES,
        waits=True,
    ),
    *RECORDING_COMMANDS,
    Command(
        "desk.jump",
        "ctrl+o",
        "Jump",
        "Go to a pane by its number",
        jump,
        group=ANYWHERE,
        anywhere=True,
    ),
    *(_go(number, pane) for number, pane in enumerate(PANES, 1)),
    Command(
        "desk.leave",
        "escape",
        "Leave",
        "Leave the field for the exchanges",
        lambda desk: desk.go_to("exchanges"),
        group=ANYWHERE,
    ),
    Command(
        "desk.zoom",
        "f2",
        "Zoom",
        "All the room for one pane, and back",
        lambda desk: desk.panes.zoom(),
        group=ANYWHERE,
        anywhere=True,
    ),
)
