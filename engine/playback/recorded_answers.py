"""What services answered, by subject and by what was asked: what stubs are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import jmespath
from jmespath.exceptions import JMESPathError

from engine.content.content import Envelope
from engine.content.reading import read_value
from engine.errors import ContentError, InvalidInput
from engine.journal import Exchange, ExchangeKind, Journal, State, pub_ack
from engine.message import Headers, Message, text
from engine.responders.harmless import CONTROL

_NEVER = (State.NO_RESPONDERS, State.REFUSED, State.LINK_LOST, State.CANCELLED, State.WAITING)
"""How an exchange stands of which nobody knows what a service would have done."""
_PATH = "$"
_SUBJECT, _BODY = "subject", "body"
_STAND_IN = re.compile(rb"<[A-Za-z_][\w.-]{0,63}>\**")
"""What a recording has where a secret stood; see `stand_in`."""


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """`after` is seconds from the request, as exactly as it is known."""

    after: float
    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """A request, and what came back; no replies where a service stayed silent."""

    number: int
    """Of the exchange in its journal."""
    request: Message
    replies: tuple[RecordedReply, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """When a recorded answer fits a request on its subject.

    Made by `Matching.parse`: "subject" takes any request, "body" one whose body says the same,
    whatever it is written in, and names such as "order.id, X-Tenant" one with the same headers or,
    where it has none of a name, the same fields of the body; "$.id" is the body's in any case.
    """

    written: str = _BODY
    _paths: tuple[tuple[str, object], ...] = field(default=(), compare=False)

    @classmethod
    def parse(cls, written: str) -> Matching:
        """Raises `InvalidInput` for a path that is none."""
        names = [name.strip() for name in written.split(",") if name.strip()]
        if not names or names in ([_SUBJECT], [_BODY]):
            return cls(names[0] if names else _BODY)
        return cls(", ".join(names), tuple((name, _path(name)) for name in names))

    def key(self, body: bytes, envelope: Envelope) -> bytes:
        """What has to be the same of a request and a recorded one."""
        if self.written == _SUBJECT:
            return b""
        if self.written == _BODY:
            return canonical(body, envelope)
        value = _value(body, envelope)
        found = [
            _header(name, envelope.headers) or _found(path, value) for name, path in self._paths
        ]
        return json.dumps(found).encode()

    @property
    def words(self) -> str:
        """What begins a sentence."""
        if self.written == _SUBJECT:
            return "Any request on a subject"
        return f"A request with the same {self.written}"


SAME_BODY = Matching(_BODY)


@dataclass(frozen=True, slots=True)
class MaskedKey:
    """A key of a recorded request in which secrets were masked: any value fits there."""

    names: tuple[str, ...]
    """What stands in their places."""
    _parts: tuple[bytes, ...]

    @classmethod
    def of(cls, key: bytes) -> MaskedKey | None:
        """None for one in which nothing was."""
        found = [each for each in _STAND_IN.finditer(key) if not _is_tag(each[0], key)]
        if not found:
            return None
        ends = [0, *(each.end() for each in found)]
        begins = [*(each.start() for each in found), len(key)]
        parts = tuple(key[end:begin] for end, begin in zip(ends, begins, strict=True))
        return cls(tuple(dict.fromkeys(text(each[0].rstrip(b"*")) for each in found)), parts)

    @property
    def size(self) -> int:
        """Bytes that have to be the same."""
        return sum(map(len, self._parts))

    def fits(self, key: bytes) -> bool:
        first, *inner, last = self._parts
        if not key.startswith(first) or not key.endswith(last):
            return False
        at, end = len(first), len(key) - len(last)
        for part in inner:
            at = key.find(part, at, end) + len(part)
            if at < len(part):
                return False
        return at <= end


def _path(name: str) -> object:
    """Where in a body a field is; raises `InvalidInput`."""
    expression = name.removeprefix(_PATH).removeprefix(".") or "@"
    try:
        return jmespath.compile(expression)
    except JMESPathError as error:
        if not name.startswith(_PATH):  # such as X-Tenant
            return jmespath.compile(".".join(map(json.dumps, name.split("."))))
        why = str(error).splitlines()[0]
        raise InvalidInput(f"{name} is not a path: {why}") from None


def _is_tag(found: bytes, key: bytes) -> bool:
    """True for markup, which is closed somewhere."""
    return found.endswith(b">") and b"</" + found[1:] in key


def _never(number: int) -> bool:
    return False


def collect_answers(
    journal: Journal,
    numbers: Iterable[int] | None = None,
    excused: Callable[[int], bool] = _never,
) -> dict[str, list[RecordedAnswer]]:
    """The answers to requests, in the order in which they were asked, by subject.

    `numbers` are the exchanges that count; None are all. What nobody listened to is left out: where
    nobody serves it now, the server says so again. So is what was not answered and is `excused`:
    nobody but a watch heard it, or the watch may have missed the answer (`Hearing.is_excused`).
    """
    found: dict[str, list[RecordedAnswer]] = {}
    heads = (number for number, _ in journal.heads()) if numbers is None else numbers
    for number in heads:
        if number not in journal:
            continue
        exchange = journal.exchange(number)
        if exchange.kind is ExchangeKind.REQUEST and _could_be_served(exchange):
            answer = _answer(journal, exchange)
            silent = exchange.state in (State.NO_ANSWER, State.TIMED_OUT) and not excused(number)
            if answer.replies or silent:
                found.setdefault(exchange.subject, []).append(answer)
    return found


def _could_be_served(exchange: Exchange) -> bool:
    inner = exchange.subject.startswith((CONTROL, "_INBOX."))
    return exchange.state not in _NEVER and not inner


def _answer(journal: Journal, exchange: Exchange) -> RecordedAnswer:
    request = journal.message(exchange.number)
    replies = (journal.message(number) for number in exchange.came_back if number in journal)
    kept = (
        RecordedReply(_after(request, reply), reply.head, reply.body)
        for reply in replies
        if reply.head or pub_ack(reply.body) is None
    )
    return RecordedAnswer(exchange.number, request, tuple(kept))


def _after(request: Message, reply: Message) -> float:
    """In the middle of what it can have been."""
    least = max(0.0, reply.earliest - request.at)
    return (least + max(0.0, reply.at - request.earliest)) / 2


def canonical(body: bytes, envelope: Envelope) -> bytes:
    """The same for bodies that say the same: the keys in any order, packed or not."""
    value = _value(body, envelope)
    if value is None:
        return body
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _value(body: bytes, envelope: Envelope) -> object:
    """What a body is read as; None for text, and for bytes that say nothing."""
    try:
        return read_value(body, envelope)
    except ContentError:
        return None


def _header(name: str, headers: Headers) -> tuple[str, ...]:
    """Its values, however the sender wrote the name."""
    wanted = name.lower()
    return tuple(value for key, value in headers.pairs if key.lower() == wanted)


def _found(path: object, value: object) -> str:
    try:
        found = path.search(value)  # type: ignore[attr-defined]
    except (JMESPathError, TypeError, ValueError, AttributeError):
        return ""
    return json.dumps(found, sort_keys=True, default=str)
