"""How a handler wants its message: whole, as a value, or spread over its parameters.

A parameter annotated `NatsMessage` gets the message. One other parameter gets the decoded
body, or the body as it came if it is annotated `bytes`, or its text if `str`; several get a
JSON object by name, or a list by position. Values are made into what they are annotated with,
and so is what the handler returns: see `engine.rpc.handling.validation`.
"""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

from engine.errors import InvalidHandler
from engine.rpc.handling.validation import (
    Validate,
    ValidationError,
    argument_validator,
    refuse_foreign,
    result_validator,
)
from engine.rpc.message import NatsMessage

Binder = Callable[[NatsMessage], dict[str, Any]]


def bind(handler: Callable[..., Any]) -> Binder:
    """A function from a message to the keyword arguments of `handler`."""
    parameters = list(inspect.signature(handler).parameters.values())
    for parameter in parameters:
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise InvalidHandler(f"{handler!r}: a handler's parameters must be nameable")
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise InvalidHandler(f"nothing would be given to {parameter}: name the parameters")
    known = _globals_of(handler)
    slots = [_slot(parameter, known) for parameter in parameters]
    whole = [slot.name for slot in slots if slot.hint is NatsMessage]
    values = [slot for slot in slots if slot.hint is not NatsMessage]
    if len(values) == 1 and not whole:
        return _single(values[0])
    if len(whole) == 1 and not values:
        return lambda message: {whole[0]: message}
    return _Binding(whole, values)


def returned(handler: Callable[..., Any]) -> Validate | None:
    """What becomes of what `handler` returns; None where anything will do.

    Raises `InvalidHandler` for what cannot be honoured.
    """
    function = _function_of(handler)
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise InvalidHandler(f"{handler!r} yields: a handler returns one answer")
    what = "what the handler returns"
    annotation = inspect.signature(handler).return_annotation
    return result_validator(_resolved(annotation, _globals_of(handler), what), what)


class _Slot(NamedTuple):
    """A parameter to fill."""

    name: str
    hint: Any
    validate: Validate | None


def _slot(parameter: inspect.Parameter, known: dict[str, Any]) -> _Slot:
    what = f"the parameter {parameter.name!r}"
    refuse_foreign(parameter.default, what)
    hint = _resolved(parameter.annotation, known, what)
    whole = hint is NatsMessage
    return _Slot(parameter.name, hint, None if whole else argument_validator(hint, what))


def _function_of(handler: Callable[..., Any]) -> Any:
    function = handler.func if isinstance(handler, functools.partial) else handler
    return function if hasattr(function, "__globals__") else type(function).__call__


def _globals_of(handler: Callable[..., Any]) -> dict[str, Any]:
    return getattr(_function_of(handler), "__globals__", {})


def _resolved(annotation: Any, known: dict[str, Any], what: str) -> Any:
    """The annotation as a type; raises `InvalidHandler` for a name that is found nowhere."""
    if annotation is inspect.Parameter.empty:
        return Any
    if annotation == NatsMessage.__name__:
        return NatsMessage  # so it may be imported for type checkers only
    holder: Any = SimpleNamespace(__annotations__={"it": annotation})
    trouble: Exception | None = None
    for names in (dict, _names_around):
        try:
            return typing.get_type_hints(holder, names() | known, include_extras=True)["it"]
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
    return _valid(value, slot)


def _valid(value: Any, slot: _Slot) -> Any:
    if slot.validate is None:
        return value
    try:
        return slot.validate(value)
    except ValidationError as error:
        raise ValidationError(f"{slot.name}: {error}") from error


class _Binding:
    def __init__(self, whole: list[str], values: list[_Slot]) -> None:
        self._whole = whole
        self._values = {slot.name: slot for slot in values}

    def __call__(self, message: NatsMessage) -> dict[str, Any]:
        arguments: dict[str, Any] = dict.fromkeys(self._whole, message)
        if not self._values:
            return arguments
        given = {name: message.path[name] for name in self._values if name in message.path}
        rest = [name for name in self._values if name not in given]
        if len(rest) == 1:
            arguments[rest[0]] = _body(message, self._values[rest[0]])
        elif rest:
            given |= _spread(message.value(), rest)
        for name, value in given.items():
            arguments[name] = _valid(value, self._values[name])
        return arguments


def _spread(value: Any, names: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name in names}
    if isinstance(value, list) and len(value) <= len(names):
        return dict(zip(names, value, strict=False))
    raise ValueError(f"{len(names)} parameters cannot be filled from this body")
