"""Secrets that other programs keep: 1Password's `op`, and NATS' own `nsc`.

Asking may open a window or take long, so it is done once, and only for where somebody goes; the
answers are kept until they turn out to be wrong.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from engine.errors import InvalidProfile
from engine.fields import part, read_json, words

TOOL_SECONDS = 60.0
"""Seconds that a program may take, for it may ask a person."""
_LONGEST_HINT = 200
_TOOLS = re.compile(r"(op|nsc)://", re.IGNORECASE)
_answers: dict[tuple[str, ...], str] = {}


def tool_of(key: str, value: Any) -> str:
    """The program that has to be asked about a setting; "" for none, or once it has answered."""
    if not isinstance(value, str):
        return ""
    found = "nsc" if key == "nsc" else (_TOOLS.match(value) or [""])[0].lower().removesuffix("://")
    return "" if not found or _command(found, value) in _answers else found


def forget_answers() -> None:
    """Ask again next time: what was answered was refused."""
    _answers.clear()


def ask_op(what: str, reference: str, env: Mapping[str, str]) -> str:
    """The secret behind op://vault/item/field. Blocks; raises `InvalidProfile`."""
    return _answer(what, _command("op", reference), env).rstrip("\r\n")


def ask_nsc(what: str, reference: str, env: Mapping[str, str]) -> tuple[str, str]:
    """The path of the creds of nsc://operator/account/user, and the operator's servers ("" for
    none). Blocks; raises `InvalidProfile`."""
    told = _answer(what, _command("nsc", reference), env)
    try:
        found = read_json(told)
    except ValueError:
        found = None
    profile = found if isinstance(found, dict) else {}
    creds = words(profile, "user_creds")
    if not creds:
        raise InvalidProfile(f"{what}: nsc knows no credentials for {reference}")
    services = part(profile, "operator").get("service")
    urls = services if isinstance(services, list) else []
    return creds, ",".join(url for url in urls if isinstance(url, str))


def _command(tool: str, reference: str) -> tuple[str, ...]:
    rest = _TOOLS.sub("", reference, count=1)
    if tool == "op":
        return "op", "read", f"op://{rest}"
    return "nsc", "generate", "profile", f"nsc://{rest}"


def _answer(what: str, command: tuple[str, ...], env: Mapping[str, str]) -> str:
    if command not in _answers:
        _answers[command] = _run(what, command, env)
    return _answers[command]


def _run(what: str, command: tuple[str, ...], env: Mapping[str, str]) -> str:
    """What it prints; no error repeats that, for it may be secret."""
    tool = command[0]
    path = shutil.which(tool, path=env.get("PATH"))
    if path is None:
        raise InvalidProfile(f"{what}: {command[-1]} needs the program {tool}, which is not here")
    try:
        done = subprocess.run(
            [path, *command[1:]],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TOOL_SECONDS,
            check=False,
        )
        told = done.stdout.decode()
    except subprocess.TimeoutExpired:
        raise InvalidProfile(f"{what}: {tool} did not answer in {TOOL_SECONDS:g} s") from None
    except OSError as error:
        raise InvalidProfile(f"{what}: {tool} cannot be run: {error.strerror}") from None
    except ValueError:
        raise InvalidProfile(f"{what}: what {tool} answers is not text") from None
    if done.returncode:
        hint = done.stderr.decode("utf-8", "replace").strip()[:_LONGEST_HINT]
        raise InvalidProfile(f"{what}: {tool} failed: {hint or f'exit code {done.returncode}'}")
    return told
