"""How a responder conducts itself while it is on: what it does with each message that it hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import assert_never

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.errors import InvalidInput, LinkError, NatstapError
from engine.message import raw_bytes
from engine.rpc.broker import Broker
from engine.rpc.handling.response import WrittenResponse
from engine.rpc.message import NatsMessage

from .answering import Answering
from .behaviour import Then
from .harmless import find_harm
from .lane import ByHand, Decision, Lane, LetGo, PassOn, RefuseIt
from .rate_limiter import RateLimiter
from .recipes.held import Held
from .recipes.no_responders import no_responders
from .reply import ReplyDraft
from .responder_stats import AnswerOutcome, HandledRequest, Record

Result = tuple[AnswerOutcome, str, WrittenResponse | None]
"""What became of a message, why, and the answer that more may follow."""

_LEFT = (AnswerOutcome.HELD_BACK, AnswerOutcome.SILENT, AnswerOutcome.LOOP)
"""Outcomes without a reply, though one was awaited."""


class RequestHandler:
    """From `start` to `stop` of a responder; what happens is written into `record`."""

    def __init__(
        self,
        broker: Broker,
        draft: ReplyDraft,
        record: Record,
        *,
        variables: Mapping[str, str],
        random: Random,
        lane: Lane,
        name: str = "",
        settings: Callable[[], SubjectSettings] = lambda: NOTHING_SET,
        when_spent: Callable[[], None] = lambda: None,
    ) -> None:
        server = broker.link.server
        self.record = record
        self._broker = broker
        self._draft = draft
        self._delay = draft.delay if draft.delay else None
        self._more_follows = bool(draft.duplicate_chance or draft.replies > 1 or draft.end_mark)
        self._answering = Answering(
            draft,
            variables,
            lambda: server.max_payload,
            lambda: server.takes_headers,
            settings,
        )
        recipe = self._answering.recipe
        self._meant = AnswerOutcome.FAILED if recipe.fails else AnswerOutcome.ANSWERED
        """What an answer of its recipe is."""
        self._at_once = not (
            self._delay is not None
            or draft.silent_chance
            or draft.fail_chance
            or draft.no_reply
            or draft.store_in
            or isinstance(recipe, Held)
        )
        """True where an answer goes out as the request is heard: nothing is waited for."""
        self._random = random
        self._lane = lane
        self._name = name
        self._when_spent = when_spent
        self._limiter = RateLimiter(draft.rate)
        self._taken = 0
        self._made = 0
        """Answers made: what templates call Count."""
        self._over = asyncio.Event()

    @property
    def spent(self) -> bool:
        """True when it has taken as many requests as it was to take."""
        return bool(self._draft.limit) and self._taken >= self._draft.limit

    def end(self) -> None:
        """Wait for nothing more: what is delayed or held now is not answered."""
        self._over.set()
        self._lane.let_all_go("the responder was switched off before it was answered")

    async def hear(self, message: NatsMessage) -> None:
        """Do with a message what the draft says; raises nothing that a message can cause."""
        at, began = time.time(), time.perf_counter()
        subject, reply, streamed = message.subject, message.reply_to, message.from_stream
        result = self._left(subject, reply)
        if result is None and self._at_once and reply:
            result = self._answer_at_once(message)
        outcome, words, answer = result or await self._behave(message)
        if streamed:
            reply = message.raw_message.reply
        number = self._exchange(reply)
        if outcome is not self._meant and outcome in _LEFT and number and not streamed:
            self._leave(number, words or "it is silent on purpose")
        self.record.add(
            HandledRequest(
                at,
                subject,
                message.reply_to,
                len(message.body),
                outcome,
                time.perf_counter() - began,
                number,
                words,
            )
        )
        if answer is not None and self._more_follows:
            await self._go_on(message, answer)
        if streamed:
            await self._settle(message, outcome)
        if self._draft.limit and self.spent:
            self._when_spent()

    def _exchange(self, reply: str) -> int:
        journal = self._broker.journal
        return journal.asked_by(raw_bytes(reply)) if journal is not None and reply else 0

    def _leave(self, number: int, why: str) -> None:
        """Whoever looks at the exchange is to know why there is no reply."""
        if self._broker.journal is not None:
            self._broker.journal.unanswered.leave(number, why)

    # -- the first answer, or none -------------------------------------------------------------

    def _left(self, subject: str, reply_to: str) -> Result | None:
        """Why a message is left alone; None for one that is taken."""
        if self._draft.limit and self.spent:
            return AnswerOutcome.HELD_BACK, f"it was to take {self._draft.limit:,}", None
        if not self._limiter.take():
            return AnswerOutcome.HELD_BACK, f"more than {self._limiter.rate:,} a second", None
        self._taken += 1
        if reply_to and (harm := find_harm(subject, reply_to, self._hosted)):
            return AnswerOutcome.LOOP, harm, None
        return None

    def _hosted(self) -> Iterator[str]:
        return (subscriber.subject for subscriber in self._broker.subscribers)

    def _answer_at_once(self, message: NatsMessage) -> Result:
        try:
            answer = self._reply(message)
            self._broker.post_answer(message, answer)
        except NatstapError as error:
            return self._excuse(message, error)
        return self._meant, "", answer

    async def _behave(self, message: NatsMessage) -> Result:
        draft = self._draft
        if self._delay is not None and not await self._sleep(self._delay.draw(self._random)):
            return AnswerOutcome.HELD_BACK, "switched off before its delay was over", None
        if self._chance(draft.silent_chance) or draft.no_reply:
            return AnswerOutcome.SILENT, "", None
        if not message.reply_to:
            return AnswerOutcome.NOBODY, "", None
        failing = self._chance(draft.fail_chance)
        if isinstance(self._answering.recipe, Held) and not failing:
            return await self._hold(message, self._answering.recipe)
        try:
            answer = self._answering.failure(message) if failing else self._reply(message)
            await self._send(message, answer)
        except NatstapError as error:
            return self._excuse(message, error)
        if failing:
            return AnswerOutcome.FAILED, "", None
        return self._meant, "", answer

    def _chance(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    def _reply(self, message: NatsMessage, place: int = 0) -> WrittenResponse:
        answer = self._answering.reply(message, self._made, place)
        self._made += 1
        return answer

    async def _send(self, message: NatsMessage, answer: WrittenResponse) -> None:
        if await self._broker.answer(message, answer) is not None:
            self.record.stored += 1

    def _excuse(self, message: NatsMessage, error: NatstapError) -> Result:
        """Tell whoever waits that there is no answer, and why."""
        try:
            failure = self._answering.failure(message, str(error), "500")
            self._broker.post_answer(message, failure)
        except NatstapError as gone:
            return AnswerOutcome.ERROR, f"{error}; nor could that be told: {gone}", None
        return AnswerOutcome.ERROR, str(error), None

    # -- by hand -------------------------------------------------------------------------------

    async def _hold(self, message: NatsMessage, recipe: Held) -> Result:
        """Wait in the lane, and do what is decided."""
        if self._lane.full:
            words = f"{len(self._lane):,} requests wait to be answered by hand already"
            return self._excuse(message, InvalidInput(words))
        suggested = ByHand(self._draft.body, self._draft.headers)
        decision = await self._lane.hold(
            message,
            self._name,
            suggested,
            recipe.pass_to(message.subject),
            self._exchange(message.reply_to),
            recipe.seconds,
        )
        try:
            return await self._carry_out(message, decision)
        except NatstapError as error:
            return self._excuse(message, error)

    async def _carry_out(self, message: NatsMessage, decision: Decision) -> Result:
        match decision:
            case ByHand():
                answer = self._answering.by_hand(message, decision.body, decision.headers)
                await self._send(message, answer)
                return AnswerOutcome.ANSWERED, "", answer
            case RefuseIt(words=""):
                await self._send(message, WrittenResponse(no_responders(message.subject)))
                return AnswerOutcome.FAILED, "", None
            case RefuseIt():
                failure = self._answering.failure(message, decision.words, decision.code)
                await self._send(message, failure)
                return AnswerOutcome.FAILED, "", None
            case PassOn():
                self._broker.forward(message, decision.subject)
                return AnswerOutcome.PASSED_ON, f"passed on to {decision.subject}", None
            case LetGo():
                return AnswerOutcome.SILENT, decision.why, None
            case _:
                assert_never(decision)

    # -- what follows --------------------------------------------------------------------------

    async def _go_on(self, message: NatsMessage, first: WrittenResponse) -> None:
        """A duplicate of the first answer, the other replies, the end mark."""
        draft = self._draft
        try:
            if self._chance(draft.duplicate_chance) and await self._turn():
                self.record.duplicates += 1
                await self._send(message, first)
            for place in range(1, draft.replies):
                if not await self._turn(draft.pause):
                    return
                await self._send(message, self._reply(message, place))
            if draft.end_mark and await self._turn(draft.pause):
                await self._send(message, self._answering.end_mark(message))
        except NatstapError as error:
            self.record.fail(f"not all replies went out: {error}")

    async def _turn(self, pause: float = 0.0) -> bool:
        """Wait until one more may go out; False when it was switched off meanwhile."""
        if pause and not await self._sleep(pause):
            return False
        while not self._limiter.take():
            if not await self._sleep(1 / self._limiter.rate):
                return False
        return True

    async def _sleep(self, seconds: float) -> bool:
        """False when it was switched off meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return True
        return False

    async def _settle(self, message: NatsMessage, outcome: AnswerOutcome) -> None:
        """Tell the stream what it was to be told; what was held back is for later."""
        then = Then.NAK if outcome is AnswerOutcome.HELD_BACK else self._draft.then
        try:
            if then is Then.ACK:
                await message.ack()
            elif then is Then.NAK:
                await message.nack(self._draft.nak_delay)
            elif then is Then.TERM:
                await message.reject()
        except LinkError as error:
            self.record.fail(f"the stream was not told: {error}")
