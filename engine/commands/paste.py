"""A pasted `nats` command as what it would do: a draft, or a reply draft.

The flags are those of natscli 0.5. What says where and as whom to connect is dropped, and
said without its value: natstap stays where it is connected, and secrets stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine.drafts.draft import HEADERS_OF_FIELDS, Draft, Kind, Pairs
from engine.drafts.template import Action, Context, Template, TemplateError, escape
from engine.message import raw_bytes, text
from engine.responders.reply import Recipe, ReplyDraft
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID, EXPECTED_STREAM, REPLY_TO
from engine.secrets.missing_variables import environment_name

from .flags import Given, read_flags
from .piped import piped
from .pipeline import Pipeline, read_pipeline
from .prompt import without_prompt
from .shell import InvalidCommand
from .wrapping import around_nats, without_wrapping

CLI_TIMEOUT = 5.0
CLI_GAP = 0.3
"""Seconds, where the command names none."""
CLI_QUEUE = "NATS-RPLY-22"

_HALF = re.compile("[\ud800-\udbff\udc00-\udc7f\udd00-\udfff]")
MAX_DIGITS = 20
"""Of a sequence: what is longer is none, and stays the header that it is."""


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

    Its body may come from `printf` or `echo` through a pipe, or from a here-document. Nothing
    is run.
    """
    if _HALF.search(written):
        raise InvalidCommand("the command holds half of a character")
    pipeline = read_pipeline(without_prompt(written))
    before, command, after = around_nats(pipeline.commands)
    words, notes = without_wrapping(command.words)
    given = read_flags(words[1:], pipeline.variables)
    notes += [f"| {one.words[0]} was dropped: natstap shows what comes" for one in after]
    stdin = piped(before) if before else command.stdin
    body = given.arguments[1] if len(given.arguments) > 1 else stdin
    if given.has("force-stdin") and stdin is not None:
        body = stdin
    elif given.has("force-stdin"):
        notes.append("--force-stdin was dropped: natstap has no terminal to read from")
    if body is None and given.command != "reply":
        notes.append("there is no body: nats would read it from the terminal")
    made = _BUILDERS[given.command](given, body or "")
    notes += [*pipeline.notes, *given.notes, *made.notes, *_variable_notes(pipeline, given)]
    return replace(made, notes=tuple(dict.fromkeys(notes)))


def _variable_notes(pipeline: Pipeline, given: Given) -> Iterator[str]:
    used = " ".join((*given.arguments, *given.values.get("header", ())))
    used += " ".join(one.stdin or "" for one in pipeline.commands)
    for name, said in pipeline.variables.items():
        if said in used:
            where = f"an environment of the collection, or in {environment_name(name)}"
            yield f"${name} became a variable of the template: give it a value in {where}"


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
    if draft.kind is Kind.REQUEST:
        given.idle("reply-timeout", "without --replies")
    else:
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
    if not streamed:
        given.idle("timeout", "without --jetstream")
    if given.has("atomic"):
        notes.append("--atomic was dropped: natstap publishes one by one")
    count = max(given.number("count", 1), 1)
    if count == 1:
        given.idle("sleep", "with one message")
    made = _finished(given, draft, count)
    return replace(made, sleep=given.seconds("sleep", 0.0), notes=(*made.notes, *notes))


def _schedule(given: Given) -> Pairs:
    """The headers that the schedule flags stand for."""
    _check_schedule(given)
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


def _check_schedule(given: Given) -> None:
    """As the CLI: one time, and always a destination."""
    times = [one for one in ("at", "after", "every", "cron") if given.has(f"schedule-{one}")]
    at_once = {frozenset(("at", "after"))}
    if len(times) > 1 and frozenset(times) not in at_once:
        others = " and ".join(f"--schedule-{one}" for one in times)
        raise InvalidCommand(f"{others} say different times: nats takes one of them")
    if not given.has("schedule-dest") and any(one.startswith("schedule-") for one in given.values):
        raise InvalidCommand("--schedule-dest is needed: where the message goes when it is time")


def _finished(given: Given, draft: Draft, count: int) -> Pasted:
    """With the headers, as a template where the command is one."""
    draft = replace(draft, headers=draft.headers + given.headers())
    draft, notes = _as_template(given, draft, rendered=not given.has("no-templates"))
    draft = _lifted(draft)
    if count < 1:
        notes, count = [*notes, "a count below 1 means 32767 requests to nats"], 32767
    draft.check()
    return Pasted(draft, count, notes=tuple(notes))


def _as_template(given: Given, draft: Draft, rendered: bool) -> tuple[Draft, list[str]]:
    """Header values are always templates to the CLI, the rest unless it was told not to."""
    if not rendered:
        subject, body = given.escaped(draft.subject), given.escaped(text(draft.body))
        draft = replace(draft, subject=subject, body=raw_bytes(body))
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
        if field and not (number and not (value.isdecimal() and len(value) < MAX_DIGITS)):
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
    given.idle("timeout", "for a responder")
    given.refuse_variables("subject", given.arguments[0])
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
    notes = ["nats copies the request's headers into the echo; natstap does not"] if echo else []
    if what.recipe is Recipe.TEMPLATE and any(one.name == "token" for one in _actions(body)):
        notes.append("to nats {{1}} is the number 1 here; natstap puts in a token of the subject")
    if echo and body:
        notes.append("the body was dropped: with --echo nats answers with the request's")
    return Pasted(what, notes=tuple(notes))


def _actions(body: str) -> Iterator[Action]:
    with suppress(TemplateError):  # `check` tells what is wrong with it
        yield from Template.parse(body).actions


def _dynamic(body: str, headers: Pairs) -> bool:
    return any("{{" in one for one in (body, *(value for _, value in headers)))


_BUILDERS = {"request": _request, "publish": _publish, "reply": _reply}
