"""Drafts as what other people run: a `nats` command, or Python for four clients.

Each says in its notes what the other side cannot do. Where a command has no notes, pasting it
gives the same draft back. A server's address and credentials are never written: the command
and the snippets take them from NATS_URL, as the CLI does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.drafts.draft import TEXTS, Draft, Kind
from engine.drafts.template import OWN, Context, Template, TemplateError
from engine.drafts.wire_headers import OWN_HEADERS
from engine.drafts.written_content import encoded, writer_of
from engine.durations import go_duration
from engine.message import raw_bytes, text
from engine.rpc.message import EXPECTED_STREAM, REPLY_TO
from engine.secrets.secrets import without_secrets

from .flags import refused_names
from .form_headers import FRESH
from .paste import CLI_TIMEOUT
from .shell import is_visible, printf, quote, quote_in_script
from .snippets import engine_code, faststream_code, nats_py_code

_NO_MORE_FLAGS = "--"
"""The CLI takes no such word as a body."""
HOLDS_SECRET = "it holds a secret in plain text"


@dataclass(frozen=True, slots=True)
class Copied:
    """A command or a program; `notes` are sentences on what it does not do as natstap does."""

    text: str
    notes: tuple[str, ...] = ()


def nats_command(
    draft: Draft,
    variables: Mapping[str, str] | None = None,
    *,
    count: int = 1,
    script: bool = False,
) -> Copied:
    """A line for bash or zsh that sends this draft, or for any shell that runs a `script`.

    Variables are written in, since the CLI has none. Raises `InvalidDraft`.
    """
    draft.check()
    draft = _filled(draft, variables or {})
    words = [*_verb(draft), *_flags(draft, count), *_headers(draft)]
    body = text(draft.body)
    piped = b"\0" in draft.body or body == _NO_MORE_FLAGS or (script and not is_visible(body))
    last = [draft.subject] if piped else [draft.subject, body]
    if any(word.startswith(("-", "@")) for word in last):
        words.append(_NO_MORE_FLAGS)  # else they are flags, or names of files
    line = " ".join(map(quote_in_script if script else quote, (*words, *last)))
    if piped:
        line = f"{printf(draft.body)} | {line}"
    return Copied(line, tuple(_notes(draft)))


def _filled(draft: Draft, variables: Mapping[str, str]) -> Draft:
    if not draft.templates:
        return draft

    def fill(written: str) -> str:
        return Template.parse(written).fill(variables)

    headers = tuple((name, fill(value)) for name, value in draft.headers)
    texts: dict[str, Any] = {name: fill(getattr(draft, name)) for name in TEXTS}
    return replace(draft, **texts, headers=headers, body=raw_bytes(fill(text(draft.body))))


def _verb(draft: Draft) -> list[str]:
    if draft.kind in (Kind.REQUEST, Kind.MANY):
        return ["nats", "req"]
    return ["nats", "pub", "--jetstream"] if draft.kind.streamed else ["nats", "pub"]


def _flags(draft: Draft, count: int) -> list[str]:
    flags = [f"--count={count}"] if count != 1 else []
    if draft.kind is Kind.PUBLISH:
        flags += [f"--reply={draft.reply_to}"] if draft.reply_to else []
    elif draft.timeout != CLI_TIMEOUT:
        flags.append(f"--timeout={go_duration(draft.timeout)}")
    if draft.kind is Kind.MANY:
        flags += _endings(draft)
    if not draft.templates and ("{{" in draft.subject or b"{{" in draft.body):
        flags.append("--no-templates")
    return flags


def _endings(draft: Draft) -> list[str]:
    if not draft.replies and draft.gap is None and not draft.until_empty:
        return ["--replies=0"]
    gap = draft.timeout if draft.gap is None else draft.gap
    many = f"--replies={draft.replies}" if draft.replies else "--wait-for-empty"
    return [many, f"--reply-timeout={go_duration(gap)}"]


def _headers(draft: Draft) -> list[str]:
    draft = draft.as_template()  # the CLI renders header values even with --no-templates
    own = [(EXPECTED_STREAM, draft.stream), (REPLY_TO, _answer_subject(draft))]
    more = own if draft.kind.streamed else []
    words: list[str] = []
    for name, value in (*draft.sent_headers(FRESH), *(pair for pair in more if pair[1])):
        pair = f"{name}:{value}"
        words += [f"--header={pair}"] if pair.startswith(("-", "@")) else ["-H", pair]
    return words


def _answer_subject(draft: Draft) -> str:
    return "natstap.answer" if draft.kind is Kind.STREAM_REQUEST else draft.reply_to


def _notes(draft: Draft) -> list[str]:
    notes = [
        f"the nats CLI does not know {{{{{name}}}}}: give it a value, or it is sent as it is"
        for name in _unknown(draft)
    ]
    if draft.kind is Kind.STREAM_REQUEST:
        notes.append("the nats CLI cannot wait for the answer: run nats sub natstap.answer first")
    if draft.kind is Kind.MANY:
        notes += _ending_notes(draft)
    if not math.isclose(draft.timeout, round(draft.timeout, 9), rel_tol=0, abs_tol=0):
        notes.append("times are written to the nanosecond")
    notes += refused_names(name for name, _ in draft.headers)
    if without_secrets(draft).notes:
        notes.append(HOLDS_SECRET)
    return notes


def _unknown(draft: Draft) -> list[str]:
    if not draft.templates:
        return []
    texts = (draft.subject, text(draft.body), *(value for _, value in draft.outgoing))
    names: dict[str, None] = {}
    for written in texts:
        try:
            actions = Template.parse(written).actions
        except TemplateError:
            continue
        names |= {each.variable or each.name: None for each in actions if each.name in OWN}
    return list(names)


def _ending_notes(draft: Draft) -> list[str]:
    notes = []
    if draft.replies == 1:
        notes.append("one reply of many is a plain request there")
    elif not draft.until_empty and (draft.replies or draft.gap is not None):
        notes.append("the nats CLI also ends at an answer without a body")
    if draft.gap is not None and not draft.gap < draft.timeout:
        notes.append("a gap as long as the timeout ends nothing")
    return notes


# -- every way -------------------------------------------------------------------------------


def copy_as(
    way: str,
    draft: Draft,
    variables: Mapping[str, str] | None = None,
    settings: SubjectSettings = NOTHING_SET,
) -> Copied:
    """The draft in one of `WAYS`; raises `InvalidDraft`, and `TemplateError` for programs.

    `settings` know the types that its body may be written as.
    """
    if draft.content:
        rendered = draft.rendered(Context(variables=variables or {}))
        copied = copy_as(way, encoded(rendered, settings), variables)
        title = writer_of(draft.content)[0].title
        return Copied(copied.text, (f"the body is written as {title} here", *copied.notes))
    if way == COMMAND:
        return nats_command(draft, variables)
    program = _PROGRAMS[way](draft, Context(variables=variables or {}))
    notes = ["templates are rendered once, as for the first message"] if draft.templates else []
    notes += _faststream_notes(draft) if way == FASTSTREAM else []
    if way in (FASTSTREAM, ENGINE) and len(draft.added_headers()) < len(OWN_HEADERS):
        notes.append(f"{way} adds {' and '.join(OWN_HEADERS)} where the message names none")
    notes += [HOLDS_SECRET] if without_secrets(draft).notes else []
    return Copied(program, tuple(notes))


def _faststream_notes(draft: Draft) -> list[str]:
    names = [name for name, _ in draft.headers]
    notes = ["FastStream takes the first answer only"] if draft.kind is Kind.MANY else []
    if len(set(names)) < len(names):
        notes.append("FastStream cannot repeat a header: the last of each name is kept")
    return notes


COMMAND = "nats command"
FASTSTREAM = "FastStream"
ENGINE = "natstap"
_PROGRAMS: dict[str, Callable[[Draft, Context], str]] = {
    "nats-py": nats_py_code,
    FASTSTREAM: faststream_code,
    ENGINE: engine_code,
}
WAYS = (COMMAND, *_PROGRAMS)
"""What a draft can be copied as, in the order of a menu."""
