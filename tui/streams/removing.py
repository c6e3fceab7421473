"""Before a stream, or something of it, is deleted: what exactly goes, and whether it is meant.

The sentences come from what is true now. When more would go by the time that it is confirmed,
nothing is done: that is said, and asked again. To delete a stream, its name is typed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.css.query import NoMatches
from textual.widgets import Button, Input, Select, Static

from engine.errors import InvalidInput, NatstapError
from engine.streams.removal import Removal, What, Wish
from engine.streams.removing import MoreThanSaid, plan
from engine.streams.undo import changes_of
from engine.words import counted
from tui.kit.bullets import Points
from tui.kit.editor import Field
from tui.kit.key_order import after_typing
from tui.kit.page import Dialog
from tui.kit.typed import parse_whole
from tui.safe import clean, shorten

if TYPE_CHECKING:
    from engine.rpc.broker import NatsBroker

_TITLES = {
    What.STREAM: "Delete stream {}?",
    What.MESSAGES: "Purge stream {}?",
    What.MESSAGE: "Delete a message of {}?",
    What.CONSUMER: "Delete a consumer of {}?",
}
_DO = {what: "Purge" if what is What.MESSAGES else "Delete" for what in What}
_NAMED = (What.STREAM, What.MESSAGES, What.CONSUMER)
"""What goes only when its name is typed."""
_DONE = {
    What.STREAM: "Stream {name} is deleted. u brings back its settings.",
    What.MESSAGES: "{count} of stream {name} purged.",
    What.MESSAGE: "Message {sequence:,} of stream {name} is deleted.",
    What.CONSUMER: "Consumer {consumer} of stream {name} is deleted.",
}
_WHICH = (
    ("Every message", "all"),
    ("Those on a subject", "subject"),
    ("Those before a sequence", "below"),
)


class Removing(Dialog[str | None]):
    """Dismisses with what was done, None when nothing was."""

    AUTO_FOCUS = "#removing-which, #removing-name, #removing-cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="removing.cancel", tooltip="Leave all as it is"),
        Binding("y", "do", "Do it", id="removing.do", tooltip="Do what is said"),
    ]

    def __init__(self, broker: NatsBroker, wish: Wish, near: int = 0) -> None:
        super().__init__()
        self._broker = broker
        self._wish = wish
        self._near = near
        """The sequence that the user looks at."""
        self._said: Removal | None = None
        """What is on the screen, and so what may be done."""
        self._doing = False

    def compose(self) -> ComposeResult:
        what = self._wish.what
        with Vertical(classes="dialog", id="removing") as dialog:
            dialog.border_title = Content(_TITLES[what].format(shorten(self._wish.stream, 40)))
            does = "Enter after the name does it" if what in _NAMED else "y does it"
            dialog.border_subtitle = f"{does}, Esc leaves all as it is"
            yield Static(id="removing-changed", markup=False)
            if what is What.MESSAGES:
                with Horizontal(id="removing-scope"):
                    yield Select(
                        _WHICH, value="all", allow_blank=False, compact=True, id="removing-which"
                    )
                    yield Field(compact=True, id="removing-value")
            with VerticalScroll(id="removing-sentences", can_focus=False):
                yield Points(id="removing-said")
            if what in _NAMED:
                asks = f"type {shorten(self._wished, 40)} to {_DO[what].lower()} it"
                yield Field(placeholder=asks, compact=True, id="removing-name")
            yield Static(id="removing-trouble", markup=False)
            with Horizontal(id="removing-line"):
                yield Button("Leave it  Esc", compact=True, id="removing-cancel")
                yield Button(_DO[what], variant="error", compact=True, id="removing-do")

    def on_mount(self) -> None:
        self.query_one(Points).show(("Looking what would go…",))
        self.query_one("#removing-changed").display = False
        for value in self.query("#removing-value"):
            value.display = False
        self._look()

    # -- what would go -----------------------------------------------------------------------

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        if self._doing:
            return
        self._said = None
        with suppress(NoMatches):  # cancelled: the fields go before the dialog does
            try:
                self._tell(await plan(self._broker, self._wanted()))
            except NatstapError as error:
                self.query_one(Points).show(())
                self._complain(str(error))

    def _wanted(self) -> Wish:
        """With what the fields say; raises `InvalidInput`."""
        if self._wish.what is not What.MESSAGES:
            return self._wish
        written = self.query_one("#removing-value", Input).value.strip()
        which = self.query_one("#removing-which", Select).value
        if which == "subject":
            if not written:
                raise InvalidInput("a subject is needed, such as orders.*")
            return Wish(self._wish.what, self._wish.stream, subject=written)
        if which == "below":
            below = parse_whole(written, "sequence")
            if not below:
                raise InvalidInput("a sequence is needed; messages before it go, it stays")
            return Wish(self._wish.what, self._wish.stream, below=below)
        return self._wish

    def _tell(self, removal: Removal) -> None:
        self._said = removal
        self.query_one(Points).show(removal.sentences)
        self.query_one("#removing-do", Button).disabled = bool(removal.refusal)
        self._complain("")

    @on(Select.Changed, "#removing-which")
    def _scoped(self) -> None:
        which = self.query_one("#removing-which", Select).value
        field = self.query_one("#removing-value", Input)
        field.display = which != "all"
        field.value = f"{self._near}" if which == "below" and self._near else ""
        field.placeholder = "orders.*" if which == "subject" else "1200"
        if field.display:
            field.focus()
        self._look()

    @on(Input.Changed, "#removing-value")
    def _edited(self) -> None:
        self._look()

    @on(Input.Submitted, "#removing-value")
    def _settled(self) -> None:
        """What goes is read before it is confirmed: from the field it is only one step to it."""
        self.query_one("#removing-name").focus()

    @on(Input.Changed, "#removing-name")
    def _named(self) -> None:
        self._complain("")

    def _complain(self, words: str) -> None:
        trouble = self.query_one("#removing-trouble", Static)
        trouble.update(Content(f"! {clean(words)}") if words else "")

    # -- doing it ----------------------------------------------------------------------------

    @on(Input.Submitted, "#removing-name")
    @on(Button.Pressed, "#removing-do")
    @after_typing
    def action_do(self) -> None:
        said = self._said
        if self._doing or said is None or said.refusal:
            self.app.bell()
        elif said.wish.what in _NAMED and not self._typed_name:
            self._complain(f"type {shorten(self._wished, 40)} to {_DO[said.wish.what].lower()} it")
            self.query_one("#removing-name").focus()
        else:
            self._carry_out(said)

    @on(Button.Pressed, "#removing-cancel")
    def action_cancel(self) -> None:
        """What is on its way to the server cannot be called back: then its answer is awaited."""
        if not self._doing:
            self.dismiss(None)

    @property
    def _typed_name(self) -> bool:
        return self.query_one("#removing-name", Input).value.strip() == self._wished

    @property
    def _wished(self) -> str:
        """What is typed to confirm it."""
        return self._wish.consumer if self._wish.what is What.CONSUMER else self._wish.stream

    @work(group="do", exclusive=True)
    async def _carry_out(self, said: Removal) -> None:
        self._said, self._doing = None, True
        with suppress(NoMatches):  # as above
            try:
                count = await changes_of(self._broker).remove(self._broker, said)
            except MoreThanSaid as error:
                self._ask_again(error)
            except NatstapError as error:
                self._said = said
                self._complain(str(error))
            else:
                self._finish(said.wish, count)
            finally:
                self._doing = False

    def _ask_again(self, error: MoreThanSaid) -> None:
        self._tell(error.removal)
        changed = self.query_one("#removing-changed", Static)
        changed.update(Content(f"! {clean(str(error))} Nothing was done yet: look again."))
        changed.display = True

    def _finish(self, wish: Wish, count: int) -> None:
        said = _DONE[wish.what].format(
            name=shorten(wish.stream, 60),
            count=counted(count, "message"),
            sequence=wish.sequence,
            consumer=shorten(wish.consumer, 60),
        )
        self.dismiss(said)
