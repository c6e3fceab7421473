"""Checking a value by a JSON schema; no schema is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import InvalidInput
from engine.words import short

from .invalid_checks import InvalidChecks

_ELSEWHERE = ("http", "https", "ftp", "file", "")


def schema_fault(schema: Mapping[str, Any], value: Any) -> str:
    """Why a value does not fit, "" where it does; what is wrong with the schema itself too."""
    from fastjsonschema import JsonSchemaValueException

    try:
        _compiled(schema)(value)
    except JsonSchemaValueException as error:
        return short(str(error).replace("data", "$", 1))
    except InvalidInput as error:
        return str(error)
    except RecursionError:
        return "it is nested too deeply"
    return ""


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises `InvalidChecks` for what is no JSON schema."""
    _compiled(schema)


def _compiled(schema: Mapping[str, Any]) -> Callable[[Any], Any]:
    import fastjsonschema

    try:
        made: Callable[[Any], Any] = fastjsonschema.compile(
            dict(schema), use_default=False, handlers=dict.fromkeys(_ELSEWHERE, _refuse)
        )
    except InvalidChecks:
        raise
    except Exception as error:  # it raises whatever it stumbles over
        raise InvalidChecks("expect.schema", f"not a JSON schema: {short(str(error))}") from None
    return made


def _refuse(uri: str) -> Any:
    raise InvalidChecks("expect.schema", f"$ref to {short(uri)} is elsewhere: put it in the schema")
