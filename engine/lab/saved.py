"""Collections: requests and responders in small files of a folder that belongs in git.

A thing's name is its path in the folder: "orders/create" is orders/create.toml. Variables are
in env.<name>.toml; those that are secret come from NATSTAP_VAR_<NAME> in the environment, and
no file ever holds one.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InvalidInput

from .draft import Draft
from .reply import ReplyDraft
from .secrets import looks_secret, secret_variables, without_secrets
from .toml import write_toml

RESPONDER = "responder"
ENVIRONMENT = "NATSTAP_VAR_"
LARGEST = 4 << 20
"""Bytes of one file that are read."""
_PART = re.compile(r"[^\W_](?:[\w .+-]*[\w+-])?")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_LINE = re.compile(r"line (\d+)")

Thing = Draft | ReplyDraft


class InvalidCollection(InvalidInput):
    """A file or a name that cannot be used; `line` is 0 when no line is to blame."""

    def __init__(self, path: Path | str, why: str, line: int = 0) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {why}")
        self.path = Path(path)
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved thing; `name` is its path in the collection, without the ending."""

    name: str
    what: Thing


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a collection holds, sorted by name, and the files that cannot be read."""

    saved: tuple[Saved, ...] = ()
    errors: tuple[InvalidCollection, ...] = ()


class Collection:
    """A folder of saved things; it need not exist before the first is saved."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def load(self) -> Loaded:
        """Everything in the folder; a bad file spoils only itself."""
        saved, errors = [], []
        for path in self._files():
            name = path.relative_to(self.folder).with_suffix("").as_posix()
            try:
                saved.append(Saved(name, _read_thing(path)))
            except InvalidCollection as error:
                errors.append(error)
        return Loaded(tuple(saved), tuple(errors))

    def read(self, name: str) -> Thing:
        """One saved thing; raises `InvalidCollection`."""
        return _read_thing(self._path(name))

    def save(self, name: str, what: Thing) -> tuple[str, ...]:
        """Write it, replacing what had the name; the notes say which secrets were left out.

        Raises `InvalidCollection`, and `InvalidInput` for what could not be used.
        """
        path = self._path(name)
        if isinstance(what, Draft):
            cleaned = without_secrets(what)
            _write_file(path, write_toml(cleaned.draft.to_dict()))
            return cleaned.notes
        _refuse_secrets(path, what)
        _write_file(path, write_toml({"kind": RESPONDER, **what.to_dict()}))
        return ()

    def delete(self, name: str) -> None:
        """Remove the file; raises `InvalidCollection` if there is none."""
        path = self._path(name)
        try:
            path.unlink()
        except OSError as error:
            raise InvalidCollection(path, _reason(error)) from None

    # -- variables -----------------------------------------------------------------------

    def environments(self) -> tuple[str, ...]:
        """The names that have an env.<name>.toml, sorted."""
        files = self.folder.glob("env.*.toml")
        return tuple(sorted(one.name[4:-5] for one in files if len(one.name) > 9))

    def variables(self, name: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables of an environment ("" for none), over them those of the process.

        NATSTAP_VAR_TOKEN is the variable `token`. Raises `InvalidCollection`.
        """
        values = _read_variables(self._environment(name)) if name else {}
        given = (os.environ if environ is None else environ).items()
        own = {key[len(ENVIRONMENT) :]: one for key, one in given if key.startswith(ENVIRONMENT)}
        return values | {key.lower(): one for key, one in own.items()} | own

    def save_variables(self, name: str, variables: Mapping[str, str]) -> None:
        """Write an environment; raises `InvalidCollection`, also for secrets."""
        path = self._environment(name)
        for key in variables:
            if not _VARIABLE.fullmatch(key):
                raise InvalidCollection(path, f"{key!r} cannot be a variable's name")
        for key in secret_variables(variables):
            raise InvalidCollection(path, _secret_words(key))
        _write_file(path, write_toml(dict(sorted(variables.items()))))

    # -- files ---------------------------------------------------------------------------

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.folder.rglob("*.toml")):
            parts = path.relative_to(self.folder).parts
            hidden = any(part.startswith(".") for part in parts)
            if path.is_file() and not hidden and not path.name.startswith("env."):
                yield path

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if not all(_PART.fullmatch(part) for part in parts) or parts[-1].startswith("env."):
            why = "a name has letters, digits, spaces, dots and hyphens; / makes a folder"
            raise InvalidCollection(name or '""', why)
        return self.folder.joinpath(*parts[:-1], f"{parts[-1]}.toml")

    def _environment(self, name: str) -> Path:
        if not _PART.fullmatch(name):
            raise InvalidCollection(name or '""', "this cannot be an environment's name")
        return self.folder / f"env.{name}.toml"


# -- reading ---------------------------------------------------------------------------------


def _read_thing(path: Path) -> Thing:
    written = _read_text(path)
    fields = _parse(path, written)
    kind = Draft if fields.get("kind") != RESPONDER else ReplyDraft
    if kind is ReplyDraft:
        del fields["kind"]
    try:
        return kind.from_dict(fields)
    except InvalidInput as error:
        line = _line_of(written, str(getattr(error, "field", "")))
        raise InvalidCollection(path, str(error), line) from None


def _read_variables(path: Path) -> dict[str, str]:
    written = _read_text(path)
    values = _parse(path, written)
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            line = _line_of(written, key)
            raise InvalidCollection(path, f"{key} is neither text nor a number", line)
    texts = {key: str(value) for key, value in values.items()}
    for key in secret_variables(texts):
        raise InvalidCollection(path, _secret_words(key), _line_of(written, key))
    return texts


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise InvalidCollection(path, f"it is larger than {LARGEST:,} bytes")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InvalidCollection(path, _reason(error)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidCollection(path, "it is not UTF-8 text", line) from None


def _parse(path: Path, written: str) -> dict[str, Any]:
    try:
        return tomllib.loads(written)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else written.count("\n") + 1
        why = re.sub(r" \(at .*\)$", "", str(error))
        raise InvalidCollection(path, f"it is not valid TOML: {why}", line) from None


def _line_of(written: str, field: str) -> int:
    found = re.search(rf'^\s*"?{re.escape(field)}"?\s*=', written, re.MULTILINE) if field else None
    return written.count("\n", 0, found.end()) + 1 if found else 0


# -- writing ---------------------------------------------------------------------------------


def _refuse_secrets(path: Path, what: ReplyDraft) -> None:
    """A responder has no variables to put in a secret's place."""
    notes = without_secrets(Draft(what.subject, what.body, headers=what.headers)).notes
    if notes or looks_secret(what.error):
        raise InvalidCollection(path, "the answer holds a secret, and no file may hold one")


def _secret_words(key: str) -> str:
    name = ENVIRONMENT + (key.upper() if key.islower() else key)
    return f"{key} is a secret, and no file may hold one: set {name} in the environment"


def _write_file(path: Path, written: str) -> None:
    """Whole or not at all: into a new file, which then takes the place of the old."""
    try:
        raw = written.encode()
    except UnicodeEncodeError:
        raise InvalidCollection(path, "outside of the body, only UTF-8 text can be kept") from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(_mode(path))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidCollection(path, _reason(error)) from None


def _mode(path: Path) -> int:
    """The mode that the file has, or that a new one would get."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o644


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
