"""The headers that a draft sends: those that natstap adds, the user's, those that fields stand for.

natstap adds a content-type, guessed from a body that is not empty, and a fresh correlation id,
which is what finds a flow and an answer in a stream. It adds them where the draft says so, and
never to what goes to the servers' own subjects: nobody there reads them, and a key-value bucket
would keep them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.codec import JSON, TEXT
from engine.content.content import CONTENTS
from engine.fields import read_json
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID

from .kinds import HEADERS_OF_FIELDS

if TYPE_CHECKING:
    from .draft import Draft

Pairs = tuple[tuple[str, str], ...]
OWN_HEADERS = (CONTENT_TYPE, CORRELATION_ID)
"""What natstap may add."""
SERVERS_OWN = "$"
"""How subjects begin that servers themselves listen to, such as $JS and $KV."""
_NO_JSON = re.compile(rb"[ \t\n\r]*[!#-,./:-Z\\\]-eg-mo-su-z|}~]")
"""How nothing begins that is JSON, in any encoding: to try would cost more than all the rest."""


def wire_headers(draft: Draft, fresh: str) -> Pairs:
    """All that the draft sends, in this order; `fresh` is a correlation id that may be added."""
    given = ((CORRELATION_ID, draft.correlation_id),) if draft.correlation_id else ()
    return (*added_headers(draft, fresh), *given, *draft.headers, *field_headers(draft))


def added_headers(draft: Draft, fresh: str) -> Pairs:
    """What natstap adds by itself, none with an empty value."""
    if not draft.adds_headers or draft.subject.startswith(SERVERS_OWN):
        return ()
    names = {name.lower() for name, _ in draft.headers}
    values = (
        "" if CONTENT_TYPE in names else guessed_type(draft),
        "" if draft.correlation_id or CORRELATION_ID in names else fresh,
    )
    return tuple(pair for pair in zip(OWN_HEADERS, values, strict=True) if pair[1])


def field_headers(draft: Draft) -> Iterator[tuple[str, str]]:
    """The fields of the form that are headers on the wire, and that are filled."""
    for field, name in HEADERS_OF_FIELDS.items():
        value = getattr(draft, field)
        if value not in ("", None):
            yield name, str(value)


def guessed_type(draft: Draft) -> str:
    """The content-type that the body looks like, or is sent as; "" for an empty one."""
    if draft.content:
        content = CONTENTS.get(draft.content.partition(":")[0])
        return content.types[0] if content is not None and content.types else ""
    return content_type(draft.sample_body()) if draft.body else ""


def content_type(body: bytes) -> str:
    """What the body looks like: JSON or text."""
    if _NO_JSON.match(body):
        return TEXT
    try:
        read_json(body, parse_constant=_refuse)
    except ValueError:
        return TEXT
    return JSON


def _refuse(constant: str) -> None:
    raise ValueError(constant)
