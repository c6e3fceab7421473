"""How a message is sent, beside its subject, body and headers: one row for each option.

A row is shown for the kinds that it means something for, and says in its field what happens
when nothing is written there. A row that stands for a header is shown for every kind while
something is written in it: it is sent, whatever the kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from textual.app import ComposeResult
from textual.containers import Grid, VerticalScroll
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label

from engine.drafts.draft import TIMEOUT, Draft, Kind
from engine.drafts.rules import HEADERS_OF_FIELDS, shows
from engine.durations import write_duration
from tui.kit.editor import Field
from tui.kit.tick import Tick
from tui.kit.typed import parse_span, parse_whole, typed_in

_EVERY = frozenset(Kind)
_ASKING = frozenset(one for one in Kind if one.asks)
_STORING = frozenset(one for one in Kind if one.streamed)
_PUBLISHING = _EVERY - _ASKING
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


class Option(NamedTuple):
    """`field` is the draft's; `says` is a field's placeholder, or a checkbox's words."""

    field: str
    label: str
    says: str
    kinds: frozenset[Kind]
    read: Callable[[str], Any] | None = _text
    """None for a checkbox."""
    write: Callable[[Any], str] = _plain

    @property
    def id(self) -> str:
        return self.field.replace("_", "-")

    @property
    def widget(self) -> type[Any]:
        return Checkbox if self.read is None else Input


OPTIONS = (
    Option("correlation_id", "Correlation id", "a fresh one, if natstap adds it", _EVERY),
    Option(
        "timeout",
        "Timeout",
        write_duration(TIMEOUT),
        _EVERY,
        lambda written: parse_span(written) if written.strip() else TIMEOUT,
        write_duration,
    ),
    Option(
        "replies",
        "Replies",
        "as many as come",
        _MANY,
        lambda written: parse_whole(written, "number of replies") or 0,
        lambda value: str(value) if value else "",
    ),
    Option(
        "gap",
        "Until quiet for",
        "the timeout",
        _MANY,
        _span("quiet time"),
        lambda value: write_duration(value) if value else "",
    ),
    Option("until_empty", "End mark", "an empty answer ends it", _MANY, None),
    Option("stream", "Stream", "whichever stores it", _STORING),
    Option("reply_to", "Reply to", "nowhere", _PUBLISHING),
    Option("watch", "", "watch the answers there a while", _PUBLISHING, None),
    Option("message_id", "Message id", "none, so stored each time", _IDENTIFIED),
    Option(
        "expected_sequence",
        "Last sequence",
        "not checked",
        _CHECKED,
        _number("last sequence"),
    ),
    Option(
        "expected_subject_sequence",
        "Last on subject",
        "not checked",
        _CHECKED,
        _number("subject's last sequence"),
    ),
    Option("expected_subject", "… that subject", "the one it is sent to", _CHECKED),
    Option("expected_message_id", "Last message id", "not checked", _CHECKED),
    Option("ttl", "Time to live", "as the stream says", _CHECKED),
    Option("trace", "Path", "trace it", _ASKING, None),
    Option("templates", "Templates", "render {{…}}", _EVERY, None),
)


class SendOptions(VerticalScroll, can_focus=False):
    def __init__(self) -> None:
        super().__init__(id="options")
        self._kind = Kind.REQUEST

    def compose(self) -> ComposeResult:
        with Grid(id="option-rows"):
            for option in OPTIONS:
                yield Label(option.label, id=f"{option.id}-label")
                yield _widget(option)

    def on_mount(self) -> None:
        self.show_kind(self._kind)

    def show_kind(self, kind: Kind) -> None:
        """Show the rows that this kind has."""
        self._kind = kind
        for option in OPTIONS:
            shown = self._has(option)
            self.query_one(f"#{option.id}-label").display = shown
            self.query_one(f"#{option.id}").display = shown

    def _has(self, option: Option) -> bool:
        if self._kind in option.kinds:
            return True
        filled = option.field in HEADERS_OF_FIELDS and self.query_one(f"#{option.id}", Input).value
        return bool(filled)

    def load(self, draft: Draft) -> None:
        for option in OPTIONS:
            value = getattr(draft, option.field)
            if option.read is None:
                self.query_one(f"#{option.id}", Checkbox).value = value
            else:
                self.query_one(f"#{option.id}", Input).value = option.write(value)

    @property
    def written(self) -> dict[str, str | bool]:
        """What stands in every row, whether it can be read or not."""
        return {one.id: self.query_one(f"#{one.id}", one.widget).value for one in OPTIONS}

    @written.setter
    def written(self, written: dict[str, str | bool]) -> None:
        for option in OPTIONS:
            self.query_one(f"#{option.id}", option.widget).value = written[option.id]

    def values(self) -> dict[str, Any]:
        """The draft's fields that the kind has; raises `InvalidInput`."""
        return dict(self._values())

    def _values(self) -> Iterator[tuple[str, Any]]:
        for option in OPTIONS:
            if not self._has(option):
                continue
            if option.read is None:
                yield option.field, self.query_one(f"#{option.id}", Checkbox).value
            else:
                with typed_in(option.field):
                    value = option.read(self.query_one(f"#{option.id}", Input).value)
                yield option.field, value

    def find(self, field: str) -> Widget | None:
        """The widget of a draft's field, if the kind shows one."""
        shown = (one for one in OPTIONS if one.field == field and self._has(one))
        option = next(shown, None)
        return self.query_one(f"#{option.id}") if option else None


def _widget(option: Option) -> Widget:
    if option.read is None:
        return Tick(option.says, compact=True, id=option.id, classes="option-check")
    return Field(placeholder=option.says, compact=True, id=option.id)
