"""What an annotation promises of a value: checked and made as pydantic does, where it is there.

Without pydantic the plain types are converted by `argument_types`; what neither can honour is
refused where the handler is declared, never ignored.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum
from functools import partial
from typing import Any, Never, NoReturn

from engine.errors import InvalidHandler
from engine.rpc.handling.argument_types import convert, is_convertible
from engine.rpc.handling.response import Response

Validate = Callable[[Any], Any]
"""The value as it was promised; raises ValueError or TypeError when it cannot be."""
_FOREIGN = ("fast_depends", "faststream")


class ValidationError(ValueError):
    """A value is not what is annotated; in one line."""


def argument_validator(annotation: Any, what: str) -> Validate | None:
    """For a parameter; None where anything will do. Raises `InvalidHandler`."""
    if annotation is Any:
        return None
    for detail in (annotation, *getattr(annotation, "__metadata__", ())):
        refuse_foreign(detail, what)
    made = _validator(annotation, what)
    if types.NoneType not in typing.get_args(annotation):
        return made
    return partial(_empty_is_none, made)


def result_validator(annotation: Any, what: str) -> Validate | None:
    """For what a handler returns; a `Response` passes, for its body is the handler's own.

    None where anything will do. Raises `InvalidHandler`.
    """
    wanted = _awaited(annotation)
    kinds = [kind for kind in options_of(wanted) if not _is_response(kind)]
    if wanted in (Any, NoReturn, Never) or Any in kinds:
        return None
    if not kinds:
        return partial(_response, None)
    left = kinds[0] if len(kinds) == 1 else typing.Union[tuple(kinds)]  # noqa: UP007
    if left in (None, types.NoneType):
        return partial(_response, _nothing)
    return partial(_response, _validator(left, what, instances=True))


def is_dependency(default: Any) -> bool:
    """True for a default that no message could bring: a database, a function, a class."""
    kind: Any = type(default)
    if default is inspect.Parameter.empty or _is(default, _field_type()):
        return False
    if issubclass(kind, type):
        return True
    if kind.__module__.partition(".")[0] in _FOREIGN or is_convertible(kind):
        return False
    try:
        _validator(kind, "")
    except InvalidHandler:
        return True
    return False


def field_of(annotation: Any, default: Any, what: str) -> tuple[Any, str, Callable[[], Any] | None]:
    """What a parameter is made of, its name in an object ("" is its own), and its default.

    pydantic's `Field` says all three, as the default or in `Annotated`; raises `InvalidHandler`.
    """
    details = list(getattr(annotation, "__metadata__", ()))
    plain = annotation.__origin__ if details else annotation
    if _is(default, kind := _field_type()):
        details.append(default)
        default = inspect.Parameter.empty
    key = ""
    give = None if default is inspect.Parameter.empty else lambda: default
    limits: list[Any] = []
    for detail in details:
        if not _is(detail, kind):
            limits.append(detail)
            continue
        limits += detail.metadata
        if detail.discriminator is not None:
            limits.append(sys.modules["pydantic"].Field(discriminator=detail.discriminator))
        alias = detail.validation_alias or detail.alias or ""
        if not isinstance(alias, str):
            raise InvalidHandler(f"{what} has the alias {alias!r}: a str will do")
        key = alias or key
        if give is None and not detail.is_required():
            give = partial(detail.get_default, call_default_factory=True)
    return typing.Annotated[plain, *limits] if limits else plain, key, give


def _field_type() -> Any:
    """pydantic's, where anybody has loaded it."""
    fields = sys.modules.get("pydantic.fields")
    return fields.FieldInfo if fields is not None else None


def _is(value: Any, kind: Any) -> bool:
    return kind is not None and isinstance(value, kind)


def refuse_foreign(value: Any, what: str) -> None:
    """FastStream's Depends, Context, Header and Path would be given to nobody here."""
    kind = value if isinstance(value, type) else type(value)
    if kind.__module__.partition(".")[0] in _FOREIGN:
        raise InvalidHandler(
            f"{what} asks for {kind.__name__} of FastStream: take the NatsMessage, which has "
            "headers and path, or give the parameter a default"
        )


def _validator(annotation: Any, what: str, *, instances: bool = False) -> Validate:
    if annotation is str:  # the commonest, for which nobody should wait until pydantic is loaded
        return _string
    try:
        import pydantic
    except ImportError:
        if is_convertible(annotation):
            return partial(_converted, annotation)
        raise InvalidHandler(f"{what} is annotated {annotation!r}: install pydantic") from None
    try:
        adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(annotation)
    except (pydantic.errors.PydanticUserError, TypeError, NameError) as error:
        if instances and _tells_instances(annotation):
            return partial(_instance, annotation)
        why = str(error).partition("\n")[0]
        raise InvalidHandler(f"{what} cannot be made of a message: {why}") from error
    return partial(_validated, adapter.validate_python, pydantic.ValidationError)


def _validated(validate: Validate, failure: type[Exception], value: Any) -> Any:
    try:
        return validate(value)
    except failure as error:
        raise ValidationError(_in_one_line(error)) from error


def _in_one_line(error: Any) -> str:
    """Every fault with where it is: `items.0.price: Input should be greater than 0`."""
    faults = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(step) for step in fault["loc"])
        faults.append(f"{where}: {fault['msg']}" if where else fault["msg"])
    return "; ".join(faults)


def _converted(wanted: Any, value: Any) -> Any:
    try:
        return convert(value, wanted)
    except (TypeError, ValueError) as error:
        raise ValidationError(str(error)) from error


def _instance(wanted: type, value: Any) -> Any:
    if not isinstance(value, wanted):
        raise ValidationError(f"expected {wanted.__name__}, got {type(value).__name__}")
    return value


def _tells_instances(annotation: Any) -> bool:
    """False for a typed dict and for a protocol: of a value these say nothing."""
    try:
        return isinstance(annotation, type) and not isinstance(None, annotation)
    except TypeError:
        return False


def _string(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            pass
    if not isinstance(value, str):
        raise ValidationError("Input should be a valid string")
    return value


def _nothing(value: Any) -> None:
    if value is not None:
        raise ValidationError(f"expected None, got {type(value).__name__}")


def _response(otherwise: Validate | None, value: Any) -> Any:
    if isinstance(value, Response):
        return value
    if otherwise is None:
        raise ValidationError(f"expected a Response, got {type(value).__name__}")
    return otherwise(value)


def _empty_is_none(otherwise: Validate, value: Any) -> Any:
    """An empty body is what None looks like on the wire."""
    return None if value == b"" else otherwise(value)


def _awaited(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (Awaitable, Coroutine):
        return typing.get_args(annotation)[-1]
    return annotation


def options_of(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _is_response(kind: Any) -> bool:
    if typing.get_origin(kind) is typing.Annotated:
        kind = kind.__origin__
    return isinstance(kind, type) and issubclass(kind, Response)
