"""The fields of what is composed: a draft is read from them, and put into them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from textual.widgets import Select

from engine.drafts.draft import Draft, Kind
from engine.drafts.template import escape_bytes
from engine.message import text
from tui.kit.typed import Mistyped, parse_headers, typed_in, write_headers

from .compose_pages import ComposePages
from .subject import Subject


class WrittenFields(NamedTuple):
    """All fields as they are written, half-written ones too: what undoing brings back."""

    kind: Kind
    subject: str
    headers: str
    adds_headers: bool
    options: dict[str, str | bool]
    body: bytes
    rendered: bool


@dataclass(frozen=True, slots=True)
class ComposeFields:
    select: Select[Kind]
    subject: Subject
    pages: ComposePages

    @property
    def kind(self) -> Kind:
        return Kind(str(self.select.value))

    @property
    def touched(self) -> bool:
        return bool(self.subject.value or self.pages.body.body)

    # -- reading -----------------------------------------------------------------------------

    def draft(self) -> Draft:
        """What is written now; raises `InvalidInput` for what cannot be meant."""
        subject = self.subject.value.strip()
        if not subject:
            raise Mistyped("a subject is needed, such as orders.create", "subject")
        draft = self.written(subject)
        draft.check()
        return draft

    def written(self, subject: str) -> Draft:
        """As `draft`, on any subject, and not checked as a whole."""
        pages = self.pages
        with typed_in("headers"):
            headers = parse_headers(pages.headers.editor.text)
        options = pages.options.values()
        options["adds_headers"] = pages.headers.adds
        draft = Draft(subject, pages.body.body, self.kind, headers, **options)
        if not _is_template(draft if pages.body.rendered else replace(draft, body=b"")):
            return replace(draft, templates=False)
        return draft if pages.body.rendered else replace(draft, body=escape_bytes(draft.body))

    def contents(self) -> WrittenFields:
        pages = self.pages
        return WrittenFields(
            self.kind,
            self.subject.value,
            pages.headers.editor.text,
            pages.headers.adds,
            pages.options.written,
            pages.body.body,
            pages.body.rendered,
        )

    # -- filling -----------------------------------------------------------------------------

    def fill(self, draft: Draft) -> None:
        draft = draft.as_shown()
        headers = write_headers(draft.headers)
        self._put(draft.kind, draft.subject, headers, draft.adds_headers)
        self.pages.options.load(draft)
        self.pages.body.load(draft.body, rendered=draft.templates)

    def restore(self, before: WrittenFields) -> None:
        self._put(before.kind, before.subject, before.headers, before.adds_headers)
        self.pages.options.written = before.options
        self.pages.body.load(before.body, before.rendered)

    def _put(self, kind: Kind, subject: str, headers: str, adds_headers: bool) -> None:
        self.select.value = kind
        self.subject.put(subject)
        self.pages.headers.editor.load_text(headers)
        self.pages.headers.adds = adds_headers


def _is_template(draft: Draft) -> bool:
    return draft.templates and any("{{" in written for written in _texts(draft))


def _texts(draft: Draft) -> Iterable[str]:
    yield draft.subject
    yield text(draft.body)
    yield from (value for _, value in draft.headers)
    yield from (draft.correlation_id, draft.reply_to, draft.stream, draft.message_id)
