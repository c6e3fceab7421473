"""Secrets from where the nats CLI finds them: text, files, variables, data URLs, programs.

What is malformed is refused here with a sentence, since nats-py loops for ever on a creds
file without a JWT and fails obscurely on others. No error repeats a secret.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path

from engine.errors import InvalidProfile

from .outside_tools import ask_nsc, ask_op
from .read_context import home

_SCHEME = re.compile(r"(file|env|op|nsc)://|(data):", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_JWT = re.compile(r"-{3,}BEGIN [^\n]*JWT-{3,}\s+([\w\-.=]+)\s+-{3,}END ")
_SECRET = re.compile(r"\bS[UACONPX][A-Z2-7]{56}\b|eyJ[\w-]{8,}\.[\w-]{8,}\.|-----BEGIN")
"""What is no path, but what should be in the file."""
_BEGINS = ("/", "~", ".")
_ENDINGS = (".creds", ".nk", ".nkey", ".seed", ".jwt", ".pem", ".crt", ".cert", ".key", ".txt")
_MAX_BARE = 12
"""Characters of a name that may be that of a file here; a longer one that neither begins nor ends
as paths do may be a secret."""
_SEED = re.compile(r"\bS[A-Z][A-Z2-7]{56}\b")


def read_creds(reference: str, env: Mapping[str, str]) -> str:
    """A creds file's JWT and seed, as the text of a clean creds file."""
    text = read_secret("creds", reference, env, bare_is_file=True)
    jwt = _JWT.search(text)
    if jwt is None:
        raise InvalidProfile("creds: there is no BEGIN NATS USER JWT block in it")
    return join_creds(jwt[1], _find_seed("creds", text))


def read_nkey(reference: str, env: Mapping[str, str]) -> str:
    """The user seed in an nkey file, which may be decorated."""
    text = read_secret("nkey", reference, env, bare_is_file=True)
    return _find_seed("nkey", text)


def join_creds(jwt: str, seed: str) -> str:
    """A JWT and its seed in the form of a creds file."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{jwt.strip()}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{_find_seed('user_seed', seed)}\n"
        "------END USER NKEY SEED------\n"
    )


def read_secret(
    what: str, reference: str, env: Mapping[str, str], *, bare_is_file: bool = False
) -> str:
    """The text behind file://, env://, data:;base64, op:// or nsc://, or the bare text (or file)
    itself."""
    found = _SCHEME.match(reference)
    scheme = (found[1] or found[2]).lower() if found else ""
    rest = reference[found.end() :] if found else reference
    if scheme == "op":
        return ask_op(what, reference, env)
    if scheme == "nsc":
        return _from_file(what, ask_nsc(what, reference, env)[0], env)
    if scheme == "env":
        return _from_variable(what, rest, env)
    if scheme == "data":
        return _from_data(what, rest)
    if scheme == "file" or bare_is_file:
        return _from_file(what, rest, env)
    return reference


def existing_file(what: str, reference: str, env: Mapping[str, str]) -> str:
    """The expanded path of a certificate or key; "" stays ""."""
    if not reference:
        return ""
    found = _SCHEME.match(reference)
    if found and (found[1] or "").lower() != "file":
        raise InvalidProfile(f"{what}: it must be a file, not a {found[0]} reference")
    reference = reference[found.end() :] if found else reference
    _refuse_secret(what, reference)
    path = _expand(reference, env)
    if not path.is_file():
        raise InvalidProfile(f"{what}: there is no file {_shown(reference, path)}")
    return str(path)


def _expand(path: str, env: Mapping[str, str]) -> Path:
    """$VAR, ${VAR} and a leading ~, as the nats CLI does; an unset variable is empty."""
    path = _VARIABLE.sub(lambda found: env.get(found[1] or found[2], ""), path)
    return Path(home(env) + path[1:] if path.startswith("~") else path)


def _from_variable(what: str, name: str, env: Mapping[str, str]) -> str:
    if not env.get(name):
        raise InvalidProfile(f"{what}: the variable {name!r} is not set")
    return env[name].rstrip("\r\n")


def _from_data(what: str, rest: str) -> str:
    header, comma, payload = rest.partition(",")
    if not comma or "base64" not in header.split(";"):
        raise InvalidProfile(f"{what}: write it as data:;base64,...")
    try:
        return base64.b64decode(payload, validate=True).decode().rstrip("\r\n")
    except ValueError:
        raise InvalidProfile(f"{what}: what follows data:;base64, is not base64 text") from None


def _from_file(what: str, reference: str, env: Mapping[str, str]) -> str:
    _refuse_secret(what, reference)
    path = _expand(reference, env)
    shown = _shown(reference, path)
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except FileNotFoundError:
        raise InvalidProfile(f"{what}: there is no file {shown}") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InvalidProfile(f"{what}: {shown} cannot be read: {why}") from None


def _refuse_secret(what: str, reference: str) -> None:
    if _SECRET.search(reference):
        raise InvalidProfile(f"{what}: give the path of a file, not the secret itself")


def _shown(reference: str, path: Path) -> str:
    """A path as errors quote it: as it was written where it names variables, for one of them
    may be a secret, and only in part where it looks like no path.
    """
    if _VARIABLE.search(reference):
        return repr(reference)
    is_path = reference.startswith(_BEGINS) or reference.lower().endswith(_ENDINGS)
    here = len(reference) <= _MAX_BARE or (path.parent != Path() and path.parent.is_dir())
    if not is_path and not here:
        return f"of that name ({len(reference)} characters: is it the secret itself?)"
    return repr(str(path))


def _find_seed(what: str, text: str) -> str:
    found = _SEED.search(text)
    if found is None:
        raise InvalidProfile(f"{what}: there is no seed in it (58 characters that begin with SU)")
    if not found[0].startswith("SU"):
        raise InvalidProfile(f"{what}: the seed is not a user's (those begin with SU)")
    raw = base64.b32decode(found[0] + "=" * (-len(found[0]) % 8))
    if binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little"):
        raise InvalidProfile(f"{what}: the seed is damaged (its checksum is wrong)")
    return found[0]
