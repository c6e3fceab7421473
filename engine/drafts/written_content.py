"""Bodies that are typed as JSON and sent as another content, such as MessagePack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.content.content import CONTENTS, ContentBase, Envelope, Side
from engine.content.reading import HEX, JSON, TEXT, Reading, read
from engine.errors import ContentError, InvalidBody, InvalidInput
from engine.message import Headers, Message, raw_bytes, text
from engine.rpc.message import CONTENT_TYPE

from .invalid_drafts import InvalidDraft

if TYPE_CHECKING:
    from .draft import Draft

SERVERS_OWN = "$"
_AS_TYPED = (JSON, TEXT, HEX)
"""What is sent as it was typed."""


def writers() -> Iterator[ContentBase]:
    """The contents that a typed body can be sent as."""
    return (each for each in CONTENTS if each.writes and each.name not in _AS_TYPED)


def encoded(
    draft: Draft, settings: SubjectSettings = NOTHING_SET, *, headers: bool = True
) -> Draft:
    """The rendered draft with its body as the content that it names; as it is where it names none.

    With `headers`, a content-type is added where natstap adds one. Raises `InvalidDraft`.
    """
    if not draft.content:
        return draft
    content, argument = writer_of(draft.content)
    envelope = Envelope(draft.subject, settings=settings, argument=argument)
    try:
        body = content.write(text(draft.body), envelope)
    except InvalidBody as error:
        raise InvalidDraft("body", error.why) from None
    except ContentError as error:
        raise InvalidDraft("content", str(error)) from None
    adds = headers and draft.adds_headers and not draft.subject.startswith(SERVERS_OWN)
    named = any(name.lower() == CONTENT_TYPE for name, _ in draft.headers)
    own = ((CONTENT_TYPE, content.types[0]),) if adds and not named and content.types else ()
    return replace(draft, body=body, content="", headers=(*own, *draft.headers))


def writer_of(written: str) -> tuple[ContentBase, str]:
    """The content that a draft names, and its argument, as in "protobuf:shop.Order".

    Raises `InvalidDraft`.
    """
    name, _, argument = written.strip().partition(":")
    content = CONTENTS.get(name)
    if content is None or not content.writes:
        known = ", ".join(each.name for each in writers())
        raise InvalidDraft("content", f"{name!r} cannot be written: use one of {known}")
    return content, argument


def answered_as(request: Message, settings: SubjectSettings = NOTHING_SET) -> ContentBase | None:
    """What JSON is written as that answers a request: the content of that, if it is not text."""
    envelope = Envelope(request.subject, request.headers, Side.REQUEST, settings)
    reading = read(request.body, envelope)
    content = CONTENTS.get(reading.names[0].partition(":")[0]) if len(reading.names) == 1 else None
    return None if content is None or not content.writes or reading.plain else content


def written_answer(
    body: bytes, request: Message, settings: SubjectSettings = NOTHING_SET
) -> tuple[bytes, str]:
    """JSON as `answered_as` says, and its content-type, "" where it stays as it was typed.

    Raises `InvalidBody`.
    """
    content = answered_as(request, settings)
    if content is None:
        return body, ""
    envelope = Envelope(request.subject, side=Side.REPLY, settings=settings)
    asked = Envelope(headers=request.headers).content_type
    return content.write(text(body), envelope), asked or next(iter(content.types), "")


def typed(draft: Draft, settings: SubjectSettings = NOTHING_SET) -> Draft:
    """A draft with bytes as JSON that can be edited, where that gives the same bytes again."""
    headers = Headers(draft.headers)
    reading = read(draft.body, Envelope(draft.subject, headers, settings=settings))
    if draft.content or draft.templates or len(reading.names) != 1 or reading.error is not None:
        return draft
    content = CONTENTS.get(reading.names[0].partition(":")[0])
    if content is None or not content.writes or content.name in _AS_TYPED:
        return draft
    laid_out = _laid_out(reading)
    again = replace(draft, body=laid_out, content=_with_type(content, reading))
    try:
        same = encoded(again, settings).body == draft.body
    except InvalidInput:
        return draft
    return again if same else draft


def _laid_out(reading: Reading) -> bytes:
    return raw_bytes(json.dumps(reading.tree, ensure_ascii=False, indent=2))


def _with_type(content: ContentBase, reading: Reading) -> str:
    """With the type that fitted, for without one it could not be written."""
    written = reading.names[0]
    named = reading.note.removeprefix("as ").removesuffix(", the type that fits")
    fits = content.name == "protobuf" and ":" not in written and named != reading.note
    return f"{written}:{named}" if fits else written
