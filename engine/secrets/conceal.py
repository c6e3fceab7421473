"""Everything that leaves natstap "without secrets" passes here: what stays, and what was left out.

Texts and bytes get `<name>` where a secret stood, header pairs too, and drafts as `mask` says.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from engine.content.binary import is_binary
from engine.drafts.draft import Draft, Pairs
from engine.message import raw_bytes, text

from .finding import NOTHING, find_all
from .known_secrets import KnownSecrets
from .masked_draft import mask
from .patterns import is_secret_name
from .secrets import is_variable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Concealed(Generic[T]):
    """`value` holds no secret; `left_out` are the names that stand in their places."""

    value: T
    left_out: tuple[str, ...] = ()


@overload
def conceal(what: str, known: KnownSecrets = ...) -> Concealed[str]: ...
@overload
def conceal(what: bytes, known: KnownSecrets = ...) -> Concealed[bytes]: ...
@overload
def conceal(what: Draft, known: KnownSecrets = ...) -> Concealed[Draft]: ...
@overload
def conceal(what: Pairs, known: KnownSecrets = ...) -> Concealed[Pairs]: ...
def conceal(
    what: str | bytes | Draft | Pairs, known: KnownSecrets = NOTHING
) -> Concealed[str] | Concealed[bytes] | Concealed[Draft] | Concealed[Pairs]:
    """Leave out what is secret by its name, by its form, or by its value."""
    match what:
        case str():
            return _text(what, known)
        case bytes():
            made = _text(text(what), known, packed=is_binary(what))
            return Concealed(raw_bytes(made.value), made.left_out)
        case Draft():
            masked = mask(what, {}, known)
            return Concealed(masked.draft, masked.hidden)
        case _:
            return _pairs(what, known)


def conceal_error(error: BaseException, known: KnownSecrets = NOTHING) -> str:
    """A traceback, without secrets and without the values of variables."""
    return conceal("".join(traceback.format_exception(error)), known).value


def stand_in(name: str, secret: str, *, packed: bool) -> str:
    """What stands where a secret stood; as long as it in a `packed` body, which says before it how
    long it is.
    """
    if not packed:
        return f"<{name}>"
    size = len(raw_bytes(secret))
    return text(raw_bytes(f"<{name}>")[:size].ljust(size, b"*"))


def _text(written: str, known: KnownSecrets, *, packed: bool = False) -> Concealed[str]:
    parts, names, at = [], [], 0
    for found in find_all(written, is_variable, known):
        name = found.name or "secret"
        secret = written[found.begin : found.end]
        parts += [written[at : found.begin], stand_in(name, secret, packed=packed)]
        names.append(name)
        at = found.end
    parts.append(written[at:])
    return Concealed("".join(parts), tuple(dict.fromkeys(names)))


def _pairs(pairs: Pairs, known: KnownSecrets) -> Concealed[Pairs]:
    made: list[tuple[str, str]] = []
    names: list[str] = []
    for name, value in pairs:
        shown, concealed = _text(name, known), _text(value, known)
        named = is_secret_name(name) and value.strip() and not is_variable(value)
        if named and not known.holds(value):
            concealed = Concealed(f"<{name}>", (name,))
        elif named:
            concealed = Concealed(f"<{concealed.left_out[0]}>", concealed.left_out)
        names += [*shown.left_out, *concealed.left_out]
        made.append((shown.value, concealed.value))
    return Concealed(tuple(made), tuple(dict.fromkeys(names)))
