"""How a handler wants its message: whole, as a value, or spread over its parameters.

A parameter annotated `NatsMessage` gets the message. One other parameter gets the decoded
body, or the body as it came if it is annotated `bytes`, or its text if `str`; several get a
JSON object by name, or a list by position. Values are converted to what they are annotated
with, see `engine.rpc.convert`.
"""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from engine.errors import InvalidHandler

from .argument_types import convert
from .message import NatsMessage

Binder = Callable[[NatsMessage], dict[str, Any]]


def bind(handler: Callable[..., Any]) -> Binder:
    """A function from a message to the keyword arguments of `handler`."""
    parameters = [
        parameter
        for parameter in inspect.signature(handler).parameters.values()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if any(parameter.kind is parameter.POSITIONAL_ONLY for parameter in parameters):
        raise InvalidHandler(f"{handler!r}: a handler's parameters must be nameable")
    hints = _hints(handler, parameters)
    whole = [parameter.name for parameter in parameters if hints[parameter.name] is NatsMessage]
    values = [parameter.name for parameter in parameters if parameter.name not in whole]
    if len(values) == 1 and not whole:
        return _single(values[0], hints[values[0]])
    return _Binding(whole, values, hints)


def _hints(handler: Callable[..., Any], parameters: Iterable[inspect.Parameter]) -> dict[str, Any]:
    function = handler.func if isinstance(handler, functools.partial) else handler
    if not hasattr(function, "__globals__"):
        function = type(function).__call__
    known = getattr(function, "__globals__", {})
    return {parameter.name: _resolved(parameter.annotation, known) for parameter in parameters}


def _resolved(annotation: Any, known: dict[str, Any]) -> Any:
    """The annotation as a type; one that cannot be found, such as what is imported for type
    checkers only, is as good as none."""
    if annotation is inspect.Parameter.empty:
        return Any
    holder: Any = SimpleNamespace(__annotations__={"it": annotation})
    for names in (dict, _names_around):
        try:
            return typing.get_type_hints(holder, names() | known)["it"]
        except (NameError, TypeError, SyntaxError, AttributeError):
            continue
    return NatsMessage if annotation == NatsMessage.__name__ else Any


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


def _single(name: str, wanted: Any) -> Binder:
    """The commonest handler by far: one parameter that gets the body."""

    def arguments(message: NatsMessage) -> dict[str, Any]:
        if name in message.path:
            return {name: convert(message.path[name], wanted)}
        return {name: _body(message, wanted)}

    return arguments


def _body(message: NatsMessage, wanted: Any) -> Any:
    if wanted is bytes:
        return message.body
    value = message.value()
    if wanted is str:
        return value if isinstance(value, str) else message.body.decode()
    return convert(value, wanted)


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
            arguments[rest[0]] = _body(message, self._hints[rest[0]])
        elif rest:
            given |= _spread(message.value(), rest)
        for name, value in given.items():
            arguments[name] = convert(value, self._hints[name])
        return arguments


def _spread(value: Any, names: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name in names}
    if isinstance(value, list) and len(value) <= len(names):
        return dict(zip(names, value, strict=False))
    raise ValueError(f"{len(names)} parameters cannot be filled from this body")
