"""How a handler wants its message: whole, as a value, or spread over its parameters.

A parameter annotated `NatsMessage` gets the message. One other parameter gets the decoded
body; several get a JSON object by name, or a list by position. Values are converted to
dataclasses, pydantic models and the plain types they are annotated with.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

from engine.errors import InvalidHandler

from .message import NatsMessage

Binder = Callable[[NatsMessage], dict[str, Any]]


def bind(handler: Callable[..., Any]) -> Binder:
    """A function from a message to the keyword arguments of `handler`."""
    signature = inspect.signature(handler)
    hints = _hints(handler)
    parameters = [
        one
        for one in signature.parameters.values()
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    if any(one.kind is one.POSITIONAL_ONLY for one in parameters):
        raise InvalidHandler(f"{handler.__name__}: a handler's parameters must be nameable")
    whole = [one.name for one in parameters if hints.get(one.name) is NatsMessage]
    values = [one.name for one in parameters if one.name not in whole]
    if len(values) == 1 and not whole:
        return _single(values[0], hints.get(values[0], Any))
    return _Binding(whole, values, hints)


def _single(name: str, wanted: Any) -> Binder:
    """The commonest handler by far: one parameter that gets the body."""

    def arguments(message: NatsMessage) -> dict[str, Any]:
        value = message.path[name] if name in message.path else message.value()
        return {name: convert(value, wanted)}

    return arguments


def _hints(handler: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(handler)
    except (NameError, TypeError):
        return dict(getattr(handler, "__annotations__", {}))


class _Binding:
    def __init__(self, whole: list[str], values: list[str], hints: dict[str, Any]) -> None:
        self._whole = whole
        self._values = values
        self._hints = hints

    def __call__(self, message: NatsMessage) -> dict[str, Any]:
        arguments: dict[str, Any] = dict.fromkeys(self._whole, message)
        if not self._values:
            return arguments
        given = {name: message.path[name] for name in self._values if name in message.path}
        rest = [name for name in self._values if name not in given]
        if len(rest) == 1:
            given[rest[0]] = message.value()
        elif rest:
            given |= _spread(message.value(), rest)
        for name, value in given.items():
            arguments[name] = convert(value, self._hints.get(name, Any))
        return arguments


def _spread(value: Any, names: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if name in names}
    if isinstance(value, list) and len(value) <= len(names):
        return dict(zip(names, value, strict=False))
    raise ValueError(f"{len(names)} parameters cannot be filled from this body")


def convert(value: Any, wanted: Any) -> Any:
    """`value` as `wanted`; raises ValueError or TypeError when it cannot be."""
    if wanted in (Any, inspect.Parameter.empty) or not isinstance(wanted, type):
        return value
    if isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)):
        return value
    validate = getattr(wanted, "model_validate", None)
    if validate is not None:
        return validate(value)
    if is_dataclass(wanted) and isinstance(value, dict):
        hints = typing.get_type_hints(wanted)
        known = {one.name for one in fields(wanted)}
        return wanted(
            **{name: convert(one, hints[name]) for name, one in value.items() if name in known}
        )
    return _plain(value, wanted)


def _plain(value: Any, wanted: type) -> Any:
    if wanted is bytes:
        return value.encode() if isinstance(value, str) else value
    if wanted is str:
        return value.decode() if isinstance(value, bytes) else str(value)
    if wanted in (int, float, bool) and isinstance(value, int | float | str | bytes):
        return wanted(value)
    return value
