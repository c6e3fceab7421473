"""A pasted `nats` command as what it would do: a draft, or a reply draft.

The flags are those of natscli 0.5. What says where and as whom to connect is dropped, and
said without its value: natstap stays where it is connected, and secrets stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.drafts.draft import Draft, Kind, Pairs
from engine.drafts.template import (
    OWN,
    Action,
    Context,
    Template,
    TemplateError,
    UnclosedAction,
    escape,
)
from engine.message import raw_bytes, text
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.secrets.missing_variables import environment_name

from .around_nats import around_nats, without_prompt, without_wrapping
from .flags import Given, read_flags
from .form_headers import added, lifted
from .piped_body import piped
from .pipeline import Pipeline, read_pipeline
from .schedule import schedule_headers
from .shell import InvalidCommand

CLI_TIMEOUT = 5.0
CLI_GAP = 0.3
"""Seconds, where the command names none."""
CLI_QUEUE = "NATS-RPLY-22"

_ECHO_WINS = "the body was dropped: with --echo nats answers with the request's"
_ALONE = (
    "nats answers outside of every queue group; natstap uses one of its own, so it hears as much"
)

_HALF = re.compile("[\ud800-\udbff\udc00-\udc7f\udd00-\udfff]")


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
    notes += [f"| {command.words[0]} was dropped: natstap shows what comes" for command in after]
    stdin = piped(before) if before else command.stdin
    stdin, more = _line(given, stdin)
    notes += more
    body = given.arguments[1] if len(given.arguments) > 1 else stdin
    if body is None and given.command != "reply":
        notes.append("there is no body: nats would read it from the terminal")
    made = _BUILDERS[given.command](given, body or "")
    notes += [*pipeline.notes, *given.notes, *made.notes, *_variable_notes(pipeline, given)]
    return replace(made, notes=tuple(dict.fromkeys(notes)))


def _line(given: Given, stdin: str | None) -> tuple[str | None, list[str]]:
    """What is sent of the text that comes through a pipe: nats sends each line of it if told so."""
    by_line = given.has("send-on") and given.text("send-on") == "newline"
    if len(given.arguments) > 1 or not by_line or stdin is None:
        for flag in ("force-stdin", "send-on"):
            given.idle(flag, "here: it is about what comes through a pipe")
        return stdin, []
    lines = stdin.removesuffix("\n").split("\n")
    if len(lines) == 1:
        return lines[0].removesuffix("\r"), []
    return stdin, ["--send-on was dropped: nats would send each line, natstap all at once"]


def _variable_notes(pipeline: Pipeline, given: Given) -> Iterator[str]:
    used = " ".join((*given.arguments, *given.values.get("header", ())))
    used += " ".join(command.stdin or "" for command in pipeline.commands)
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
    schedule = schedule_headers(given)
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
        _check_atomic(given)
        notes.append("--atomic was dropped: natstap publishes without the headers of a batch")
    count = max(given.number("count", 1), 1)
    if count == 1:
        given.idle("sleep", "with one message")
    made = _finished(given, draft, count)
    return replace(made, sleep=given.seconds("sleep", 0.0), notes=(*made.notes, *notes))


def _check_atomic(given: Given) -> None:
    if len(given.arguments) > 1 or not given.has("send-on") or given.text("send-on") != "newline":
        words = "--atomic needs a message on each line of a pipe, and --send-on=newline"
        raise InvalidCommand(words)


def _finished(given: Given, draft: Draft, count: int) -> Pasted:
    """With the headers, as a template where the command is one."""
    draft = replace(draft, headers=draft.headers + given.headers(), adds_headers=False)
    draft, notes = _as_template(given, draft, rendered=not given.has("no-templates"))
    if count < 1:
        notes, count = [*notes, "a count below 1 means 32767 requests to nats"], 32767
    draft.check()
    return Pasted(draft, count, notes=tuple(notes))


def _as_template(given: Given, draft: Draft, rendered: bool) -> tuple[Draft, list[str]]:
    """Header values are always templates to the CLI, the rest unless it was told not to."""
    read = _unless_open if rendered else given.escaped
    draft = replace(
        draft,
        subject=read(draft.subject),
        body=raw_bytes(read(text(draft.body))),
        templates=True,
    )
    draft = added(lifted(draft))
    if not _all_actions(draft):
        return draft.rendered(Context()), []
    return draft, [
        f"nats sends a text with {name.source} as it is; natstap puts a value there"
        for name in _unknown(draft, given.variables.values())
    ]


def _unless_open(written: str) -> str:
    """A template, or a text that the CLI sends as it is: where {{ has no }}.

    For a header's value that is an error there as well, and nothing is sent.
    """
    try:
        Template.parse(written)
    except UnclosedAction:
        return escape(written)
    except TemplateError:
        pass  # whoever reads it next says what is wrong with it
    return written


def _all_actions(draft: Draft) -> list[Action]:
    """Raises `TemplateError` for what the CLI may know and natstap does not."""
    texts = (draft.subject, text(draft.body), *(value for _, value in draft.outgoing))
    return [action for written in texts for action in Template.parse(written).actions]


def _unknown(draft: Draft, known: Iterable[str] = ()) -> Iterator[Action]:
    """What names something that the CLI does not know, but for the shell's variables."""
    for action in _all_actions(draft):
        if action.name in OWN and action.source not in known:
            yield action


# -- answers ---------------------------------------------------------------------------------


def _reply(given: Given, body: str) -> Pasted:
    if given.has("command"):
        raise InvalidCommand("--command runs a program for each request, which natstap does not")
    given.idle("timeout", "for a responder")
    given.refuse_variables("subject", given.arguments[0])
    echo = given.has("echo") or not body
    headers = given.headers()
    body = _unless_open(body)
    what = ReplyDraft(
        given.arguments[0],
        Recipe.ECHO if echo else Recipe.TEMPLATE if _dynamic(body, headers) else Recipe.CANNED,
        b"" if echo else raw_bytes(body),
        headers,
        queue=given.text("queue") if given.has("queue") else CLI_QUEUE,
        most_delay=given.seconds("sleep", 0.0),
        limit=given.number("count", 0),
        adds_headers=False,
        echo_headers=echo,
    )
    what.check()
    notes = [_ECHO_WINS] if echo and body else []
    notes += [] if what.queue else [_ALONE]
    return Pasted(what, notes=(*_reply_notes(what, given), *notes))


def _reply_notes(what: ReplyDraft, given: Given) -> Iterator[str]:
    """Where the answers differ from those of the CLI, whose templates know less."""
    actions = [action for text in _texts(what) for action in Template.parse(text).actions]
    for action in actions:
        if action.name == "token":
            yield f"to nats {action.source} is the number; natstap puts in a token of the subject"
        elif action.name in OWN and action.source not in given.variables.values():
            yield f"nats sends a text with {action.source} as it is; natstap puts a value there"
        elif action.name == "Request" and "." not in action.source:
            yield (
                f"for a request without a body nats sends the text with {action.source} as it is; "
                "natstap renders it"
            )


def _texts(what: ReplyDraft) -> Iterator[str]:
    if what.recipe == Recipe.TEMPLATE:
        yield text(what.body)
    if what.recipe != Recipe.CANNED:
        yield from (value for _, value in what.headers)


def _dynamic(body: str, headers: Pairs) -> bool:
    return any("{{" in written for written in (body, *(value for _, value in headers)))


_BUILDERS = {"request": _request, "publish": _publish, "reply": _reply}
