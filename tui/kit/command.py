"""Commands: what a key does, said once. The bindings, the footer, the palette, the help page and
the table in docs/keys.md are all made from them.

A context, a screen or a pane, has one table of commands: `Commanded` makes keys of it, and
runs them. An id never changes: the user's keymap names commands by it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from inspect import isawaitable
from typing import Any, ClassVar, Generic, TypeVar, cast

from textual.actions import parse
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widget import Widget

from tui.kit.key_hold import COMMAND as ACTION
from tui.kit.key_hold import key_hold, takes_text
from tui.kit.page import can_act

Here = TypeVar("Here")
ANYWHERE = "Anywhere"
"""The heading of what can be done in every pane."""
_FORM = "form"
"""The group of the workers that open a screen: one at a time."""


def always(_here: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command(Generic[Here]):
    """`Here` is the screen or the pane that the command belongs to."""

    id: str
    """`context.name`; stable."""
    keys: str
    """Textual's names of keys, with commas between; the first one is shown."""
    title: str
    """One or two words, for the footer."""
    help: str
    """What it does, in a sentence without its full stop."""
    run: Callable[[Here], object]
    when: Callable[[Here], bool | None] = always
    """True where it can be done, None where its word is greyed out, False where it is hidden."""
    group: str = ""
    """The heading under which the help page and docs/keys.md list it; "" for the context's."""
    footer: bool = False
    """True if the footer shows it."""
    anywhere: bool = False
    """True if the key works in a text field too."""
    at_once: bool = False
    """True if keys typed right after it are for what it opens; a text field takes it as text."""
    after_typing: bool = False
    """True if it acts on what is written: it waits for the letters typed before it."""
    waits: bool = False
    """True if `run` is a coroutine that waits for a screen or the servers."""
    sends: bool = False
    """True if it is for no read-only connection: it sends, answers or changes something."""
    listed: bool = True
    """True if palette and help list it wherever it is; else only where a footer shows it."""

    @property
    def binding(self) -> Binding:
        return Binding(
            self.keys,
            f"{ACTION}('{self.id}')",
            self.title,
            show=self.footer,
            priority=self.anywhere or self.at_once,
            tooltip=self.help,
            id=self.id,
        )


class Commanded(Widget):
    """What a screen or a pane needs to run the commands of its table."""

    TABLE: ClassVar[tuple[Command[Any], ...]] = ()
    KEYS: ClassVar[tuple[Binding, ...]] = ()
    """Those that are no commands."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Textual reads the bindings of a class when it is made."""
        if "TABLE" in vars(cls) and "BINDINGS" not in vars(cls):
            cls.BINDINGS = [*(command.binding for command in cls.TABLE), *cls.KEYS]
        super().__init_subclass__(**options)

    def action_command(self, name: str) -> None:
        command = find(self, name)
        if command is None:
            return
        if command.after_typing:
            done = key_hold(self.app).begin()

            def act() -> None:
                perform(command, self)
                done()

            if not (self.screen.focused or self).call_later(act):
                done()
        else:
            perform(command, self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action != ACTION:
            return super().check_action(action, parameters)
        if not self.is_mounted:
            return True
        command = find(self, str(parameters[0]))
        if command is None:
            return False
        if command.at_once and takes_text(self.screen.focused):
            return False
        return can_run(command, self)


def read_only(app: App[Any]) -> str:
    """Why nothing is sent from here; "" where things are."""
    session = getattr(app, "session", None)
    return str(session.why_read_only) if session is not None else ""


def can_run(command: Command[Any], here: DOMNode) -> bool | None:
    """As `Command.when`, and None for what may not be sent."""
    can = command.when(here)
    return None if can and command.sends and read_only(here.app) else can


def refuse_to_send(node: DOMNode, action: Any) -> bool:
    """Say why an action was not done; False if it is not for what a read-only connection bars."""
    name, words = parse(action)[1:] if isinstance(action, str) else ("", ())
    command = find(node, str(words[0])) if name == ACTION and words else None
    if command is None or not (command.sends and command.when(node) and read_only(node.app)):
        return False
    perform(command, node)
    return True


def find(node: DOMNode, name: str) -> Command[Any] | None:
    """None for the id of another context's command: a key line may be of a screen before."""
    return next((command for command in commands_of(type(node)) if command.id == name), None)


@cache
def commands_of(context: type[DOMNode]) -> tuple[Command[Any], ...]:
    """The commands of a screen or a pane: its own, then those of the classes that it is made of.

    One that has only bindings has them as commands.
    """
    found: dict[str, Command[Any]] = {}
    for base in context.__mro__:
        if "TABLE" in vars(base) or base.__module__.startswith("tui."):
            keys = vars(base).get("BINDINGS", ())
            plain = (_bound(key) for key in keys if isinstance(key, Binding))
            for command in (*vars(base).get("TABLE", ()), *plain):
                found.setdefault(command.id, command)
    return tuple(found.values())


def _bound(binding: Binding) -> Command[Any]:
    """A plain binding as a command."""
    _, name, parameters = parse(binding.action)

    async def run(node: DOMNode) -> None:
        await node.app.run_action(binding.action, node)

    return Command(
        binding.id or binding.action,
        binding.key,
        binding.description,
        binding.tooltip,
        run,
        lambda node: cast("bool | None", node.check_action(name, parameters)),
        footer=binding.show,
        anywhere=binding.priority,
        waits=True,
        listed=False,
    )


def perform(command: Command[Any], here: DOMNode) -> None:
    """Do it, unless its screen has gone while it waited for what was typed before."""
    if not can_act(here):
        return
    if command.sends and (why := read_only(here.app)):
        here.app.notify(f"{why}.", severity="warning")
    elif command.waits:

        async def work() -> object:
            """What it is for can have gone since its key: then there is nothing to do."""
            doing = command.run(here)
            return await doing if isawaitable(doing) else doing

        open_by(here, work, _FORM)
    else:
        command.run(here)


def open_by(here: DOMNode, work: Callable[[], Awaitable[object]], group: str) -> None:
    """Run what may open a screen, in place of what else does in the group."""
    done = key_hold(here.app).begin()
    worker = here.run_worker(work, group=group, exclusive=True)
    assert worker._task is not None
    # the task ends in any case, also where it is given up before it begins
    worker._task.add_done_callback(lambda _: done())
