"""The outbox: what the user sends goes out here, and into the history with what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, ParamSpec

from engine.content.reader import BodyReader
from engine.drafts.draft import TIMEOUT, Draft, Pairs, Size
from engine.drafts.draft_of_exchange import recorded_draft
from engine.drafts.send import Sent, SentDraft, begin, fitted
from engine.drafts.template import Context
from engine.drafts.written_content import encoded
from engine.errors import NatstapError, NotConnected
from engine.journal import Journal, State
from engine.rpc.broker import Broker
from engine.secrets.missing_variables import wanted_variables
from engine.secrets.render_apart import RenderedApart, render_apart, restored
from engine.watching.reply_watch import REPLY_WAIT

from .entry import Entry
from .history import History

LATE_ANSWER_WAIT = 60.0
"""Seconds after the end for which what came of it may change: an answer that is late."""
MAX_RENDERED, MAX_RENDERED_BYTES = 500, 32 << 20
"""Messages with secret variables whose templates are known, and their bodies together."""
_LOOK = 0.5
Variables = Callable[[], Mapping[str, str]]
Written = ParamSpec("Written")
WatchReply = Callable[[str, float], Awaitable[object]]
"""Takes the subject and the seconds without an answer after which it ends."""


class Outbox:
    """`variables` gives what templates may name at the moment of sending, and `hidden` those of
    them that nobody may read later; `watch` listens on the reply subject of what is published.
    """

    def __init__(
        self,
        broker: Broker,
        journal: Journal,
        history: History,
        variables: Variables,
        watch: WatchReply,
        hidden: Variables = dict,
    ) -> None:
        self.trouble = ""
        """Why the history could not be written, "" while it can."""
        self.broker = broker
        """What is sent goes out by it."""
        self.reader = BodyReader()
        """Knows the types that bodies are written as."""
        self._journal = journal
        self._history = history
        self._variables = variables
        self._watch = watch
        self._hidden = hidden
        self._waiting: set[asyncio.Task[Sent]] = set()
        self._open: set[asyncio.Task[None]] = set()
        self._ended: set[asyncio.Task[None]] = set()
        """Those whose outcome may still change."""
        self._closing = False
        self._rendered: dict[int, RenderedApart] = {}
        """By exchange: what was sent last with variables in it that nobody may read later."""

    async def post(self, draft: Draft, more: Pairs = ()) -> SentDraft:
        """Render and send, with `more` headers; what comes of it is in the journal.

        Raises what sending raises: `InvalidInput`, `LinkError`, `JetStreamError`; and
        `CannotConnect` for the watch.
        """
        context, hidden = Context(variables=self._variables()), self._hidden()
        apart = render_apart(draft, context, hidden)
        rendered = apart.draft
        rendered.check()
        fitted(self.broker, rendered)  # refused before anything is watched for it
        outgoing = encoded(rendered, self.reader.settings, headers=self.takes_headers)
        if rendered.reply_to and rendered.watch:
            seconds = REPLY_WAIT if rendered.timeout == TIMEOUT else rendered.timeout
            await self._watch(rendered.reply_to, seconds)
        sending = begin(self.broker, outgoing, more)
        self._know(sending.number, apart)
        outcome = asyncio.create_task(sending.outcome())
        self._waiting.add(outcome)
        shown = self._rendering(draft, rendered, hidden)
        task = asyncio.create_task(self._follow(draft, shown, sending, outcome))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        return sending

    @property
    def takes_headers(self) -> bool:
        """False while the server says that it takes no headers."""
        try:
            return self.broker.link.server.takes_headers
        except NotConnected:
            return True

    def size(self, draft: Draft) -> Size:
        """What a draft would weigh if it were sent now; see `Draft.size`.

        Raises `InvalidDraft` for a body that cannot be written as it shall be.
        """
        draft = encoded(draft, self.reader.settings, headers=self.takes_headers)
        if not self.takes_headers:
            draft = replace(draft, adds_headers=False)
        try:
            return draft.size(self.broker.link.server.max_payload, self.broker.inbox.coming)
        except NotConnected:
            return draft.size()

    def draft_again(self, number: int) -> Draft:
        """The message that began an exchange, to be written anew; where natstap sent it, with
        the variables that were secret in it. Raises KeyError when the journal forgot it.
        """
        again = recorded_draft(self._journal, number)
        return restored(again, self._rendered[number]) if number in self._rendered else again

    def _know(self, number: int, rendered: RenderedApart) -> None:
        if rendered.kept is not None:
            self._rendered[number] = rendered
        size = sum(len(sending.draft.body) for sending in self._rendered.values())
        while self._rendered and (len(self._rendered) > MAX_RENDERED or size > MAX_RENDERED_BYTES):
            size -= len(self._rendered.pop(next(iter(self._rendered))).draft.body)

    async def note(self, draft: Draft, outcome: str, at: float) -> None:
        """Remember what was sent by another way, such as a burst."""
        await self._remember(self._history.add, draft, outcome, at)

    async def close(self) -> None:
        """Wait no longer for answers, and remember what is still open."""
        self._closing = True
        for outcome in self._waiting:
            outcome.cancel()
        await asyncio.gather(*self._open)
        for task in self._ended:
            task.cancel()
        await asyncio.gather(*self._ended, return_exceptions=True)

    async def _follow(
        self, draft: Draft, shown: dict[str, Any], sending: SentDraft, outcome: asyncio.Task[Sent]
    ) -> None:
        """Until it ended; failures are the journal's to tell."""
        at = self._journal.message(sending.number).at
        try:
            await outcome
        except (NatstapError, asyncio.CancelledError):
            pass
        finally:
            self._waiting.discard(outcome)
        add = partial(self._history.add, **shown)
        entry = await self._remember(add, draft, self._outcome(sending), at)
        if entry is not None and entry.outcome and not self._closing:
            task = asyncio.create_task(self._linger(entry, sending))
            self._ended.add(task)
            task.add_done_callback(self._ended.discard)

    async def _linger(self, entry: Entry, sending: SentDraft) -> None:
        """Tell the history when an answer comes after the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LATE_ANSWER_WAIT):
                async for _ in self._journal.pulse.beats(_LOOK):
                    outcome = self._outcome(sending)
                    if outcome not in ("", entry.outcome):
                        amended = await self._remember(self._history.amend, entry, outcome)
                        entry = amended or entry

    @staticmethod
    def _rendering(draft: Draft, rendered: Draft, hidden: Mapping[str, str]) -> dict[str, Any]:
        """What the history is to know of a template that was rendered."""
        if not draft.templates or rendered == replace(draft, templates=False):
            return {}
        secret = {name: hidden[name] for name in wanted_variables(draft) if name in hidden}
        return {"sent": rendered, "hidden": secret}

    def _outcome(self, sending: SentDraft) -> str:
        if sending.number not in self._journal:
            return ""
        state = self._journal.exchange(sending.number).state
        return "" if state is State.WAITING else state.label

    async def _remember(
        self, write: Callable[Written, Entry], *given: Written.args, **more: Written.kwargs
    ) -> Entry | None:
        """In a thread; None where the file cannot be written."""
        try:
            entry = await asyncio.to_thread(write, *given, **more)
        except OSError as error:
            self.trouble = f"the history cannot be written: {error.strerror or error}"
            return None
        self.trouble = ""
        return entry
