"""Keys that act on what is written, behind the letters that were typed before them.

A priority key is heard by the app, and letters wait in their field's queue: on a busy screen, or
when somebody types fast, it would send what is half written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from textual.screen import Screen

Form = TypeVar("Form", bound=Screen[Any])


def after_typing(action: Callable[[Form], object]) -> Callable[[Form], None]:
    """Make an action wait for its turn in the queue of the field that has the focus."""

    @wraps(action)
    def act(form: Form) -> None:
        (form.focused or form).call_later(action, form)

    return act
