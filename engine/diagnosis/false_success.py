"""Oddities that look like success: an error only in a body, a header in the wrong case, the
envelope of a framework that a service expects and did not get.
"""

from __future__ import annotations

from engine.fields import Fields, parse
from engine.message import Headers, Message
from engine.words import short, span

from .case import Case
from .cause import Cause
from .finding import Finding

# -- headers -----------------------------------------------------------------------------


def misspelt(headers: Headers) -> list[tuple[str, str]]:
    """Headers that are the server's own but for their case, and how the server writes them."""
    looked = ((name, _official(name)) for name in headers if name.lower().startswith("nats-"))
    return [(name, official) for name, official in looked if name != official]


def _official(name: str) -> str:
    """As nats-server writes its headers: Nats-Msg-Id, Nats-UpTo-Sequence, Nats-TTL."""
    return "-".join(map(_capitalized, name.split("-")))


def _capitalized(part: str) -> str:
    if part.lower() == "ttl":
        return "TTL"
    return part if part[:1].isupper() and not part.isupper() else part.capitalize()


def find_misspelt(case: Case) -> Finding | None:
    for message in (case.request, *case.replies):
        for name, official in misspelt(message.headers):
            whose = "request" if message is case.request else "reply"
            return Finding(
                Cause.HEADER_CASE,
                f"The {whose}'s header {short(name)} does nothing: "
                f"the server only knows {short(official)}, "
                "and compares letter by letter.",
            )
    return None


# -- envelopes ---------------------------------------------------------------------------


def asks_in_envelope(body: bytes) -> bool:
    """True for a request as NestJS and its like write it."""
    fields = parse(body)
    return "pattern" in fields and "data" in fields and "id" in fields


def answers_in_envelope(body: bytes) -> Fields | None:
    """The fields of a reply as NestJS writes it; None when it is none."""
    fields = parse(body) if b'"isDisposed"' in body else {}
    known = "isDisposed" in fields and ("response" in fields or "err" in fields)
    return fields if known else None


def find_envelope(case: Case) -> Finding | None:
    """Others ask here in an envelope, and this request has none."""
    if asks_in_envelope(case.request.body):
        return None
    if not any(asks_in_envelope(one.body) for one in case.neighbours):
        return None
    return Finding(
        Cause.ENVELOPE,
        f"No answer within {span(case.waited)}: other requests on {case.subject} come in a "
        "framework's envelope with pattern, data and id, and this one has none.",
    )


def find_hidden_error(case: Case) -> Finding | None:
    """A framework's error, which no header tells."""
    for reply in case.replies:
        fields = answers_in_envelope(reply.body)
        if fields is not None and fields.get("err"):
            said = _words(fields["err"])
            return Finding(Cause.HIDDEN_ERROR, f"The answer is an error in an envelope: {said}.")
    return None


def envelopes(messages: tuple[Message, ...]) -> int:
    return sum(
        asks_in_envelope(one.body) or answers_in_envelope(one.body) is not None for one in messages
    )


def _words(error: object) -> str:
    told = error.get("message", error) if isinstance(error, dict) else error
    return short(str(told)).rstrip(".")
