"""A responder being written: its subject and recipe, its answer, and how it behaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, ContentSwitcher, Input, Label, Select, Static, TextArea

from engine.errors import InvalidHeader, InvalidInput
from engine.responders.recipes import RECIPES, RecipeBase
from engine.responders.recipes.recipe import Bodies
from engine.responders.reply import ReplyDraft
from tui.kit.editor import Field, HeaderEditor
from tui.kit.tab_line import TabLine
from tui.kit.typed import Mistyped, parse_headers, typed_in, write_headers

from .reply_bodies import ReplyBodies
from .reply_fields import ReplyRows
from .reply_rows import BOUNDS, ERRORS, PAGES, filled, of_draft, recipe_choices, recipe_lines
from .reply_start import StartFrom, Written

_ABOUT = {
    "stream": "A consumer takes requests from the stream, and answers the subject in their header "
    "reply_to. A durable stays on the server; one that is there already is used as it is. An "
    "answer is stored where its reply subject belongs to the stream named for it. No stream is "
    "made or changed.",
    "service": "nats service ls, info and stats will show it, with this responder's own figures.",
}
_BAD = "-bad"


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
        self._start = StartFrom(seen) if draft is None else None
        self._subject = Field(placeholder="svc.echo or shop.*", compact=True, id="new-subject")
        self._does = Select(recipe_choices(), allow_blank=False, compact=True, id="new-kind")
        self._name_field = Field(placeholder="as it does", compact=True, id="reply-name")
        self._tabs = TabLine("Answer", "Behaviour", "Stream", "Service", id="reply-tabs")
        self._hint = Static(id="answer-hint", markup=False)
        self._bodies = ReplyBodies()
        self._headers = HeaderEditor("Headers, one on each line, as Name: value", "reply-headers")
        self._grids = [ReplyRows((*recipe_lines(), *ERRORS)), *map(ReplyRows, PAGES.values())]
        self._rows = {row.line.name: row for grid in self._grids for row in grid.rows}
        answer = _page("answer", self._hint, self._bodies, self._headers, self._grids[0])
        self._pages = [answer, *map(_page, PAGES, self._grids[1:])]
        self._switcher = ContentSwitcher(*self._pages, initial="answer", id="reply-pages")
        self._stale = False
        """True while something has changed that is not shown yet."""

    def compose(self) -> ComposeResult:
        with Grid(id="reply-head", classes="reply-rows"):
            if self._start is not None:
                yield _row("Start from", self._start)
            yield _row("Subject", self._subject)
            yield _row("Does", self._does)
            yield _row("Name", self._name_field)
        yield self._tabs
        yield self._switcher

    def on_mount(self) -> None:
        self.load(*self._first)
        if self._start is not None:
            self._subject.select_all()

    # -- filling -----------------------------------------------------------------------------

    def load(self, draft: ReplyDraft, name: str) -> None:
        """Fill every field; a body that stays unedited is answered byte for byte."""
        self._subject.value = draft.subject
        self._name_field.value = name
        self._does.value = draft.recipe
        self._bodies.load((draft.body, *draft.more))
        self._headers.load_text(write_headers(draft.headers))
        values = of_draft(draft)
        for field, row in self._rows.items():
            row.put(values[field])
        self.show_rows()

    def show_rows(self) -> None:
        """Show what means something for what is chosen."""
        recipe = self._recipe
        values = {field: row.given for field, row in self._rows.items()} | {"recipe": recipe.name}
        for grid in self._grids:
            grid.show(values)
        self._hint.update(recipe.hint)
        self._hint.display = bool(recipe.hint)
        self._bodies.display = recipe.bodies is not Bodies.NONE
        self._bodies.offer(self._replies)
        self._headers.display = recipe.has_headers

    @property
    def _replies(self) -> int:
        """How many can differ; 1 while what is written is no number."""
        if self._recipe.bodies is not Bodies.SEVERAL:
            return 1
        try:
            return int(self._rows["replies"].read())
        except InvalidInput:
            return 1

    # -- reading -----------------------------------------------------------------------------

    @property
    def written_name(self) -> str:
        return self._name_field.value.strip()

    @property
    def _written_subject(self) -> str:
        return self._subject.value.strip()

    def draft(self) -> ReplyDraft:
        """What is written now; raises `InvalidInput`, with the `field` that is wrong."""
        subject = self._written_subject
        if not subject:
            raise Mistyped("a subject is needed, such as svc.echo", "subject")
        with typed_in("headers"):
            headers = parse_headers(self._headers.text)
        values = dict(self._values()) | {"recipe": self._recipe.name}
        body, *more = self._written_bodies(values["replies"])
        draft = ReplyDraft(subject, body=body, headers=headers, more=tuple(more))
        draft = filled(draft, values)
        try:
            draft.check()
        except InvalidHeader as error:
            raise Mistyped(str(error), "headers") from None
        return draft

    def _values(self) -> Iterator[tuple[str, Any]]:
        """What is hidden counts as nothing."""
        usual = of_draft(ReplyDraft(""))
        for field, row in self._rows.items():
            yield field, row.read() if row.display else usual[field]

    def _written_bodies(self, replies: int) -> tuple[bytes, ...]:
        match self._recipe.bodies:
            case Bodies.NONE:
                return (b"",)
            case Bodies.ONE:
                return self._bodies.bodies(1)
            case Bodies.SEVERAL:
                return self._bodies.bodies(replies)

    @property
    def _recipe(self) -> type[RecipeBase]:
        return RECIPES[str(self._does.value)]

    # -- going about -------------------------------------------------------------------------

    def bring(self, field: str) -> None:
        """Put the focus into the field of this name, marked as the one that is wrong."""
        if field == "delay":
            field = BOUNDS.get(self._rows[field].given, field)
        others = {"body": self._bodies.editor, "headers": self._headers}
        row = self._rows.get(field)
        found = others.get(field, self._subject) if row is None else row.field
        for place, page in enumerate(self._pages):
            if page in found.ancestors:
                self.turn_to(place)
        if found.parent is not None and found.parent.has_class("reply-row"):
            found.parent.add_class(_BAD)
        found.focus()

    def turn_to(self, place: int) -> None:
        self._switcher.current = self._pages[place].id
        self._tabs.active = place

    def turn(self) -> None:
        """Bring the next page to the front, with the focus in its first field."""
        self._go_to((self._tabs.active + 1) % len(self._pages))

    @on(TabLine.Chosen)
    def _chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self._go_to(event.index)

    def _go_to(self, place: int) -> None:
        self.turn_to(place)
        focusable = self.screen.focus_chain
        first = next((field for field in focusable if self._pages[place] in field.ancestors), None)
        if first is not None:
            first.focus()

    @on(Select.Changed, "#reply-start")
    def _fill(self, event: Select.Changed) -> None:
        event.stop()
        if self._start is not None and (found := self._start.fill(self._written_so_far())):
            self.load(*found)

    def _written_so_far(self) -> Written:
        """What cannot be read yet is as it was at first, but for the subject."""
        try:
            return self.draft(), self.written_name
        except InvalidInput:
            return replace(self._first[0], subject=self._written_subject), self.written_name

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


def _row(label: str, widget: Widget) -> Grid:
    return Grid(Label(label), widget, classes="reply-row")


def _page(name: str, *parts: Widget) -> VerticalScroll:
    about = [Static(_ABOUT[name], classes="reply-about", markup=False)] if name in _ABOUT else []
    return VerticalScroll(*parts, *about, id=name, classes="reply-page", can_focus=False)
