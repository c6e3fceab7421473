"""A recording served as stubs: each request is answered as it was when it was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import assert_never

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.errors import InvalidInput, NatstapError
from engine.message import Headers, raw_bytes
from engine.responders.harmless import find_harm
from engine.responders.recipes.no_responders import no_responders
from engine.rpc.broker import Broker
from engine.rpc.handling.response import WrittenResponse
from engine.rpc.handling.subscriber import Subscriber
from engine.rpc.message import NatsMessage
from engine.subject import check_publish
from engine.words import counted

from .answer_choice import AnswerChoice, Pick
from .recorded_answers import SAME_BODY, Matching, RecordedAnswer

MAX_SUBJECTS = 1000
MAX_WORKERS = 1024
"""Requests on one subject that are answered at the same time: each waits as long as it took."""
QUEUE = "natstap-stubs"
SUBJECT_MARK = "{subject}"
_MAX_DELAY = 300.0
"""Seconds that an answer is put off at most."""


class Unseen(StrEnum):
    """What becomes of a request that was not recorded."""

    NO_RESPONDERS = "no responders"
    PASS_ON = "pass on"
    """To the real service, on another subject; it answers whoever asked."""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class StubOptions:
    """`speed` multiplies the recorded delays: 1 is as it was, 0 answers at once."""

    matching: Matching = SAME_BODY
    pick: Pick = Pick.IN_ORDER
    unseen: Unseen = Unseen.NO_RESPONDERS
    pass_to: str = ""
    """Where unseen requests go, such as "real.{subject}"."""
    speed: float = 1.0
    queue: str = QUEUE

    def check(self) -> None:
        """Raise `InvalidInput` for what cannot be served."""
        if not 0 <= self.speed <= 1000:
            raise InvalidInput("speed: use a number between 0 and 1000")
        if self.unseen is Unseen.PASS_ON:
            if SUBJECT_MARK not in self.pass_to:
                raise InvalidInput(f"pass to: the subject needs {SUBJECT_MARK} in it")
            check_publish(self.pass_to.replace(SUBJECT_MARK, "a"))
            if self.pass_to == SUBJECT_MARK:
                raise InvalidInput("pass to: the same subject would come back to the stubs")

    def other_subject(self, subject: str) -> str:
        return self.pass_to.replace(SUBJECT_MARK, subject)


@dataclass(slots=True)
class StubFigures:
    """What was served on one subject."""

    recorded: int = 0
    asked: int = 0
    answered: int = 0
    silent: int = 0
    """Left without an answer, as in the recording."""
    unseen: int = 0
    failed: int = 0
    trouble: str = ""
    """What went wrong last, as a sentence."""


class StubSet:
    """Serves from `start` to `stop`, on the broker's connection.

    Raises `InvalidInput` for options that make no sense, and for a recording without answers.
    """

    def __init__(
        self,
        broker: Broker,
        answers: Mapping[str, Sequence[RecordedAnswer]],
        options: StubOptions | None = None,
        random: Random | None = None,
        settings: SubjectSettings = NOTHING_SET,
    ) -> None:
        """`settings` say what bodies are."""
        self.options = options or StubOptions()
        self.options.check()
        if not answers:
            raise InvalidInput("no request in there was answered, so there is nothing to serve")
        if len(answers) > MAX_SUBJECTS:
            most = f"at most {MAX_SUBJECTS:,}"
            raise InvalidInput(f"{len(answers):,} subjects are too many to serve: {most}")
        self.figures = {subject: StubFigures(len(found)) for subject, found in answers.items()}
        self._broker = broker
        self._subscribers: list[Subscriber] = []
        self._over = asyncio.Event()
        self._choice = AnswerChoice(
            answers, self.options.matching, self.options.pick, random or Random(), settings
        )

    @property
    def running(self) -> bool:
        """False once it was stopped, or the broker was."""
        return any(subscriber.running for subscriber in self._subscribers)

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(self.figures)

    def sentences(self) -> list[str]:
        """What it will do, to be said before."""
        options, count = self.options, sum(each.recorded for each in self.figures.values())
        told = [
            f"{counted(count, 'recorded answer')} on {counted(len(self.figures), 'subject')}: "
            f"{_listed(self.subjects)}.",
            f"{options.matching.words} gets its answer, {options.pick}.",
        ]
        if masked := dict.fromkeys(self._choice.stand_ins()):
            told.append(f"Where {_listed(tuple(masked))} stands for a secret, any value fits.")
        match options.unseen:
            case Unseen.NO_RESPONDERS:
                told.append("Requests that were not recorded get no responders.")
            case Unseen.PASS_ON:
                where = options.other_subject("SUBJECT")
                told.append(f"Requests that were not recorded are passed on to {where}.")
            case Unseen.SILENCE:
                told.append("Requests that were not recorded get no answer.")
            case _:
                assert_never(options.unseen)
        pace = "at once" if not options.speed else f"{options.speed:g} times as late as recorded"
        told.append(f"Answers come {'as late as recorded' if options.speed == 1 else pace}.")
        return told

    async def start(self) -> None:
        """Returns when requests will be answered; raises `LinkError`, `Refused`."""
        if self.running:
            return
        self._over.clear()
        try:
            for subject in self.subjects:
                subscriber = self._broker.subscriber(
                    subject, self.options.queue, no_reply=True, max_workers=MAX_WORKERS
                )
                subscriber(self._hear)
                self._subscribers.append(subscriber)
                await subscriber.listen()
            await self._broker.link.barrier()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Answer no more; what waits for its time is not answered."""
        self._over.set()
        subscribers, self._subscribers = self._subscribers, []
        for subscriber in subscribers:
            await self._broker.remove(subscriber)

    # -- answering -----------------------------------------------------------------------------

    async def _hear(self, message: NatsMessage) -> None:
        figures = self.figures[message.subject]
        figures.asked += 1
        if not message.reply_to:
            return
        if harm := find_harm(message.subject, message.reply_to, lambda: self.subjects):
            figures.failed, figures.trouble = figures.failed + 1, harm
            return
        try:
            answer = self._choice.choose(message)
            await (self._pass(message, figures) if answer is None else self._say(message, answer))
        except NatstapError as error:
            figures.failed, figures.trouble = figures.failed + 1, str(error)

    async def _say(self, message: NatsMessage, answer: RecordedAnswer) -> None:
        figures = self.figures[message.subject]
        if not answer.replies:
            figures.silent += 1
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        for reply in answer.replies:
            due = began + min(reply.after * self.options.speed, _MAX_DELAY)
            if not await self._wait(due - loop.time()):
                return
            head = renewed_head(reply.head, answer.request.headers, message.raw_headers)
            await self._broker.answer(message, WrittenResponse(head, reply.body))
        figures.answered += 1

    async def _pass(self, message: NatsMessage, figures: StubFigures) -> None:
        figures.unseen += 1
        match self.options.unseen:
            case Unseen.NO_RESPONDERS:
                head = no_responders(message.subject)
                await self._broker.answer(message, WrittenResponse(head))
            case Unseen.PASS_ON:
                subject = self.options.other_subject(message.subject)
                self._broker.forward(message, subject)
            case Unseen.SILENCE:
                pass
            case _:
                assert_never(self.options.unseen)

    async def _wait(self, seconds: float) -> bool:
        """False when it was stopped meanwhile."""
        if seconds <= 0:
            return not self._over.is_set()
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return True
        return False


def renewed_head(head: bytes, then: Headers, now: Headers) -> bytes:
    """A reply's header block, with the ids of the request of now in place of those of then."""
    if not head or not then.pairs:
        return head
    made = head
    for name in then:
        old, new = then.get(name, ""), now.get(name, "")
        if old and new and old != new:
            made = made.replace(
                raw_bytes(f"\r\n{name}: {old}\r\n"), raw_bytes(f"\r\n{name}: {new}\r\n")
            ).replace(raw_bytes(f"\r\n{name}:{old}\r\n"), raw_bytes(f"\r\n{name}:{new}\r\n"))
    return made


def _listed(subjects: Sequence[str], most: int = 5) -> str:
    more = f" and {len(subjects) - most:,} more" if len(subjects) > most else ""
    return ", ".join(subjects[:most]) + more
