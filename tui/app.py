"""The app: wiring. It paints an outline first, then fetches the desk, then opens a session.

Most modules are imported after the first paint: they take longer than it does.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from .applied_settings import AppliedSettings
from .desk.opening import Opening
from .keyboard import take_every_byte
from .kit.clipboard import SAVE_COPIED
from .kit.command import refuse_to_send
from .kit.key_hold import key_hold
from .kit.key_names import key_name, key_names
from .kit.link_line import LinkTrouble
from .kit.page import can_act
from .remembered import Remembered
from .session_start import SessionStart, StartOptions
from .settings import read_settings
from .slow_line import PacedApp
from .style_sheet import StyleSheet
from .terminal import (
    end_when_told,
    end_with_parent,
    end_with_terminal,
    has_terminal,
    is_in_browser,
    outlive_terminal,
    survive_stops,
)
from .theme import NATSTAP, OWN_THEMES, readable

if TYPE_CHECKING:
    from engine.content.reader import BodyReader
    from engine.journal import Journal
    from engine.recording.recordings import RecordingOptions
    from engine.secrets.known_secrets import KnownSecrets
    from engine.session import Session

    from .desk.desk import Desk
    from .kit.screen_line import ScreenName
    from .presenter.key_echo import KeyEchoes
    from .table.table import Table


class NatstapApp(PacedApp):
    """`flags` and `env` are what `engine.profile.profile.resolve` takes."""

    TITLE = "natstap"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help", id="app.help", tooltip="Show what the keys do"),
        Binding(
            COMMAND_PALETTE_BINDING,
            "command_palette",
            "Palette",
            id="app.palette",
            show=False,
            priority=True,
            tooltip="Find every command by its name",
        ),
        Binding(
            "f11",
            "change_theme",
            "Theme",
            id="app.theme",
            show=False,
            tooltip="Choose the colours",
        ),
        Binding(
            "f12",
            "deliver_screenshot",
            "Screenshot",
            id="app.screenshot",
            show=False,
            priority=True,
            tooltip="Save a picture of the screen as an SVG file",
        ),
        Binding(
            SAVE_COPIED,
            "save_copied",
            "Save copied",
            id="app.save-copied",
            show=False,
            priority=True,
            tooltip="Save what was copied last in a file",
        ),
        Binding(
            "alt+k,shift+f3",
            "show_keys",
            "Show keys",
            id="app.show-keys",
            show=False,
            priority=True,
            tooltip="Show the keys as they are pressed, or not",
        ),
        Binding(
            "ctrl+q",
            "quit",
            "Quit",
            id="app.quit",
            show=False,
            priority=True,
            tooltip="Quit natstap",
        ),
    ]
    CSS_PATH = "frame.tcss"
    screen_names: reactive[tuple[ScreenName, ...]] = reactive(())
    """What the line of screens names."""
    link_trouble: reactive[str] = reactive("")
    """What is wrong with the connection, in words; "" for nothing."""

    def __init__(
        self,
        flags: Mapping[str, Any],
        env: Mapping[str, str],
        *,
        demo: bool | None = None,
        watch: Iterable[str] = (),
        collection: str = "natstap",
        environment: str | None = None,
        config: str | None = None,
        theme: str | None = None,
        record: RecordingOptions | None = None,
        opened: Sequence[str] = (),
        guide: str | None = None,
        started: Callable[[], None] = gc.enable,
    ) -> None:
        """`guide` is the guided flow to begin with, "" for the list of them. `config` is the file
        with the user's settings, None for the one in its usual place;
        `theme` goes before the one in there. `record` is what is recorded from the beginning;
        `opened` are the files of a recording, which is shown in place of a server. `started` is
        called when the desk is there, and when it has a session.
        """
        super().__init__()
        self.driver_class = survive_stops(
            outlive_terminal(take_every_byte(self.driver_class), self.line)
        )
        self.journal: Journal
        self.desk: Desk
        self.reader: BodyReader
        """What says what bodies are; there when the desk is."""
        self.session: Session | None = None
        self._logs = ExitStack()
        """Open while what is logged is looked through for secrets."""
        self._connecting: Worker[None] | None = None
        self._record = record
        self._started = started
        self._guide = guide
        self._key_echoes: KeyEchoes | None = None
        """There while the keys are shown as they are pressed."""
        self.pressed = 0
        """Keys and mouse buttons so far."""
        self._settings = read_settings(Path(config) if config is not None else None)
        self._remembered = Remembered()
        wanted = StartOptions(
            flags, env, demo, tuple(watch), collection, environment, tuple(opened)
        )
        self._start = SessionStart(wanted, self._settings, self._remembered)
        self.applied_settings = AppliedSettings(self, self._settings, self._start)
        self._opening = Opening()
        self._furnished = False
        for own in OWN_THEMES:
            self.register_theme(own)
        themes = (theme, self._settings.theme, self._remembered.theme)
        # set and not changed to: no style is read twice
        known = (name for name in themes if name in self.available_themes)
        self.set_reactive(App.theme, next(known, NATSTAP.name))
        self.stylesheet = StyleSheet(variables=self.get_css_variables())

    def get_css_variables(self) -> dict[str, str]:
        self.theme_variables = readable(self.current_theme, super().get_css_variables())
        return self.theme_variables

    def get_default_screen(self) -> Screen[None]:
        return self._opening

    def on_mount(self) -> None:
        if not self.is_headless and has_terminal():
            end_when_told(self)
            end_with_terminal(self)
        elif is_in_browser():
            end_with_parent(self, os.getppid())
        self.call_after_refresh(self.furnish)

    @work(exclusive=True, group="furnish")
    async def furnish(self) -> None:
        """Put the desk over its outline; Textual cannot switch from an app's first screen.

        It is fetched in a thread, so that what is typed meanwhile is seen at once.
        """
        await asyncio.to_thread(import_module, "tui.desk.desk")
        from engine.journal import Journal
        from engine.secrets.logs import concealed_logs

        from .desk.desk import Desk
        from .desk.screens import screen_names

        self.journal = Journal()
        self._logs.enter_context(concealed_logs(self.secrets))
        self._start.begin(self.journal)
        self.reader = self._start.reader
        self.desk = Desk(
            self.journal, self._remembered, self.theme, stays=self._settings.stays_in_compose
        )
        self.screen_names = screen_names(self.desk)
        with self.batch_update():
            await self.push_screen(self.desk)
        self.call_after_refresh(self._hand_over)
        self._started()

    def _hand_over(self) -> None:
        """Put what was typed where it belongs; from now on the desk hears the keys."""
        if typed := self._opening.typed:
            self.desk.composer.subject.focus()
            self.desk.composer.begin_with(typed)
        elif self._start.wanted.watch:
            self.desk.go_to("exchanges")  # who came to watch, and types, sends nothing
        self._furnished = True
        self._connecting = self.connect()

        def rename(keys: Mapping[str, str]) -> None:
            from .desk.screens import screen_names

            self.screen_names = screen_names(self.desk, keys)

        self.run_worker(self.applied_settings.apply(rename), group="settings")

    async def on_unmount(self) -> None:
        """Close the session; one that is still being opened closes itself when cancelled."""
        self._logs.close()
        if hasattr(self, "desk"):
            await self.desk.remembering.end()
        if self._connecting is not None:
            with suppress(WorkerError):
                await self._connecting.wait()
        await self._start.end()
        if self.session is not None:
            await self.session.close()

    # -- the session -------------------------------------------------------------------------

    @work(exclusive=True)
    async def connect(self) -> None:
        """Open the session; when that fails, say why and ask whether to try again."""
        from engine.errors import NatstapError

        while self.session is None:
            try:
                tell = self.desk.recording.tell_progress
                self.session = await self._start.open(self.journal, tell)
            except NatstapError as error:
                self.desk.say("not connected")
                if self._start.wanted.opened:
                    self._exit_renderables.append(f"natstap: {error}")
                if not await self._start.ask_where(self, error):
                    self.exit(return_code=1)
                    return
                self.desk.say("connecting")
        if self.return_code is None:
            self.desk.switching.places = self._start.places
            self.reader.run_commands(not self.session.profile.read_only)
            self.session.outbox.reader = self.reader
            self.session.schemas.restore(self._remembered.schemas)
            self.desk.attach(self.session)
            if self._record is not None:
                await self.desk.recording.begin(self._record)
            if self._guide is not None:
                self.desk.start(partial(self.desk.guiding.begin_named, self._guide), "form")
        self._started()

    @property
    def secrets(self) -> KnownSecrets:
        """What may be in nothing that leaves natstap."""
        return self._start.secrets

    def on_link_trouble(self, event: LinkTrouble) -> None:
        self.link_trouble = event.words

    # -- screens -----------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Keys that come while natstap quits, when no screen is left, are for nobody; letters that
        come before the desk are kept for it, and all keys for a screen that opens.
        """
        if isinstance(event, events.Key | events.MouseDown):
            self.pressed += 1
        if self.screen_stack and self._key_echoes and isinstance(event, events.Key):
            self._key_echoes.hear(self.screen, event)
        early = not self._furnished
        if early and isinstance(event, events.Key) and self._opening.take(event):
            return
        if self.screen_stack or not isinstance(event, events.InputEvent):
            await key_hold(self).hear(event, super().on_event)

    async def run_action(
        self,
        action: Any,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """A key waits for the screen that opens, and is for no screen that closes."""
        from textual.widgets import OptionList

        node = self if default_namespace is None else default_namespace
        if isinstance(node, OptionList) and not node._lines:
            return True  # Textual's keys of a page fail in a list that was not laid out yet
        if node is self or can_act(node):
            acted = await super().run_action(action, default_namespace, namespaces)
            return acted or refuse_to_send(node, action)
        if node.is_attached and node.screen.is_active:
            node.screen.call_later(self.run_action, action, node, namespaces)
        return True

    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:
        """As Textual's, but what the app is to do next is not done by who waits: given up, he
        would take a screen along that only closes.
        """
        return await asyncio.shield(self.push_screen(screen, wait_for_dismiss=True, mode=mode))

    def pop_screen(self) -> AwaitComplete:
        """What a screen still waits for is given up before it goes: else it draws on no widget."""
        leaving = self.screen
        for worker in list(self.workers):
            if leaving in worker.node.ancestors_with_self:
                worker.cancel()
        return super().pop_screen()

    # -- telling -----------------------------------------------------------------------------

    def notify(self, message: str, **more: Any) -> None:
        """Whatever is told may quote the network: it is made safe here, and never markup.

        It has one line, where no body is; warnings stay beside it.
        """
        from engine.secrets.conceal import conceal

        from .safe import clean

        shown = conceal(message, self.secrets).value
        line = "  ".join(map(clean, shown.split("\n")))
        for told in list(self._notifications):
            if told.severity == "information":
                self._unnotify(told)  # one line: what was told before makes way
        super().notify(line, **(more | {"markup": False}))

    def _fatal_error(self) -> None:
        """Textual would print the values of all variables: here no value that is secret."""
        from rich.text import Text

        from engine.recording.crash import keep_session
        from engine.secrets.conceal import conceal_error

        self.bell()
        if self._exception is not None:
            told = conceal_error(self._exception, self.secrets)
            journal = getattr(self, "journal", None)
            kept = keep_session(journal, self.secrets) if journal else ""
            self._exit_renderables.append(Text(f"{told}\n{kept}"))
        self._close_messages_no_wait()

    # -- pictures ----------------------------------------------------------------------------

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """An SVG of the screen, without the secrets on it."""
        from .body.shown_texts import shown_texts
        from .screenshot import draw

        shown = [whole for screen in self.screen_stack for whole in shown_texts(screen)]
        return draw(self, title or self.title, self.secrets, shown)

    # -- the clipboard -----------------------------------------------------------------------

    def copy_to_clipboard(self, text: str) -> None:
        """Bytes that are no UTF-8, in a subject or a header, are known in here alone."""
        super().copy_to_clipboard(
            text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
        self._clipboard = text

    # -- the commands ------------------------------------------------------------------------

    def get_key_display(self, binding: Binding) -> str:
        """as in the palette, the help and docs; a footer has no room for "Enter"."""
        return "⏎" if binding.key == "enter" else key_name(binding.key)

    def action_command_palette(self) -> None:
        from .palette_commands import commands, offer

        offer(self, commands(self.screen))

    def on_table_asked(self, event: Table.Asked) -> None:
        """The palette with what can be done with the row that was clicked on."""
        from .palette_commands import offer, row_commands

        offer(self, row_commands(event.table), "Actions for this row")

    def action_help(self) -> None:
        from .desk.help import Help
        from .palette_commands import sections

        self.push_screen(Help(sections(self.screen)))

    def action_show_keys(self) -> None:
        from .presenter.key_echo import KeyEchoes

        if self._key_echoes is None:
            self._key_echoes = KeyEchoes()
            self._key_echoes.show(self.screen)
        else:
            self._key_echoes.hide(self.screen_stack)
            self._key_echoes = None

    def search_themes(self) -> None:
        from .kit.palette import Palette, PaletteEntry

        names = sorted(self.available_themes)

        def wear(chosen: int | None) -> None:
            if chosen is not None:
                self.theme = names[chosen]

        entries = [PaletteEntry("Themes", name) for name in names]
        self.push_screen(Palette(entries, "Search for a theme"), wear)

    def action_deliver_screenshot(self) -> None:
        """When the palette has gone."""

        def save_picture() -> None:
            from .kit.save_file import save

            picture = self.export_screenshot()
            self.run_worker(save(self, "The picture", "screen", ".svg", picture), group="save")

        self.set_timer(0.1, save_picture)

    @work(group="save")
    async def action_save_copied(self) -> None:
        from .kit.save_file import save

        if self.clipboard:
            await save(self, "The copied text", "copied", ".txt", self.clipboard)
        else:
            self.notify("Nothing was copied yet.", severity="warning")

    def action_help_quit(self) -> None:
        """What ^C does elsewhere is looked for here; Textual's own words have markup in them."""
        quit_keys = self.applied_settings.keymap.get("app.quit", "ctrl+q")
        self.notify(f"{key_names(quit_keys)} quits natstap. ^C copies what is selected.")
