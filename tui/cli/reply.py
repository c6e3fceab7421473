"""`natstap reply`: a responder on one subject, until it is ended."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from engine.errors import InvalidInput

from .command import Flags, Options
from .exit_codes import Exit
from .message_flags import add_variable_flags, duration, headers_of, read_file, whole_number
from .output import Output

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft

ABOUT = """Answer requests on a subject until Ctrl+C, --for or --count. Without a body it echoes.

A body is a template: {{.Body.item}}, {{Header "x"}}, {{1}} and {{Count}} are of the request."""
EXAMPLES = """  natstap reply orders.create '{"order": "A-{{Count}}", "item": "{{.Body.item}}"}'
  natstap reply 'echo.>' --echo --sleep 200ms --queue workers
  natstap reply weather.london --command 'cat forecast.json'
  natstap reply stock.check --error 'sold out' --error-code 409 --count 1
"""


def add_flags(parser: Flags) -> None:
    add = parser.add_argument
    add("subject", metavar="SUBJECT", help="what to answer; wildcards are fine")
    add("body", metavar="BODY", nargs="?", help="what to answer with; @FILE is a file")
    add("--echo", action="store_true", help="answer with what came")
    words = "answer with what a program prints; it reads the request from standard input"
    add("--command", metavar="COMMAND", help=words)
    add("-q", "--queue", metavar="NAME", default="", help="the queue group: natstap")
    add("--sleep", metavar="MAX", type=duration, default=0.0, help="wait up to so long before each")
    add("-H", "--header", metavar="K:V", action="append", default=[], help="a header; repeatable")
    words = "end after this many requests"
    add("--count", metavar="N", type=whole_number, default=0, help=words)
    add("--for", metavar="TIME", type=duration, dest="seconds", help="end after so long")
    add("--error", metavar="WORDS", default="", help="answer with a service error")
    add("--error-code", metavar="CODE", default="", help="its code: 500")
    add(
        "--replies",
        metavar="N",
        type=whole_number,
        default=1,
        help="this many replies to each request",
    )
    add("--service", metavar="NAME", default="", help="describe itself under $SRV by this name")
    words = "the stream that delivers the requests"
    add("--stream", metavar="NAME", default="", help=words)
    add("--templates", action=argparse.BooleanOptionalAction, default=True, help="render the body")
    add_variable_flags(parser)


async def run(options: Options, out: Output) -> int:
    if options.command is not None:
        return await _serve_command(options, out)
    draft = reply_draft(options)
    draft.check()
    from .connecting import connected
    from .hosting import host
    from .message_flags import variables_of

    given = variables_of(options)
    async with connected(options, out) as broker:
        await host(
            broker,
            [("", draft)],
            out,
            variables=lambda: given,
            seconds=options.seconds,
            count=options.count,
        )
    return Exit.ANSWERED


async def _serve_command(options: Options, out: Output) -> int:
    from .command_replies import CommandReplies, split_command
    from .connecting import connected

    if options.echo or options.body is not None or options.error:
        raise InvalidInput("--command makes the whole answer: leave out the body and the error")
    replies = CommandReplies(
        options.subject, split_command(options.command), headers_of(options), out
    )
    async with connected(options, out) as broker:
        queue = options.queue or "natstap"
        await replies.serve(broker, queue, seconds=options.seconds, count=options.count)
    return Exit.ANSWERED


def reply_draft(options: Options) -> ReplyDraft:
    """Raises `InvalidInput`."""
    from engine.responders.behaviour import Recipe
    from engine.responders.reply import ReplyDraft

    body = _body(options)
    fails = bool(options.error or options.error_code)
    if options.echo and (body is not None or fails):
        raise InvalidInput("--echo answers with what came: leave out the body and the error")
    recipe = Recipe.TEMPLATE if options.templates else Recipe.CANNED
    if fails:
        recipe = Recipe.FAILING
    elif body is None:
        recipe = Recipe.ECHO
    return ReplyDraft(
        options.subject,
        recipe,
        body or b"",
        headers_of(options),
        queue=options.queue,
        most_delay=options.sleep,
        error=options.error,
        error_code=options.error_code,
        replies=options.replies,
        service=options.service,
        stream=options.stream,
    )


def _body(options: Options) -> bytes | None:
    given = options.body
    if given is None:
        return None
    return read_file(given[1:]) if given.startswith("@") else os.fsencode(given)
