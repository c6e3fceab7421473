"""Guides as TOML: read, checked, and what is wrong is told with its line.

title = "Request and reply"
about = "One client asks, one answers."

[[services]]
name = "greeter-1"
subject = "greet.*"
recipe = "template"
body = "hello {{1}}"

[[steps]]
say = "Compose holds a request: send it."
keys = ["ctrl+j"]
compose = { subject = "greet.ann" }
until = ["exchange ~u greet.ann ~s answered"]

[[steps]]
say = "It was answered."
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from engine.collection.files import InvalidCollection, read_text
from engine.drafts.draft import Draft
from engine.errors import InvalidInput, InvalidName, InvalidSubject
from engine.responders.reply import ReplyDraft
from engine.subject import check_subscribe

from .conditions import Condition
from .guide import (
    MAX_SERVICES,
    MAX_STEPS,
    MAX_STREAMS,
    Deed,
    Guide,
    GuideService,
    GuideStep,
    ServiceChange,
    Stream,
)

ENDING = ".guide.toml"
"""How the files of own guides end, in a collection."""
MAX_GUIDES = 100
"""Own guides of a collection that are read."""
MAX_WORDS = 200
"""Characters of a sentence: it has two lines of a terminal."""
ORDER = (
    "request-and-reply",
    "reply-to",
    "many-replies",
    "queue-group",
    "no-responders",
    "stream-steals",
    "stored-response",
    "late-and-twice",
    "three-hops",
    "swallowed",
)
"""natstap's own guides, in the order in which they teach."""
_TOML_LINE = re.compile(r"line (\d+)")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_FIELDS = {
    "the flow": {"title", "about", "services", "streams", "steps"},
    "a stream": {"name", "subjects"},
    "a step": {"say", "keys", "until", "compose", "do", "watch"},
}


def own_guides() -> tuple[Guide, ...]:
    """Those that come with natstap."""
    folder = files(__package__) / "flows"
    return tuple(
        parse_guide(Path(f"{name}.toml"), (folder / f"{name}.toml").read_text("utf-8"))
        for name in ORDER
    )


def guides_in(folder: Path) -> tuple[tuple[Guide, ...], tuple[InvalidCollection, ...]]:
    """Those of a collection, by name, and what is wrong with its other ones."""
    found: list[Guide] = []
    errors: list[InvalidCollection] = []
    for path in sorted(folder.rglob(f"*{ENDING}"))[:MAX_GUIDES]:
        try:
            found.append(parse_guide(path, read_text(path)))
        except InvalidCollection as error:
            errors.append(error)
    return tuple(found), tuple(errors)


def parse_guide(path: Path, written: str) -> Guide:
    """Raises `InvalidCollection` with the line, where one is to blame."""
    try:
        given = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        line = _TOML_LINE.search(str(error))
        words = str(error).partition(" (at ")[0]
        last = written.count("\n", 0, len(written.rstrip())) + 1
        raise InvalidCollection(path, words, int(line[1]) if line else last) from None
    except RecursionError:
        raise InvalidCollection(path, "it is nested too deeply") from None
    try:
        return _guide(path.name.removesuffix(".toml").removesuffix(".guide"), given)
    except (InvalidInput, _Wrong) as error:
        field = str(getattr(error, "place", "") or getattr(error, "field", ""))
        raise InvalidCollection(path, str(error), _line_of(written, field)) from None


class _Wrong(Exception):
    """`place` is a text that the line to blame holds."""

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(why)
        self.place = place


def _line_of(written: str, place: str) -> int:
    lines = written.splitlines() if place else []
    return next((at for at, line in enumerate(lines, 1) if place in line), 0)


def _guide(name: str, given: Mapping[str, Any]) -> Guide:
    _check_fields(given, "the flow")
    services = tuple(_service(one) for one in _tables(given, "services", MAX_SERVICES))
    names = {service.name for service in services}
    if len(names) < len(services):
        raise _Wrong("two services have one name: give each its own", "[[services]]")
    steps = tuple(_step(one, names) for one in _tables(given, "steps", MAX_STEPS))
    if not steps:
        raise _Wrong("a flow needs steps: add [[steps]]")
    if any(not step.until for step in steps[:-1]):
        raise _Wrong("only the last step may go without until: say when the others are done")
    streams = tuple(_stream(one) for one in _tables(given, "streams", MAX_STREAMS))
    return Guide(name, _text(given, "title"), _text(given, "about"), steps, services, streams)


def _service(given: Mapping[str, Any]) -> GuideService:
    rest = {key: value for key, value in given.items() if key not in ("name", "asks", "silenced")}
    draft = ReplyDraft.from_dict(rest)
    try:
        draft.check()
    except InvalidSubject as error:
        raise _Wrong(str(error), f'subject = "{error.subject}"') from None
    asks = str(given.get("asks", ""))
    if asks:
        check_subscribe(asks)
    return GuideService(_name(given), draft, asks, given.get("silenced") is True)


def _stream(given: Mapping[str, Any]) -> Stream:
    _check_fields(given, "a stream")
    subjects = _texts(given, "subjects")
    for subject in subjects:
        check_subscribe(subject)
    return Stream(_name(given), subjects)


def _step(given: Mapping[str, Any], services: set[str]) -> GuideStep:
    _check_fields(given, "a step")
    compose = given.get("compose")
    if compose is not None and not isinstance(compose, dict):
        raise _Wrong("compose needs a table: { subject = ... }", "compose")
    return GuideStep(
        _text(given, "say"),
        _texts(given, "keys"),
        tuple(_placed(Condition.parse, words) for words in _texts(given, "until")),
        Draft.from_dict(compose) if compose is not None else None,
        tuple(_change(words, services) for words in _texts(given, "do")),
        str(given.get("watch", "")),
    )


def _placed(parse: Callable[[str], Condition], words: str) -> Condition:
    try:
        return parse(words)
    except InvalidInput as error:
        raise _Wrong(f"{words}: {error}", words) from None


def _change(words: str, services: set[str]) -> ServiceChange:
    deed, _, name = words.partition(" ")
    if deed not in frozenset(Deed):
        raise _Wrong(f"{words!r} does nothing: try {', '.join(Deed)} and a service", words)
    if name not in services:
        raise _Wrong(f"{name!r} is not a service of the flow: add it to [[services]]", words)
    return ServiceChange(Deed(deed), name)


# -- plain values ----------------------------------------------------------------------------


def _check_fields(given: Mapping[str, Any], where: str) -> None:
    for key in given:
        if key not in _FIELDS[where]:
            known = ", ".join(sorted(_FIELDS[where]))
            raise _Wrong(f"{key}: {where} has no such field: try {known}", key)


def _tables(given: Mapping[str, Any], key: str, most: int) -> Iterator[Mapping[str, Any]]:
    found = given.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _Wrong(f"{key} needs tables: write [[{key}]] above each", key)
    if len(found) > most:
        raise _Wrong(f"{key}: a flow has at most {most}", key)
    yield from found


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"{key}: write a sentence", key)
    if len(value) > MAX_WORDS:
        raise _Wrong(f"{key}: at most {MAX_WORDS} characters", key)
    return value


def _texts(given: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = given.get(key, [])
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise _Wrong(f"{key} needs a list of texts", key)
    return tuple(found)


def _name(given: Mapping[str, Any]) -> str:
    name = str(given.get("name", ""))
    if not _NAME.fullmatch(name):
        raise InvalidName("service or stream", name, "use letters, digits, - and _")
    return name
