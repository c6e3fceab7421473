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
from engine.streams.stream_state import ConsumerState, Replica, StreamState
from engine.words import counted
from tui.kit.facts import Fact
from tui.kit.rows import clock
from tui.table.table import Cell, Column, Row

NONE = "–"
_DAY = 86_400.0
_PREVIEW = 400
"""Bytes of a body that a row may need."""

STREAM_COLUMNS = (
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
    Column("subject", 18, snug=True),
    Column("body", 10, grow=True),
    Column("size", 7, right=True, rank=1),
)


def stream_row(stream: StreamState, now: float) -> Row:
    cells = (
        Cell(stream.name),
        Cell(f"{stream.messages:,}", "" if stream.messages else "muted"),
        Cell(write_size(stream.bytes), "muted"),
        Cell(
            f"{stream.consumers:,}" if stream.consumers else NONE,
            "" if stream.consumers else "muted",
        ),
        Cell(ago(stream.last_at, now), "muted"),
    )
    return Row(stream.name, cells)


def consumer_row(consumer: ConsumerState) -> Row:
    word, role = condition(consumer)
    cells = (
        Cell(consumer.name),
        Cell(word, role),
        Cell(_count(consumer.pending), "active" if consumer.pending else "muted"),
        Cell(_count(consumer.unacknowledged), "warn" if consumer.unacknowledged else "muted"),
        Cell(_count(consumer.redelivered), "bad" if consumer.redelivered else "muted"),
        Cell(NONE if consumer.push else f"{consumer.waiting:,}", "muted"),
        Cell(consumer.kind, "muted"),
    )
    return Row(consumer.name, cells)


def condition(consumer: ConsumerState) -> tuple[str, str]:
    """How a consumer does, as glyph and word, and the role of its colour."""
    if consumer.paused:
        return "– paused", "muted"
    if consumer.push and not consumer.bound:
        return "∅ nobody", "bad"
    if consumer.full:
        return "! full", "bad"
    if consumer.pending and not consumer.push and not consumer.waiting:
        return "∅ no pull", "warn"
    if consumer.pending:
        return "● behind", "active"
    return ("○ unacked", "warn") if consumer.unacknowledged else ("✓ done", "good")


_MEANS = {
    "∅ nobody": "Nobody listens where it delivers to.",
    "! full": "It delivers nothing more until some of what is out is acknowledged.",
    "∅ no pull": "Messages wait, and nobody asks for them right now.",
}


def page_rows(page: StoredPage) -> Iterator[Row]:
    """The messages of a page in order, with the gaps between them."""
    gaps = list(page.gaps)
    for stored in page.messages:
        while gaps and gaps[0][0] < stored.sequence:
            yield gap_row(*gaps.pop(0))
        yield message_row(stored)
    yield from (gap_row(*gap) for gap in gaps)


def message_row(stored: StoredMessage) -> Row:
    message = stored.message
    cells = (
        Cell(f"{stored.sequence:,}", "muted"),
        Cell(stored_at(message.at), "muted"),
        Cell(message.subject),
        Cell(" ".join(text(message.body[:_PREVIEW]).split()), "muted"),
        Cell(write_size(message.size), "muted"),
    )
    return Row(stored.sequence, cells)


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


def stream_facts(stream: StreamState, fed: tuple[str, ...]) -> Iterator[Fact]:
    if stream.description:
        yield "About", stream.description
    if stream.bucket:
        yield "Is", f"the inside of {stream.bucket}"
    if stream.mirror:
        yield "Mirrors", stream.mirror
    elif stream.subjects:
        yield "Stores", ", ".join(stream.subjects)
    if stream.sources:
        yield "Sources", ", ".join(stream.sources)
    if fed:
        yield "Feeds", ", ".join(fed)
    yield "Keeps", ", ".join(_keeps(stream))
    if stream.messages or stream.last:
        gone = f", {stream.deleted:,} between gone" if stream.deleted else ""
        yield (
            "Sequence",
            f"{stream.first:,} to {stream.last:,}{gone}" if stream.messages else _emptied(stream),
        )
    if stream.followers or stream.leader:
        yield "Leader", stream.leader or "! none: nothing can be stored right now"
    if stream.followers:
        yield "Copies", ", ".join(map(_follower, stream.followers))


def _follower(follower: Replica) -> str:
    if follower.offline:
        return f"{follower.name} (! offline)"
    return follower.name if follower.current else f"{follower.name} (! {follower.behind:,} behind)"


def _emptied(stream: StreamState) -> str:
    return f"empty; the next is {stream.next:,}"


def _keeps(stream: StreamState) -> Iterator[str]:
    yield f"in {stream.storage}"
    kept = {"workqueue": "until acknowledged (work queue)", "interest": "while consumers want it"}
    if stream.retention in kept:
        yield kept[stream.retention]
    if stream.max_messages:
        yield counted(stream.max_messages, "message")
    if stream.max_per_subject:
        yield f"{stream.max_per_subject:,} per subject"
    if stream.max_bytes:
        yield write_size(stream.max_bytes)
    if stream.max_age:
        yield write_age(stream.max_age)
    limited = stream.max_messages or stream.max_bytes or stream.max_age or stream.max_per_subject
    if not limited and stream.retention not in kept:
        yield "without end"
    if limited and stream.discard == "new":
        which = "on a subject that is full" if stream.per_subject_new else "when full"
        yield f"refuses more {which}"
    if stream.own_ttl:
        yield "messages may have a time of their own"
    if stream.compression:
        yield "compressed"
    if stream.replicas > 1:
        yield f"{stream.replicas} replicas"
    for word, so in (
        ("sealed", stream.sealed),
        ("denies deleting", stream.deny_delete and not stream.sealed),
        ("denies purging", stream.deny_purge and not stream.sealed),
    ):
        if so:
            yield word


def consumer_facts(consumer: ConsumerState, now: float) -> Iterator[Fact]:
    word, _ = condition(consumer)
    if consumer.paused:
        left = f" for {write_age(consumer.resumes_in)} more" if consumer.resumes_in >= 1 else ""
        yield "State", f"It is paused{left}: nothing is delivered."
    if word in _MEANS:
        yield "State", _MEANS[word]
    queue = f" (queue {consumer.queue})" if consumer.queue else ""
    yield "Is", consumer.kind + (f" to {consumer.deliver_subject}{queue}" if consumer.push else "")
    if consumer.filters:
        yield "Wants", ", ".join(consumer.filters)
    active = f", {ago(consumer.last_active, now)}" if consumer.last_active else ""
    yield (
        "Delivered",
        f"up to {consumer.delivered:,}{active}; acknowledged up to {consumer.ack_floor:,}",
    )
    if consumer.ack_policy:
        yield "Acks", ", ".join(_acks(consumer))


def _acks(consumer: ConsumerState) -> Iterator[str]:
    if consumer.ack_policy == "none":
        yield "none: what is delivered counts as done"
        return
    yield "one for all before" if consumer.ack_policy == "all" else "one for each"
    if consumer.ack_wait:
        yield f"delivered again after {write_age(consumer.ack_wait)}"
    if consumer.max_deliver:
        yield f"at most {consumer.max_deliver:,} times"
    if consumer.max_unacknowledged:
        yield f"at most {consumer.max_unacknowledged:,} open"


def _count(value: int) -> str:
    return f"{value:,}" if value else NONE
