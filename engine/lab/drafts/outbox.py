"""The outbox: what the user sends goes out here, and into the history with what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from engine.errors import NatstapError
from engine.journal import Journal, State
from engine.lab.keeping.history import History
from engine.lab.template import Context
from engine.rpc.broker import NatsBroker

from .draft import Draft, Pairs
from .send import Sending, Sent, begin, settle

Variables = Callable[[], Mapping[str, str]]
Watch = Callable[[str], Awaitable[object]]


class Outbox:
    """`variables` gives what templates may name at the moment of sending; `watch` listens on
    the reply subject of what is published.
    """

    def __init__(
        self,
        broker: NatsBroker,
        journal: Journal,
        history: History,
        variables: Variables,
        watch: Watch,
    ) -> None:
        self.trouble = ""
        """Why the history could not be written, "" while it can."""
        self._broker = broker
        self._journal = journal
        self._history = history
        self._variables = variables
        self._watch = watch
        self._waiting: set[asyncio.Task[Sent]] = set()
        self._open: set[asyncio.Task[None]] = set()

    async def post(self, draft: Draft, more: Pairs = ()) -> Sending:
        """Render and send, with `more` headers; what comes of it is in the journal.

        Raises what sending raises: `InvalidInput`, `LinkError`, `JetStreamError`; and
        `CannotConnect` for the watch.
        """
        context = Context(variables=self._variables())
        settled = await settle(self._broker, draft, context)
        rendered = settled.rendered(context)
        rendered.check()
        if rendered.reply_to and rendered.watch:
            await self._watch(rendered.reply_to)
        sending = begin(self._broker, rendered, more)
        outcome = asyncio.create_task(sending.outcome())
        self._waiting.add(outcome)
        task = asyncio.create_task(self._follow(draft, sending, outcome))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        return sending

    async def close(self) -> None:
        """Wait no longer for answers, and remember what is still open."""
        for outcome in self._waiting:
            outcome.cancel()
        await asyncio.gather(*self._open)

    async def _follow(self, draft: Draft, sending: Sending, outcome: asyncio.Task[Sent]) -> None:
        """Until it ended; failures are the journal's to tell."""
        at = self._journal.message(sending.number).at
        try:
            await outcome
        except (NatstapError, asyncio.CancelledError):
            pass
        finally:
            self._waiting.discard(outcome)
        await self._remember(draft, self._outcome(sending), at)

    def _outcome(self, sending: Sending) -> str:
        if sending.number not in self._journal:
            return ""
        state = self._journal.exchange(sending.number).state
        return "" if state is State.WAITING else state.label

    async def _remember(self, draft: Draft, outcome: str, at: float) -> None:
        try:
            await asyncio.to_thread(self._history.add, draft, outcome, at)
        except OSError as error:
            self.trouble = f"the history cannot be written: {error.strerror or error}"
        else:
            self.trouble = ""
