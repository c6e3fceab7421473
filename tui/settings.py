"""The user's settings: `settings.toml` in the folder for configuration, or the file of `--config`.

    theme = "natstap-light"
    after_sending = "compose"

    [keys]
    "desk.resend" = "R"

    [confirm]
    "burst" = false

    [contexts.prod]
    color = "red"
    read_only = true

    [content]
    "orders.>" = "msgpack"

What is wrong in it is told with its line and stops nobody. natstap never writes this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

THEME, KEYS, CONFIRM, CONTEXTS = "theme", "keys", "confirm", "contexts"
AFTER_SENDING = "after_sending"
_PANES_AFTER = ("list", "compose")
"""Where the keys may go once a message is sent."""
CONTENTS = ("content", "protobuf", "avro", "translate", "schemas")
"""What bodies are; see `engine.content.settings`."""
_TABLES = (KEYS, CONFIRM, CONTEXTS, *CONTENTS)
_LINE = re.compile(r"line (\d+)")
_HEADING = re.compile(r"\s*\[+([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class UserSettings:
    path: Path
    tables: Mapping[str, Any] = field(default_factory=dict)
    written: str = ""
    problems: tuple[str, ...] = ()
    """Sentences for the user, each with the file and the line."""
    unread: bool = False
    """True if there is a file that could not be read: nobody knows what it forbids."""

    @property
    def theme(self) -> str:
        """The name of the theme to begin with, "" for the one that was used last."""
        written = self.tables.get(THEME, "")
        return written if isinstance(written, str) else ""

    @property
    def stays_in_compose(self) -> bool:
        """Whether the keys stay with Compose once a message is sent."""
        return self.tables.get(AFTER_SENDING) == "compose"

    def table(self, name: str) -> Iterator[tuple[str, Any]]:
        """The names and values of a table; names with dots in them, quoted or not."""
        yield from _flat(self.tables.get(name, {}))

    def problem(self, name: str, words: str) -> str:
        """A sentence about one name, such as `keys.desk.send`."""
        line = _lines(self.written).get(name, 0)
        place = f"{self.path}, line {line}" if line else str(self.path)
        return f"{place}: {words}."


def read_settings(path: Path | None = None) -> UserSettings:
    """Those in `path`, which must be there; without one, those of the user, if there are any."""
    file = path or default_path()
    try:
        written = file.read_bytes().decode()
        import tomllib  # costs time, and most users have no settings

        tables = tomllib.loads(written)
    except FileNotFoundError:
        if path is None:
            return UserSettings(file)
        return UserSettings(file, problems=(f"{file}: there is no such file.",), unread=True)
    except OSError as error:
        return UserSettings(file, problems=(f"{file}: {error.strerror}.",), unread=True)
    except (ValueError, RecursionError) as error:  # also what is not UTF-8
        found = _LINE.search(str(error))
        place = f"{file}, line {found[1]}" if found else str(file)
        why = re.sub(r" \(at .*\)$", "", str(error))
        broken = f"{place}: this is not valid TOML: {why}."
        return UserSettings(file, problems=(broken,), unread=True)
    settings = UserSettings(file, tables, written)
    problems = {name: words for name, value in tables.items() if (words := _problem(name, value))}
    usable = {name: value for name, value in tables.items() if name not in problems}
    told = tuple(settings.problem(name, words) for name, words in problems.items())
    return UserSettings(file, usable, written, told)


def _problem(name: str, value: Any) -> str:
    """What is wrong with a setting, "" for nothing."""
    if name in _TABLES:
        return "" if isinstance(value, dict) else f"{name} is not a table: write [{name}]"
    if name == THEME:
        words = 'theme needs a name in quotes, such as "natstap-light"'
        return "" if isinstance(value, str) else words
    if name == AFTER_SENDING:
        words = 'after_sending needs "list" or "compose"'
        return "" if value in _PANES_AFTER else words
    return f"{name} is not a setting: natstap does not use it"


def default_path() -> Path:
    """settings.toml where this system keeps how programs are set."""
    from platformdirs import user_config_path  # costs time that a start does not have

    return user_config_path("natstap", appauthor=False) / "settings.toml"


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _lines(written: str) -> dict[str, int]:
    """The line of each name and of each heading."""
    found: dict[str, int] = {}
    heading = ""
    for number, line in enumerate(written.split("\n"), 1):
        if begins := _HEADING.match(line):
            heading = _bare(begins[1])
            found.setdefault(heading, number)
            found.setdefault(heading.split(".")[0], number)
        elif "=" in line:
            name = _bare(line.partition("=")[0])
            found.setdefault(f"{heading}.{name}" if heading else name, number)
            found.setdefault(name.split(".")[0], number)
    return found


def _bare(name: str) -> str:
    return re.sub(r"[\s\"']", "", name)
