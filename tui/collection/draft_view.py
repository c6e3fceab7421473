"""A saved or sent thing closely: what it is, its headers and its body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from engine.drafts.draft import Draft
from engine.durations import write_duration
from engine.responders.reply import ReplyDraft
from engine.words import octets
from tui.body.pane import BodyPane
from tui.body.view import BodyView
from tui.kit.facts import Fact, Facts

_ELSEWHERE = ("headers", "body", "body_base64", "subject", "kind")
"""Fields that are shown in places of their own."""
_SPANS = ("timeout", "gap", "least_delay", "most_delay")


class DraftView(Vertical):
    def __init__(self) -> None:
        super().__init__()
        self._facts = Facts("draft-facts")
        self._headers = Facts("header-table", headers=True)
        self.body: BodyPane = BodyPane(BodyView(id="draft-bytes"))
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield VerticalScroll(self._facts, self._headers, can_focus=False, id="draft-scroll")
        yield self.body

    def show(
        self, thing: Draft | ReplyDraft, before: Sequence[Fact] = (), left_out: int = 0
    ) -> None:
        """Show it, other facts first; `left_out` is the bytes of a body that was not kept."""
        shown = (thing, tuple(before), left_out)
        if shown == self._shown:
            return  # where the user scrolled to stays
        self._shown = shown
        self._facts.show([*before, *_facts(thing)])
        self._headers.display = bool(thing.headers)
        self._headers.show(thing.headers)
        left = f"{octets(left_out)} were too many to keep." if left_out else "Empty body."
        self.body.show(thing.body, empty=left)


def kind_of(thing: Draft | ReplyDraft) -> str:
    """What it is, in words."""
    if isinstance(thing, ReplyDraft):
        return "responder"
    return thing.kind.value.replace("_", " ")


def _facts(thing: Draft | ReplyDraft) -> Iterator[Fact]:
    yield "Subject", thing.subject
    yield "Kind", kind_of(thing)
    for name, value in thing.to_dict().items():
        if name not in _ELSEWHERE:
            yield name.replace("_", " ").capitalize(), _words(name, value)


def _words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _SPANS and isinstance(value, int | float):
        return write_duration(float(value))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
