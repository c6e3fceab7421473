"""How a handler wants its message: whole, as a value, or spread over its parameters.

A parameter annotated `NatsMessage` gets the message. One other parameter gets the decoded
body, or the body as it came if it is annotated `bytes`, or its text if `str`; several get a
JSON object by name, or a list by position; `**kwargs` and `*args` get what is left of these. What
names none of them is the one that has no default. A default that no message could bring, such as
a database, stays as it is. Values are made into what they are annotated with, and so is what the
handler returns: see `engine.rpc.handling.validation`.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

from engine.errors import InvalidHandler
from engine.rpc.handling.validation import (
    Validate,
    ValidationError,
    argument_validator,
    field_of,
    is_dependency,
    options_of,
    refuse_foreign,
    result_validator,
)
from engine.rpc.message import NatsMessage

Binder = Callable[[NatsMessage], dict[str, Any]]
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def bind(handler: Callable[..., Any]) -> Binder:
    """A function from a message to the keyword arguments of `handler`."""
    parameters = list(_signature(handler).parameters.values())
    known = _globals_of(handler)
    filled = [parameter for parameter in parameters if not is_dependency(parameter.default)]
    slots = [_slot(parameter, known) for parameter in filled]
    whole = [slot.name for slot in slots if slot.hint is NatsMessage]
    values = [slot for slot in slots if slot.hint is not NatsMessage and slot.kind not in _VARIABLE]
    if any(slot.kind in _VARIABLE for slot in slots):
        taken = {parameter.name for parameter in parameters if parameter.kind not in _VARIABLE}
        return _Binding(whole, values, _Rest(slots, taken))
    if len(whole) == 1 and not values:
        return lambda message: {whole[0]: message}
    several = len(filled) < len(parameters)
    if len(values) == 1 and not whole and not several:
        return _single(values[0])
    return _Binding(whole, values, _one_or_more(_one_of_several if several else _body))


def named(handler: Callable[..., Any]) -> Callable[..., Any]:
    """`handler`, to be called with what `bind` gives: keywords alone, `*args` and `**kwargs` among
    them.
    """
    parameters = _signature(handler).parameters.values()
    if not any(p.kind in (p.POSITIONAL_ONLY, *_VARIABLE) for p in parameters):
        return handler
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "")
    fields = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), "")
    before = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

    def call(**given: Any) -> Any:
        left, named = given.pop(rest, ()), given.pop(fields, {})
        return handler(*(given.pop(p.name, p.default) for p in before), *left, **given, **named)

    return call


def returned(handler: Callable[..., Any]) -> Validate | None:
    """What becomes of what `handler` returns; None where anything will do.

    Raises `InvalidHandler` for what cannot be honoured.
    """
    made = handler.func if isinstance(handler, functools.partial) else handler
    if isinstance(made, type):  # what it says of itself is what its `__init__` returns
        return None
    function = _function_of(handler)
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise InvalidHandler(f"{handler!r} yields: a handler returns one answer")
    what = "what the handler returns"
    annotation = _signature(handler).return_annotation
    return result_validator(_resolved(annotation, _globals_of(handler), what), what)


def _signature(handler: object) -> inspect.Signature:
    if not callable(handler):
        raise InvalidHandler(f"{handler!r} cannot be called: a handler is a function")
    try:
        return inspect.signature(handler)
    except ValueError as error:  # int and dict, say, do not tell
        raise InvalidHandler(f"{handler!r}: its parameters are not known") from error


class _Slot(NamedTuple):
    """A parameter to fill."""

    name: str
    hint: Any
    validate: Validate | None = None
    key: str = ""
    """What it is called in an object."""
    default: Callable[[], Any] | None = None
    """None where it must be given."""
    kind: inspect._ParameterKind = inspect.Parameter.KEYWORD_ONLY
    """Of `*args` and `**kwargs` the others are for each of their values."""


def _slot(parameter: inspect.Parameter, known: dict[str, Any]) -> _Slot:
    name = parameter.name
    what = f"the parameter {name!r}"
    refuse_foreign(parameter.default, what)
    hint = _resolved(parameter.annotation, known, what)
    if _is_message(hint):
        return _Slot(name, NatsMessage)
    if parameter.kind in _VARIABLE:
        hint = _each(hint)
        return _Slot(name, hint, argument_validator(hint, what), name, kind=parameter.kind)
    hint, key, default = field_of(hint, parameter.default, what)
    made = argument_validator(hint, what)
    return _Slot(name, hint, made, key or name, default, parameter.kind)


def _is_message(hint: Any) -> bool:
    """True for a `NatsMessage`, with notes or without, and where None would do as well."""
    if typing.get_origin(hint) is typing.Annotated:
        return _is_message(hint.__origin__)
    kinds = [kind for kind in options_of(hint) if kind is not types.NoneType]
    return kinds == [NatsMessage]


def _each(hint: Any) -> Any:
    """What one value of `*args` is; `tuple[int, ...]` is all of them, as FastStream reads it."""
    inner = typing.get_args(hint)
    return inner[0] if typing.get_origin(hint) is tuple and inner[1:] == (...,) else hint


def _function_of(handler: Callable[..., Any]) -> Any:
    function = handler.func if isinstance(handler, functools.partial) else handler
    return function if hasattr(function, "__globals__") else type(function).__call__


def _globals_of(handler: Callable[..., Any]) -> dict[str, Any]:
    return getattr(_function_of(handler), "__globals__", {})


def _resolved(annotation: Any, known: dict[str, Any], what: str) -> Any:
    """The annotation as a type; raises `InvalidHandler` for a name that is found nowhere."""
    if annotation is inspect.Parameter.empty:
        return Any
    holder: Any = SimpleNamespace(__annotations__={"it": annotation})
    trouble: Exception | None = None
    ours = {NatsMessage.__name__: NatsMessage}  # it may be imported for type checkers only
    for names in (dict, _names_around):
        try:
            around = ours | names() | known
            return typing.get_type_hints(holder, around, include_extras=True)["it"]
        except (NameError, TypeError, SyntaxError, AttributeError) as error:
            trouble = error
    raise InvalidHandler(
        f"{what} is annotated {annotation!r}, which cannot be found: {trouble}"
    ) from trouble


def _names_around() -> dict[str, Any]:
    """Names that the callers see: a handler may be annotated with a class local to one."""
    frames = []
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        frames.append(frame)
    names: dict[str, Any] = {}
    for outer in reversed(frames):
        names |= outer.f_locals
    return names


def _single(slot: _Slot) -> Binder:
    """The commonest handler by far: one parameter that gets the body."""
    name = slot.name

    def arguments(message: NatsMessage) -> dict[str, Any]:
        if name in message.path:
            return {name: _valid(message.path[name], slot)}
        return {name: _body(message, slot)}

    return arguments


def _body(message: NatsMessage, slot: _Slot) -> Any:
    if slot.hint is bytes:
        return message.body
    value = message.value()
    if slot.hint is str:
        return value if isinstance(value, str) else message.body.decode()
    if value == b"" and slot.default is not None and slot.validate is not None:
        return slot.default()
    return _valid(value, slot)


def _valid(value: Any, slot: _Slot) -> Any:
    if slot.validate is None:
        return value
    try:
        return slot.validate(value)
    except ValidationError as error:
        raise ValidationError(f"{slot.key}: {error}") from error


class _Binding:
    """`fill` is for the parameters that neither the message nor its subject fills."""

    def __init__(
        self,
        whole: list[str],
        values: list[_Slot],
        fill: Callable[[NatsMessage, list[_Slot]], dict[str, Any]],
    ) -> None:
        self._whole = whole
        self._values = values
        self._fill = fill

    def __call__(self, message: NatsMessage) -> dict[str, Any]:
        arguments: dict[str, Any] = dict.fromkeys(self._whole, message)
        rest = []
        for slot in self._values:
            if slot.name in message.path:
                arguments[slot.name] = _valid(message.path[slot.name], slot)
            else:
                rest.append(slot)
        return arguments | self._fill(message, rest)


def _one_or_more(
    one: Callable[[NatsMessage, _Slot], Any],
) -> Callable[[NatsMessage, list[_Slot]], dict[str, Any]]:
    def fill(message: NatsMessage, slots: list[_Slot]) -> dict[str, Any]:
        if len(slots) == 1:
            return {slots[0].name: one(message, slots[0])}
        return _spread(message, slots) if slots else {}

    return fill


class _Rest:
    """Fills `*args` with what is left of a list, and `**kwargs` with what is left of an object but
    the `taken` names of the other parameters.
    """

    def __init__(self, slots: list[_Slot], taken: set[str]) -> None:
        kinds = {slot.kind: slot for slot in slots}
        self._more = kinds.get(inspect.Parameter.VAR_POSITIONAL)
        self._fields = kinds.get(inspect.Parameter.VAR_KEYWORD)
        self._taken = taken | {slot.key for slot in slots if slot.kind not in _VARIABLE}

    def __call__(self, message: NatsMessage, slots: list[_Slot]) -> dict[str, Any]:
        body = message.value()
        if self._fields is not None and isinstance(body, dict):
            return self._named(body, self._fields, slots)
        if self._more is not None:
            return self._listed(message, self._more, slots)
        if not slots and message.body:
            raise ValueError("the body is not an object, whose fields are the parameters")
        return _one_or_more(_one_of_several)(message, slots)

    def _named(self, body: dict[str, Any], fields: _Slot, slots: list[_Slot]) -> dict[str, Any]:
        left = {
            name: _valid(value, fields._replace(key=name))
            for name, value in body.items()
            if name not in self._taken
        }
        return _with_defaults(_by_name(body, slots), slots) | {fields.name: left}

    def _listed(self, message: NatsMessage, more: _Slot, slots: list[_Slot]) -> dict[str, Any]:
        body = message.value()
        placed = [slot for slot in slots if slot.kind is not slot.kind.KEYWORD_ONLY]
        if not isinstance(body, list):
            if placed or isinstance(body, dict):
                return _spread(message, slots) | {more.name: ()}
            body = [body] if message.body else []
        given = _by_position(body, placed)
        left = tuple(_valid(value, more) for value in body[len(placed) :])
        return _with_defaults(given, slots) | {more.name: left}


def _one_of_several(message: NatsMessage, slot: _Slot) -> Any:
    """The only one that is filled: askers of FastStream name it, or give a list with its value."""
    if slot.hint is bytes:
        return message.body
    body = message.value()
    if isinstance(body, dict) and slot.key in body:
        return _valid(body[slot.key], slot)
    if not isinstance(body, list) or len(body) != 1 or slot.validate is None:
        return _body(message, slot)
    try:
        return slot.validate(body)
    except ValidationError:
        return _valid(body[0], slot)


def _spread(message: NatsMessage, slots: list[_Slot]) -> dict[str, Any]:
    """What names no parameter is the one without a default: a list has positions, and a text is
    rather missing in an object than meant to hold its JSON.
    """
    body = message.value()
    if isinstance(body, list) and len(body) <= len(slots):
        return _with_defaults(_by_position(body, slots), slots)
    given = _by_name(body, slots) if isinstance(body, dict) else {}
    needed = [slot for slot in slots if slot.default is None]
    unlikely = (str, bytes) if isinstance(body, dict) else ()
    whole = len(needed) == 1 and not isinstance(body, list) and needed[0].hint not in unlikely
    if whole and not given:
        given[needed[0].name] = _body(message, needed[0])
    elif not isinstance(body, dict) and message.body:
        raise ValueError(f"{len(slots)} parameters cannot be filled from this body")
    return _with_defaults(given, slots)


def _by_name(body: dict[str, Any], slots: list[_Slot]) -> dict[str, Any]:
    return {slot.name: _valid(body[slot.key], slot) for slot in slots if slot.key in body}


def _by_position(body: list[Any], slots: list[_Slot]) -> dict[str, Any]:
    pairs = zip(slots, body, strict=False)
    return {slot.name: _valid(value, slot) for slot, value in pairs}


def _with_defaults(given: dict[str, Any], slots: list[_Slot]) -> dict[str, Any]:
    missing = [slot for slot in slots if slot.name not in given]
    for slot in missing:
        if slot.default is None:
            raise ValidationError(f"{slot.key}: Field required")
        given[slot.name] = slot.default()
    return given
