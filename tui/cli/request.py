"""`natstap req`: a request, and its reply on stdout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from engine.errors import InvalidInput

from .command import Flags, Options
from .exit_codes import Exit
from .message_flags import (
    add_message_flags,
    context_of,
    duration,
    headers_of,
    is_template,
    read_body,
    timeout_of,
    variables_for,
    whole_number,
)

if TYPE_CHECKING:
    from engine.drafts.draft import Draft

    from .output import Output

ABOUT = """Send a request and print the reply's body on stdout; everything else goes to stderr.

The exit code says what became of it: 0 answered, 3 service error, 4 no responders, 5 timed out,
6 partly answered, 7 refused, 8 stored only, 9 link lost, 10 cannot connect, 2 bad usage."""
EXAMPLES = """  natstap req orders.create '{"item": "tea", "qty": 2}'
  natstap req orders.create @order.json -H tenant:acme --timeout 10s
  echo '{"item": "tea"}' | natstap req orders.create | jq .total
  natstap req 'config.get' --replies 0 --reply-timeout 300ms
  natstap req print.invoice '{"pages": 2}' --stream PRINTING
  natstap req orders.create '{"id": "{{ID}}", "n": {{Count}}}' --count 3 --json
"""
TIMEOUT = "longest wait for the connection, and for the reply: 5s for one, 2s for the other"
GAP = 0.3
"""Seconds without another reply after which there are no more, as in the nats CLI."""


def add_flags(parser: Flags) -> None:
    add_message_flags(parser)
    add_request_flags(parser)


def add_request_flags(parser: Flags) -> None:
    add = parser.add_argument
    words = "wait for this many replies; 0 for as many as come"
    add("--replies", metavar="N", type=whole_number, default=1, help=words)
    words = "longest pause between replies when there may be several: 300ms"
    add("--reply-timeout", metavar="TIME", type=duration, help=words)
    add("--wait-for-empty", action="store_true", help="a reply without a body is the last")
    words = "have a stream store the request; without a NAME whichever holds the subject"
    add("--stream", metavar="NAME", nargs="?", const="", help=words)


def request_draft(options: Options, body: bytes) -> Draft:
    """Raises `InvalidInput`."""
    from engine.drafts.draft import TIMEOUT as USUAL
    from engine.drafts.draft import Draft, Kind

    many = options.replies != 1 or options.wait_for_empty
    if options.stream is not None and many:
        raise InvalidInput("--stream: a stored request has one reply, so leave out --replies")
    kind = Kind.MANY if many else Kind.REQUEST
    gap = options.reply_timeout
    if gap is None and many and not options.wait_for_empty:
        gap = GAP
    headers = headers_of(options)
    return Draft(
        options.subject,
        body,
        Kind.STREAM_REQUEST if options.stream is not None else kind,
        headers,
        correlation_id=options.correlation_id or "",
        timeout=timeout_of(options, USUAL),
        replies=options.replies if many and not options.wait_for_empty else 0,
        gap=gap if many else None,
        until_empty=options.wait_for_empty,
        stream=options.stream or "",
        templates=is_template(options, (options.subject, body, *(value for _, value in headers))),
        adds_headers=not options.bare,
    )


def drafts(options: Options, draft: Draft, variables: Mapping[str, str]) -> Iterator[Draft]:
    """One for each time that it is to be sent; raises `InvalidInput`."""
    for count in range(1, options.count + 1):
        rendered = draft.rendered(context_of(count, variables))
        rendered.check()
        yield rendered


async def run(options: Options, out: Output) -> int:
    draft = request_draft(options, read_body(options))
    variables = variables_for(draft, options)
    from engine.journal import Journal

    from .asking import PendingRequest
    from .connecting import asking

    journal, worst = Journal(), Exit.ANSWERED
    async with asking(options, out, journal) as link:
        for rendered in drafts(options, draft, variables):
            asked = PendingRequest(link, journal, rendered, out)
            await asked.wait()
            worst = worst or asked.tell()
    return worst
