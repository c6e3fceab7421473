"""Stored messages, read without disturbing anybody: no consumer is made, nothing acknowledged.

A stream that allows it hands out many messages for one question (batched direct get, ADR-31,
servers from 2.11); any other gives one for each, of which several are asked side by side.
Source: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from engine.api_subjects import check_name, direct_get, on_stream
from engine.errors import JetStreamError, LinkLost, NoResponders, Refused, RequestTimeout
from engine.fields import Fields, moment, number, part, words
from engine.link.link import Link, LinkState
from engine.message import Message, header_in, raw_bytes, split_frame, status_of, text
from engine.rpc.broker import Broker
from engine.rpc.inquiry import Inquiry
from engine.rpc.jetstream import API_TIMEOUT, JetStream
from engine.rpc.pubacks import NO_MESSAGE

END = 1 << 62
"""A sequence beyond every stream's end."""
ALL = ">"
MAX_IN_FLIGHT = 128
"""Messages that are asked for side by side, where each takes a question."""
BATCH_SIZE = 2000
"""Messages that are asked for with one question, where that can be."""
BATCH_BYTES = 8 << 20
"""Bytes of bodies and headers that one batch brings, at most one message more."""
_BATCHES = (2, 11)
"""The server's version from which it knows batches, and a time to start from."""
_OF_BATCH = (
    b"Nats-Stream",
    b"Nats-Subject",
    b"Nats-Sequence",
    b"Nats-Time-Stamp",
    b"Nats-Num-Pending",
    b"Nats-Last-Sequence",
    b"Nats-UpTo-Sequence",
)
"""Headers that the server adds to what is stored."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as the stream keeps it; its `at` is when it was stored."""

    sequence: int
    message: Message


@dataclass(frozen=True, slots=True)
class StoredMatches:
    """Every message that matches and whose sequence is below `reached`, in order."""

    messages: tuple[StoredMessage, ...]
    reached: int
    left: int | None = None
    """How many more match, up to the stream's end; None where the server does not tell."""


@dataclass(frozen=True, slots=True)
class RawRun:
    """As `StoredMatches`, of frames that nobody has read but for the first and the last."""

    frames: list[bytes]
    last: int
    """The sequence of the last one; 0 where there is none."""
    reached: int
    left: int | None = None


class _Frames(Inquiry):
    """Answers of many frames, of which the last has a status and nothing else."""

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self._heard: dict[bytes, list[bytes]] = {}

    def take(self, address: str) -> list[bytes]:
        """The frames before the last one."""
        return self._heard.pop(raw_bytes(address), [])

    def _hear(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        question = self._open.get(subject)
        if question is None:
            return
        status = status_of(frame[start:])[0] if len(frame) == start + head else 0
        if status == 503:
            question.fail(NoResponders(question.about))
        elif status:
            question.hear(frame[start:])
        else:
            self._heard.setdefault(subject, []).append(frame)


class StreamReader:
    """Made by `open_reader`. Raises as `list_streams`, and `RequestTimeout`."""

    def __init__(
        self, stream: str, api: JetStream, frames: _Frames, batches: bool, since: bool
    ) -> None:
        self.stream = stream
        self.batches = batches
        """True while many are had for one question."""
        self.knows_times = since
        """True when the server itself finds what was stored at a time."""
        self._api = api
        self._frames = frames

    async def first(self, sequence: int, subject: str = ALL) -> StoredMessage | None:
        """The first message at or after a sequence that matches."""
        found = await self._get({"seq": max(1, sequence), "next_by_subj": subject})
        return _expected(found, found is None or found.sequence >= sequence)

    async def first_since(self, at: float) -> StoredMessage | None:
        """The first message stored at or after a time."""
        written = datetime.fromtimestamp(at, UTC).isoformat()
        return await self._get({"start_time": written, "next_by_subj": ALL})

    async def get(self, sequence: int) -> StoredMessage | None:
        """The message with exactly this sequence; None when it is gone."""
        found = await self._get({"seq": sequence}) if sequence > 0 else None
        return _expected(found, found is None or found.sequence == sequence)

    async def run(self, sequence: int, subject: str, count: int) -> StoredMatches:
        """Messages at or after a sequence that match, `count` at most; it makes headway."""
        if self.batches:
            try:
                return await self._batch(sequence, subject, count)
            except (NoResponders, Refused):
                self.batches = False  # it was switched off, or this user may not
        return await self._singles(sequence, subject, count)

    async def _get(self, fields: Fields) -> StoredMessage | None:
        try:
            answer = await self._api.api(
                on_stream("MSG.GET", self.stream), fields, stream=self.stream
            )
        except JetStreamError as error:
            if error.err_code == NO_MESSAGE:
                return None
            raise
        return _single(part(answer, "message"))

    # -- one question for each -------------------------------------------------------------

    async def _singles(self, sequence: int, subject: str, count: int) -> StoredMatches:
        """Without a filter, side by side; with one, each says where to look for the next."""
        found = await self.first(sequence, subject)
        if found is None:
            return StoredMatches((), END)
        if subject != ALL:
            return await self._chain(found, subject, count)
        end = found.sequence + min(count, MAX_IN_FLIGHT)
        more = await asyncio.gather(
            *(self.get(sequence) for sequence in range(found.sequence + 1, end))
        )
        return StoredMatches((found, *(message for message in more if message is not None)), end)

    async def _chain(self, found: StoredMessage, subject: str, count: int) -> StoredMatches:
        chain = [found]
        while len(chain) < min(count, MAX_IN_FLIGHT):
            following = await self.first(chain[-1].sequence + 1, subject)
            if following is None:
                return StoredMatches(tuple(chain), END)
            chain.append(following)
        return StoredMatches(tuple(chain), chain[-1].sequence + 1)

    # -- many for one question -------------------------------------------------------------

    async def _batch(self, sequence: int, subject: str, count: int) -> StoredMatches:
        raw = await self.raw_run(sequence, subject, count)
        found = tuple(map(stored_message, raw.frames))
        ascending = all(earlier.sequence < other.sequence for earlier, other in pairwise(found))
        _expected(None, ascending)
        return StoredMatches(found, raw.reached, raw.left)

    async def raw_run(self, sequence: int, subject: str, count: int) -> RawRun:
        """As `run`, where there are batches: else it raises `NoResponders` or `Refused`."""
        fields = {
            "seq": max(1, sequence),
            "next_by_subj": subject,
            "batch": min(count, BATCH_SIZE),
            "max_bytes": BATCH_BYTES,
        }
        to = self._api.subject(direct_get(self.stream))
        question = self._frames.question(to)
        self._frames.link.publish(
            raw_bytes(to), json.dumps(fields).encode(), raw_bytes(question.address)
        )
        last = await question.next(API_TIMEOUT)
        frames = self._frames.take(question.address)
        if not frames and last is None:
            raise RequestTimeout(to, API_TIMEOUT)
        first, newest = _ends(frames)
        _expected(None, not frames or sequence <= first <= newest)
        if last is not None:
            return _ended(last, frames, newest, self.stream)
        return RawRun(frames, newest, newest + 1)


@asynccontextmanager
async def open_reader(broker: Broker, stream: str, direct: bool) -> AsyncIterator[StreamReader]:
    """Read a stream; `direct` says whether it allows direct gets."""
    check_name("stream", stream)
    link = broker.link
    if link.state is not LinkState.CONNECTED:
        raise LinkLost("")
    modern = link.server.version[:2] >= _BATCHES
    async with Inquiry(link) as inquiry, _Frames(link) as frames:
        api = inquiry.jetstream()
        yield StreamReader(stream, api, frames, direct and modern, modern)


# -- reading answers ---------------------------------------------------------------------------


def _expected(found: StoredMessage | None, so: bool) -> StoredMessage | None:
    if not so:
        raise JetStreamError("the server's answer is not what was asked for")
    return found


def _single(fields: Fields) -> StoredMessage:
    try:
        head = base64.b64decode(words(fields, "hdrs"))
        body = base64.b64decode(words(fields, "data"))
    except (binascii.Error, ValueError) as error:
        raise JetStreamError(f"the server's answer cannot be read: {error}") from error
    message = Message(words(fields, "subject"), body, head=head, at=moment(fields, "time") or 0.0)
    return StoredMessage(number(fields, "seq"), message)


def stored_message(frame: bytes) -> StoredMessage:
    """One of a batch: what the server added at the end of the headers is taken off again."""
    subject, _, start, size = split_frame(frame)
    lines = frame[start : start + size - 4].split(b"\r\n")
    told: dict[bytes, bytes] = {}
    while len(lines) > 1:
        name, _, value = lines[-1].partition(b": ")
        if name not in _OF_BATCH or name in told:
            break
        told[name] = value
        lines.pop()
    sequence = told.get(b"Nats-Sequence", b"")
    if not _is_count(sequence):
        raise JetStreamError("the server's answer does not say which message it is")
    message = Message(
        text(told.get(b"Nats-Subject", subject)),
        frame[start + size :],
        head=b"\r\n".join([*lines, b"", b""]) if len(lines) > 1 else b"",
        at=moment({"at": text(told.get(b"Nats-Time-Stamp", b""))}, "at") or 0.0,
    )
    return StoredMessage(int(sequence), message)


def _ends(frames: list[bytes]) -> tuple[int, int]:
    """The sequences of the first and the last one; zeros where there is none."""
    if not frames:
        return 0, 0
    return stored_message(frames[0]).sequence, stored_message(frames[-1]).sequence


def _ended(last: bytes, frames: list[bytes], newest: int, stream: str) -> RawRun:
    """From how a batch ended: 204 after the last of it, 404 where there is nothing."""
    status, words_of_it = status_of(last)
    if status not in (204, 404):
        raise JetStreamError(f"stream {stream!r} hands out no messages: {status} {words_of_it}")
    left = (header_in(last, b"Nats-Num-Pending") or b"") if status == 204 else b"0"
    more = left != b"0" and bool(frames)
    reached = newest + 1 if more else END
    return RawRun(frames, newest, reached, int(left) if _is_count(left) else None)


def _is_count(written: bytes) -> bool:
    """A number that a server could mean; Python reads no more than some thousand digits."""
    return written.isdigit() and len(written) < 20
