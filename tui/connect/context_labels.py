"""The labels of contexts, from `[contexts.NAME]` of the user's settings."""

from __future__ import annotations

from typing import Any

from engine.profile.label import Label, Labels
from tui.settings import CONTEXTS, UserSettings
from tui.theme import LABEL_COLORS, label_style

_COLOR, _READ_ONLY = "color", "read_only"
_UNREAD = "natstap is read-only until this file can be read."


def read_labels(settings: UserSettings) -> tuple[Labels, list[str]]:
    """The labels, and sentences about what cannot be used.

    What cannot be read forbids more, not less: so a slip of the pen sends nothing to production.
    """
    if settings.unread:
        return Labels(others=Label(read_only=True)), [_UNREAD]
    found: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for path, value in settings.table(CONTEXTS):
        name, _, key = path.rpartition(".")
        words = _problem(name, key, value)
        if words:
            problems.append(settings.problem(f"{CONTEXTS}.{path}", words))
        if key == _READ_ONLY or not words:
            found.setdefault(name, {})[key] = value
    labels = {
        name: Label(written.get(_COLOR, ""), written.get(_READ_ONLY, False) is not False)
        for name, written in found.items()
    }
    return Labels(labels), problems


def _problem(name: str, key: str, value: Any) -> str:
    """What is wrong with a line, "" for nothing."""
    if not name:
        return f"{key} needs a context's name: write [{CONTEXTS}.NAME]"
    if key == _READ_ONLY:
        return "" if isinstance(value, bool) else "read_only needs true or false: taken as true"
    if key != _COLOR:
        return f"{key} is not a setting of a context: use {_COLOR} or {_READ_ONLY}"
    if isinstance(value, str) and label_style(value):
        return ""
    return f"{value} is not a colour: try {', '.join(LABEL_COLORS)} or #rrggbb"
