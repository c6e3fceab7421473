"""What will go out: rendered, with all its headers, weighed, and who would get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.content.content import CONTENTS, Side
from engine.drafts.draft import Draft, Size
from engine.drafts.template import Context
from engine.drafts.written_content import encoded
from engine.errors import InvalidInput
from engine.message import Headers, Message
from engine.schemas.words import told

from .compose_fields import ComposeFields
from .forecast_line import Forecast
from .meter import Meter

if TYPE_CHECKING:
    from engine.session import Session


class Preview:
    def __init__(self, fields: ComposeFields, forecast: Forecast, meter: Meter) -> None:
        self._fields = fields
        self._pages = fields.pages
        self._forecast = forecast
        self._meter = meter
        self._session: Session | None = None

    def attach(self, session: Session) -> None:
        self._session = session
        self._forecast.attach(session)

    def show(self) -> Draft | None:
        """What is written, if it can be read; where not, the last page says why."""
        subject = self._fields.subject.value
        more = 0
        try:
            draft = self._fields.written(subject.strip())
            made = self._rendered(draft)
            takes_headers = self._session is None or self._session.outbox.takes_headers
            more = self._pages.headers.show(made, takes_headers)
            self._meter.show(self._size(made) if draft.subject else None)
        except InvalidInput as error:
            self._meter.show(None)
            self._pages.rendered.complain(str(error))
            return None
        finally:
            self._label(subject, more if subject else 0)
        return draft

    def breach(self, draft: Draft) -> str:
        """What in the body breaks the schema of its subject, after whose it is; "" for nothing."""
        session = self._session
        if session is None or not session.schemas.any or not draft.body:
            return ""
        try:
            made = encoded(replace(draft, body=draft.sample_body()), session.outbox.reader.settings)
        except InvalidInput:
            return ""  # it cannot be sent, which is said elsewhere
        head = Headers.of(made.outgoing).encode()
        message = Message(draft.subject, made.body, head=head)
        checked = session.schemas.check(message, draft.subject, Side.REQUEST)
        if checked is None or not checked.breaches:
            return ""
        return f"{checked.source}: {told(checked.breaches)}"

    def _label(self, subject: str, more: int) -> None:
        headers = self._pages.headers.editor.text
        count = sum(1 for line in headers.splitlines() if line.strip())
        written = (subject, headers, self._pages.body.editor.text)
        may = self._pages.options.written["templates"]
        named = CONTENTS.get(str(self._pages.options.written["content"]).partition(":")[0].strip())
        templates = bool(may) and any("{{" in part for part in written)
        self._pages.label(count, more, templates, named.title if named is not None else "")

    def _size(self, draft: Draft) -> Size:
        return draft.size() if self._session is None else self._session.outbox.size(draft)

    def _rendered(self, draft: Draft) -> Draft:
        """As it will go out; as it is written where that cannot be, and the page says why."""
        if not draft.templates:
            self._forecast.consider(draft.subject)
            return draft
        try:
            variables: Mapping[str, str] = (
                self._session.environment.variables() if self._session else {}
            )
            made = draft.rendered(Context(variables=variables))
        except InvalidInput as error:
            self._pages.rendered.complain(str(error))
            self._forecast.consider("")
            return draft
        self._pages.rendered.show(made)
        self._forecast.consider(made.subject)
        return made
