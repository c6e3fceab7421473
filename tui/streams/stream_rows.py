"""The rows of the streams screen: a stream, a consumer, a stored message or a gap, in columns;
and what is said of each more closely.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from engine.durations import write_age
from engine.message import text
from engine.streams.browse import StoredPage
from engine.streams.sizes import write_size
from engine.streams.stored import StoredMessage
from engine.streams.stream_state import ConsumerState, Follower, StreamState
from engine.words import counted
from tui.kit.facts import Fact
from tui.kit.rows import clock
from tui.kit.table import Cell, Column, Row

NONE = "–"
_DAY = 86_400.0
_PREVIEW = 400
"""Bytes of a body that a row may need."""

STREAMS = (
    Column("stream", 12, grow=True),
    Column("messages", 9, right=True),
    Column("size", 7, right=True, rank=2),
    Column("consumers", 9, right=True, rank=1),
    Column("last", 8, right=True, rank=3),
)
CONSUMERS = (
    Column("consumer", 10, grow=True),
    Column("state", 9),
    Column("lag", 7, right=True),
    Column("unacked", 7, right=True),
    Column("redeliv.", 8, right=True),
    Column("pulls", 5, right=True, rank=1),
    Column("kind", 14, rank=2),
)
MESSAGES = (
    Column("sequence", 9, right=True),
    Column("stored", 12),
    Column("subject", 18),
    Column("body", 10, grow=True),
    Column("size", 7, right=True, rank=1),
)


def stream_row(one: StreamState, now: float) -> Row:
    cells = (
        Cell(one.name),
        Cell(f"{one.messages:,}", "" if one.messages else "muted"),
        Cell(write_size(one.bytes), "muted"),
        Cell(f"{one.consumers:,}" if one.consumers else NONE, "" if one.consumers else "muted"),
        Cell(ago(one.last_at, now), "muted"),
    )
    return Row(one.name, cells)


def consumer_row(one: ConsumerState) -> Row:
    word, role = condition(one)
    cells = (
        Cell(one.name),
        Cell(word, role),
        Cell(_count(one.pending), "active" if one.pending else "muted"),
        Cell(_count(one.unacknowledged), "warn" if one.unacknowledged else "muted"),
        Cell(_count(one.redelivered), "bad" if one.redelivered else "muted"),
        Cell(NONE if one.push else f"{one.waiting:,}", "muted"),
        Cell(one.kind, "muted"),
    )
    return Row(one.name, cells)


def condition(one: ConsumerState) -> tuple[str, str]:
    """How a consumer does, as glyph and word, and the role of its colour."""
    if one.paused:
        return "– paused", "muted"
    if one.push and not one.bound:
        return "∅ nobody", "bad"
    if one.full:
        return "! full", "bad"
    if one.pending and not one.push and not one.waiting:
        return "∅ no pull", "warn"
    if one.pending:
        return "● behind", "active"
    return ("○ unacked", "warn") if one.unacknowledged else ("✓ done", "good")


_MEANS = {
    "∅ nobody": "Nobody listens where it delivers to.",
    "! full": "It delivers nothing more until some of what is out is acknowledged.",
    "∅ no pull": "Messages wait, and nobody asks for them right now.",
}


def page_rows(page: StoredPage) -> Iterator[Row]:
    """The messages of a page in order, with the gaps between them."""
    gaps = list(page.gaps)
    for one in page.messages:
        while gaps and gaps[0][0] < one.sequence:
            yield gap_row(*gaps.pop(0))
        yield message_row(one)
    yield from (gap_row(*one) for one in gaps)


def message_row(one: StoredMessage) -> Row:
    message = one.message
    cells = (
        Cell(f"{one.sequence:,}", "muted"),
        Cell(stored_at(message.at), "muted"),
        Cell(message.subject),
        Cell(" ".join(text(message.body[:_PREVIEW]).split()), "muted"),
        Cell(write_size(message.size), "muted"),
    )
    return Row(one.sequence, cells)


def gap_row(first: int, last: int) -> Row:
    count = last - first + 1
    span = f"{first:,}" if first == last else f"{first:,} to {last:,}"
    cells = (
        Cell("·", "muted"),
        Cell(f"{count:,} gone", "muted"),
        Cell(span, "muted"),
        Cell("", "muted"),
        Cell("", "muted"),
    )
    return Row((first, last), cells)


def stored_at(at: float) -> str:
    """The time of day of today, the day of what is older."""
    if not at:
        return NONE
    if time.time() - at < _DAY and time.localtime(at).tm_mday == time.localtime().tm_mday:
        return clock(at)
    return time.strftime("%d %b %H:%M", time.localtime(at))


def ago(at: float | None, now: float) -> str:
    if at is None:
        return NONE
    past = max(0.0, now - at)
    return "now" if past < 1 else f"{_rough(past)} ago"


def _rough(seconds: float) -> str:
    for unit, size in (("d", _DAY), ("h", 3600.0), ("m", 60.0)):
        if seconds >= size:
            return f"{int(seconds / size)}{unit}"
    return f"{int(seconds)}s"


# -- more closely ----------------------------------------------------------------------------


def stream_facts(one: StreamState, fed: tuple[str, ...]) -> Iterator[Fact]:
    if one.description:
        yield "About", one.description
    if one.bucket:
        yield "Is", f"the inside of {one.bucket}"
    if one.mirror:
        yield "Mirrors", one.mirror
    elif one.subjects:
        yield "Stores", ", ".join(one.subjects)
    if one.sources:
        yield "Sources", ", ".join(one.sources)
    if fed:
        yield "Feeds", ", ".join(fed)
    yield "Keeps", ", ".join(_keeps(one))
    if one.messages or one.last:
        gone = f", {one.deleted:,} between gone" if one.deleted else ""
        yield "Sequence", f"{one.first:,} to {one.last:,}{gone}" if one.messages else _emptied(one)
    if one.followers or one.leader:
        yield "Leader", one.leader or "! none: nothing can be stored right now"
    if one.followers:
        yield "Copies", ", ".join(map(_follower, one.followers))


def _follower(one: Follower) -> str:
    if one.offline:
        return f"{one.name} (! offline)"
    return one.name if one.current else f"{one.name} (! {one.behind:,} behind)"


def _emptied(one: StreamState) -> str:
    return f"empty; the next is {one.next:,}"


def _keeps(one: StreamState) -> Iterator[str]:
    yield f"in {one.storage}"
    kept = {"workqueue": "until acknowledged (work queue)", "interest": "while consumers want it"}
    if one.retention in kept:
        yield kept[one.retention]
    if one.max_messages:
        yield counted(one.max_messages, "message")
    if one.max_per_subject:
        yield f"{one.max_per_subject:,} per subject"
    if one.max_bytes:
        yield write_size(one.max_bytes)
    if one.max_age:
        yield write_age(one.max_age)
    limited = one.max_messages or one.max_bytes or one.max_age or one.max_per_subject
    if not limited and one.retention not in kept:
        yield "without end"
    if limited and one.discard == "new":
        which = "on a subject that is full" if one.per_subject_new else "when full"
        yield f"refuses more {which}"
    if one.own_ttl:
        yield "messages may have a time of their own"
    if one.compression:
        yield "compressed"
    if one.replicas > 1:
        yield f"{one.replicas} replicas"
    for word, so in (
        ("sealed", one.sealed),
        ("denies deleting", one.deny_delete and not one.sealed),
        ("denies purging", one.deny_purge and not one.sealed),
    ):
        if so:
            yield word


def consumer_facts(one: ConsumerState, now: float) -> Iterator[Fact]:
    word, _ = condition(one)
    if one.paused:
        left = f" for {write_age(one.resumes_in)} more" if one.resumes_in >= 1 else ""
        yield "State", f"It is paused{left}: nothing is delivered."
    if word in _MEANS:
        yield "State", _MEANS[word]
    queue = f" (queue {one.queue})" if one.queue else ""
    yield "Is", one.kind + (f" to {one.deliver_subject}{queue}" if one.push else "")
    if one.filters:
        yield "Wants", ", ".join(one.filters)
    active = f", {ago(one.last_active, now)}" if one.last_active else ""
    yield "Delivered", f"up to {one.delivered:,}{active}; acknowledged up to {one.ack_floor:,}"
    if one.ack_policy:
        yield "Acks", ", ".join(_acks(one))


def _acks(one: ConsumerState) -> Iterator[str]:
    if one.ack_policy == "none":
        yield "none: what is delivered counts as done"
        return
    yield "one for all before" if one.ack_policy == "all" else "one for each"
    if one.ack_wait:
        yield f"delivered again after {write_age(one.ack_wait)}"
    if one.max_deliver:
        yield f"at most {one.max_deliver:,} times"
    if one.max_unacknowledged:
        yield f"at most {one.max_unacknowledged:,} open"


def _count(value: int) -> str:
    return f"{value:,}" if value else NONE
