"""A responder being written: its subject and recipe, its answer, and how it behaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, ContentSwitcher, Input, Label, Select, Static, TextArea

from engine.errors import InvalidHeader, InvalidInput
from engine.responders.examples import PREMADE
from engine.responders.recipes import RECIPES, RecipeBase
from engine.responders.recipes.recipe import Bodies
from engine.responders.reply import ReplyDraft
from tui.kit.editor import Field, HeaderEditor
from tui.kit.tab_line import TabLine
from tui.kit.tick import Tick
from tui.kit.typed import parse_headers, write_headers
from tui.safe import shorten

from .reply_bodies import ReplyBodies
from .reply_rows import (
    BOUNDS,
    COMMON,
    ERRORS,
    OF_DELAY,
    PAGES,
    FormRow,
    filled,
    of_draft,
    recipe_choices,
    recipe_lines,
)

_TABS = ("answer", *PAGES)
_REPLIES = next(line for line in COMMON if line.name == "replies")
_ABOUT = {
    "stream": "A consumer takes requests from the stream, and answers the subject in their header "
    "reply_to. A durable stays on the server; one that is there already is used as it is. An "
    "answer is stored where its reply subject belongs to the stream named for it. No stream is "
    "made or changed.",
    "service": "nats service ls, info and stats will show it, with this responder's own figures.",
}
_BAD = "-bad"
_OWN, _SEEN = "own", "seen"
_SUBJECT = 24
"""Cells that a subject may take among the choices."""


class FieldError(InvalidInput):
    """What is written in one row cannot be meant; `field` is the row's name."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class Rows(VerticalScroll, can_focus=False):
    """One page of rows, those that mean something shown."""

    def __init__(self, lines: Sequence[FormRow], id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="reply-page")
        self._lines = lines

    def compose(self) -> ComposeResult:
        yield from _rows(self._lines)
        if says := _ABOUT.get(self.id or ""):
            yield Static(says, classes="reply-about", markup=False)


def _rows(lines: Sequence[FormRow]) -> ComposeResult:
    with Grid(classes="reply-rows"):
        for line in lines:
            yield _row(line.label, _widget(line), id=f"{line.id}-row")
            if line.name == OF_DELAY[-1]:
                yield Static(id="delay-filler")


def _row(label: str, widget: Widget, id: str | None = None) -> Grid:  # noqa: A002
    return Grid(Label(label), widget, id=id, classes="reply-row")


def _widget(line: FormRow) -> Widget:
    if line.choices:
        return Select(line.choices, allow_blank=False, compact=True, id=line.id)
    if line.check:
        return Tick(line.says, compact=True, id=line.id, classes="option-check")
    return Field(placeholder=line.says, compact=True, id=line.id)


class ReplyForm(Vertical):
    class Edited(Message):
        """Something was written or chosen."""

    def __init__(
        self,
        draft: ReplyDraft | None,
        name: str,
        *,
        seen: ReplyDraft | None = None,
        offered: str = "",
    ) -> None:
        """`seen` answers as an exchange was answered; None where the draft is not to be chosen.

        `offered` is a subject that whatever is typed replaces.
        """
        super().__init__(id="reply-form")
        self._first = (draft or ReplyDraft(offered), name)
        self._fresh = draft is None
        self._of_recipes = recipe_lines()
        self._lines = (*self._of_recipes, *COMMON)
        self._seen = seen
        self._filled = self._first
        """What was filled in last, to tell what the user wrote since."""
        self._own: tuple[ReplyDraft, str] | None = None
        """What the user had written before something to start from was chosen."""
        self._stale = False
        """True while something has changed that is not shown yet."""

    def _starts(self) -> Iterator[tuple[Content, str]]:
        yield Content("an empty form"), _OWN
        if self._seen is not None:
            subject = shorten(self._seen.subject, _SUBJECT)
            yield Content(f"as {subject} was answered"), _SEEN
        yield from ((Content(one.name), one.name) for one in PREMADE)

    def compose(self) -> ComposeResult:
        starts = list(self._starts())
        with Grid(id="reply-head", classes="reply-rows"):
            if self._fresh:
                yield _row(
                    "Start from",
                    Select(starts, value=_OWN, allow_blank=False, compact=True, id="reply-start"),
                )
            yield _row(
                "Subject", Field(placeholder="svc.echo or shop.*", compact=True, id="new-subject")
            )
            yield _row(
                "Does", Select(recipe_choices(), allow_blank=False, compact=True, id="new-kind")
            )
            yield _row("Name", Field(placeholder="as it does", compact=True, id="reply-name"))
        yield TabLine("Answer", "Behaviour", "Stream", "Service", id="reply-tabs")
        with ContentSwitcher(initial="answer", id="reply-pages"):
            with VerticalScroll(id="answer", classes="reply-page", can_focus=False):
                yield Static(id="answer-hint", markup=False)
                yield ReplyBodies()
                yield HeaderEditor("Headers, one on each line, as Name: value", id="reply-headers")
                yield from _rows((*self._of_recipes, *ERRORS))
            for name, lines in PAGES.items():
                yield Rows(lines, name)

    def on_mount(self) -> None:
        self.load(*self._first)
        if self._fresh:
            self._filled = (ReplyDraft(""), "")
            self._input("new-subject").select_all()

    # -- filling -----------------------------------------------------------------------------

    def load(self, draft: ReplyDraft, name: str) -> None:
        """Fill every field; a body that stays unedited is answered byte for byte."""
        self._filled = (draft, name)
        self._input("new-subject").value = draft.subject
        self._input("reply-name").value = name
        self.query_one("#new-kind", Select).value = draft.recipe
        self.query_one(ReplyBodies).load((draft.body, *draft.more))
        self.query_one("#reply-headers", TextArea).load_text(write_headers(draft.headers))
        values = of_draft(draft)
        for line in self._lines:
            self._put(line, values[line.name])
        self.show_rows()

    def _put(self, line: FormRow, value: Any) -> None:
        if line.choices:
            self.query_one(f"#{line.id}", Select).value = value
        elif line.check:
            self.query_one(f"#{line.id}", Checkbox).value = value
        else:
            self._input(line.id).value = line.write(value)

    def show_rows(self) -> None:
        """Show what means something for what is chosen."""
        recipe = self._recipe
        values = {line.name: self._given(line) for line in self._lines} | {"recipe": recipe.name}
        for line in self._lines:
            self.query_one(f"#{line.id}-row").display = line.shown(values)
        times = sum(line.shown(values) for line in self._lines if line.name in OF_DELAY[1:])
        self.query_one("#delay-filler").set_class(times % 2 == 0, "-even")
        hint = self.query_one("#answer-hint", Static)
        hint.update(recipe.hint)
        hint.display = bool(recipe.hint)
        bodies = self.query_one(ReplyBodies)
        bodies.display = recipe.bodies is not Bodies.NONE
        bodies.offer(self._replies)
        self.query_one("#reply-headers").display = recipe.has_headers

    @property
    def _replies(self) -> int:
        """How many can differ; 1 while what is written is no number."""
        if self._recipe.bodies is not Bodies.SEVERAL:
            return 1
        try:
            return int(_REPLIES.read(self._given(_REPLIES)))
        except InvalidInput:
            return 1

    # -- reading -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self._input("reply-name").value.strip() if self.is_mounted else ""

    def draft(self) -> ReplyDraft:
        """What is written now; raises `InvalidInput`, with the `field` that is wrong."""
        subject = self._input("new-subject").value.strip()
        if not subject:
            raise FieldError("subject", "a subject is needed, such as svc.echo")
        try:
            headers = parse_headers(self.query_one("#reply-headers", TextArea).text)
        except InvalidInput as error:
            raise FieldError("headers", str(error)) from None
        values = dict(self._values()) | {"recipe": self._recipe.name}
        body, *more = self._written(values["replies"])
        draft = ReplyDraft(subject, body=body, headers=headers, more=tuple(more))
        draft = filled(draft, values)
        try:
            draft.check()
        except InvalidHeader as error:
            raise FieldError("headers", str(error)) from None
        return draft

    def _values(self) -> Iterator[tuple[str, Any]]:
        """What is hidden counts as nothing."""
        usual = of_draft(ReplyDraft(""))
        for line in self._lines:
            if not self.query_one(f"#{line.id}-row").display:
                yield line.name, usual[line.name]
                continue
            given = self._given(line)
            try:
                yield line.name, given if line.choices or line.check else line.read(given)
            except InvalidInput as error:
                raise FieldError(line.name, f"{line.label}: {error}") from None

    def _given(self, line: FormRow) -> Any:
        if line.choices:
            return self.query_one(f"#{line.id}", Select).value
        if line.check:
            return self.query_one(f"#{line.id}", Checkbox).value
        return self._input(line.id).value

    def _written(self, replies: int) -> tuple[bytes, ...]:
        match self._recipe.bodies:
            case Bodies.NONE:
                return (b"",)
            case Bodies.ONE:
                return self.query_one(ReplyBodies).bodies(1)
            case Bodies.SEVERAL:
                return self.query_one(ReplyBodies).bodies(replies)

    @property
    def _recipe(self) -> type[RecipeBase]:
        return RECIPES[str(self.query_one("#new-kind", Select).value)]

    def _input(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    # -- going about -------------------------------------------------------------------------

    def bring(self, field: str) -> None:
        """Put the focus into the field of this name, marked as the one that is wrong."""
        named = {"body": "#reply-body", "headers": "#reply-headers"}
        if field == "delay":
            field = BOUNDS.get(str(self.query_one("#reply-delay", Select).value), field)
        line = next((line for line in self._lines if line.name == field), None)
        found = self.query_one(f"#{line.id}" if line else named.get(field, "#new-subject"))
        page = next((one.id for one in found.ancestors if one.id in _TABS), "")
        if page:
            self.turn_to(_TABS.index(page))
        row = found.parent
        if row is not None and row.has_class("reply-row"):
            row.add_class(_BAD)
        found.focus()

    def turn_to(self, place: int) -> None:
        self.query_one(ContentSwitcher).current = _TABS[place]
        self.query_one(TabLine).active = place

    def turn(self) -> None:
        """Bring the next page to the front, with the focus in its first field."""
        self._go_to((self.query_one(TabLine).active + 1) % len(_TABS))

    @on(TabLine.Chosen)
    def _chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self._go_to(event.index)

    def _go_to(self, place: int) -> None:
        self.turn_to(place)
        page = self.query_one(f"#{_TABS[place]}")
        first = next((one for one in self.screen.focus_chain if page in one.ancestors), None)
        if first is not None:
            first.focus()

    @on(Select.Changed, "#reply-start")
    def _start(self, event: Select.Changed) -> None:
        """Fill in what was chosen round the subject and name that the user wrote."""
        event.stop()
        if event.value == _OWN:
            if self._own is not None:
                self.load(*self._own)
            return
        if self._own is None or self._filled == self._own:
            self._own = self._written_so_far()
        found = next((one for one in PREMADE if one.name == event.value), None)
        if found is not None:
            self._fill_round(found.draft, found.name)
        elif self._seen is not None:
            self._fill_round(self._seen, "recorded")

    def _fill_round(self, draft: ReplyDraft, name: str) -> None:
        before, named = self._filled
        subject = self._input("new-subject").value.strip()
        kept = subject if subject not in ("", before.subject) else draft.subject
        self.load(replace(draft, subject=kept), self.name if self.name not in ("", named) else name)
        self._filled = (draft, name)

    def _written_so_far(self) -> tuple[ReplyDraft, str]:
        """What cannot be read yet is as it was at first, but for the subject."""
        try:
            return self.draft(), self.name
        except InvalidInput:
            subject = self._input("new-subject").value.strip()
            return replace(self._first[0], subject=subject), self.name

    @on(Select.Changed)
    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Checkbox.Changed)
    def _edited(self, event: Message) -> None:
        event.stop()
        if not self._stale:
            self._stale = True
            self.call_later(self._catch_up)

    def _catch_up(self) -> None:
        """Once for all that changed together: a draft that is loaded changes every field."""
        self._stale = False
        self.query(f".{_BAD}").remove_class(_BAD)
        self.show_rows()
        self.post_message(self.Edited())
