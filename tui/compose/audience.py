"""The audience of a subject: all that could be found out about who would get a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from engine.audience.audience import Audience, audience
from engine.clients.listeners import Listener
from engine.errors import NatstapError
from tui.inspect.path_view import path_facts
from tui.kit.columns import Column
from tui.kit.command import Command, Commanded
from tui.kit.facts import Fact, Facts
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.safe import clean, shorten
from tui.table.word_table import WordTable

from .forecast_line import ink_of

if TYPE_CHECKING:
    from engine.session import Session

_MAX_LISTENERS = 200
_MAX_READERS = 20
_ANSWER = {True: "yes", False: "no", None: "not known"}
_COLUMNS = tuple(
    Column(name, 6, grow=True)
    for name in ("client", "cid", "language", "queue", "listens to", "messages", "")
)
_ONLY_TAPS = "Only taps are there: they listen, and answer nothing."


def _key(
    name: str, keys: str, title: str, tooltip: str, run: Callable[[AudienceScreen], object]
) -> Command[AudienceScreen]:
    return Command(f"audience.{name}", keys, title, tooltip, run, footer=True)


_COMMANDS: tuple[Command[AudienceScreen], ...] = (
    _key("close", "escape,q", "Close", "Close", lambda screen: screen.dismiss(None)),
    _key("trace", "t", "Dry run", "Trace a dry run", lambda screen: screen.trace()),
    _key("ask", "r", "Ask again", "Ask the servers again", lambda screen: screen.ask()),
)


class AudienceScreen(Dialog[str | None], Commanded):
    """Dismisses with the nearest subject that was taken, None when none was."""

    TABLE = _COMMANDS

    def __init__(self, session: Session, subject: str, found: Audience | None = None) -> None:
        super().__init__()
        self._session = session
        self._subject = subject
        self._found = found
        self._facts: tuple[Fact, ...] = ()
        self._traced: tuple[Fact, ...] = ()
        self._nearest: tuple[str, ...] = ()
        self._said = Sentence("audience-said", "Asking the servers…")
        self._table = WordTable(_COLUMNS, "audience-table")
        self._details = Facts(id="audience-facts")
        self._scroll = VerticalScroll(self._table, self._details, id="audience-scroll")
        self._near = Static("Nearest subjects: Enter takes one", id="audience-near", markup=False)
        self._offers = OptionList(id="audience-nearest", compact=True, markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide", id="audience") as dialog:
            dialog.border_title = Content(f"Who would get {shorten(self._subject, 60)}")
            dialog.border_subtitle = "t dry run   r ask again   Esc closes"
            yield self._said
            yield self._scroll
            yield self._near
            yield self._offers

    def on_mount(self) -> None:
        self._offer(())
        if self._found is not None:
            self._show(self._found)
        self.ask()

    def ask(self) -> None:
        self._ask()

    def trace(self) -> None:
        """Follow a dry run; nobody gets it, and a server that would deliver it gets none."""
        self._dry_run()

    @work(group="audience", exclusive=True)
    async def _ask(self) -> None:
        try:
            found = await audience(self._session.broker, self._subject)
        except NatstapError as error:
            self._said.say(f"? Who listens is not known: {error}", "$text-warning")
        else:
            self._show(found)

    @work(group="dry-run", exclusive=True)
    async def _dry_run(self) -> None:
        from engine.tracing.trace import dry_run

        self._trace((("Dry run", "asking…"),))
        try:
            path = await dry_run(self._session.broker, self._subject)
        except NatstapError as error:
            self._trace((("Dry run", f"refused: {error}"),))
        else:
            self._trace((("Dry run", path.sentence), *path_facts(path)))
        self._scroll.scroll_end(animate=False)

    def _trace(self, facts: tuple[Fact, ...]) -> None:
        self._traced = facts
        self._details.show((*self._facts, *facts))

    # -- drawing ---------------------------------------------------------------------------

    def _show(self, found: Audience) -> None:
        glyph, ink = ink_of(found)
        self._said.say(f"{glyph} {found.forecast}", ink)
        self._table.display = bool(found.listeners)
        several = len({listener.server for listener in found.listeners}) > 1
        shown = found.listeners[:_MAX_LISTENERS]
        self._table.show([_row(listener, several) for listener in shown])
        self._facts = tuple(_facts(found))
        self._trace(self._traced)
        self._offer(found.nearest)

    def _offer(self, subjects: tuple[str, ...]) -> None:
        self._offers.display = self._near.display = bool(subjects)
        if self._nearest == subjects:
            return
        self._nearest = subjects
        self._offers.set_options(Option(Content(clean(subject))) for subject in subjects)
        if subjects:
            self._offers.highlighted = 0
            self._offers.focus()

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._nearest[event.option_index])


def _row(listener: Listener, several: bool) -> tuple[str, ...]:
    """With its server where there are several: a cid is a number on one server only."""
    marks = (
        (f"on {listener.server}", several),
        ("withheld", listener.withheld),
        ("only taps", listener.tap),
        ("natstap", listener.own),
        (f"account {listener.account}", listener.account),
    )
    counted = f"{listener.messages:,}" if listener.counted and not listener.leaf else ""
    return (
        listener.title if listener.leaf or not listener.client else listener.client,
        str(listener.cid),
        f"{listener.language} {listener.version}".strip(),
        listener.queue or "–",
        listener.pattern,
        counted,
        ", ".join(word for word, so in marks if so),
    )


def _facts(found: Audience) -> Iterator[Fact]:
    if more := len(found.listeners) - _MAX_LISTENERS:
        yield from [("Listeners", f"… and {more:,} more")] if more > 0 else ()
    if found.taps and not found.answering:
        yield "Listeners", _ONLY_TAPS
    for kept in found.withheld[:_MAX_LISTENERS]:
        yield "Withheld", f"from {kept.title}: {kept.withheld}"
    least = "at least " if found.at_least else ""
    yield "Replies", f"{least}{found.replies}" if found.listeners_known else "not known"
    yield "Stream", _stream(found)
    if found.stream and found.readers is not None:
        yield "Read by", ", ".join(found.readers[:_MAX_READERS]) or "no consumer"
    for choice in found.choices:
        yield "Mapped to", f"{choice.subject}, by weight"
    if found.mapped_to and not found.choices:
        yield "Mapped to", found.mapped_to
    for account in found.imported_from:
        yield "Imported", f"account {account} takes it"
    user, name = found.user, found.user.name or "this user"
    if user.account or user.name:
        yield "You", f"{name} of account {user.account}" if user.account else name
    yield "May publish", _may(found.may_publish, user.publish.forbids(found.subject))
    may_listen = user.may_hear(found.subject)
    yield "May listen to it", _may(may_listen, user.subscribe.forbids(found.subject))
    yield "May hear replies", _ANSWER[found.may_hear_replies]
    for words in found.unknown:
        yield "Not known", words


def _may(allowed: bool | None, rule: str) -> str:
    """With the rule that forbids it."""
    return f"no: {rule}" if allowed is False and rule else _ANSWER[allowed]


def _stream(found: Audience) -> str:
    if found.streams:
        return f"{', '.join(found.streams)} stores it and acknowledges before anybody answers"
    if found.jetstream is None:
        return "not known"
    return "none stores it" if found.jetstream else "none: no JetStream for this account"
