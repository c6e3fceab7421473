"""How services say no where NATS has no word for it: a status header, an error in the body.

Frameworks put into an answer what the protocol leaves open. What is read here is what they
document: HTTP's status codes in a header, the `err` of NestJS, the `error` of JSON-RPC 2.0, of
RES and of Moleculer.
"""

from __future__ import annotations

import re

from .fields import Fields, parse

STATUS_MARK = b"tatus"
"""What the block of every header has in it that may be a status."""
ERROR_MARK = b'"err'
"""What every body has in it that may be an error of a framework."""
MAX_ERROR = 4096
"""Bytes of a body that is looked into: errors are short."""
_NAMES = ("status", "statuscode", "httpstatus", "httpstatuscode")
_HEADER = re.compile(rb"\r\n([\w-]*status[\w-]*):[ \t]*(\d{3})(?:[ \t]+([^\r\n]*))?[ \t]*\r", re.I)


def header_status(block: bytes) -> tuple[int, str]:
    """Status and words of the first header that has one; (0, "") without any."""
    if STATUS_MARK not in block:
        return 0, ""
    for name, code, words in _HEADER.findall(block):
        if _plain(name.decode()) in _NAMES:
            return int(code), words.decode(errors="replace").strip()
    return 0, ""


def _plain(name: str) -> str:
    return name.lower().removeprefix("x-").replace("-", "").replace("_", "")


def body_error(body: bytes) -> str | None:
    """What a framework's error says; None for a body that is none."""
    if len(body) > MAX_ERROR or not body.startswith(b"{") or ERROR_MARK not in body:
        return None
    fields = parse(body)
    if "isDisposed" in fields and fields.get("err"):
        return _said(fields["err"])
    error = fields.get("error")
    if not isinstance(error, dict) or fields.get("result") is not None:
        return None
    return _said(error) if _is_known(fields, error) else None


def _is_known(fields: Fields, error: Fields) -> bool:
    """JSON-RPC says its version; RES and Moleculer have both a code and a message."""
    return "jsonrpc" in fields or ("code" in error and isinstance(error.get("message"), str))


def _said(error: object) -> str:
    return str(error.get("message", error) if isinstance(error, dict) else error)
