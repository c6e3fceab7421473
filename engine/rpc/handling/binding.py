"""How a handler wants its message: whole, as a value, or spread over its parameters.

A parameter annotated `NatsMessage` gets the message. One other parameter gets the decoded
body, or the body as it came if it is annotated `bytes`, or its text if `str`; several get a
JSON object by name, or a list by position, of which `*args` gets what is left; what names none of
them is the one that has no default. A default that no message could bring, such as a database,
stays as it is. Values are made into what they are annotated with, and so is what the handler
returns: see `engine.rpc.handling.validation`.
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


def bind(handler: Callable[..., Any]) -> Binder:
    """A function from a message to the keyword arguments of `handler`."""
    parameters = list(_signature(handler).parameters.values())
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            raise InvalidHandler(f"nothing would be given to {parameter}: name the parameters")
    known = _globals_of(handler)
    filled = [parameter for parameter in parameters if not is_dependency(parameter.default)]
    slots = [_slot(parameter, known) for parameter in filled]
    whole = [slot.name for slot in slots if slot.hint is NatsMessage]
    rest = next((slot for slot in slots if slot.rest), None)
    values = [slot for slot in slots if slot.hint is not NatsMessage and not slot.rest]
    if rest is None and len(whole) == 1 and not values:
        return lambda message: {whole[0]: message}
    several = len(filled) < len(parameters)
    if rest is None and len(values) == 1 and not whole and not several:
        return _single(values[0])
    return _Binding(whole, values, rest, several=several)


def named(handler: Callable[..., Any]) -> Callable[..., Any]:
    """`handler`, to be called with what `bind` gives: keywords alone, `*args` among them."""
    parameters = _signature(handler).parameters.values()
    placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
    if not placed:
        return handler
    last = placed[-1]
    before = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

    def call(**given: Any) -> Any:
        rest = given.pop(last.name) if last.kind is last.VAR_POSITIONAL else ()
        return handler(*(given.pop(p.name, p.default) for p in before), *rest, **given)

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
    rest: bool = False
    """True of `*args`; the others are for each of its values."""


def _slot(parameter: inspect.Parameter, known: dict[str, Any]) -> _Slot:
    name = parameter.name
    what = f"the parameter {name!r}"
    refuse_foreign(parameter.default, what)
    hint = _resolved(parameter.annotation, known, what)
    if _is_message(hint):
        return _Slot(name, NatsMessage)
    if parameter.kind is parameter.VAR_POSITIONAL:
        hint = _each(hint)
        return _Slot(name, hint, argument_validator(hint, what), name, rest=True)
    hint, key, default = field_of(hint, parameter.default, what)
    return _Slot(name, hint, argument_validator(hint, what), key or name, default)


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
    """`several` where there are more parameters than a message fills."""

    def __init__(
        self, whole: list[str], values: list[_Slot], rest: _Slot | None, *, several: bool
    ) -> None:
        self._whole = whole
        self._values = values
        self._rest = rest
        self._one = _one_of_several if several else _body

    def __call__(self, message: NatsMessage) -> dict[str, Any]:
        arguments: dict[str, Any] = dict.fromkeys(self._whole, message)
        rest = []
        for slot in self._values:
            if slot.name in message.path:
                arguments[slot.name] = _valid(message.path[slot.name], slot)
            else:
                rest.append(slot)
        if self._rest is not None:
            arguments |= _spread_on(message, rest, self._rest)
        elif len(rest) == 1:
            arguments[rest[0].name] = self._one(message, rest[0])
        elif rest:
            arguments |= _spread(message, rest)
        return arguments


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


def _spread_on(message: NatsMessage, slots: list[_Slot], rest: _Slot) -> dict[str, Any]:
    """As `_spread`, and what is left of a list for `*args`."""
    body = message.value()
    if not isinstance(body, list):
        body = [] if slots or isinstance(body, dict) or body == b"" else [body]
    left = tuple(_valid(value, rest) for value in body[len(slots) :])
    return _spread(message, slots, longer=True) | {rest.name: left}


def _spread(message: NatsMessage, slots: list[_Slot], *, longer: bool = False) -> dict[str, Any]:
    """`longer` where a list may have more values than there are slots."""
    body = message.value()
    if isinstance(body, dict):
        given = {slot.name: _valid(body[slot.key], slot) for slot in slots if slot.key in body}
    elif isinstance(body, list) and (longer or len(body) <= len(slots)):
        given = {slot.name: _valid(value, slot) for slot, value in zip(slots, body, strict=False)}
    else:
        given = {}
    if len(given) == len(slots):
        return given
    missing = [slot for slot in slots if slot.name not in given]
    needed = [slot for slot in missing if slot.default is None]
    if not given and len(needed) == 1 and _may_be(body, needed[0]):
        given[needed[0].name] = _body(message, needed[0])
        needed = []
    elif not isinstance(body, dict) and not given and body not in (b"", []):
        raise ValueError(f"{len(slots)} parameters cannot be filled from this body")
    if needed:
        raise ValidationError(f"{needed[0].key}: Field required")
    return {slot.name: slot.default() for slot in missing if slot.default is not None} | given


def _may_be(body: Any, slot: _Slot) -> bool:
    """True where the body, which names no parameter, is this one: a list has positions, and a text
    is rather missing in an object than meant to hold its JSON.
    """
    if isinstance(body, dict):
        return slot.hint not in (str, bytes)
    return not isinstance(body, list)
