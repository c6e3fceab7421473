"""One request from a command: sent, its replies printed as they come, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.content.content import Side
from engine.drafts.kinds import Kind
from engine.drafts.send import PreparedDraft, SentDraft
from engine.errors import NatstapError
from engine.journal import Exchange, Journal, pub_ack
from engine.journal.states import State
from engine.latency_words import span
from engine.message import Message, raw_bytes
from engine.rpc.message import SERVICE_ERROR
from engine.words import counted

from .exit_codes import Exit, exit_of_error, exit_of_state
from .message_flags import may_say_more, message_record
from .output import BAD, DIM, WARN, Output

if TYPE_CHECKING:
    from engine.drafts.draft import Draft
    from engine.rpc.asking_link import Sends

_LOOK = 0.02
"""Seconds between two looks at what came, while several replies are awaited."""


class PendingRequest:
    """A request on its way, and afterwards what became of it."""

    def __init__(self, broker: Sends, journal: Journal, draft: Draft, out: Output) -> None:
        self._journal = journal
        self._out = out
        self._looked_at = 0
        self.replies = 0
        """Those that were printed: a stream's acknowledgement is none."""
        self.more = 0
        """Replies after the first, where one was asked for."""
        self.stored: Mapping[str, Any] | None = None
        """What a stream said when it had stored the message."""
        self.error: NatstapError | None = None
        self.sent: SentDraft = PreparedDraft(broker, draft).begin()

    @property
    def exchange(self) -> Exchange:
        return self._journal.exchange(self.sent.number)

    @property
    def code(self) -> Exit:
        state = self.exchange.state
        if state in (State.NONE, State.WAITING) and self.error is not None:
            return exit_of_error(self.error)
        return exit_of_state(state)

    @property
    def _state(self) -> str:
        state = self.exchange.state
        if state is State.NONE:
            return "sent" if self.error is None else State.REFUSED.slug
        return state.slug

    @property
    def _one(self) -> bool:
        return self.sent.draft.kind is not Kind.MANY

    async def wait(self) -> None:
        """Print each reply as it comes, until it is over; raises nothing of natstap's."""
        outcome = asyncio.create_task(self.sent.outcome())
        try:
            if not self._one:
                await self._follow(outcome)
            await outcome
        except NatstapError as error:
            self.error = error
        finally:
            outcome.cancel()
            self._print_replies()

    async def _follow(self, outcome: asyncio.Task[Any]) -> None:
        while not outcome.done():
            await asyncio.wait({outcome}, timeout=_LOOK)
            self._print_replies()

    def _print_replies(self) -> None:
        for number in self.exchange.replies[self._looked_at :]:
            self._looked_at += 1
            reply = self._journal.message(number)
            if stored := pub_ack(reply.body):
                self.stored = stored
            elif self._one and self.replies:
                self.more += 1
            elif not reply.no_responders:
                self._print(reply)

    def _print(self, reply: Message) -> None:
        out, later = self._out, max(0.0, reply.at - self.exchange.started)
        self.replies += 1
        told = message_record(reply, self.exchange.subject, Side.REPLY, out)
        about = {"type": "reply", "subject": reply.subject}
        out.record({**about, **told, "latency": round(later, 6)})
        if reply.body or reply.headers.get(SERVICE_ERROR) is None:
            self._print_body(reply)

    def _print_body(self, reply: Message) -> None:
        """Bytes that are no text are shown as what they are read as, if anything."""
        out = self._out
        if not out.raw and not out.as_json and may_say_more(reply.body, out):
            from .contents import read_as

            if (shown := read_as(reply, self.exchange.subject, Side.REPLY, out)) is not None:
                out.body(raw_bytes(shown.text))
                out.say(f"{shown.title}, shown as text: --raw prints its bytes", DIM)
                return
        out.body(reply.body)

    # -- how it ended ------------------------------------------------------------------------

    def tell(self) -> Exit:
        """Say how it ended; the exit code."""
        code = self.code
        self._out.record(self.record)
        if code is Exit.ANSWERED:
            self._out.say(self.sentence, DIM)
        else:
            self._out.complain(self.sentence, WARN if code is Exit.PARTLY else BAD)
        if self.more:
            self._out.say(f"{self.more} more came: --replies 0 shows all of them", WARN)
        self._out.warn_if_changed()
        return code

    @property
    def sentence(self) -> str:
        """What became of it, in a few words."""
        exchange = self.exchange
        if exchange.state in (State.ANSWERED, State.PARTLY):
            return f"{exchange.state.label}{', '.join(('', *self._figures(exchange)))}"
        return str(self.error) if self.error is not None else exchange.state.label

    def _figures(self, exchange: Exchange) -> Iterator[str]:
        if exchange.latency is not None and self.replies:
            yield span(exchange.latency)
        if exchange.wanted and self.replies < exchange.wanted:
            yield f"{self.replies} of {exchange.wanted} replies"
        elif exchange.wanted != 1:
            yield counted(self.replies, "reply", "replies")

    @property
    def record(self) -> dict[str, Any]:
        """The JSON line of how it ended."""
        exchange = self.exchange
        latency = round(exchange.latency, 6) if self.replies and exchange.latency else None
        record: dict[str, Any] = {
            "type": "outcome",
            "subject": exchange.subject,
            "state": self._state,
            "exit": int(self.code),
            "replies": self.replies,
            "latency": latency,
        }
        if self.more:
            record["more"] = self.more
        if self.stored is not None and "stream" in self.stored:
            record |= {"stream": self.stored["stream"], "sequence": self.stored["seq"]}
        return record | ({"error": str(self.error)} if self.error is not None else {})
