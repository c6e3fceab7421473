"""How a message is sent, beside its subject, body and headers: one row for each option.

A row is shown for the kinds that it means something for, and says in its field what happens
when nothing is written there. A row that stands for a header is shown for every kind while
something is written in it: it is sent, whatever the kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label

from engine.drafts.draft import TIMEOUT, Draft, Kind
from engine.drafts.kinds import HEADERS_OF_FIELDS, shows
from engine.durations import write_duration
from tui.kit.editor import Field
from tui.kit.late import Late
from tui.kit.tick import Tick
from tui.kit.typed import parse_span, parse_whole, typed_in

_EVERY = frozenset(Kind)
_ASKING = frozenset(kind for kind in Kind if kind.asks)
_STORING = frozenset(kind for kind in Kind if kind.streamed)
_PUBLISHING = _EVERY - _ASKING
_TICKED = ("watch", "templates")
"""What is ticked until the user says otherwise."""
_MANY = frozenset({Kind.MANY})
_IDENTIFIED = frozenset(kind for kind in Kind if shows(kind, "message_id"))
_CHECKED = frozenset(kind for kind in Kind if shows(kind, "expected_sequence"))


def _text(written: str) -> str:
    return written.strip()


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _span(what: str) -> Callable[[str], float | None]:
    return lambda written: parse_span(written, what) if written.strip() else None


def _number(what: str) -> Callable[[str], int | None]:
    return lambda written: parse_whole(written, what)


class SendOption(NamedTuple):
    """`field` is the draft's; `says` is a field's placeholder, or a checkbox's words."""

    field: str
    label: str
    says: str
    kinds: frozenset[Kind]
    read: Callable[[Any], Any] = _text
    """`bool` for a checkbox."""
    write: Callable[[Any], str | bool] = _plain

    def widget(self) -> Any:
        """A new field or checkbox; both have a `value`."""
        name = self.field.replace("_", "-")
        if self.read is bool:
            ticked = self.field in _TICKED
            return Tick(self.says, ticked, compact=True, id=name, classes="option-check")
        return Field(placeholder=self.says, compact=True, id=name)


def _check(field: str, label: str, says: str, kinds: frozenset[Kind]) -> SendOption:
    return SendOption(field, label, says, kinds, bool, bool)


OPTIONS = (
    SendOption("correlation_id", "Correlation id", "a fresh one", _EVERY),
    SendOption(
        "timeout",
        "Timeout",
        write_duration(TIMEOUT),
        _EVERY,
        lambda written: parse_span(written) if written.strip() else TIMEOUT,
        write_duration,
    ),
    SendOption(
        "replies",
        "Replies",
        "as many as come",
        _MANY,
        lambda written: parse_whole(written, "number of replies") or 0,
        lambda value: str(value) if value else "",
    ),
    SendOption(
        "gap",
        "Until quiet for",
        "the timeout",
        _MANY,
        _span("quiet time"),
        lambda value: write_duration(value) if value else "",
    ),
    _check("until_empty", "End mark", "an empty answer ends it", _MANY),
    SendOption("stream", "Stream", "whichever stores it", _STORING),
    SendOption("reply_to", "Reply to", "nowhere", _PUBLISHING),
    _check("watch", "", "watch the answers there a while", _PUBLISHING),
    SendOption("message_id", "Message id", "none, so stored each time", _IDENTIFIED),
    SendOption(
        "expected_sequence", "Last sequence", "not checked", _CHECKED, _number("last sequence")
    ),
    SendOption(
        "expected_subject_sequence",
        "Last on subject",
        "not checked",
        _CHECKED,
        _number("subject's last sequence"),
    ),
    SendOption("expected_subject", "… that subject", "the one it is sent to", _CHECKED),
    SendOption("expected_message_id", "Last message id", "not checked", _CHECKED),
    SendOption("ttl", "Time to live", "as the stream says", _CHECKED),
    SendOption("content", "Send as", "as typed; or msgpack, cbor, protobuf:type", _EVERY),
    _check("trace", "Path", "trace it", _ASKING),
    _check("templates", "Templates", "render {{…}}", _EVERY),
)


class SendOptions(Late, VerticalScroll, can_focus=False):
    class Changed(Message):
        """Posted where another page than this one changed it."""

    def __init__(self) -> None:
        self._kind = Kind.REQUEST
        self._labels = {option: Label(option.label) for option in OPTIONS}
        self._widgets: dict[SendOption, Field | Tick] = {
            option: option.widget() for option in OPTIONS
        }
        rows = ((self._labels[option], self._widgets[option]) for option in OPTIONS)
        super().__init__(*chain.from_iterable(rows), id="options")
        self.show_kind(self._kind)

    def show_kind(self, kind: Kind) -> None:
        """Show the rows that this kind has."""
        self._kind = kind
        for option in OPTIONS:
            self._labels[option].display = self._widgets[option].display = self._has(option)

    def _has(self, option: SendOption) -> bool:
        filled = option.field in HEADERS_OF_FIELDS and bool(self._widgets[option].value)
        return self._kind in option.kinds or filled

    def load(self, draft: Draft) -> None:
        for option in OPTIONS:
            self._put(option, option.write(getattr(draft, option.field)))

    def _put(self, option: SendOption, value: Any) -> None:
        """What is not there yet would tell of every change once it is."""
        with self.prevent(*(() if self.complete else (Input.Changed, Checkbox.Changed))):
            self._widgets[option].value = value

    @property
    def written(self) -> dict[str, str | bool]:
        """What stands in every row, by its field, whether it can be read or not."""
        return {option.field: self._widgets[option].value for option in OPTIONS}

    @written.setter
    def written(self, written: dict[str, str | bool]) -> None:
        for option in OPTIONS:
            self._put(option, written[option.field])

    def values(self) -> dict[str, Any]:
        """The draft's fields that the kind has; raises `InvalidInput`."""
        return dict(self._values())

    def _values(self) -> Iterator[tuple[str, Any]]:
        for option in filter(self._has, OPTIONS):
            with typed_in(option.field):
                value = option.read(self._widgets[option].value)
            yield option.field, value

    def send_as(self, content: str) -> None:
        """Put into its row what the body is sent as."""
        self._put(next(option for option in OPTIONS if option.field == "content"), content)
        self.post_message(self.Changed())

    @property
    def first(self) -> Widget:
        """What gets the focus on this page."""
        return self._widgets[OPTIONS[0]]

    def find(self, field: str) -> Widget | None:
        """The widget of a draft's field, if the kind shows one."""
        shown = filter(self._has, OPTIONS)
        return next((self._widgets[option] for option in shown if option.field == field), None)
