"""The files of a collection, read and checked: what is wrong is told with its line.

People edit these files by hand, so what could not be sent or hosted is told here already, and a
secret is refused wherever it stands.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engine.checks.checks import KEYS, NO_CHECKS, Checks
from engine.checks.invalid_checks import InvalidChecks
from engine.checks.schema import check_schema
from engine.drafts.draft import TEXTS, Draft
from engine.drafts.template import Template, TemplateError
from engine.errors import InvalidHeader, InvalidInput
from engine.message import text
from engine.responders.reply import ReplyDraft
from engine.secrets.check_secrets import SECRET_CHECK, secret_checks
from engine.secrets.missing_variables import environment_name, wanted_variables
from engine.secrets.reply_secrets import holds_secret
from engine.secrets.secrets import secret_variables, without_secrets

from .files import InvalidCollection, read_text

RESPONDER = "responder"
VARIABLE = re.compile(r"[A-Za-z_]\w*")
_LINE = re.compile(r"line (\d+)")
_WHERE = re.compile(r" in the ([a-z ]+) is a secret")
_OPEN = "the quotes around the text do not close"
_PLAINER = {
    "Invalid value": "the value cannot be read: text stands between quotes",
    "Cannot overwrite a value": "it is there twice",
    "Unterminated string": _OPEN,
    **{f'Expected "{quotes}"': _OPEN for quotes in ("'", "'''")},
    'Expected \'"""\'': _OPEN,
}
_BITS = 64
_LONG = re.compile(r"=\s*[+-]?(?:0[xob])?[0-9a-fA-F_]{17,}")
_CONFLICT = re.compile(r"^<{7} .*^={7}$.*^>{7} ", re.MULTILINE | re.DOTALL)

Thing = Draft | ReplyDraft


def read_thing(path: Path) -> tuple[Thing, Checks]:
    """Raises `InvalidCollection`, with the line where one is to blame."""
    written = read_text(path)
    given = _parse(path, written)
    checks = _read_checks(path, written, given)
    return _read_what(path, written, given), checks


def read_checks(path: Path, written: str) -> Checks:
    """Of a text that holds nothing else; raises `InvalidCollection`."""
    given = _parse(path, written)
    checks = _read_checks(path, written, given)
    for key in given:
        why = f"{key}: natstap knows no such field: try {', '.join(KEYS)}"
        raise InvalidCollection(path, why, _line_of(written, key))
    return checks


def read_written_checks(path: Path) -> Checks:
    """Those that a file holds, whatever else it holds; none where it cannot be read."""
    try:
        written = read_text(path)
        return _read_checks(path, written, _parse(path, written))
    except InvalidCollection:
        return NO_CHECKS


def _read_checks(path: Path, written: str, given: dict[str, Any]) -> Checks:
    """Take them out of `given`."""
    found = {key: given.pop(key) for key in KEYS if key in given}
    if found and given.get("kind") == RESPONDER:
        raise InvalidCollection(
            path, "only requests have checks", _line_of(written, next(iter(found)))
        )
    try:
        checks = Checks.read(found)
        if isinstance(checks.expect.schema, Mapping):
            check_schema(checks.expect.schema)
    except InvalidChecks as error:
        raise InvalidCollection(path, str(error), _line_of_check(written, error.field)) from None
    if names := secret_checks(checks):
        where = _line_of_check(written, names[0])
        raise InvalidCollection(path, f"{names[0]}: {SECRET_CHECK}", where)
    return checks


def _line_of_check(written: str, field: str) -> int:
    """The line of a key in a table, else of the table, else of the first of its names."""
    table, _, key = field.rpartition(".")
    parts = field.split(".", 2)
    return next(
        filter(
            None, (_line_of(written, name) for name in (parts[-1], key, table, field, parts[0]))
        ),
        0,
    )


def _read_what(path: Path, written: str, given: dict[str, Any]) -> Thing:
    kind = Draft if given.get("kind") != RESPONDER else ReplyDraft
    if kind is ReplyDraft:
        del given["kind"]
    try:
        made: Thing = kind.from_dict(given)
    except InvalidInput as error:
        field = str(getattr(error, "field", ""))
        words = f"{error}{_nearest(kind, field, given)}"
        raise InvalidCollection(path, words, _line_in(written, field, given)) from None
    try:
        made.check()
    except InvalidInput as error:
        field = _field_of(made, error)
        line = _line_of(written, field)
        raise InvalidCollection(path, str(error), line + _below(written, line, error)) from None
    _refuse_secrets(path, written, made)
    return made


def read_variables(path: Path) -> dict[str, str]:
    """An environment; raises `InvalidCollection`, also for secrets in it."""
    written = read_text(path)
    values = _parse(path, written)
    for key, value in values.items():
        line = _line_of(written, key)
        if not VARIABLE.fullmatch(key):
            raise InvalidCollection(path, f"{key!r} cannot be a variable's name", line)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidCollection(path, f"{key} is neither text nor a number", line)
    texts = {key: str(value) for key, value in values.items()}
    for key in secret_variables(texts):
        raise InvalidCollection(path, secret_words(key), _line_of(written, key))
    return texts


def secret_words(key: str) -> str:
    name = environment_name(key)
    return f"{key} is a secret, and no file may hold one: set {name} in the environment"


def _parse(path: Path, written: str) -> dict[str, Any]:
    if found := _CONFLICT.search(written):
        line = written.count("\n", 0, found.start()) + 1
        raise InvalidCollection(path, "git left a conflict here that is not resolved", line)
    try:
        given = tomllib.loads(written)
        _check_numbers(given)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _LINE.search(str(error))
        line = int(place[1]) if place else written.count("\n") + 1
        why = re.sub(r" \(at .*\)$", "", str(error))
        why = _PLAINER.get(why, why)
        raise InvalidCollection(path, f"it is not valid TOML: {why}", line) from None
    except ValueError:
        long = _LONG.search(written)
        line = written.count("\n", 0, long.start()) + 1 if long else 0
        raise InvalidCollection(path, "a number is too long to be meant", line) from None
    return given


def _check_numbers(value: Any) -> None:
    """Raises ValueError for whole numbers of more than 64 bits, as TOML has none."""
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise ValueError(value.bit_length())
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_numbers(inner)


# -- where -----------------------------------------------------------------------------------


def _line_of(written: str, field: str) -> int:
    name = re.escape(field)
    pattern = rf'^\s*(?:"?{name}"?\s*=|\[+\s*"?{name}"?\s*\])'
    found = re.search(pattern, written, re.MULTILINE) if field else None
    return written.count("\n", 0, found.end()) + 1 if found else 0


def _line_in(written: str, field: str, given: dict[str, Any]) -> int:
    """The line of the one header that is wrong, else of the field."""
    line = _line_of(written, field)
    listed = given.get(field) if field == "headers" else None
    lacking = [line for line in listed if ":" not in str(line)] if isinstance(listed, list) else []
    for at, each in enumerate(written.split("\n")[line - 1 :] if lacking else (), line):
        if str(lacking[0]) in each:
            return at
    return line


def _below(written: str, line: int, error: InvalidInput) -> int:
    """How many lines further down the trouble is, in a text of several lines."""
    if not line or not isinstance(error, TemplateError):
        return 0
    begins = written.split("\n")[line - 1].rstrip().endswith(("'''", '"""'))
    return begins + error.line - 1


def _nearest(kind: type[Thing], field: str, given: dict[str, Any]) -> str:
    """The field that was meant, for one that nobody knows."""
    known = [field.name for field in fields(kind) if field.name != "own"]
    near = get_close_matches(field, known, 1) if field in given and field not in known else []
    return f": {near[0]} is near" if near else ""


def _field_of(made: Thing, error: InvalidInput) -> str:
    """The field that an error is about, also where it does not say so."""
    if field := str(getattr(error, "field", "")):
        return field
    if isinstance(error, TemplateError):
        texts = (*TEXTS, "body")
        return next((name for name in texts if _broken(getattr(made, name, ""))), "headers")
    if isinstance(error, InvalidHeader):
        return "headers"
    subject = getattr(error, "subject", "")
    names = ("reply_to", "expected_subject", "subject")
    return next((name for name in names if subject and getattr(made, name, "") == subject), "")


def _broken(value: str | bytes) -> bool:
    try:
        Template.parse(text(value) if isinstance(value, bytes) else value)
    except TemplateError:
        return True
    return False


# -- secrets ---------------------------------------------------------------------------------


def _refuse_secrets(path: Path, written: str, made: Thing) -> None:
    if isinstance(made, ReplyDraft):
        if holds_secret(made):
            line = _line_of(written, "body" if made.body else "headers")
            raise InvalidCollection(path, ANSWER_SECRET, line)
        return
    cleaned = without_secrets(made)
    if not cleaned.notes:
        return
    found = _WHERE.search(cleaned.notes[0])
    field = found[1].replace(" ", "_") if found else "headers"
    before = wanted_variables(made)
    name = next(
        (variable for variable in wanted_variables(cleaned.draft) if variable not in before),
        "secret",
    )
    why = f"{cleaned.notes[0].partition(':')[0]}, and no file may hold one: write {{{{{name}}}}}"
    where = "there" if made.templates else "there with templates = true"
    words = f"{why} {where}, and set {environment_name(name)} in the environment"
    raise InvalidCollection(path, words, _line_of(written, field))


ANSWER_SECRET = (
    "the answer holds a secret, and no file may hold one: make it a template, with a variable "
    "such as {{password}} there"
)
