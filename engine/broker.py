"""The front of the engine: `NatsBroker`, with the calls of FastStream's and a few of its own.

How requests, subscribers and streams work is `engine.rpc`; here is what else a script may ask:
who would get a message, what others say to each other, and why a request failed. That is imported
when it is asked for: a script that only makes requests does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.durations import DIAGNOSIS_TIMEOUT, FEED_REPLY_WAIT, FORECAST_TIMEOUT, check_wait
from engine.errors import InvalidInput, InvalidOption, LinkError, NatstapError
from engine.journal import Exchange
from engine.message import Headers, HeadersInput
from engine.rpc.broker import Broker
from engine.rpc.handling.publisher import Publisher

if TYPE_CHECKING:
    from engine.audience.audience import Audience
    from engine.diagnosis.result import Diagnosis
    from engine.watching.feed import ExchangeFeed, SeenExchange


class NatsBroker(Broker):
    """RPC over NATS. `servers` is a URL, several, or a `Profile`; None connects where the
    `nats` CLI would: `NATS_URL`, the selected context, then nats://127.0.0.1:4222.

    With a `journal`, every message sent or received here is recorded in it.
    """

    async def ping(self, timeout: float | None = 5.0) -> bool:
        """True when the server answers within `timeout` seconds."""
        seconds = check_wait("timeout", timeout)
        try:
            await self.link.barrier(seconds)
        except LinkError:
            return False
        return True

    async def new_inbox(self) -> str:
        """A reply subject that nobody listens to yet."""
        self.check_loop()
        return self.fresh_inbox()

    def publisher(
        self,
        subject: str,
        *,
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        stream: str | None = None,
        timeout: float | None = None,
    ) -> Publisher:
        """A subject to send to: decorates a handler whose results are published there too, and
        has `publish` and `request`. Raises `InvalidInput`.
        """
        if timeout is not None and stream is None:
            raise InvalidOption("timeout", "only a publisher with stream=… waits for something")
        return Publisher(
            self, subject, headers=headers, reply_to=reply_to, stream=stream, timeout=timeout
        )

    def watch(
        self, *subjects: str, reply_wait: float = FEED_REPLY_WAIT, gap: float | None = None
    ) -> ExchangeFeed:
        """What others ask each other on `subjects`, replies paired: `async for exchange in …`.

        A request counts as unanswered after `reply_wait` seconds. Its first reply ends it, or,
        with `gap`, so many seconds without another one. `ExchangeFeed.disturbs` says what
        listening does to the others. Raises `InvalidSubject` for what would hear inboxes.
        """
        from engine.watching.feed import ExchangeFeed

        return ExchangeFeed(self.profile, subjects, reply_wait=reply_wait, gap=gap)

    async def audience(self, subject: str, *, timeout: float = FORECAST_TIMEOUT) -> Audience:
        """Who would get a message on `subject`; nobody gets one.

        `timeout` is seconds for each question to the servers. What they do not say is in
        `Audience.unknown`. Raises `InvalidSubject`, `NotConnected`.
        """
        from engine.audience.audience import audience

        return await audience(self, subject, timeout=check_wait("timeout", timeout))

    async def why(
        self,
        what: SeenExchange | Exchange | NatstapError | int,
        *,
        timeout: float = DIAGNOSIS_TIMEOUT,
    ) -> Diagnosis:
        """Why a request went as it went: a sentence, advice, and the evidence.

        `what` is an exchange of `watch`, an error that a request of this broker raised, or a
        number in its journal; for the last two it needs a `journal`. At most `timeout` seconds.
        Raises `InvalidInput` where nothing is known of it.
        """
        from engine.diagnosis.case import Heard
        from engine.diagnosis.diagnosis import diagnose
        from engine.watching.feed import SeenExchange

        timeout = check_wait("timeout", timeout)
        if isinstance(what, SeenExchange):
            heard = Heard(alone=what.only_watched is True, unheard=what.reply_missed)
            return await diagnose(self, what.journal, what.number, timeout=timeout, heard=heard)
        if self.journal is None:
            raise InvalidOption("journal", "why() needs one: NatsBroker(…, journal=Journal())")
        named = "exchange" if isinstance(what, NatstapError) else "number"
        number: object = getattr(what, named, what)
        if not isinstance(number, int):
            raise InvalidOption("what", f"{what!r} is not an exchange, an error or a number")
        if number not in self.journal:
            raise InvalidInput("the journal holds nothing of this")
        return await diagnose(self, self.journal, number, timeout=timeout)
