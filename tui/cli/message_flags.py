"""The flags of a message, as the nats CLI has them, and the draft that they make."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInput

from .command import Flags, Options

if TYPE_CHECKING:
    from engine.content.content import Side
    from engine.drafts.draft import Draft, Pairs
    from engine.drafts.template import Context
    from engine.message import Message

    from .output import Output

MAX_BODY = 64 << 20
"""Bytes of a body: a server takes at most as many."""
DEFAULT_COLLECTION = "natstap"


def add_message_flags(parser: Flags) -> None:
    add = parser.add_argument
    add("subject", metavar="SUBJECT", help="where it goes")
    words = "the body; @FILE is a file, - is standard input"
    add("body", metavar="BODY", nargs="?", help=words)
    words = "a header as Name:value; may be repeated"
    add("-H", "--header", metavar="K:V", action="append", default=[], help=words)
    add("-f", "--file", metavar="FILE", help="take the body from a file")
    add("--force-stdin", action="store_true", help="take the body from standard input")
    add("--content", metavar="TYPE", help="the content-type; without it natstap guesses")
    add("--correlation-id", metavar="ID", help="instead of a fresh one")
    add("--bare", action="store_true", help="add no content-type and no correlation id")
    add("--count", metavar="N", type=whole_number, default=1, help="how many times to send it")
    words = "render {{Count}}, {{ID}}, {{Time}} and variables (on, unless --no-templates)"
    add("--templates", action=argparse.BooleanOptionalAction, default=True, help=words)
    add_variable_flags(parser)


def add_variable_flags(parser: Flags) -> None:
    words = "a variable for templates, as name=value; never a secret: use NATSTAP_VAR_NAME"
    parser.add_argument("--var", metavar="K=V", action="append", default=[], help=words)
    add_collection_flags(parser)


def add_collection_flags(parser: Flags) -> None:
    default = os.environ.get("NATSTAP_COLLECTION") or DEFAULT_COLLECTION
    words = f"where requests and responders are saved: {default}"
    parser.add_argument("-c", "--collection", metavar="FOLDER", default=default, help=words)
    words = "which of the collection's variables to use"
    parser.add_argument("-e", "--environment", metavar="NAME", default="", help=words)


def whole_number(written: str) -> int:
    """A number of at least 0, for argparse."""
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        raise argparse.ArgumentTypeError("it is not a whole number: try 3")
    return int(written)


def duration(written: str) -> float:
    """Seconds, for argparse."""
    from engine.durations import parse_duration

    try:
        return parse_duration(written)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def timeout_of(options: Options, usual: float) -> float:
    """Seconds of --timeout, else of NATS_TIMEOUT; raises `InvalidInput`."""
    from engine.durations import parse_duration

    written = options.timeout or os.environ.get("NATS_TIMEOUT", "")
    if not written:
        return usual
    try:
        return parse_duration(written)
    except InvalidInput as error:
        raise InvalidInput(f"--timeout: {error}") from None


def headers_of(options: Options) -> Pairs:
    """Raises `InvalidInput` for a header without a colon."""
    cut = [header.partition(":") for header in options.header]
    if not all(colon for _, colon, _ in cut):
        raise InvalidInput("a header has no colon: write it as -H Name:value")
    content = (("content-type", options.content),) if getattr(options, "content", None) else ()
    return (*content, *((name.strip(), value.strip(" \t")) for name, _, value in cut))


def variables_of(options: Options) -> Mapping[str, str]:
    """What templates may name; raises `InvalidInput` for a bad --var, environment or file."""
    cut = [given.partition("=") for given in options.var]
    if not all(name and equals for name, equals, _ in cut):
        raise InvalidInput("a variable has no value: write it as --var name=value")
    from engine.collection.collection import Collection

    kept = Collection(options.collection).variables(options.environment)
    return kept | {name: value for name, _, value in cut}


def variables_for(draft: Draft, options: Options) -> Mapping[str, str]:
    """What the templates of a message may name; what is given in vain is checked all the same."""
    wanted = draft.templates or options.var or options.environment
    return variables_of(options) if wanted else {}


def context_of(count: int, variables: Mapping[str, str]) -> Context:
    from engine.drafts.template import Context

    return Context(count=count, variables=variables)


def is_template(options: Options, parts: tuple[str | bytes, ...]) -> bool:
    """True when there is something to render."""
    marked = any(("{{" if isinstance(part, str) else b"{{") in part for part in parts)  # type: ignore[operator]
    return options.templates and marked


# -- the body --------------------------------------------------------------------------------


def read_body(options: Options) -> bytes:
    """The body from an argument, a file or standard input; raises `InvalidInput`."""
    given = options.body
    if options.file is not None or options.force_stdin or given == "-":
        if given not in (None, "-") or (options.file is not None and options.force_stdin):
            raise InvalidInput("the body is given twice: use one of BODY, --file and --force-stdin")
        return read_file(options.file) if options.file is not None else read_stdin()
    if given is None:
        return read_stdin() if stdin_is_piped() else b""
    if given.startswith("@@"):
        return os.fsencode(given[1:])
    return read_file(given[1:]) if given.startswith("@") else os.fsencode(given)


def read_file(name: str) -> bytes:
    """Raises `InvalidInput`."""
    try:
        with open(name, "rb") as file:
            return _limited(file.read(MAX_BODY + 1), name)
    except OSError as error:
        raise InvalidInput(f"{name}: {error.strerror or error}") from None


def read_stdin() -> bytes:
    """All of it; raises `InvalidInput` where there is none, or too much."""
    try:
        return _limited(sys.stdin.buffer.read(MAX_BODY + 1), "standard input")
    except (AttributeError, OSError, ValueError) as error:
        raise InvalidInput(f"standard input cannot be read: {error}") from None


def stdin_is_piped() -> bool:
    """True for a pipe or a file; False for a terminal, for /dev/null, and where it is closed."""
    import stat

    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _limited(raw: bytes, where: str) -> bytes:
    if len(raw) > MAX_BODY:
        raise InvalidInput(f"{where} holds more than {MAX_BODY:,} bytes: send less")
    return raw


def message_record(message: Message, subject: str, side: Side, out: Output) -> dict[str, Any]:
    """For a JSON line: headers, `body` for text and `base64` for other bytes, and what these are
    read as. `subject` is that of the request.
    """
    bare = out.bare(message.body, message.headers)
    headers = [list(pair) for pair in message.headers.pairs]
    record: dict[str, Any] = {"headers": headers} | _body_record(bare)
    if bare != message.body or may_say_more(message.body, out):
        from .contents import content_record

        record |= content_record(message, subject, side, out)
    return record


def _body_record(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"base64": b64encode(body).decode("ascii")}


def may_say_more(body: bytes, out: Output) -> bool:
    """False for text of which the settings say nothing: it is what it is."""
    return bool(body) and (not _is_text(body) or _names_contents(out.config))


@lru_cache(maxsize=1)
def _names_contents(config: str) -> bool:
    """Whether the settings say what bodies are."""
    from tui.settings import read_settings

    tables = read_settings(Path(config) if config else None).tables
    return not tables.keys().isdisjoint(("content", "protobuf", "avro"))


def _is_text(body: bytes) -> bool:
    """True for UTF-8 without bytes that no text has; a message of Protobuf may be UTF-8 as well."""
    from engine.content.binary import is_binary

    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return not is_binary(body) and not body.startswith(b"\x08")
