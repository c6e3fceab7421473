"""Secrets in the checks of a saved request: no file may hold one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.checks.checks import Checks

from .finding import NOTHING
from .known_secrets import KnownSecrets
from .patterns import is_secret_name, looks_secret

SECRET_CHECK = "it holds a secret, and no file may: expect a type or a pattern instead"


def secret_checks(checks: Checks, known: KnownSecrets = NOTHING) -> tuple[str, ...]:
    """Where an expected value is secret by its name, by its form or because it is known to be."""
    expect = checks.expect
    found = []
    for table, compared in (("headers", expect.headers), ("json", expect.json)):
        for name, comparison in compared:
            named = is_secret_name(name.rpartition(".")[2])
            for test, wanted in comparison.tests:
                texts = list(_texts(wanted)) if test != "type" else []
                if any(_is_secret(text, named and test == "equals", known) for text in texts):
                    found.append(f"expect.{table}.{name}")
    return tuple(dict.fromkeys(found))


def _is_secret(text: str, named: bool, known: KnownSecrets) -> bool:
    return bool(text) and (named or looks_secret(text) or known.holds(text))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
