"""A draft, or a responder that is not hosted yet, in titles and texts."""

from __future__ import annotations

from collections.abc import Iterator

from engine.commands.paste import Pasted
from engine.drafts.draft import Draft, Kind
from engine.latency_words import span
from engine.message import text
from engine.responders.recipes import recipe_class
from engine.responders.reply import ReplyDraft
from engine.words import counted, octets
from tui.kit.facts import Fact

KINDS = {
    Kind.REQUEST: "request",
    Kind.MANY: "request for many replies",
    Kind.PUBLISH: "publish",
    Kind.STREAM_REQUEST: "request through a stream",
    Kind.STREAM_PUBLISH: "publish into a stream",
}
_MAX_HEADERS, _MAX_LINES = 6, 4
_MAX_CHARACTERS = 200


def pasted_facts(pasted: Pasted) -> Iterator[Fact]:
    """What a command means."""
    what = pasted.what
    yield from _reply(what) if isinstance(what, ReplyDraft) else _draft(what, pasted)
    yield from _headers(what)
    yield from _body(what.body)


def _draft(draft: Draft, pasted: Pasted) -> Iterator[Fact]:
    times = f", {pasted.count:,} times" if pasted.count != 1 else ""
    pause = f" with {span(pasted.sleep)} between" if pasted.sleep else ""
    yield "Sends", f"a {KINDS[draft.kind]}{times}{pause}"
    yield "Subject", draft.subject
    if draft.kind is not Kind.PUBLISH:
        yield "Timeout", span(draft.timeout)
    if draft.kind is Kind.MANY:
        yield "Replies", _ending(draft)
    named = (
        ("Reply to", draft.reply_to),
        ("Stream", draft.stream),
    )
    yield from ((title, value) for title, value in named if value)
    if draft.templates:
        yield "Templates", "rendered for each message"


def _ending(draft: Draft) -> str:
    words = [f"{draft.replies:,}" if draft.replies else "as many as come"]
    if draft.gap is not None:
        words.append(f"until it is quiet for {span(draft.gap)}")
    if draft.until_empty:
        words.append("or until an empty one")
    return ", ".join(words)


def _reply(reply: ReplyDraft) -> Iterator[Fact]:
    yield "Hosts", f"a responder that {recipe_class(reply.recipe).summary}"
    yield "Subject", reply.subject
    if reply.queue:
        yield "Queue", reply.queue
    if reply.most_delay:
        yield "Delay", f"up to {span(reply.most_delay)}"
    if reply.limit:
        yield "Stops", f"after {counted(reply.limit, 'request')}"


def _headers(what: Draft | ReplyDraft) -> Iterator[Fact]:
    """All that it sends: what went into fields of the form as well."""
    headers = what.headers if isinstance(what, ReplyDraft) else what.outgoing
    for name, value in headers[:_MAX_HEADERS]:
        yield "Headers", f"{name}: {value[:_MAX_CHARACTERS]}"
    if len(headers) > _MAX_HEADERS:
        yield "Headers", f"… and {len(headers) - _MAX_HEADERS:,} more"


def _body(body: bytes) -> Iterator[Fact]:
    lines = text(body[: _MAX_LINES * _MAX_CHARACTERS]).split("\n")
    for line in lines[:_MAX_LINES]:
        yield "Body", line[:_MAX_CHARACTERS] if body else "none"
    if len(lines) > _MAX_LINES or len(body) > _MAX_LINES * _MAX_CHARACTERS:
        yield "Body", f"… {octets(len(body))} in all"
