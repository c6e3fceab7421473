"""What a coding agent may ask: each tool gives plain values, without secrets.

Looking goes over a connection that is read-only, so that no slip of ours can send. Only `ask` and
`why` have another one, and only for the subjects that were allowed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.audience.audience import audience
from engine.diagnosis.diagnosis import diagnose
from engine.drafts.draft import Draft, Kind
from engine.errors import InvalidInput, Refused
from engine.filter.lens import Lens
from engine.journal import Journal
from engine.profile.profile import Profile
from engine.recording.gathering import parts_of
from engine.recording.open_file import open_file
from engine.rpc.broker import Broker
from engine.services.discovery import discover
from engine.streams.listing import list_streams
from engine.subject import matches
from engine.watching.feed import ExchangeFeed

from .asking import PendingRequest
from .output import Output
from .recorded import recorded_exchanges
from .services import service_record
from .watched import describe, exchange_record, passes
from .who import audience_record
from .why import diagnosis_record

MAX_SECONDS = 300.0
"""Seconds that a watch or a request of an agent may last."""
MAX_EXCHANGES = 200
"""Exchanges that one watch hands over."""
Record = dict[str, Any]


class Collected(Output):
    """Keeps what a command would print as JSON lines."""

    def __init__(self, out: Output) -> None:
        super().__init__(as_json=True, quiet=True)
        self.secrets, self.config = out.secrets, out.config
        self.records: list[Record] = []

    def record(self, fields: Mapping[str, Any]) -> None:
        self.records.append(dict(fields))


class AgentTools:
    """`looking` is a broker that is read-only; `allowed` are patterns of subjects to send to."""

    def __init__(
        self, profile: Profile, looking: Broker, out: Output, allowed: Sequence[str]
    ) -> None:
        self._profile = profile
        self._looking = looking
        self._out = out
        self._allowed = tuple(allowed)

    def _plain(self, value: Any) -> Any:
        return self._out.concealed(value)

    # -- looking -----------------------------------------------------------------------------

    async def who(self, subject: str) -> Record:
        """Who would get a message on a subject. Nothing is sent there."""
        found: Record = self._plain(audience_record(await audience(self._looking, subject)))
        return found

    async def services(self, name: str = "") -> list[Record]:
        """The services that describe themselves, with endpoints, schemas and figures."""
        found = await discover(self._looking, name)
        return [self._plain(service_record(service)) for service in found]

    async def streams(self) -> list[Record]:
        """The streams of the account, with their subjects, sizes and limits."""
        found = await list_streams(self._looking)
        return [self._plain(stream_record(stream)) for stream in found.streams]

    async def watch(
        self,
        subjects: list[str],
        seconds: float = 10.0,
        filter_text: str = "",
        limit: int = 50,
    ) -> Record:
        """What others say to each other on the subjects within some seconds, as exchanges."""
        lens = Lens.parse(filter_text)
        feed = ExchangeFeed(replace(self._profile, read_only=True), tuple(subjects))
        found: list[Record] = []
        try:
            async with asyncio.timeout(min(max(seconds, 0.1), MAX_SECONDS)), feed:
                async for described in describe(feed, self._looking, self._out):
                    if passes(lens, feed, described, self._out):
                        found.append(self._plain(exchange_record(described, self._out)))
                    if len(found) >= min(limit, MAX_EXCHANGES):
                        break
        except TimeoutError:
            pass
        return {"exchanges": found, "unfinished": feed.unfinished, "disturbs": feed.disturbs}

    async def open_recording(self, path: str, filter_text: str = "", limit: int = 50) -> Record:
        """The exchanges in a file that natstap recorded, or that other tools of NATS wrote."""
        lens = Lens.parse(filter_text)
        found = await asyncio.to_thread(_recorded, path, lens, min(limit, MAX_EXCHANGES), self._out)
        plain: Record = self._plain(found)
        return plain

    # -- sending -----------------------------------------------------------------------------

    def check_allowed(self, subject: str) -> None:
        """Raises `Refused` unless the user allowed to send there."""
        if not any(matches(pattern, subject) for pattern in self._allowed):
            raise NotAllowed(subject)

    async def ask(
        self,
        subject: str,
        body: str = "",
        headers: dict[str, str] | None = None,
        timeout: float = 2.0,
        replies: int = 1,
    ) -> Record:
        """Send a request and wait for its reply, or for several; 0 for as many as come."""
        return await self._ask(subject, body, headers, timeout, replies, explain=False)

    async def why(
        self,
        subject: str,
        body: str = "",
        headers: dict[str, str] | None = None,
        timeout: float = 2.0,
    ) -> Record:
        """Send a request and explain from what the servers know why it went as it went."""
        return await self._ask(subject, body, headers, timeout, 1, explain=True)

    async def _ask(
        self,
        subject: str,
        body: str,
        headers: Mapping[str, str] | None,
        timeout: float,
        replies: int,
        *,
        explain: bool,
    ) -> Record:
        self.check_allowed(subject)
        draft = _draft(subject, body, headers, min(timeout, MAX_SECONDS), replies)
        draft.check()
        journal, kept = Journal(), Collected(self._out)
        async with Broker(self._profile, journal=journal) as broker:
            before = await audience(broker, subject) if explain else None
            asked = PendingRequest(broker, journal, draft, kept)
            await asked.wait()
            answer = {**asked.record, "answers": kept.records}
            if explain:
                found = await diagnose(broker, journal, asked.sent.number, before=before)
                answer["diagnosis"] = diagnosis_record(found, subject)
        plain: Record = self._plain(answer)
        return plain


def _recorded(path: str, lens: Lens, limit: int, out: Output) -> Record:
    """In a thread; the first that pass, and how many there are of these. Raises `CannotOpen`."""
    opened = open_file(Path(path))
    found: list[Record] = []
    total = 0
    for shown, journal in parts_of(opened, Journal()):
        for described in recorded_exchanges(shown, journal, lens, out):
            total += 1
            if len(found) < limit:
                found.append(exchange_record(described, out))
    return {"exchanges": found, "total": total, "notes": list(opened.sentences())}


class NotAllowed(Refused):
    def __init__(self, subject: str) -> None:
        super().__init__(subject, "publish")
        self.args = (
            f"sending to {subject!r} is not allowed here: start natstap mcp with "
            "--allow-send and this subject",
        )


def _draft(
    subject: str, body: str, headers: Mapping[str, str] | None, timeout: float, replies: int
) -> Draft:
    if replies < 0:
        raise InvalidInput("replies: use 0 for as many as come, or a positive number")
    many = replies != 1
    return Draft(
        subject,
        body.encode("utf-8", "surrogateescape"),
        Kind.MANY if many else Kind.REQUEST,
        tuple((headers or {}).items()),
        timeout=timeout,
        replies=replies if many else 0,
        gap=0.3 if many else None,
    )


def stream_record(stream: Any) -> Record:
    """A stream as plain values."""
    return {
        "name": stream.name,
        "subjects": list(stream.subjects),
        "description": stream.description,
        "messages": stream.messages,
        "bytes": stream.bytes,
        "first": stream.first,
        "last": stream.last,
        "consumers": stream.consumers,
        "storage": stream.storage,
        "retention": stream.retention,
        "max_age": stream.max_age,
        "mirror": stream.mirror,
        "sources": list(stream.sources),
    }
