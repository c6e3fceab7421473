"""Keys as they are written for people: ^J, F5, Esc, /."""

from __future__ import annotations

_MAX_SHOWN = 2
"""Keys of one command that are told of; the rest are other terminals' names for the same."""
_NAMES = {
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "delete": "Del",
    "backspace": "Bksp",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def key_name(key: str) -> str:
    """One of Textual's names of keys, for people."""
    if key.startswith("ctrl+"):
        rest = key.removeprefix("ctrl+")
        return f"^{rest.upper()}" if len(rest) == 1 else f"^{key_name(rest)}"
    if key.startswith("shift+"):
        return f"Shift+{key_name(key.removeprefix('shift+'))}"
    return _NAMES.get(key, key if len(key) == 1 else key.capitalize())


def key_names(keys: str) -> str:
    """The keys of a binding, which has commas between them."""
    return ", ".join(map(key_name, keys.split(",")[:_MAX_SHOWN]))
