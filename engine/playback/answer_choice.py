"""Which recorded answer a request gets: one of those to a request like it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import assert_never

from engine.content.by_subject import SubjectSettings
from engine.content.content import Envelope, Side
from engine.message import Headers
from engine.rpc.message import NatsMessage

from .recorded_answers import MaskedKey, Matching, RecordedAnswer


class Pick(StrEnum):
    """Which of several recorded answers a request gets."""

    IN_ORDER = "in order"
    """One after the other; then from the first on again."""
    RANDOM = "at random"


@dataclass(slots=True)
class _Group:
    """Answers that fit the same requests."""

    answers: list[RecordedAnswer] = field(default_factory=list)
    next: int = 0


class AnswerChoice:
    """Of `answers`, which are by their subject; `settings` say what bodies are."""

    def __init__(
        self,
        answers: Mapping[str, Sequence[RecordedAnswer]],
        matching: Matching,
        pick: Pick,
        random: Random,
        settings: SubjectSettings,
    ) -> None:
        self._matching = matching
        self._pick = pick
        self._random = random
        self._settings = settings.without_commands()
        self._groups: dict[tuple[str, bytes], _Group] = defaultdict(_Group)
        self._masked: dict[str, list[tuple[MaskedKey, _Group]]] = defaultdict(list)
        for subject, found in answers.items():
            for answer in found:
                key = self._key(subject, answer.request.headers, answer.request.body)
                group = self._groups[subject, key]
                if not group.answers and (masked := MaskedKey.of(key)) is not None:
                    self._masked[subject].append((masked, group))
                group.answers.append(answer)

    def stand_ins(self) -> Iterator[str]:
        """What stands for a secret in the recording, such as "<token>": any value fits there."""
        for keys in self._masked.values():
            for masked, _ in keys:
                yield from masked.names

    def choose(self, message: NatsMessage) -> RecordedAnswer | None:
        """The answer to a request; None for one that was not recorded."""
        key = self._key(message.subject, message.raw_headers, message.body)
        group = self._groups.get((message.subject, key)) or self._unmasked(message.subject, key)
        if group is None:
            return None
        match self._pick:
            case Pick.RANDOM:
                return self._random.choice(group.answers)
            case Pick.IN_ORDER:
                answer = group.answers[group.next % len(group.answers)]
                group.next += 1
                return answer
            case _:
                assert_never(self._pick)

    def _key(self, subject: str, headers: Headers, body: bytes) -> bytes:
        return self._matching.key(body, Envelope(subject, headers, Side.REQUEST, self._settings))

    def _unmasked(self, subject: str, key: bytes) -> _Group | None:
        """What was asked with another secret, as far as the recording can tell."""
        fitting = [each for each in self._masked.get(subject, ()) if each[0].fits(key)]
        return max(fitting, key=lambda each: each[0].size, default=(None, None))[1]
