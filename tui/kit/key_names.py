"""Keys as they are written for people: ^J, F5, Esc, /."""

from __future__ import annotations

from textual.keys import REPLACED_KEYS, Keys, _character_to_key, key_to_character

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
_SPECIAL = {key.value for key in Keys if "+" not in key.value and "<" not in key.value}
_MODIFIERS = {"ctrl": "^", "shift": "Shift+", "alt": "Alt+", "super": "Super+"}


def key_name(key: str) -> str:
    """One of Textual's names of keys, for people."""
    *modifiers, name = key.split("+")
    before = "".join(_MODIFIERS.get(modifier, f"{modifier}+") for modifier in modifiers)
    shown = _NAMES.get(name) or key_to_character(REPLACED_KEYS.get(name, name)) or name.capitalize()
    return before + (shown.upper() if modifiers else shown) if len(shown) == 1 else before + shown


def read_key(written: str) -> str:
    """Textual's name of a key that somebody wrote: as `key_name` gives it, or as Textual does.

    Raises ValueError for what is not a key.
    """
    text = written.replace("^", "ctrl+", 1) if len(written) > 1 else written
    *modifiers, name = text.split("+") if len(text) > 1 else (text,)
    modifiers = [modifier.lower() for modifier in modifiers]
    if len(name) == 1:
        if "shift" in modifiers and name.isalpha():
            modifiers.remove("shift")
            name = name.upper()
        name = _character_to_key(name.lower() if "ctrl" in modifiers else name)
    else:
        name = name.lower()
        name = next((key for key, shown in _NAMES.items() if shown.lower() == name), name)
    if not set(modifiers) <= set(_MODIFIERS) or (name not in _SPECIAL and not is_typed(name)):
        raise ValueError(f"{written!r} is not a key: write it like ^R, F10, Shift+Tab or R")
    return "+".join([*sorted(modifiers), name])


def is_typed(key: str) -> bool:
    """True if the key puts a character into a text."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character is not None and character.isprintable()


def key_names(keys: str) -> str:
    """The keys of a binding, which has commas between them."""
    return ", ".join(map(key_name, keys.split(",")[:_MAX_SHOWN]))
