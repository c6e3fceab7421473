"""The lane: requests that wait to be answered by hand, and what is to be answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from engine.errors import NatstapError
from engine.message import Message, raw_bytes, text
from engine.responders.answer_waiting import unanswered
from engine.responders.lane import ByHand, Decision, HeldRequest, LetGo, PassOn, RefuseIt
from engine.words import counted, octets, span
from tui.kit.command import Command, Commanded, bindings
from tui.kit.editor import JsonEditor
from tui.kit.key_line import KeyLine
from tui.kit.key_order import FIELD_KEYS
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.safe import clean, clean_block, shorten

if TYPE_CHECKING:
    from engine.session import Session

_EVERY = 0.25
"""Seconds between two looks at what waits."""
_MAX_WATCHED = 50
"""Watched requests without an answer that are offered."""
_MAX_SHOWN = 4000
_REFUSED = "refused by hand"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits: held here, or watched and answered by nobody."""

    key: str
    request: Message
    where: str
    """The responder that holds it."""
    since: float
    held: HeldRequest | None = None
    number: int = 0

    @property
    def pass_to(self) -> str:
        return self.held.pass_to if self.held is not None else ""

    @property
    def suggested(self) -> bytes:
        return self.held.suggested.body if self.held is not None else b""


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
        "No responders",
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
    TABLE = HELD
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HELD), *FIELD_KEYS]
    AUTO_FOCUS = "#held-list"
    DEFAULT_CSS = """
    HeldScreen {
        #held { height: 1fr; }
        .held-part {
            width: 1fr; height: 1fr; border: round $foreground 25%; padding: 0 1;
            border-title-color: $foreground 70%; border-subtitle-color: $foreground 60%;
            &:focus-within { border: round $primary; border-title-color: $primary; }
        }
        #held-beside { width: 1fr; }
        #held-list {
            height: 1fr; background: $background; border: none; padding: 0;
            text-wrap: nowrap; text-overflow: ellipsis;
            & > .option-list--option { padding: 0; }
            & > .option-list--option-highlighted {
                background: $primary 12%; color: $foreground; text-style: none;
            }
            &:focus > .option-list--option-highlighted { background: $primary 22%; }
        }
        #held-answer { height: 1fr; }
        #held-said { height: auto; padding: 0 2; }
    }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._waiting: dict[str, Waiting] = {}
        self._shown = ""
        """The key of the request that is shown."""
        self._list = OptionList(id="held-list", compact=True, markup=False)
        self._request = Static(id="held-request", markup=False)
        self._editor = JsonEditor("the answer", id="held-answer")
        self._said = Static(id="held-said", markup=False)
        self._lane = _part("Waiting", self._list)
        self._asked = _part("Request", self._request)
        self._answered = _part("Answer", self._editor)

    def compose(self) -> ComposeResult:
        yield LinkLine()
        with Horizontal(id="held"):
            yield self._lane
            with Vertical(id="held-beside"):
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
        found = {each.key: each for each in self._find()}
        if found.keys() == self._waiting.keys() and found:
            self._waiting = found
            for key, each in found.items():
                self._list.replace_option_prompt(key, _row(each))
            return
        gone = bool(self._shown) and self._shown not in found
        at = self._list.highlighted or 0
        self._waiting = found
        self._list.clear_options()
        self._list.add_options(Option(_row(each), id=key) for key, each in found.items())
        self._lane.border_subtitle = counted(len(found), "request")
        if found:
            keys = list(found)
            place = keys.index(self._shown) if self._shown in found else min(at, len(keys) - 1)
            self._list.highlighted = place
            self._show(keys[place])
        else:
            self._show("")
        if gone:
            self.refresh_bindings()

    def _find(self) -> Iterator[Waiting]:
        journal = self._session.journal
        held = self._session.held
        for each in held:
            key = f"held-{id(each)}"
            message = each.message.raw_message
            yield Waiting(key, message, each.responder, each.since, each, each.number)
        mine = {each.number for each in held}
        for number in unanswered(journal, _MAX_WATCHED):
            if number not in mine:
                request = journal.message(number)
                key = f"watched-{number}"
                yield Waiting(key, request, "watched", request.at, number=number)

    @on(OptionList.OptionHighlighted, "#held-list")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id and event.option_id in self._waiting:
            self._show(event.option_id)

    @on(OptionList.OptionSelected, "#held-list")
    def _selected(self) -> None:
        self.edit()

    def _show(self, key: str) -> None:
        if key == self._shown and key:
            return
        self._shown = key
        chosen = self.chosen
        if chosen is None:
            words = (
                "Nothing waits.\n\nA responder by hand holds requests: a on the desk hosts one.\n"
                "Watched requests that nobody answered wait here too."
            )
            self._request.update(Content(words))
            self._editor.load_text("")
        else:
            self._request.update(Content(clean_block(_words(chosen))))
            self._editor.load_text(text(chosen.suggested))
        self.refresh_bindings()

    # -- what is decided -----------------------------------------------------------------------

    def edit(self) -> None:
        if self.chosen is not None:
            self.set_focus(self._editor)

    def answer(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        body = raw_bytes(self._editor.text)
        if chosen.held is not None:
            headers = chosen.held.suggested.headers
            self.decide(ByHand(body, headers))
            return
        try:
            self._session.answer_by_hand(chosen.number, body)
        except NatstapError as error:
            self._say(f"! {error}")
        else:
            self._say(f"Answered {chosen.request.subject} with {octets(len(body))}.")
            self._look()

    def pass_on(self) -> None:
        if (chosen := self.chosen) is not None and chosen.pass_to:
            self.decide(PassOn(chosen.pass_to))

    def decide(self, decision: Decision) -> None:
        chosen = self.chosen
        if chosen is None or chosen.held is None:
            return
        waits = chosen.held.decide(decision)
        self._say(_told(chosen, decision) if waits else "! It does not wait any more.")
        with suppress(ValueError):
            self.set_focus(self._list)
        self.call_later(self._look)

    def leave(self) -> None:
        if self._editor.has_focus:
            self.set_focus(self._list)
        else:
            self.dismiss(None)

    def _say(self, words: str) -> None:
        self._said.update(Content(clean(words)))


def _part(title: str, widget: Widget) -> Vertical:
    part = Vertical(widget, classes="held-part")
    part.border_title = title
    return part


def _row(waiting: Waiting) -> Content:
    age = span(max(0.0, time.time() - waiting.since))
    ink = "$text-accent" if waiting.held is not None else "$text-muted"
    subject = shorten(clean(waiting.request.subject), 40)
    body = shorten(clean(text(waiting.request.body[:80])), 40)
    return Content.assemble(
        f"{age:>10}  ",
        (f"{clean(shorten(waiting.where, 12)):<12}  ", ink),
        f"{subject}  ",
        (body, "$foreground 60%"),
    )


def _words(waiting: Waiting) -> str:
    request = waiting.request
    headers = "".join(f"{name}: {value}\n" for name, value in request.headers.pairs)
    body = text(request.body[:_MAX_SHOWN])
    onward = f"\np passes it on to {waiting.pass_to}." if waiting.pass_to else ""
    return f"{request.subject}\n{headers}\n{body}\n{onward}"


def _told(waiting: Waiting, decision: Decision) -> str:
    subject = waiting.request.subject
    match decision:
        case ByHand():
            return f"Answered {subject} with {octets(len(decision.body))}."
        case RefuseIt(words=""):
            return f"Answered {subject}: no responders."
        case RefuseIt():
            return f"Answered {subject} with service error {decision.code}: {decision.words}."
        case PassOn():
            return f"Passed {subject} on to {decision.subject}."
        case LetGo():
            return f"Let {subject} go without an answer."
