"""Collections: requests and responders in small files of a folder that belongs in git.

A thing's name is its path in the folder: "orders/create" is orders/create.toml. Variables are
in env.<name>.toml; those that are secret come from NATSTAP_VAR_<NAME> in the environment, and
no file ever holds one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.checks.checks import NO_CHECKS, Checks
from engine.drafts.draft import Draft
from engine.secrets.check_secrets import SECRET_CHECK, secret_checks
from engine.secrets.known_secrets import ENVIRONMENT, KnownSecrets
from engine.secrets.missing_variables import missing_variables
from engine.secrets.patterns import is_secret_name
from engine.secrets.reply_secrets import holds_secret
from engine.secrets.secrets import secret_variables, without_secrets

from .files import FileChanges, InvalidCollection, encode, exists, read_bytes
from .reading import (
    ANSWER_SECRET,
    RESPONDER,
    VARIABLE,
    Thing,
    read_thing,
    read_variables,
    read_written_checks,
    secret_words,
)
from .toml import write_toml

_PART = re.compile(r"[^\W_](?:[\w .+-]*[\w+-])?")


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved thing; `name` is its path in the collection, without the ending."""

    name: str
    what: Thing
    checks: Checks = NO_CHECKS
    """Of a request: what is expected of its answer."""


@dataclass(frozen=True, slots=True)
class LoadedCollection:
    """What a collection holds, sorted by name, and the files that cannot be read."""

    saved: tuple[Saved, ...] = ()
    errors: tuple[InvalidCollection, ...] = ()


class Collection:
    """A folder of saved things; it need not exist before the first is saved.

    Whatever is `known` to be secret is in no file, and what becomes secret here is known there.
    """

    def __init__(self, folder: Path | str, known: KnownSecrets | None = None) -> None:
        self.folder = Path(folder)
        self.known = KnownSecrets() if known is None else known
        self._changes = FileChanges()
        self._secrets: dict[str, dict[str, str]] = {}
        """Of each environment."""

    def load(self) -> LoadedCollection:
        """Everything in the folder; a bad file spoils only itself."""
        saved, errors = [], []
        for path in self._files():
            name = path.relative_to(self.folder).with_suffix("").as_posix()
            try:
                saved.append(Saved(name, *read_thing(path)))
            except InvalidCollection as error:
                errors.append(error)
        return LoadedCollection(tuple(saved), tuple(errors))

    def read(self, name: str) -> Thing:
        """One saved thing; raises `InvalidCollection`."""
        return self.read_saved(name).what

    def read_saved(self, name: str) -> Saved:
        """One saved thing with its checks; raises `InvalidCollection`."""
        return Saved(name, *read_thing(self._path(name)))

    def save(self, name: str, what: Thing, checks: Checks | None = None) -> tuple[str, ...]:
        """Write it, replacing what had the name; the notes say which secrets were left out.

        Without `checks` a request that had the name keeps those that it had.

        Raises `InvalidCollection`, and `InvalidInput` for what could not be used.
        """
        path = self._path(name)
        self._learn()
        if self.known.holds(name):
            raise InvalidCollection(self.folder, "a name may not hold a secret: choose another")
        if checks is None:
            checks = read_written_checks(path) if isinstance(what, Draft) else NO_CHECKS
        written, notes = _write_thing(path, what, checks, self.known)
        replaced = "replacing" if exists(path) else "saving"
        self._changes.do(f"{replaced} {name}", (path, encode(path, written)))
        return notes

    def holds(self, name: str) -> bool:
        """True when there is something of that name; raises `InvalidCollection`."""
        return exists(self._path(name))

    def path_of(self, name: str) -> Path:
        """The file that a name stands for; raises `InvalidCollection` for what is no name."""
        return self._path(name)

    def delete(self, name: str) -> None:
        """Remove the file; raises `InvalidCollection` if there is none."""
        self._changes.do(f"deleting {name}", (self._path(name), None))

    def rename(self, name: str, other: str) -> None:
        """Move a file; raises `InvalidCollection`, also when there is one of the other name."""
        old, new = self._path(name), self._path(other)
        self._learn()
        if self.known.holds(other):
            raise InvalidCollection(self.folder, "a name may not hold a secret: choose another")
        if exists(new):
            raise InvalidCollection(new, "there is one of this name already")
        if (raw := read_bytes(old)) is None:
            raise InvalidCollection(old, "there is no such file")
        self._changes.do(f"renaming {name} to {other}", (new, raw), (old, None))

    def undo(self) -> str:
        """Take back the last change of this run, and say which it was.

        Raises `InvalidCollection` when somebody else changed the file meanwhile.
        """
        return self._changes.undo()

    # -- variables -----------------------------------------------------------------------

    def environments(self) -> tuple[str, ...]:
        """The names that have an env.<name>.toml, sorted."""
        files = self.folder.glob("env.*.toml")
        return tuple(sorted(file.name[4:-5] for file in files if len(file.name) > 9))

    def variables(self, name: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables of an environment ("" for none), over them its secrets of this run and
        the variables of the process.

        NATSTAP_VAR_TOKEN is the variable `token`. Raises `InvalidCollection`.
        """
        values = self.written_variables(name) if name else {}
        return values | self.unwritten_variables(name, environ)

    def unwritten_variables(
        self, name: str, environ: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Those of an environment that no file holds, for they may be secret."""
        given = (os.environ if environ is None else environ).items()
        own = {
            key[len(ENVIRONMENT) :]: value for key, value in given if key.startswith(ENVIRONMENT)
        }
        kept = self._secrets.get(name, {})
        self.known.learn_environ(os.environ if environ is None else environ)
        self.known.learn_variables(kept)
        return kept | {key.lower(): value for key, value in own.items()} | own

    def missing_variables(self, name: str) -> tuple[str, ...]:
        """Those that the saved requests name and an environment lacks, but for secrets.

        Raises `InvalidCollection`.
        """
        given = self.variables(name)
        drafts = [saved.what for saved in self.load().saved]
        missing = (variable for draft in drafts for variable in missing_variables(draft, given))
        return tuple(dict.fromkeys(name for name in missing if not is_secret_name(name)))

    def written_variables(self, name: str) -> dict[str, str]:
        """Those that the file of an environment holds; raises `InvalidCollection`."""
        return read_variables(self._environment(name))

    def save_variables(self, name: str, variables: Mapping[str, str]) -> None:
        """Write an environment; raises `InvalidCollection`, also for secrets."""
        path = self._environment(name)
        for key in variables:
            if not VARIABLE.fullmatch(key):
                raise InvalidCollection(path, f"{key!r} cannot be a variable's name")
        self._learn()
        for key in self._secret_variables(variables):
            raise InvalidCollection(path, secret_words(key))
        raw = encode(path, write_toml(dict(sorted(variables.items()))))
        self._changes.do(f"changing the environment {name}", (path, raw))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Those that are kept until this run ends, in no file, as "name of environment"."""
        kept = ((key, name) for name, each in self._secrets.items() for key in each)
        return tuple(f"{key} of {name}" for key, name in sorted(kept))

    def keep_variables(self, name: str, variables: Mapping[str, str]) -> tuple[str, ...]:
        """Write an environment, but keep its secrets in memory, and say which these are.

        Raises `InvalidCollection`.
        """
        self._learn()
        secret = {key: variables[key] for key in self._secret_variables(variables)}
        for key in secret:
            if not VARIABLE.fullmatch(key):
                path = self._environment(name)
                raise InvalidCollection(path, f"{key!r} cannot be a variable's name")
        plain = {key: value for key, value in variables.items() if key not in secret}
        self.save_variables(name, plain)
        self._secrets[name] = self._secrets.get(name, {}) | secret
        self.known.learn_variables(secret)
        return tuple(secret)

    def delete_variables(self, name: str) -> None:
        """Remove an environment; raises `InvalidCollection` if there is none."""
        self._changes.do(f"deleting the environment {name}", (self._environment(name), None))

    def _secret_variables(self, variables: Mapping[str, str]) -> list[str]:
        """Those that are secret by name or form, or hold a value that is known to be."""
        held = (key for key, value in variables.items() if self.known.holds(value))
        return list(dict.fromkeys((*secret_variables(variables), *held)))

    def _learn(self) -> None:
        """The process's variables may have been set since the last look."""
        self.known.learn_environ(os.environ)

    # -- files ---------------------------------------------------------------------------

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.folder.rglob("*.toml")):
            parts = path.relative_to(self.folder).parts
            hidden = any(part.startswith(".") for part in parts)
            if not hidden and not _is_special(path.name) and _may_be_read(path):
                yield path

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        special = _is_special(f"{parts[-1]}.toml")
        if not all(_PART.fullmatch(part) for part in parts) or special:
            why = "a name has letters, digits, spaces, dots and hyphens; / makes a folder"
            raise InvalidCollection(name or '""', why)
        return self.folder.joinpath(*parts[:-1], f"{parts[-1]}.toml")

    def _environment(self, name: str) -> Path:
        if not _PART.fullmatch(name):
            raise InvalidCollection(name or '""', "this cannot be an environment's name")
        return self.folder / f"env.{name}.toml"


def _is_special(name: str) -> bool:
    """True for the files of environments and of guided flows."""
    return name.startswith("env.") or name.endswith(".guide.toml")


def _may_be_read(path: Path) -> bool:
    """False for folders; what cannot be told is left to reading, which says why it cannot."""
    try:
        return path.is_file()
    except OSError:
        return True


# -- writing ---------------------------------------------------------------------------------


def _write_thing(
    path: Path, what: Thing, checks: Checks, known: KnownSecrets
) -> tuple[str, tuple[str, ...]]:
    """A thing as text, and notes of the secrets that became variables."""
    if isinstance(what, Draft):
        cleaned = without_secrets(what, known)
        if names := secret_checks(checks, known):
            raise InvalidCollection(path, f"{names[0]}: {SECRET_CHECK}")
        return write_toml(cleaned.draft.to_dict() | checks.write()), cleaned.notes
    if holds_secret(what, known):  # only whoever writes an answer can put a variable there
        raise InvalidCollection(path, ANSWER_SECRET)
    return write_toml({"kind": RESPONDER, **what.to_dict()}), ()
