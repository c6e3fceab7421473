"""Asking the servers something, quietly: on an inbox of its own, and nothing is recorded.

What natstap finds out in the background is no part of the conversations it shows, and must
not push them out of the journal. What a server refused once is not asked again on the same
connection, so that looking around does not fill the error lane with violations.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import count
from typing import Any, Self
from weakref import WeakKeyDictionary

from engine.errors import LinkLost, NatstapError, NoResponders, Refused, RequestTimeout
from engine.fields import Fields, parse
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link, Subscription
from engine.message import raw_bytes, status_of
from engine.rpc.ids import new_token
from engine.rpc.jetstream import JetStream
from engine.subject import check_publish

Enough = Callable[[list[Fields]], bool]

MARK = "NATSTAP"
"""How the token of an inquiry's inbox begins, for whoever wants to leave it out."""

LATE_WAIT = 2.0
"""Seconds in which a refusal may still come to a question that nobody waits for any more."""

REFUSED_FOR = 60.0
"""Seconds after which what was refused is asked once more: rights are given back silently."""

_refused: WeakKeyDictionary[Link, dict[tuple[str, str], float]] = WeakKeyDictionary()
"""When an operation on a subject was refused, by the loop's clock."""


def is_inquiry(subject: str) -> bool:
    """True for the inbox of an inquiry, of this natstap or another: there is one for each."""
    return f".{MARK}" in subject


def _is_refused(link: Link, operation: str, subject: str) -> bool:
    when = _refused.get(link, {}).get((operation, subject))
    return when is not None and asyncio.get_running_loop().time() - when < REFUSED_FOR


def reason(error: NatstapError) -> str:
    """Why an answer is missing, in the words of who asked."""
    asked = isinstance(error, Refused) and error.operation == "publish"
    return "this user may not ask" if asked else str(error)


class Inquiry:
    """`async with Inquiry(link) as inquiry:`; its questions end with it."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._stem = f"{link.profile.inbox_prefix}.{MARK}{new_token()[len(MARK) :]}"
        self._tokens = count(1)
        self._open: dict[bytes, Question] = {}
        self._hushed: list[str] = []
        self._subscription: Subscription | None = None
        self.deaf = False
        """True when this user may not listen on its own inbox."""

    @property
    def pattern(self) -> str:
        """What it listens on."""
        return f"{self._stem}.*"

    @property
    def sample(self) -> str:
        """A subject that it listens on."""
        return f"{self._stem}.0"

    async def __aenter__(self) -> Self:
        self._hush(f"{self.link.profile.inbox_prefix}.{MARK}")
        self.deaf = _is_refused(self.link, "subscription", self.link.profile.inbox_prefix)
        if not self.deaf:
            self._subscription = self.link.subscribe(raw_bytes(self.pattern), self._hear)
        self.link.events.listeners.append(self._on_link)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._subscription is not None:
            self._subscription.end()
        self.link.events.listeners.remove(self._on_link)
        asyncio.get_running_loop().call_later(LATE_WAIT, self.link.events.unhush, self._hushed)

    def _hush(self, beginning: str) -> None:
        """What the server refuses there, nobody but natstap has asked for."""
        self._hushed.append(beginning)
        self.link.events.hush(beginning)

    def question(self, *subjects: str) -> Question:
        """Somewhere to be answered; a refusal to publish to one of `subjects` ends it.

        Raises `Refused` when it is known that no answer could be heard.
        """
        if self.deaf:
            raise Refused(self.pattern, "subscription")
        address = f"{self._stem}.{next(self._tokens)}"
        made = Question(address, subjects)
        self._open[raw_bytes(address)] = made
        return made

    def jetstream(self, timeout: float = 0.0, prefix: str = "") -> JetStream:
        """JetStream's API, asked here; `timeout` is seconds for each question, 0 the usual.

        `prefix` is another than the profile's.
        """

        async def ask(subject: str, body: bytes, usual: float) -> bytes:
            return await self.ask(subject, body, timeout or usual)

        return JetStream(ask, prefix or self.link.profile.jetstream_api)

    async def ask(self, subject: str, body: bytes, timeout: float) -> bytes:
        """The first answer's body; raises as `NatsBroker.request`. `timeout` is seconds."""
        question = self._send(subject, body)
        answer = await question.next(timeout)
        if answer is None:
            raise RequestTimeout(subject, timeout)
        return answer

    async def ask_all(
        self,
        subject: str,
        fields: dict[str, Any] | None,
        timeout: float,
        gap: float,
        enough: Enough = lambda answers: False,
        settled: Enough = lambda answers: True,
    ) -> list[Fields]:
        """Every answer until `enough` is true of them, or none came for `gap` seconds.

        The gap counts once `settled` is true of the answers.

        None for `fields` asks without a body. [] when none came in `timeout` seconds; what is
        no JSON object counts as {}.
        """
        question = self._send(subject, b"" if fields is None else json.dumps(fields).encode())
        answers: list[Fields] = []
        deadline = asyncio.get_running_loop().time() + timeout
        while not enough(answers):
            left = deadline - asyncio.get_running_loop().time()
            quiet = answers and settled(answers)
            body = await question.next(min(gap, left) if quiet else left)
            if body is None:
                break
            answers.append(parse(body))
        return answers

    def _send(self, subject: str, body: bytes) -> Question:
        to = check_publish(subject)
        if _is_refused(self.link, "publish", subject):
            raise Refused(subject, "publish")
        question = self.question(subject)
        self._hush(subject)
        self.link.publish(to, body, raw_bytes(question.address))
        return question

    def _hear(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        question = self._open.get(subject)
        if question is None:
            return
        block, body = frame[start : start + head], frame[start + head :]
        if status_of(block)[0] == 503 and not body:
            question.fail(NoResponders(question.about))
        else:
            question.hear(body)

    def _on_link(self, event: LinkEvent) -> None:
        if event.what in (Happening.LOST, Happening.CLOSED):
            for question in self._open.values():
                question.fail(LinkLost(question.about))
        elif event.what is Happening.RESTORED:
            _refused.pop(self.link, None)  # another login may be allowed more
        elif event.what is Happening.REFUSED:
            self._refuse(event.operation, event.subject)

    def _refuse(self, operation: str, subject: str) -> None:
        if operation == "subscription":
            self.deaf |= subject.startswith(self._stem)
            known = self.link.profile.inbox_prefix
        else:
            known = subject
        asked = [
            question for question in self._open.values() if self.deaf or question.concerns(subject)
        ]
        for question in asked:
            question.fail(Refused(subject, operation))
        if asked:
            when = asyncio.get_running_loop().time()
            _refused.setdefault(self.link, {})[operation, known] = when


class Question:
    """One question in flight; `next` gives its answers one by one."""

    def __init__(self, address: str, subjects: tuple[str, ...]) -> None:
        self.address = address
        self.subjects = subjects
        self._heard: asyncio.Queue[bytes | NatstapError] = asyncio.Queue()

    @property
    def about(self) -> str:
        return self.subjects[0] if self.subjects else self.address

    def concerns(self, subject: str) -> bool:
        return subject == self.address or subject in self.subjects

    def hear(self, body: bytes) -> None:
        self._heard.put_nowait(body)

    def fail(self, error: NatstapError) -> None:
        self._heard.put_nowait(error)

    async def next(self, timeout: float) -> bytes | None:
        """The next answer's body, None after `timeout` seconds; raises what ended it."""
        try:
            async with asyncio.timeout(max(timeout, 0)):
                heard = await self._heard.get()
        except TimeoutError:
            return None
        if isinstance(heard, NatstapError):
            raise heard
        return heard
