"""Hosting responders from a command: each request that they handle is told as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

from engine.latency_words import span
from engine.words import counted

from .output import BAD, DIM, WARN, Output

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft
    from engine.responders.responder import Responder
    from engine.responders.responder_stats import HandledRequest
    from engine.rpc.broker import Broker

_LOOK = 0.05
"""Seconds between two looks at what the responders did."""
Variables = Callable[[], Mapping[str, str]]


async def host(
    broker: Broker,
    named: Sequence[tuple[str, ReplyDraft]],
    out: Output,
    *,
    variables: Variables = dict,
    seconds: float | None = None,
    count: int = 0,
) -> int:
    """Answer until `seconds` are over, `count` requests were handled, or Ctrl+C; how many were.

    Raises `InvalidInput` for a responder that may not be hosted, and `JetStreamError`.
    """
    from engine.responders.responder import Responder

    async with AsyncExitStack() as stack:
        hosted = []
        for name, draft in named:
            responder = Responder(broker, draft, name=name, variables=variables)
            await responder.start()
            stack.push_async_callback(responder.stop)
            hosted.append(responder)
            words = {"type": "responder", "name": responder.name, "subject": responder.subject}
            out.record(words)
            out.say(f"answering on {responder.subject}: {responder.name}", DIM)
        told = HostingReport(hosted, out)
        with suppress(asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(seconds):
                await told.follow(count)
        told.look()
    out.say(f"handled {counted(told.handled, 'request')}", DIM)
    return told.handled


class HostingReport:
    """What was told of the requests that responders handled."""

    def __init__(self, hosted: Sequence[Responder], out: Output) -> None:
        self._hosted = hosted
        self._out = out
        self._counts = [0] * len(hosted)
        self._complaints = [""] * len(hosted)
        self.handled = 0

    async def follow(self, count: int) -> None:
        """Until `count` requests were handled; 0 is for ever."""
        while not count or self.handled < count:
            await asyncio.sleep(_LOOK)
            self.look()

    def look(self) -> None:
        """Tell of what was handled since the last look; of very many only the newest."""
        for at, responder in enumerate(self._hosted):
            new = responder.record.requests - self._counts[at]
            self._counts[at] += new
            self.handled += new
            for handled in list(responder.record.last)[-new:] if new else ():
                self._tell(responder, handled)
            if (trouble := responder.trouble) != self._complaints[at]:
                self._complaints[at] = trouble
                if trouble:
                    self._out.complain(f"{responder.subject}: {trouble}", WARN)

    def _tell(self, responder: Responder, handled: HandledRequest) -> None:
        self._out.record(handled_record(responder, handled))
        words = f": {handled.words}" if handled.words else ""
        line = f"{handled.subject}  {handled.outcome}  {span(handled.latency)}{words}"
        self._out.say(line, "" if handled.outcome.sent else BAD)


def handled_record(responder: Responder, handled: HandledRequest) -> dict[str, Any]:
    """The JSON line of a request that was handled."""
    return {
        "type": "handled",
        "responder": responder.name,
        "subject": handled.subject,
        "outcome": handled.outcome.name.lower().replace("_", "-"),
        "at": round(handled.at, 6),
        "latency": round(handled.latency, 6),
        "bytes": handled.size,
        "why": handled.words,
    }
