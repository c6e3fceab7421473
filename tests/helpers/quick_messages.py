"""Which handlers a message has, looked up once for each class of widget and of message.

Textual walks through all bases of a widget, and of a message, each time that one is dispatched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from textual.message import Message
from textual.message_pump import MessagePump

find = MessagePump._get_dispatch_methods
"""Textual's own."""
_places: dict[tuple[type, type, str], list[type] | None] = {}
"""By the classes of a widget and a message, and the handler's name: the bases with a handler;
None where `on` decorates one, for which Textual must look at the widget."""


def install() -> None:
    """For all apps that follow."""
    MessagePump._get_dispatch_methods = _find_known


def _find_known(
    pump: MessagePump, method_name: str, message: Message
) -> Iterator[tuple[type, Callable[[Message], Any]]]:
    key = type(pump), type(message), method_name
    if key not in _places:
        _places[key] = _bases_with_a_handler(*key)
    places = _places[key]
    if places is None:
        yield from find(pump, method_name, message)
        return
    for base in places:
        if message._no_default_action:
            break
        method = base.__dict__.get(f"_{method_name}") or base.__dict__[method_name]
        if not getattr(method, "_textual_on", None):
            yield base, method.__get__(pump, base)


def _bases_with_a_handler(pump: type, message: type, method_name: str) -> list[type] | None:
    kinds = set(message.__mro__)
    if any(kinds & base.__dict__.get("_decorated_handlers", {}).keys() for base in pump.__mro__):
        return None
    names = {f"_{method_name}", method_name}
    return [base for base in pump.__mro__ if names & base.__dict__.keys()]
