"""Protobuf: by the type that the settings or the user name, by the type of the user's files that
fits, or without any by field numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from engine.content.binary import is_binary
from engine.content.content import (
    MAYBE,
    NAMED,
    READS,
    ContentBase,
    Document,
    Envelope,
    Guess,
    register,
)
from engine.content.protobuf_types import MAX_FITTED, MAX_TRIED, ProtobufTypes, check_name
from engine.content.protobuf_wire import BadWire, read_fields, unknown_fields
from engine.content.tree import to_json
from engine.content.work import MAX_DEPTH, TooMuch, Work
from engine.errors import ContentError, InvalidBody, InvalidInput
from engine.words import counted

_MAX_GUESSED = 64 << 10
"""Bytes of a body that is tried without anybody having said that it is Protobuf."""
_FIRST_NUMBER = b"\x08"
"""How a message begins whose first field is a number: no text begins so."""
_TYPE_PARAMETERS = ("messagetype", "proto", "message", "type")
"""What content-types call the type of a message."""
_MANY = 1 << 30
_STEPS_PER_TRY = 40
_TRIED_PER_STEP = 32
"""Bytes that the library reads in a step, where all of them are small fields."""
_PLAUSIBLE = 200
"""Fields have small numbers, as a rule."""


@register
class Protobuf(ContentBase):
    name = "protobuf"
    title = "Protobuf"
    place = 12
    types = (
        "application/protobuf",
        "application/x-protobuf",
        "application/vnd.google.protobuf",
        "application/x-google-protobuf",
    )
    suffix = "protobuf"
    extra = "protobuf"
    most_sure = READS
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if named := super().detect(body, envelope):
            return named
        if _type_name(envelope):
            return Guess(NAMED, "the settings name its type")
        if not envelope.says_nothing or not 2 <= len(body) <= _MAX_GUESSED:
            return None
        if not is_binary(body) and body[:1] != _FIRST_NUMBER:
            return None
        try:
            fields = read_fields(body, envelope.work)
        except (BadWire, TooMuch):
            return None
        if any(int(number) > _PLAUSIBLE for number in fields):
            return Guess(MAYBE / 2, "it reads as Protobuf")
        likely = body[:1] == _FIRST_NUMBER
        made = None if envelope.settings.protobuf.given else _untyped(fields)
        return Guess(READS - 0.05 if likely else MAYBE + 0.1, "it reads as Protobuf", made)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        name = _type_name(envelope)
        types, work = envelope.settings.protobuf, envelope.work
        try:
            work.spend_bytes(len(body))
            if name:
                return self._typed(body, types, name, work)
            if types.given and (fitting := self._fitting(body, types, envelope.subject, work)):
                return self._typed(body, types, fitting, work, ", the type that fits")
            return _untyped(read_fields(body, work))
        except BadWire as error:
            raise self.fail(str(error), error.offset) from None
        except TooMuch as error:
            raise self.fail(str(error)) from None

    def _typed(
        self, body: bytes, types: ProtobufTypes, name: str, work: Work, why: str = ""
    ) -> Document:
        message = self._parsed(body, types.message(name), name, work)
        _weigh(message, work)
        printer = _printer()(types.pool, work)
        tree = printer.tree(message)
        note = f"as {name}{why}"
        if printer.why:
            note += f", but for a part that is shown by number: {printer.why.rstrip('.')}"
        if unknown := _add_unknown(message, tree, work):
            note = f"{counted(unknown, 'field')} that {name} does not have, by number"
        return Document("json", to_json(tree), tree, note)

    def _parsed(self, body: bytes, kind: Any, name: str, work: Work) -> Any:
        from google.protobuf.message import DecodeError

        message = kind()
        try:
            message.ParseFromString(body)
        except DecodeError:
            read_fields(body, work)
            raise self.fail(f"the fields are not those of {name}") from None
        return message

    def _fitting(self, body: bytes, types: ProtobufTypes, subject: str, work: Work) -> str:
        """The type that has all the fields, and the fewest of its own left; "" for none."""
        names = _known(types)[:MAX_TRIED]
        before = types.fitted.get(subject, "")
        if before and self._left(body, types, before, work) is not None:
            return before
        best, least = "", _MANY
        for name in names:
            left = self._left(body, types, name, work)
            if left is not None and left < least:
                best, least = name, left
        if best and len(types.fitted) < MAX_FITTED:
            types.fitted[subject] = best
        return best

    def _left(self, body: bytes, types: ProtobufTypes, name: str, work: Work) -> int | None:
        """How many fields of a type a body does not have; None where the type does not fit."""
        from google.protobuf.message import DecodeError

        work.spend(_STEPS_PER_TRY + len(body) // _TRIED_PER_STEP)
        message = types.message(name)()
        try:
            message.ParseFromString(body)
        except DecodeError:
            return None
        had = message.ListFields()
        fits = had and not any(len(_unknown(inner)) for inner, _ in _with_inner(message, {}, work))
        return len(message.DESCRIPTOR.fields) - len(had) if fits else None

    def write(self, written: str, envelope: Envelope) -> bytes:
        name = _type_name(envelope)
        if not name:
            raise InvalidBody(
                "Protobuf needs a type: write protobuf:shop.Order, or name one in "
                "[protobuf.types] of settings.toml"
            )
        kind = envelope.settings.protobuf.message(name)
        from google.protobuf.json_format import Parse, ParseError

        try:
            message = Parse(
                written,
                kind(),
                descriptor_pool=envelope.settings.protobuf.pool,
                max_recursion_depth=MAX_DEPTH,
            )
            return bytes(message.SerializeToString())
        except (ParseError, ValueError, TypeError, RecursionError) as error:
            said = str(error).split("\n")[0]
            raise InvalidBody(f"{name} cannot carry it: {said}") from None


def _untyped(fields: Any) -> Document:
    return Document("json", to_json(fields), fields, "without a type: fields by number")


@cache
def _printer() -> Any:
    """The library's way to its JSON, but what has none there is shown by number: an Any of a type
    that nobody describes, a time beyond the year 9999.
    """
    from google.protobuf import json_format

    class Printer(json_format._Printer):  # type: ignore[misc, name-defined]
        def __init__(self, pool: Any, work: Work) -> None:
            super().__init__(preserving_proto_field_name=True, descriptor_pool=pool)
            self._work = work
            self.why = ""
            """Why a part is shown by number, "" for none."""

        def tree(self, message: Any) -> Any:
            return self._MessageToJsonObject(message)

        def _MessageToJsonObject(self, message: Any) -> Any:  # noqa: N802 (its name)
            try:
                return super()._MessageToJsonObject(message)
            except (json_format.Error, ValueError, TypeError, RecursionError) as error:
                self.why = str(error)
                return read_fields(message.SerializeToString(), self._work)

    return Printer


def _add_unknown(message: Any, tree: dict[str, Any], work: Work) -> int:
    """Put fields that a type does not have, and the types in it, into the tree by their numbers.

    Gives how many different ones there are.
    """
    numbers: set[tuple[str, str]] = set()
    for inner, shown in _with_inner(message, tree, work):
        if found := unknown_fields(_unknown(inner), work):
            shown |= found
            numbers.update((inner.DESCRIPTOR.full_name, number) for number in found)
    return len(numbers)


def _unknown(message: Any) -> Any:
    from google.protobuf.unknown_fields import UnknownFieldSet

    return UnknownFieldSet(message)


def _with_inner(message: Any, tree: Any, work: Work) -> Iterator[tuple[Any, Any]]:
    """A message and those in it, each with what the tree has of it; not what has a JSON of its
    own, such as a time.
    """
    work.spend(2)
    yield message, tree
    for field, value in message.ListFields():
        kind = field.message_type
        if kind is None or kind.file.name.startswith("google/protobuf/"):
            continue
        name = f"[{field.full_name}]" if field.is_extension else field.name
        shown = tree.get(name, {})
        if hasattr(value, "ListFields"):
            yield from _with_inner(value, shown, work)
        elif not hasattr(value, "values"):
            for at, item in enumerate(value):
                yield from _with_inner(item, shown[at] if shown else {}, work)
        elif hasattr(next(iter(value.values())), "ListFields"):
            for key, item in value.items():
                written = str(key).lower() if isinstance(key, bool) else str(key)
                yield from _with_inner(item, shown.get(written, {}), work)


def _weigh(message: Any, work: Work) -> None:
    """Count what a message holds before it is written out, which takes far longer."""
    work.spend(6)
    for field, value in message.ListFields():
        work.spend(4)
        if isinstance(value, str | bytes):
            work.spend_bytes(len(value))
        elif hasattr(value, "ListFields"):  # also a Struct, which has a length as well
            _weigh(value, work)
        elif hasattr(value, "__len__"):
            work.spend(len(value) * 2)
            if field.message_type is not None:
                for item in value.values() if hasattr(value, "values") else value:
                    if hasattr(item, "ListFields"):
                        _weigh(item, work)


def _type_name(envelope: Envelope) -> str:
    """The chosen type, else the one that the settings have for the subject, else a known one that
    the content-type names; "" for none.
    """
    if envelope.argument:
        try:
            return check_name(envelope.argument)
        except InvalidInput as error:
            raise ContentError("Protobuf", str(error)) from None
    if found := envelope.settings.types.find(envelope.subject):
        return found.of(envelope.side)
    named = next(filter(None, map(envelope.parameter, _TYPE_PARAMETERS)), "")
    return named if named and named in _known(envelope.settings.protobuf) else ""


def _known(types: ProtobufTypes) -> tuple[str, ...]:
    try:
        return types.names
    except ContentError:
        return ()  # what is wrong with the files was told when they were read
