"""Before a stream, or something of it, is deleted: what exactly goes, and whether it is meant.

The sentences come from what is true now. When more would go by the time that it is confirmed,
nothing is done: that is said, and asked again. To delete a stream, its name is typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Select, Static

from engine.errors import InvalidInput, NatstapError
from engine.streams.removal import Removal, What, Wish
from engine.streams.removing import MoreThanSaid, plan
from engine.streams.undo import changes_of
from engine.words import counted
from tui.kit.bullets import Points
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.kit.typed import parse_whole
from tui.safe import clean, shorten

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

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


REMOVING: tuple[Command[Removing], ...] = (
    Command(
        "removing.cancel",
        "escape",
        "Cancel",
        "Leave all as it is",
        lambda dialog: dialog.cancel(),
    ),
    Command(
        "removing.do",
        "y",
        "Do it",
        "Do what is said",
        lambda dialog: dialog.confirm(),
        after_typing=True,
    ),
)


class Removing(Dialog[str | None], Commanded):
    """Dismisses with what was done, None when nothing was."""

    AUTO_FOCUS = "#removing-which, #removing-name, #removing-cancel"
    TABLE = REMOVING

    def __init__(self, broker: Broker, wish: Wish, near: int = 0) -> None:
        super().__init__()
        self._broker = broker
        self._wish = wish
        self._near = near
        """The sequence that the user looks at."""
        self._said: Removal | None = None
        """What is on the screen, and so what may be done."""
        self._doing = False

        self._changed = Static(id="removing-changed", markup=False)
        self._which: Select[str] = Select(
            _WHICH, value="all", allow_blank=False, compact=True, id="removing-which"
        )
        self._value = Field(compact=True, id="removing-value")
        self._scope = Horizontal(self._which, self._value, id="removing-scope")
        self._points = Points(id="removing-said")
        self._typed = Field(placeholder=self._asks, compact=True, id="removing-name")
        self._trouble = Sentence("removing-trouble", keeps_room=True)
        self._changed.display = self._value.display = False

    def compose(self) -> ComposeResult:
        what = self._wish.what
        key = "⏎" if what in _NAMED else "y"
        self._box = DialogBox(
            _TITLES[what].format(shorten(self._wish.stream, 40)),
            self._changed,
            *((self._scope,) if what is What.MESSAGES else ()),
            self._points,
            *((self._typed,) if what in _NAMED else ()),
            self._trouble,
            verbs=(
                DialogVerb(_DO[what], key, "command('removing.do')", "removing-do", "warning"),
                DialogVerb("Leave it", "Esc", "command('removing.cancel')", "removing-cancel"),
            ),
            id="removing",
        )
        yield self._box

    def on_mount(self) -> None:
        self._points.show(("Looking what would go…",))
        self._look()

    # -- what would go -----------------------------------------------------------------------

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        if self._doing:
            return
        self._said = None
        try:
            self._tell(await plan(self._broker, self._wanted()))
        except NatstapError as error:
            self._points.show(())
            self._trouble.complain(error)

    def _wanted(self) -> Wish:
        """With what the fields say; raises `InvalidInput`."""
        if self._wish.what is not What.MESSAGES:
            return self._wish
        written, which = self._value.value.strip(), self._which.value
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
        self._points.show(removal.sentences)
        self._box.query_one("#removing-do").disabled = bool(removal.refusal)
        self._trouble.complain("")

    @on(Select.Changed, "#removing-which")
    def _scoped(self) -> None:
        which, field = self._which.value, self._value
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
        self._typed.focus()

    @on(Input.Changed, "#removing-name")
    def _named(self) -> None:
        self._trouble.complain("")

    # -- doing it ----------------------------------------------------------------------------

    @on(Input.Submitted, "#removing-name")
    def _submitted(self) -> None:
        self.confirm()

    def confirm(self) -> None:
        said = self._said
        if self._doing or said is None or said.refusal:
            self.app.bell()
        elif said.wish.what in _NAMED and not self._typed_name:
            self._trouble.complain(self._asks)
            self._typed.focus()
        else:
            self._carry_out(said)

    def cancel(self) -> None:
        """What is on its way to the server cannot be called back: then its answer is awaited."""
        if not self._doing:
            self.dismiss(None)

    @property
    def _typed_name(self) -> bool:
        return self._typed.value.strip() == self._wished

    @property
    def _wished(self) -> str:
        """What is typed to confirm it."""
        return self._wish.consumer if self._wish.what is What.CONSUMER else self._wish.stream

    @property
    def _asks(self) -> str:
        return f"type {shorten(self._wished, 40)} to {_DO[self._wish.what].lower()} it"

    @work(group="do", exclusive=True)
    async def _carry_out(self, said: Removal) -> None:
        self._said, self._doing = None, True
        try:
            count = await changes_of(self._broker).remove(self._broker, said)
        except MoreThanSaid as error:
            self._ask_again(error)
        except NatstapError as error:
            self._said = said
            self._trouble.complain(error)
        else:
            self._finish(said.wish, count)
        finally:
            self._doing = False

    def _ask_again(self, error: MoreThanSaid) -> None:
        self._tell(error.removal)
        self._changed.update(Content(f"! {clean(str(error))} Nothing was done yet: look again."))
        self._changed.display = True

    def _finish(self, wish: Wish, count: int) -> None:
        said = _DONE[wish.what].format(
            name=shorten(wish.stream, 60),
            count=counted(count, "message"),
            sequence=wish.sequence,
            consumer=shorten(wish.consumer, 60),
        )
        self.dismiss(said)
