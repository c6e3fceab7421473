"""Keys as they are written for people: ^J, F5, Esc, /."""

from __future__ import annotations

from textual.keys import REPLACED_KEYS, key_to_character

_MAX_SHOWN = 2
"""Keys of one command that are told of; the rest are other terminals' names for the same."""
_NAMES = {
    "escape": "Esc",
    "delete": "Del",
    "backspace": "Bksp",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "space": "Space",
    "tab": "Tab",
}
_MODIFIERS = {"ctrl": "^", "shift": "Shift+", "alt": "Alt+", "super": "Super+"}


def key_name(key: str) -> str:
    """One of Textual's names of keys, for people."""
    *modifiers, name = key.split("+")
    before = "".join(_MODIFIERS.get(modifier, f"{modifier}+") for modifier in modifiers)
    shown = _NAMES.get(name) or key_to_character(REPLACED_KEYS.get(name, name)) or name.capitalize()
    return before + (shown.upper() if modifiers else shown) if len(shown) == 1 else before + shown


def key_names(keys: str) -> str:
    """The keys of a binding, which has commas between them."""
    return ", ".join(map(key_name, keys.split(",")[:_MAX_SHOWN]))
