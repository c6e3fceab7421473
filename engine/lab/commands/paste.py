"""A pasted `nats` command as what it would do: a draft, or a reply draft.

The flags are those of natscli 0.5. What says where and as whom to connect is dropped, and
said without its value: natstap stays where it is connected, and secrets stay where they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePath

from engine.lab.drafts.draft import HEADERS_OF_FIELDS, Draft, Kind, Pairs
from engine.lab.responders.reply import Recipe, ReplyDraft
from engine.lab.template import Context, Template, TemplateError, escape
from engine.message import raw_bytes, text
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID, EXPECTED_STREAM, REPLY_TO

from .flags import Given, read_flags
from .shell import InvalidCommand, read_pipeline, unescape

CLI_TIMEOUT = 5.0
CLI_GAP = 0.3
"""Seconds, where the command names none."""
CLI_QUEUE = "NATS-RPLY-22"


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a command means; `notes` are sentences on what was dropped or differs."""

    what: Draft | ReplyDraft
    count: int = 1
    """How often it sends."""
    sleep: float = 0.0
    """Seconds between two sendings."""
    notes: tuple[str, ...] = ()


def paste(written: str) -> Pasted:
    """Read a `nats req|request|pub|publish|reply` command; raises `InvalidCommand`.

    Its body may come from `printf` or `echo` through a pipe. Nothing is run.
    """
    commands = [one for one in read_pipeline(written) if one] or [[]]
    if commands[0][:1] == ["$"]:  # a prompt that was copied too
        del commands[0][0]
    *before, command = commands
    words, notes = _without_environment(command)
    if not words or PurePath(words[0]).name not in ("nats", "nats.exe"):
        raise InvalidCommand("this is no nats command: paste nats req, nats pub or nats reply")
    given = read_flags(words[1:])
    stdin = _piped(before)
    body = given.arguments[1] if len(given.arguments) > 1 else stdin
    if body is None and given.command != "reply":
        notes.append("there is no body: nats would read it from the terminal")
    made = _BUILDERS[given.command](given, body or "")
    return replace(made, notes=(*notes, *given.notes, *made.notes))


def _without_environment(words: list[str]) -> tuple[list[str], list[str]]:
    """Leading NAME=value settings go, their values unsaid."""
    names = []
    while words and re.match(r"\w+=", words[0]):
        names.append(words[0].partition("=")[0])
        words = words[1:]
    return words, [f"{name} was dropped: natstap stays where it is connected" for name in names]


def _piped(commands: list[list[str]]) -> str | None:
    if not commands:
        return None
    name, *words = commands[0] or [""]
    if len(commands) > 1 or name not in ("printf", "echo"):
        raise InvalidCommand(f"natstap does not run {name}: put its result into the command")
    if name == "echo":
        return " ".join(words[1:]) if words[:1] == ["-n"] else " ".join(words) + "\n"
    if len(words) == 2 and words[0] in ("%s", "%b"):
        return text(unescape(words[1])) if words[0] == "%b" else words[1]
    if len(words) != 1 or re.search(r"%(?!%)", words[0].replace("%%", "")):
        raise InvalidCommand("of printf natstap knows one text, without % directives")
    return text(unescape(words[0])).replace("%%", "%")


# -- requests and publishes ------------------------------------------------------------------


def _request(given: Given, body: str) -> Pasted:
    replies = given.number("replies", 1)
    endless = given.has("wait-for-empty")
    draft = Draft(
        given.arguments[0],
        raw_bytes(body),
        Kind.REQUEST if replies == 1 and not endless else Kind.MANY,
        timeout=given.seconds("timeout", CLI_TIMEOUT),
    )
    if draft.kind is Kind.MANY:
        gap = given.seconds("reply-timeout", CLI_GAP)
        counted = endless or replies > 0
        draft = replace(
            draft,
            replies=0 if endless or replies >= 32767 else max(replies, 0),
            gap=gap if counted and gap < draft.timeout else None,
            until_empty=counted,
        )
    return _finished(given, draft, count=given.number("count", 1))


def _publish(given: Given, body: str) -> Pasted:
    schedule = _schedule(given)
    streamed = given.has("jetstream") or given.has("atomic") or bool(schedule)
    draft = Draft(given.arguments[0], raw_bytes(body), Kind.PUBLISH, headers=schedule)
    if streamed:
        timeout = given.seconds("timeout", CLI_TIMEOUT)
        draft = replace(draft, kind=Kind.STREAM_PUBLISH, timeout=timeout)
    elif given.has("reply"):
        draft = replace(draft, reply_to=escape(given.text("reply")))
    notes = ["--reply does nothing with --jetstream"] if streamed and given.has("reply") else []
    if given.has("atomic"):
        notes.append("--atomic was dropped: natstap publishes one by one")
    made = _finished(given, draft, count=max(given.number("count", 1), 1))
    return replace(made, sleep=given.seconds("sleep", 0.0), notes=(*made.notes, *notes))


def _schedule(given: Given) -> Pairs:
    """The headers that the schedule flags stand for."""
    patterns = {
        "schedule-at": "@at {}",
        "schedule-every": "@every {}",
        "schedule-cron": "{}",
    }
    pairs = [("Nats-Schedule-Target", given.text("schedule-dest"))]
    pairs += [
        ("Nats-Schedule", form.format(given.text(flag)))
        for flag, form in patterns.items()
        if given.has(flag)
    ]
    if given.has("schedule-after"):
        moment = datetime.now(UTC) + timedelta(seconds=given.seconds("schedule-after", 0))
        pairs.append(("Nats-Schedule", f"@at {moment:%Y-%m-%dT%H:%M:%SZ}"))
    pairs.append(("Nats-Schedule-TTL", given.text("schedule-ttl")))
    pairs.append(("Nats-Schedule-Source", given.text("schedule-source")))
    return tuple((name, escape(value)) for name, value in pairs if value)


def _finished(given: Given, draft: Draft, count: int) -> Pasted:
    """With the headers, as a template where the command is one."""
    draft = replace(draft, headers=draft.headers + given.headers())
    draft, notes = _as_template(draft, rendered=not given.has("no-templates"))
    draft = _lifted(draft)
    if count < 1:
        notes, count = [*notes, "a count below 1 means 32767 requests to nats"], 32767
    draft.check()
    return Pasted(draft, count, notes=tuple(notes))


def _as_template(draft: Draft, rendered: bool) -> tuple[Draft, list[str]]:
    """Header values are always templates to the CLI, the rest unless it was told not to."""
    if not rendered:
        draft = replace(
            draft, subject=escape(draft.subject), body=raw_bytes(escape(text(draft.body)))
        )
    texts = (draft.subject, text(draft.body), *(value for _, value in draft.headers))
    try:
        dynamic = any(Template.parse(one).actions for one in texts)
    except TemplateError as error:
        return replace(draft, templates=True), [f"{error}; nats would send the text as it is"]
    draft = replace(draft, templates=True)
    return (draft if dynamic else draft.rendered(Context())), []


def _lifted(draft: Draft) -> Draft:
    """Headers that a draft has fields for go there, and a content-type that is no news."""
    fields = {name: field for field, name in HEADERS_OF_FIELDS.items()}
    fields[CORRELATION_ID] = "correlation_id"
    if draft.kind.streamed:
        fields |= {EXPECTED_STREAM: "stream", REPLY_TO: "reply_to"}
    values: dict[str, str | int] = {}
    kept = []
    for name, value in draft.headers:
        field = fields.pop(name, "") if value else ""
        number = field.endswith("sequence")
        if field and not (number and not value.isdecimal()):
            values[field] = int(value) if number else value
        else:
            kept.append((name, value))
    lifted = replace(draft, headers=tuple(kept), **values)  # type: ignore[arg-type]
    return _without_guess(lifted)


def _without_guess(draft: Draft) -> Draft:
    """Without a leading content-type that natstap would write by itself."""
    rest = replace(draft, headers=draft.headers[1:])
    return rest if draft.headers[:1] == ((CONTENT_TYPE, rest.guessed_type),) else draft


# -- answers ---------------------------------------------------------------------------------


def _reply(given: Given, body: str) -> Pasted:
    if given.has("command"):
        raise InvalidCommand("--command runs a program for each request, which natstap does not")
    echo = given.has("echo") or not body
    headers = given.headers()
    what = ReplyDraft(
        given.arguments[0],
        Recipe.ECHO if echo else Recipe.TEMPLATE if _dynamic(body, headers) else Recipe.CANNED,
        b"" if echo else raw_bytes(body),
        headers,
        queue=given.text("queue") or CLI_QUEUE,
        most_delay=given.seconds("sleep", 0.0),
        limit=given.number("count", 0),
    )
    what.check()
    notes = ("nats copies the request's headers into the echo; natstap does not",) if echo else ()
    return Pasted(what, notes=notes)


def _dynamic(body: str, headers: Pairs) -> bool:
    return any("{{" in one for one in (body, *(value for _, value in headers)))


_BUILDERS = {"request": _request, "publish": _publish, "reply": _reply}
