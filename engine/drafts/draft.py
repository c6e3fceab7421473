"""A draft: a message that the user is about to send, complete, and checked before it goes.

A frozen value: screens edit it, `send` sends it, `copyas` writes it as a command, `saved` and
`history` keep it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInput
from engine.known_headers import misspelt
from engine.rpc.header_block import ExactHeaders, write_head
from engine.rpc.message import CORRELATION_ID, REPLY_TO

from .invalid_drafts import InvalidDraft, check_rendered, naming
from .kinds import HEADERS_OF_FIELDS, Kind, shows
from .template import Context, escape, escape_bytes, render, render_bytes
from .wire_headers import Pairs, added_headers, content_type, field_headers, wire_headers

if TYPE_CHECKING:
    from engine.services.service import Endpoint

__all__ = [
    "HEADERS_OF_FIELDS",
    "TEXTS",
    "TIMEOUT",
    "Draft",
    "InvalidDraft",
    "Kind",
    "Pairs",
    "Size",
    "content_type",
    "endpoint_draft",
]

TIMEOUT = 2.0
"""Seconds that a request waits unless the user says otherwise."""
_INBOX = f"_INBOX.{'0' * 22}.0000"
SAMPLE_ID = "0" * 22
"""As long as the correlation ids that natstap adds."""


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes on the wire that count against the server's limit (0: not known)."""

    head: int
    body: int
    limit: int = 0

    @property
    def total(self) -> int:
        return self.head + self.body

    @property
    def fits(self) -> bool:
        return not self.limit or self.total <= self.limit


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that is needed to send. Times are seconds; "" and None mean "not set"."""

    subject: str
    body: bytes = b""
    kind: Kind = Kind.REQUEST
    headers: Pairs = ()
    """In the order of sending; names may repeat."""
    correlation_id: str = ""
    """ "" means a fresh one where natstap adds headers, else none."""
    timeout: float = TIMEOUT
    """For what is published: how long without an answer natstap listens on `reply_to`; there the
    usual one stands for the 30 s that `engine.watching.reply_watch` names."""
    replies: int = 0
    """For `MANY`: how many answers are wanted; 0 means as many as come."""
    gap: float | None = None
    """For `MANY`: it ends when nobody answered for so long."""
    until_empty: bool = False
    """For `MANY`: an answer without a body ends it."""
    reply_to: str = ""
    """For what is published: where answers go."""
    stream: str = ""
    """For a stream's kinds; "" means whichever stream stores the subject."""
    message_id: str = ""
    expected_sequence: int | None = None
    expected_subject_sequence: int | None = None
    expected_subject: str = ""
    expected_message_id: str = ""
    ttl: str = ""
    """How long the stream keeps it: 5s, 1h30m, never."""
    templates: bool = False
    """True when `{{...}}` is to be rendered, in texts, body and header values."""
    trace: bool = False
    """True when the servers are to report the way that it takes."""
    adds_headers: bool = True
    """True when natstap adds a content-type and a correlation id, where none is given."""
    content: str = ""
    """What the typed body is sent as: "msgpack", "protobuf:shop.Order"; "" for as it is typed."""
    watch: bool = True
    """For what is published: whether natstap listens on `reply_to`, to show the answers."""

    # -- what goes out -------------------------------------------------------------------

    @property
    def outgoing(self) -> Pairs:
        """Every header to send, in order, but for a correlation id that is made at each sending."""
        return wire_headers(self, "")

    def sent_headers(self, fresh: str = SAMPLE_ID) -> Pairs:
        """As `outgoing`, with `fresh` for the correlation id, if natstap adds one."""
        return wire_headers(self, fresh)

    def added_headers(self, fresh: str = SAMPLE_ID) -> Pairs:
        """Those of `sent_headers` that nobody wrote: natstap adds them."""
        return added_headers(self, fresh)

    def written_headers(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Each field that becomes a header, and that header."""
        yield "correlation_id", (CORRELATION_ID, self.correlation_id)
        names = {name: field for field, name in HEADERS_OF_FIELDS.items()}
        yield from ((names[pair[0]], pair) for pair in field_headers(self))

    def sample_body(self) -> bytes:
        """The body as it may look when rendered; as it is, where that cannot be."""
        if not self.templates:
            return self.body
        try:
            return self.rendered(Context.sample(_Anything())).body
        except InvalidInput:
            return self.body

    def size(self, limit: int = 0, inbox: str = _INBOX) -> Size:
        """What it weighs when rendered; `limit` is the server's max_payload, in bytes.

        `inbox` is as long as the subject where answers to a stream request are awaited.
        """
        from engine.tracing.trace import TRACE_DEST  # costs time that one request does not have

        draft = self.rendered(Context.sample(_Anything()))
        traced = ((TRACE_DEST, f"{inbox.rpartition('.')[0]}.1"),) if draft.trace else ()
        head = write_head(
            "",
            "",
            ExactHeaders.of((*draft.sent_headers(), *traced)),
            inbox=inbox if self.kind is Kind.STREAM_REQUEST else "",
            reply_to=draft.reply_to if self.kind.streamed else "",
            stream=draft.stream,
        )
        return Size(len(head), len(draft.body), limit)

    def rendered(self, context: Context) -> Draft:
        """With every template rendered; raises `TemplateError`."""
        if not self.templates:
            return self
        with naming("headers"):
            headers = tuple((name, render(value, context)) for name, value in self.headers)
        with naming("body"):
            body = render_bytes(self.body, context)
        texts = self._rendered_texts(context)
        return replace(self, **texts, headers=headers, body=body, templates=False)

    def _rendered_texts(self, context: Context) -> dict[str, Any]:
        texts = {}
        for name in TEXTS:
            written = getattr(self, name)
            if "{{" in written:
                with naming(name):
                    texts[name] = render(written, context)
        return texts

    def as_template(self) -> Draft:
        """The same message with `templates` on: braces that mean themselves are escaped."""
        if self.templates:
            return self
        texts: dict[str, Any] = {name: escape(getattr(self, name)) for name in TEXTS}
        headers = tuple((name, escape(value)) for name, value in self.headers)
        body = escape_bytes(self.body)
        return replace(self, **texts, headers=headers, body=body, templates=True)

    def as_shown(self) -> Draft:
        """The same message; fields that the form of its kind does not show become headers."""
        hidden = {
            field: name for field, name in HEADERS_OF_FIELDS.items() if not shows(self.kind, field)
        }
        moved = tuple(pair for pair in field_headers(self) if pair[0] in hidden.values())
        emptied: dict[str, Any] = {field: getattr(_EMPTY, field) for field in hidden}
        return replace(self, headers=(*self.headers, *moved), **emptied)

    # -- checking ------------------------------------------------------------------------

    def check(self) -> None:
        """Raise the `InvalidInput` that sending would, and for what its kind cannot carry.

        What can be told of one field alone has its name, as `field`.
        """
        check_rendered(self.rendered(Context.sample(_Anything())))

    def warnings(self) -> tuple[str, ...]:
        """What can be sent, but will hardly do what was meant."""
        names = dict.fromkeys(name for name, _ in self.headers)
        wrong = [
            f"{name} does nothing: the server knows {misspelt(name)}, in exactly these letters"
            for name in names
            if misspelt(name).startswith("Nats-")
        ]
        return (*wrong, *_framework_warnings(names))

    # -- keeping -------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for TOML or JSON; what is as usual is left out."""
        from .plain_values import write_record

        return write_record(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Draft:
        """The draft that `to_dict` wrote; raises `InvalidDraft` that names the field."""
        from .plain_values import read_record

        return read_record(cls, fields, InvalidDraft)


_EMPTY = Draft("")
TEXTS = (
    "subject",
    "correlation_id",
    "reply_to",
    "stream",
    "message_id",
    "expected_subject",
    "expected_message_id",
)
"""What may hold templates, beside the body and the header values."""


class _Anything(Mapping[str, str]):
    """Variables for looking at a draft before theirs are known: each is its own name."""

    def __getitem__(self, name: str) -> str:
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __contains__(self, name: object) -> bool:
        return True


def endpoint_draft(endpoint: Endpoint) -> Draft:
    """A request to a service's endpoint, its body laid out as the endpoint's schema says."""
    return Draft(subject=endpoint.subject, body=_laid_out(endpoint.sample()))


def _laid_out(value: Any) -> bytes:
    try:
        written = "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
        return written.encode()
    except (ValueError, RecursionError):
        return b""  # a hostile schema's example


def _framework_warnings(names: Mapping[str, None]) -> Iterator[str]:
    for name in names:
        known = misspelt(name)
        if known in (CORRELATION_ID, REPLY_TO):
            yield f"{name} is not read by FastStream and natstap: they know {known}"
