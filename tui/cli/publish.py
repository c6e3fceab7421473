"""`natstap pub`: a message that wants no reply, or that a stream is to store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Flags, Options
from .exit_codes import Exit
from .message_flags import (
    add_message_flags,
    duration,
    headers_of,
    is_template,
    read_body,
    timeout_of,
    variables_for,
)
from .output import DIM, Output

if TYPE_CHECKING:
    from engine.drafts.draft import Draft

ABOUT = """Publish a message. The server has taken it when the command ends with 0.

With -J or --stream it waits until a stream has stored it: 12 says that none did."""
EXAMPLES = """  natstap pub orders.created '{"order": "A-1001"}'
  natstap pub orders.created @order.json -H tenant:acme
  natstap pub orders.audit '{"n": {{Count}}}' --count 10 --jetstream
"""


def add_flags(parser: Flags) -> None:
    add_message_flags(parser)
    add = parser.add_argument
    add("--reply", metavar="SUBJECT", default="", help="where answers are to go")
    add("-J", "--jetstream", action="store_true", help="wait until a stream has stored it")
    add("--stream", metavar="NAME", help="the stream that is to store it; implies --jetstream")
    add("--sleep", metavar="TIME", type=duration, default=0.0, help="pause between two messages")


async def run(options: Options, out: Output) -> int:
    from engine.drafts.draft import TIMEOUT, Draft, Kind

    body, headers = read_body(options), headers_of(options)
    stores = options.jetstream or options.stream is not None
    draft = Draft(
        options.subject,
        body,
        Kind.STREAM_PUBLISH if stores else Kind.PUBLISH,
        headers,
        correlation_id=options.correlation_id or "",
        timeout=timeout_of(options, TIMEOUT),
        reply_to=options.reply,
        stream=options.stream or "",
        templates=is_template(options, (options.subject, body, *(value for _, value in headers))),
        adds_headers=not options.bare,
        watch=False,
    )
    return await _publish(options, out, draft)


async def _publish(options: Options, out: Output, draft: Draft) -> int:
    import asyncio

    from engine.errors import Refused
    from engine.journal import Journal
    from engine.link.events import Happening, LinkEvent

    from .asking import PendingRequest
    from .connecting import asking
    from .request import drafts

    variables = variables_for(draft, options)
    journal, worst = Journal(), Exit.ANSWERED
    refused: list[LinkEvent] = []

    def hear(event: LinkEvent) -> None:
        if event.what is Happening.REFUSED and event.operation == "publish":
            refused.append(event)

    async with asking(options, out, journal) as sender:
        sender.link.events.listeners.append(hear)
        for number, rendered in enumerate(drafts(options, draft, variables)):
            if number and options.sleep:
                await asyncio.sleep(options.sleep)
            asked = PendingRequest(sender, journal, rendered, out)
            await asked.wait()
            await sender.link.barrier()  # a refusal comes before its answer
            if refused and asked.error is None:
                asked.error = Refused(rendered.subject, "publish")
            out.record(asked.record)
            worst = worst or asked.code
            if asked.code is not Exit.ANSWERED:
                out.complain(asked.sentence)
        if worst is Exit.ANSWERED:
            out.say(f"published {options.count} to {options.subject}", DIM)
    return worst
