"""What FastStream's users give where a name or a number would do: a stream, a pull, a schedule.

FastStream's own classes do as well: only their attributes are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from engine.api_subjects import check_name
from engine.errors import InvalidOption
from engine.rpc.arguments import check_delay, check_type
from engine.subject import check_publish, check_subscribe

PULL_EXPIRES = 5.0
"""Seconds that the server holds an unfilled pull request."""
_SECONDS = ("max_age", "duplicate_window")


class StreamShape(Protocol):
    """A stream with its settings: our `JStream`, or FastStream's."""

    @property
    def name(self) -> str: ...


class ScheduleShape(Protocol):
    """Our `Schedule`, or FastStream's."""

    @property
    def time(self) -> datetime: ...

    @property
    def target(self) -> str: ...


class JStream:
    """A stream by its `name`. Where it is missing it is made, with `subjects` beside those of its
    subscribers and with `settings`, named as the server names them (`max_age` and
    `duplicate_window` in seconds). One that exists gets the subjects and keeps its settings: it is
    refused at the start where it has others than these. `declare=False` leaves it wholly alone.
    Raises `InvalidName`, `InvalidSubject`, `InvalidOption`.
    """

    def __init__(
        self, name: str, subjects: Iterable[str] = (), *, declare: bool = True, **settings: Any
    ) -> None:
        self.name = check_name("stream", name)
        if isinstance(subjects, str | bytes) or not isinstance(subjects, Iterable):
            raise InvalidOption("subjects", f"{subjects!r} is not a list of subjects")
        check_type("declare", declare, bool)
        for setting in _SECONDS:
            check_delay(setting, settings.get(setting))
        for setting, value in settings.items():
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise InvalidOption(setting, f"{value!r} cannot be sent: {error}") from error
        self.subjects = tuple(subjects)
        for subject in self.subjects:
            check_subscribe(subject)
        self.declare = declare
        self.settings = settings
        if settings and not declare:
            raise InvalidOption(next(iter(settings)), "with declare=False nobody reads it")


@dataclass(frozen=True, slots=True)
class PullSub:
    """Pull `batch_size` messages at a time; the server holds a pull for `timeout` seconds."""

    batch_size: int = 1
    timeout: float = PULL_EXPIRES


@dataclass(frozen=True, slots=True)
class Schedule:
    """The stream publishes the message at `time` to the subject `target`."""

    time: datetime
    target: str


@dataclass(frozen=True, slots=True)
class StreamWish:
    """What a subscriber asks of its stream."""

    name: str
    subjects: tuple[str, ...] = ()
    declare: bool = True
    settings: tuple[tuple[str, Any], ...] = ()


def read_stream(given: object) -> StreamWish:
    """A name, a `JStream`, or FastStream's; raises `InvalidOption`."""
    if isinstance(given, str):
        return StreamWish(given)
    name = getattr(given, "name", None)
    if not isinstance(name, str):
        raise InvalidOption("stream", f"{given!r} is not the name of a stream, nor a JStream")
    subjects = tuple(getattr(given, "subjects", ()))
    return StreamWish(name, subjects, bool(getattr(given, "declare", True)), _settings(given))


def _settings(given: object) -> tuple[tuple[str, Any], ...]:
    if isinstance(given, JStream):
        return tuple(
            (name, int(value * 1e9) if name in _SECONDS else value)
            for name, value in given.settings.items()
        )
    shape: Any = type(given)
    usual = _config(shape("usual")) if hasattr(given, "config") else {}
    asked = {name: value for name, value in _config(given).items() if value != usual.get(name)}
    return tuple((name, value) for name, value in asked.items() if name not in ("name", "subjects"))


def _config(given: object) -> dict[str, Any]:
    """What FastStream's stream would send to the server."""
    as_dict = getattr(getattr(given, "config", None), "as_dict", None)
    return as_dict() if callable(as_dict) else {}


def schedule_headers(schedule: ScheduleShape) -> list[tuple[str, str]]:
    """The two headers of a scheduled message; raises `InvalidOption`, `InvalidSubject`."""
    time, target = (getattr(schedule, name, None) for name in ("time", "target"))
    if not isinstance(time, datetime) or time.tzinfo is None:
        raise InvalidOption("schedule", f"{time!r} is not a time with a time zone")
    if not isinstance(target, str):
        raise InvalidOption("schedule", f"{target!r} is not a subject")
    check_publish(target)
    return [("Nats-Schedule", f"@at {time.isoformat()}"), ("Nats-Schedule-Target", target)]
