"""One JSON schema: checks values within bounded time, whoever wrote it.

A schema from a service's metadata is hostile input. Nothing that it refers to is fetched, a
pattern that could take long is not tried, and checking ends after a tenth of a second.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from .words import MAX_FOUND, words_of

MAX_SECONDS = 0.1
"""Of the processor, that checking one value may take."""
_MAX_STEPS = 1_000_000
"""That a pattern may take on a text, at the worst."""
_UNBOUNDED = re.compile(r"(?<!\\)[*+]|(?<!\\)\{\d*,\}")
_NESTED = re.compile(r"\([^()]*[*+{|][^()]*\)\s*[*+{]|\)\s*\)\s*[*+{]|\\\d|\(\?[=!<P]")
"""Repetitions of what has repetitions or choices in it, and what looks around."""
_TIMED = ("properties", "items", "additionalProperties", "allOf", "anyOf", "oneOf", "$ref")
Checker = Callable[[Any, Any, Any, Any], Iterator[Any] | None]


class CannotCheck(Exception):
    """Whether a value keeps the schema cannot be told: its text says why."""


class Schema:
    """`source` says whose it is, as "the schema of service shop"."""

    def __init__(self, raw: Mapping[str, Any] | bool, source: str) -> None:
        self.raw = raw
        self.source = source
        self._deadline = 0.0

    def breaches(self, value: Any) -> tuple[str, ...]:
        """What breaks it, in words; () where nothing does, or it cannot be told."""
        try:
            return self.check(value)
        except CannotCheck:
            return ()

    def check(self, value: Any) -> tuple[str, ...]:
        """What breaks it, in words; raises `CannotCheck`."""
        try:
            validator = self._validator
            self._deadline = time.thread_time() + MAX_SECONDS
            errors = islice(validator.iter_errors(value), MAX_FOUND)
            found = [words for error in errors for words in words_of(error)]
        except CannotCheck:
            raise
        except RecursionError:
            raise CannotCheck("it is nested too deeply") from None
        except Exception as error:  # a schema that is none makes the library raise anything
            raise CannotCheck(_first_line(error)) from None
        return tuple(dict.fromkeys(found))

    @property
    def trouble(self) -> str:
        """Why it cannot be used, "" where it can."""
        from jsonschema.exceptions import SchemaError

        try:
            self._kind.check_schema(self.raw)
        except SchemaError as error:
            return error.message.split("\n")[0][:200]
        except Exception as error:  # nesting, wrong types: whatever a hostile one causes
            return _first_line(error)
        return ""

    @cached_property
    def _kind(self) -> Any:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import validator_for

        return validator_for(self.raw, default=Draft202012Validator)

    @cached_property
    def _validator(self) -> Any:
        from jsonschema import validators
        from referencing import Registry

        extend: Any = validators.extend

        usual = self._kind.VALIDATORS
        own = {name: self._timed(usual[name]) for name in _TIMED if name in usual}
        own["pattern"] = _pattern(usual["pattern"])
        own["uniqueItems"] = _unique(usual["uniqueItems"])
        own.pop("patternProperties", None)
        if "patternProperties" in usual:
            own["patternProperties"] = _pattern_properties(usual["patternProperties"])
        return extend(self._kind, own)(self.raw, registry=Registry())

    def _timed(self, usual: Checker) -> Checker:
        """As the library checks it, while there is time."""

        def check(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
            if time.thread_time() > self._deadline:
                raise CannotCheck("checking it takes too long")
            yield from usual(validator, wanted, value, schema) or ()

        return check


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0][:200] or type(error).__name__


def _pattern(usual: Checker) -> Checker:
    def check(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, str) and _is_quick(wanted, len(value)):
            yield from usual(validator, wanted, value, schema) or ()

    return check


def _pattern_properties(usual: Checker) -> Checker:
    def check(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
        longest = max(map(len, value), default=0) if isinstance(value, dict) else 0
        if isinstance(wanted, dict) and all(_is_quick(pattern, longest) for pattern in wanted):
            yield from usual(validator, wanted, value, schema) or ()

    return check


def _unique(usual: Checker) -> Checker:
    def check(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, list) and len(value) ** 2 <= _MAX_STEPS:
            yield from usual(validator, wanted, value, schema) or ()

    return check


def _is_quick(pattern: Any, length: int) -> bool:
    """Whether a pattern surely ends soon on a text of so many characters."""
    if not isinstance(pattern, str) or len(pattern) > 500 or _NESTED.search(pattern):
        return False
    repeats = len(_UNBOUNDED.findall(pattern))
    steps: int = max(1, length) ** max(1, repeats)
    return steps <= _MAX_STEPS
