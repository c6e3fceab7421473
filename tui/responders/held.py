"""The lane: requests that wait to be answered by hand, and what is to be answered."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget

from engine.content.by_subject import SubjectSettings
from engine.content.formats.json_text import is_json
from engine.drafts.draft import Pairs
from engine.drafts.written_content import answered_as, written_answer
from engine.errors import NatstapError
from engine.message import raw_bytes, text
from engine.responders.answer_waiting import answer_waiting
from engine.responders.lane import ByHand, Decision, LetGo, PassOn, RefuseIt
from engine.rpc.message import CONTENT_TYPE
from engine.words import counted, octets
from tui.inspect.message_view import MessageView
from tui.kit.command import Command, Commanded
from tui.kit.editor import JsonEditor
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.key_order import FIELD_KEYS
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.screen_line import ScreenLine
from tui.kit.sentence import Sentence
from tui.safe import clean
from tui.table.table import Table

from .held_rows import HELD_COLUMNS, Waiting, find_waiting, held_row, told

if TYPE_CHECKING:
    from engine.session import Session

_EVERY = 0.25
"""Seconds between two looks at what waits."""
_REFUSED = "refused by hand"
_NOTHING = (
    "Nothing waits.",
    "",
    "A responder by hand holds requests: press a on the desk.",
    "Watched requests that nobody answered wait here too.",
)


def _has_any(screen: HeldScreen) -> bool | None:
    return True if screen.chosen is not None else None


def _is_held(screen: HeldScreen) -> bool | None:
    chosen = screen.chosen
    return True if chosen is not None and chosen.held is not None else None


def _can_pass(screen: HeldScreen) -> bool | None:
    chosen = screen.chosen
    return True if chosen is not None and chosen.pass_to else None


def _key(
    name: str,
    keys: str,
    title: str,
    tooltip: str,
    run: Callable[[HeldScreen], object],
    when: Callable[[HeldScreen], bool | None] = _is_held,
    **more: Any,
) -> Command[HeldScreen]:
    return Command(f"held.{name}", keys, title, tooltip, run, when, footer=True, **more)


HELD: tuple[Command[HeldScreen], ...] = (
    _key(
        "answer",
        "ctrl+j",
        "Answer",
        "Answer the chosen request with what is written",
        lambda screen: screen.answer(),
        _has_any,
        anywhere=True,
        after_typing=True,
        sends=True,
    ),
    _key(
        "edit",
        "e,enter",
        "Edit",
        "Write the answer",
        lambda screen: screen.edit(),
        _has_any,
    ),
    _key(
        "refuse",
        "x",
        "Refuse",
        "Answer with a service error",
        lambda screen: screen.decide(RefuseIt(_REFUSED)),
    ),
    _key(
        "nobody",
        "n",
        "Nobody",
        "Answer as a server does when nobody listens",
        lambda screen: screen.decide(RefuseIt()),
    ),
    _key(
        "pass",
        "p",
        "Pass on",
        "Send it on to the subject that the responder names",
        lambda screen: screen.pass_on(),
        _can_pass,
    ),
    _key(
        "let-go",
        "d",
        "Let go",
        "Leave it without an answer",
        lambda screen: screen.decide(LetGo()),
    ),
    _key(
        "close",
        "escape",
        "Close",
        "Back to the list, or to the desk",
        lambda screen: screen.leave(),
        lambda screen: True,
    ),
)


class HeldScreen(Page[None], Commanded):
    CSS_PATH = "../responders.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    TABLE = HELD
    KEYS = FIELD_KEYS
    AUTO_FOCUS = "#held-list"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._waiting: dict[str, Waiting] = {}
        self._shown = ""
        """The key of the request that is shown."""
        self._headline = Headline("catalog-total")
        self._table = Table(HELD_COLUMNS, "held-list", _NOTHING)
        self._request = MessageView("held-message")
        self._editor = JsonEditor("what it is answered; ^J sends it", id="held-answer")
        self._said = Sentence("held-said")
        self._asked = _pane("Request", self._request, "held-request")
        self._answered = _pane("Answer", self._editor, "held-reply")

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("held")
        with Container(id="held"):
            yield _pane("Waiting", self._table, "held-lane")
            with Container(id="held-beside"):
                yield self._asked
                yield self._answered
        yield self._said
        yield KeyLine()

    def on_mount(self) -> None:
        self._look()
        self.set_interval(_EVERY, self._look)

    # -- what waits ----------------------------------------------------------------------------

    @property
    def chosen(self) -> Waiting | None:
        return self._waiting.get(self._shown)

    def _look(self) -> None:
        had_some = bool(self._waiting)
        self._waiting = {each.key: each for each in find_waiting(self._session)}
        settings = self._settings
        self._table.show([held_row(each, settings) for each in self._waiting.values()])
        held = sum(each.held is not None for each in self._waiting.values())
        figures = [f"{counted(held, 'request')} held"] if held or not self._waiting else []
        if unheard := len(self._waiting) - held:
            figures.append(f"{counted(unheard, 'watched request')} without an answer")
        self._headline.say_what_fits(figures)
        self._show()
        if had_some != bool(self._waiting):
            self.refresh_bindings()

    @on(Table.Chosen)
    def _show(self) -> None:
        key = str(self._table.cursor or "")
        self.query_one("#held-beside").display = bool(key)
        if key == self._shown:
            return
        self._shown = key
        chosen = self.chosen
        self._editor.load_text(text(chosen.suggested) if chosen is not None else "")
        if chosen is not None:
            self._request.show(chosen.request)
            onward = f"p passes it on to {clean(chosen.pass_to)}" if chosen.pass_to else ""
            self._asked.border_title = Content(f"Request on {clean(chosen.request.subject)}")
            self._asked.border_subtitle = Content(onward)
            packed = answered_as(chosen.request, self._settings)
            self._answered.border_subtitle = f"JSON goes as {packed.title}" if packed else ""
        self.refresh_bindings()

    @property
    def _settings(self) -> SubjectSettings:
        return self._session.outbox.reader.settings.without_commands()

    @on(Table.Opened)
    def _opened(self) -> None:
        self.edit()

    # -- what is decided -----------------------------------------------------------------------

    def edit(self) -> None:
        if self.chosen is not None:
            self.set_focus(self._editor)

    def answer(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        body = raw_bytes(self._editor.text)
        headers = chosen.held.suggested.headers if chosen.held is not None else ()
        try:
            if is_json(self._editor.text):
                body, content_type = written_answer(body, chosen.request, self._settings)
                headers = _with_content_type(headers, content_type)
            if chosen.held is not None:
                self.decide(ByHand(body, headers))
                return
            session = self._session
            answer_waiting(session.broker, session.journal, chosen.number, body, headers)
        except NatstapError as error:
            self._said.complain(error)
        else:
            self._said.say(f"Answered {chosen.request.subject} with {octets(len(body))}.")
            self._look()

    def pass_on(self) -> None:
        if (chosen := self.chosen) is not None and chosen.pass_to:
            self.decide(PassOn(chosen.pass_to))

    def decide(self, decision: Decision) -> None:
        chosen = self.chosen
        if chosen is None or chosen.held is None:
            return
        if chosen.held.decide(decision):
            self._said.say(told(chosen, decision))
        else:
            self._said.complain("It does not wait any more.")
        with suppress(ValueError):
            self.set_focus(self._table)
        self.call_later(self._look)

    def leave(self) -> None:
        if self._editor.has_focus:
            self.set_focus(self._table)
        else:
            self.dismiss(None)


def _with_content_type(headers: Pairs, content_type: str) -> Pairs:
    """The headers with this one in front, unless they name one."""
    named = any(name.lower() == CONTENT_TYPE for name, _ in headers)
    return headers if named or not content_type else ((CONTENT_TYPE, content_type), *headers)


def _pane(title: str, widget: Widget, id: str) -> Vertical:  # noqa: A002
    pane = Vertical(widget, id=id, classes="pane")
    pane.border_title = title
    return pane
