"""How a subscriber hangs on its stream, and what the stream is told of each message.

Every option is checked here, before anything is sent. None stands for "not given": a consumer
that exists keeps what it has, and a new one gets the default.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, get_args

from engine.api_subjects import check_name
from engine.errors import InvalidOption
from engine.fields import Fields, number, texts, words
from engine.rpc.arguments import check_type
from engine.rpc.handling.shapes import PULL_EXPIRES, StreamShape, read_stream

DeliverPolicy = Literal["all", "new", "last", "last_per_subject"]
"""Which messages a new consumer begins with, as the server names it."""
ACK_WAIT = 30.0
"""Seconds until an unacknowledged message comes again."""
MAX_BATCH = 1 << 16
"""Messages that may be fetched at once."""
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 5.0
_NANOSECONDS = 1_000_000_000


class AckPolicy(StrEnum):
    """What a stream is told after the handler: when it returned, and when it raised."""

    REJECT_ON_ERROR = "reject_on_error"
    """Done; or never again."""
    NACK_ON_ERROR = "nack_on_error"
    """Done; or again: at once, then with longer and longer pauses, or as `backoff` says."""
    ACK = "ack"
    """Done, in both cases."""
    ACK_FIRST = "ack_first"
    """Done, before the handler is called: at most once."""
    MANUAL = "manual"
    """Nothing: the handler tells it, or the message comes again after `ack_wait`."""


def policy_of(given: object) -> AckPolicy:
    """An `AckPolicy`, or its name; FastStream's own members go by their names too."""
    name = str(getattr(given, "name", given)).lower()
    try:
        return AckPolicy(name)
    except ValueError:
        known = ", ".join(AckPolicy)
        raise InvalidOption("ack_policy", f"{name!r} is not one of {known}") from None


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """Checked when it is made: raises `InvalidOption`, `InvalidName`."""

    stream: str
    durable: str = ""
    pull: int = 0
    """0 for push; else how many messages to fetch at once."""
    pull_expires: float = PULL_EXPIRES
    deliver_policy: DeliverPolicy | None = None
    """None is "all" for a durable consumer, and "new" for an ephemeral one."""
    ack_policy: AckPolicy = AckPolicy.REJECT_ON_ERROR
    ack_wait: float | None = None
    """Seconds until an unacknowledged message comes again; None is 30, or `backoff`."""
    max_deliver: int | None = None
    """How often a message is delivered at most; None is for ever."""
    backoff: tuple[float, ...] = ()
    """Seconds until a message comes again, after the first, the second … attempt."""
    declare: bool = True
    """Create the stream if it is missing, and add the subject to it."""
    subjects: tuple[str, ...] = ()
    """More subjects that it is to have."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Of a stream that is missing."""

    def __post_init__(self) -> None:
        check_name("stream", self.stream)
        if self.durable != "":
            check_name("consumer", self.durable)
        if not isinstance(self.pull, int) or not 0 <= self.pull <= MAX_BATCH:
            raise InvalidOption("pull_sub", f"use True, or a number from 1 to {MAX_BATCH:,}")
        _check_seconds("pull_sub", self.pull_expires)
        if self.deliver_policy not in (None, *get_args(DeliverPolicy)):
            known = ", ".join(get_args(DeliverPolicy))
            raise InvalidOption("deliver_policy", f"{self.deliver_policy!r} is not one of {known}")
        if self.ack_wait is not None:
            _check_seconds("ack_wait", self.ack_wait)
        for pause in self.backoff:
            _check_seconds("backoff", pause)
        self._check_attempts()

    def _check_attempts(self) -> None:
        most = self.max_deliver
        if most is not None and (type(most) is not int or most < 1):
            raise InvalidOption("max_deliver", f"{most!r} is not a number of at least 1")
        if self.backoff and self.ack_wait is not None:
            raise InvalidOption("ack_wait", "backoff says it already: give one of the two")
        if most is not None and 0 < most <= len(self.backoff):
            raise InvalidOption("backoff", f"max_deliver={most} leaves room for {most - 1} pauses")

    def config(self) -> dict[str, Any]:
        """What was asked for, as the server has it in a consumer's configuration."""
        asked: dict[str, Any] = {}
        if self.deliver_policy is not None:
            asked["deliver_policy"] = self.deliver_policy
        if self.ack_wait is not None:
            asked["ack_wait"] = int(self.ack_wait * _NANOSECONDS)
        if self.max_deliver is not None:
            asked["max_deliver"] = self.max_deliver
        if self.backoff:
            asked["backoff"] = [int(pause * _NANOSECONDS) for pause in self.backoff]
        return asked

    def differs(self, existing: Fields) -> str:
        """Which option a consumer that exists does not honour; "" when it honours all."""
        for name, wanted in self.config().items():
            if existing.get(name) != wanted:
                return name
        return ""


def _check_seconds(name: str, seconds: object) -> None:
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 < seconds < math.inf
    ):
        raise InvalidOption(name, f"{seconds!r} is not a positive number of seconds")


def read_options(
    stream: str | StreamShape, given: dict[str, Any], default: AckPolicy
) -> StreamOptions:
    """What `NatsBroker.subscriber` was given; None is not given."""
    policy, declare = given["ack_policy"], given["declare"]
    wish = read_stream(stream)
    if declare is not None:
        check_type("declare", declare, bool)
    return StreamOptions(
        stream=wish.name,
        durable="" if given["durable"] is None else given["durable"],
        pull=_read_pull(given["pull_sub"]),
        pull_expires=_read_expires(given["pull_sub"]),
        deliver_policy=getattr(given["deliver_policy"], "value", given["deliver_policy"]),
        ack_policy=default if policy is None else policy_of(policy),
        ack_wait=given["ack_wait"],
        max_deliver=given["max_deliver"],
        backoff=_read_backoff(given["backoff"]),
        declare=wish.declare if declare is None else declare,
        subjects=wish.subjects,
        settings=wish.settings,
    )


def _read_pull(given: object) -> int:
    """A number, or an object that has one: FastStream's `PullSub`."""
    if getattr(given, "batch", False):
        raise InvalidOption("pull_sub", "batch=True would give lists, which nobody can answer")
    if given is None:
        return 0
    batch = getattr(given, "batch_size", given)
    return int(batch) if isinstance(batch, int) and batch else -1


def _read_expires(given: object) -> Any:
    """A `PullSub` may say it, and FastStream's does."""
    timeout = getattr(given, "timeout", None)
    return PULL_EXPIRES if timeout is None else timeout


def _read_backoff(given: object) -> tuple[float, ...]:
    """Seconds, one or more of them."""
    if given is None:
        return ()
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return tuple(given)
    raise InvalidOption("backoff", f"{given!r} is not a list of seconds")


def refuse_without_stream(options: dict[str, Any]) -> None:
    """Options of a stream's consumer mean nothing to a subscriber that has no stream."""
    if options["ack_policy"] is not None and policy_of(options["ack_policy"]) is AckPolicy.MANUAL:
        options = {**options, "ack_policy": None}  # true of every core message
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise InvalidOption(given[0], "only a subscriber with stream=… has use for it")


# -- what a consumer that exists says of itself --------------------------------------------


def filters(config: Fields) -> tuple[str, ...]:
    """The subjects that a consumer reads; none means all of its stream."""
    one = words(config, "filter_subject")
    return (one,) if one else tuple(texts(config, "filter_subjects"))


def redelivers(config: Fields, attempt: int) -> bool:
    """True when a message that is not done comes again after this attempt."""
    if words(config, "ack_policy") == "none":
        return False
    most = number(config, "max_deliver") if "max_deliver" in config else -1
    return most <= 0 or attempt < most


def pauses_itself(config: Fields, attempt: int) -> bool:
    """True when a server that is told nothing delivers a message again as its `backoff` says."""
    return bool(config.get("backoff")) and redelivers(config, attempt)


def pause_added(config: Fields, attempt: int) -> int:
    """Nanoseconds that a server with a `backoff` adds to the delay that it is told after this
    attempt; negative where it takes some away. It counts the delay from the first pause on.
    """
    pauses = config.get("backoff")
    if not isinstance(pauses, list) or not all(type(pause) is int for pause in pauses):
        return 0
    return int(pauses[min(attempt, len(pauses)) - 1]) - int(pauses[0])


def pause_after(attempt: int) -> float:
    """Seconds until a message that failed comes again: a poisoned one must not keep a worker busy
    for ever.
    """
    if attempt < 2:
        return 0.0
    return min(_FIRST_PAUSE * float(2 ** min(attempt - 2, 16)), _LONGEST_PAUSE)
