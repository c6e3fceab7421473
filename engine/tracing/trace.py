"""Following one message through the servers: a dry run that delivers nothing, or a ride along
with a request that is really sent.

The header names and values are constants, for the server compares them letter by letter: with
any other spelling a "dry run" would be delivered. When it would be delivered even so is the
business of caution.py.
Source: measured on nats-server 2.15; nats-server's msgtrace.go.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import Final, Self

from engine.errors import CannotTrace, NatstapError, Refused
from engine.fields import parse
from engine.message import Headers, HeadersInput, raw_bytes
from engine.rpc.broker import Broker
from engine.rpc.inquiry import Inquiry, Question
from engine.subject import check_publish

from .dry_run_safety import NO_INBOX, check_harmless, check_tracing
from .path import Path
from .reports import Report, assemble, read_report

TRACE_DEST: Final = "Nats-Trace-Dest"
TRACE_ONLY: Final = "Nats-Trace-Only"
ONLY: Final = "true"
_STEERING = ("nats-trace-", "traceparent", "accept-encoding")
"""Beginnings of headers that would turn a trace off, send it elsewhere or compress it."""
FIRST_SHARE = 0.25
"""Share of the time that a first dry run gets. A cluster behind a gateway may not have heard of
a new inbox when the message gets there, and so not report: by the second time it has."""
MAX_REPORTS = 256
"""Reports read of one message,"""
MAX_HOPS = 1 << 14
"""and steps in them: whoever got the message knows where to send some of his own."""
LATE_REPORTS_WAIT = 0.02
"""Seconds that an answer's reports may come after those of its request."""
LATE_ANSWER_WAIT = 0.5
"""Seconds that the rest of an answer's reports may come after its first one."""


def trace_headers(dest: str) -> tuple[tuple[str, str], ...]:
    """Headers that let a real message be traced; the reports go to the subject `dest`."""
    return ((TRACE_DEST, dest),)


async def dry_run(
    broker: Broker,
    subject: str,
    body: bytes = b"",
    headers: HeadersInput | Headers | None = None,
    *,
    timeout: float = 0.5,
) -> Path:
    """The way that a message would take; nobody gets it, and nothing is stored or recorded.

    Returns as soon as every server on the way has reported, at the latest after `timeout`
    seconds. A refusal is in the path. Raises `CannotTrace`, `InvalidInput`, `LinkError`.
    """
    async with Inquiry(broker.link) as inquiry:
        return await probe(inquiry, subject, body, headers, timeout=timeout)


async def probe(
    inquiry: Inquiry,
    subject: str,
    body: bytes = b"",
    headers: HeadersInput | Headers | None = None,
    *,
    timeout: float = 0.5,
) -> Path:
    """As `dry_run`, on an inquiry that is there already."""
    to, given = check_publish(subject), _harmless(headers)
    question = _question(inquiry, subject)
    await check_harmless(inquiry, subject, timeout)
    path = Path()
    for left in (timeout * FIRST_SHARE, timeout * (1 - FIRST_SHARE)):
        only = (*trace_headers(question.address), (TRACE_ONLY, ONLY))
        inquiry.link.publish(to, body, head=Headers([*only, *given]).encode())
        await inquiry.link.flow()  # written at once: kept back, it might go to another server
        path = await collect(question, subject, timeout=left, dry=True)
        if path.complete or path.refusal:
            break
        question = _question(inquiry, subject)
    return path


class Tracing:
    """A ride along with one real message: `headers` go with it, `path` is read afterwards.

    `async with Tracing(broker) as tracing:`, then a call with these headers among its own,
    then `await tracing.path(subject)`. Entering raises `CannotTrace`, `LinkError`. With a
    `subject` it makes a dry run first, so that clusters behind gateways know where to report.
    """

    def __init__(self, broker: Broker, subject: str = "") -> None:
        check_tracing(broker.link)
        self._link = broker.link
        self._subject = subject
        self._inquiry = Inquiry(broker.link)
        self._rtt = 0.0

    async def __aenter__(self) -> Self:
        await self._inquiry.__aenter__()
        try:
            self._question = _question(self._inquiry)
            self._rtt = await self._try_the_way(timeout=1.0)
            if self._subject:
                with suppress(NatstapError):  # what is wrong, the real message tells
                    await probe(self._inquiry, self._subject)
        except BaseException:
            await self._inquiry.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._inquiry.__aexit__(*exc)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return trace_headers(self._question.address)

    async def path(self, subject: str, *, timeout: float = 0.5) -> Path:
        """The way that the message to `subject` took, once all servers have reported.

        Waits at most `timeout` seconds for those that have not.
        """
        return await collect(self._question, subject, timeout=timeout, rtt=self._rtt)

    async def _try_the_way(self, timeout: float) -> float:
        """Send the reports' address a word; seconds until it came back.

        A server drops a message whose reports it may not send, so this is found out before.
        """
        began = asyncio.get_running_loop().time()
        address = self._question.address
        self._link.publish(raw_bytes(address), b"")
        try:
            came = await self._question.next(timeout)
        except Refused as error:
            raise CannotTrace(address, NO_INBOX) from error
        if came is None:
            raise CannotTrace(address, "nothing comes back from this connection's own inbox")
        return asyncio.get_running_loop().time() - began


async def collect(
    question: Question,
    subject: str,
    *,
    timeout: float,
    dry: bool = False,
    rtt: float | None = None,
) -> Path:
    """Read the reports that come to the question's address, as a path.

    Returns when all servers have reported, at the latest after `timeout` seconds.
    """
    reports: list[Report] = []
    unreadable, refusal = 0, ""
    inbox = question.address.rsplit(".", 2)[0]
    path = assemble(subject, ())
    deadline = asyncio.get_running_loop().time() + timeout
    while len(reports) + unreadable < MAX_REPORTS and len(path.hops) + len(path.answer) < MAX_HOPS:
        left = deadline - asyncio.get_running_loop().time()
        try:
            body = await question.next(min(left, _patience(path, dry)))
        except Refused as error:
            if error.subject != subject:
                raise CannotTrace(subject, NO_INBOX) from error
            refusal = str(error)
            break
        if body is None:
            break
        report = read_report(parse(body))
        unreadable += report is None
        reports += [report] if report is not None else []
        path = assemble(subject, reports, inbox)
    return replace(path, dry=dry, rtt=rtt, refusal=refusal, unreadable=unreadable)


def _patience(path: Path, dry: bool) -> float:
    """Seconds that another report is waited for."""
    if not path.complete:
        return inf
    if dry:
        return 0
    return LATE_REPORTS_WAIT if path.answer_complete else LATE_ANSWER_WAIT


def _question(inquiry: Inquiry, *subjects: str) -> Question:
    try:
        return inquiry.question(*subjects)
    except Refused as error:
        raise CannotTrace(error.subject, NO_INBOX) from error


def _harmless(headers: HeadersInput | Headers | None) -> list[tuple[str, str]]:
    """The headers but for those that steer a trace; raises `InvalidHeader` as sending would."""
    given = Headers.of(headers)
    checked = Headers.of(given.pairs).pairs
    return [pair for pair in checked if not pair[0].lower().startswith(_STEERING)]
