"""`natstap who`: who would get a message, without sending one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .command import Flags, Options
from .exit_codes import Exit
from .output import BOLD, DIM, Output

if TYPE_CHECKING:
    from engine.audience.audience import Audience
    from engine.clients.listeners import Listener

ABOUT = """Show who would get a message on a subject. Nothing is sent there.

0: somebody would answer, or the server itself. 4: nobody listens. 7: this user may not publish.
8: only a stream would store it. 1: the servers do not say who listens."""
EXAMPLES = """  natstap who orders.create
  natstap who orders.create --json | jq -r '.listeners[].client'
  natstap who orders.create -q || echo "nobody would answer"
"""


def add_flags(parser: Flags) -> None:
    parser.add_argument("subject", metavar="SUBJECT", help="where a message would go")


async def run(options: Options, out: Output) -> int:
    from engine.audience.audience import audience

    from .connecting import connected

    async with connected(options, out) as broker:
        found = await audience(broker, options.subject)
    code = exit_of_audience(found)
    out.record(audience_record(found) | {"exit": int(code)})
    _print(out, found)
    return code


def exit_of_audience(found: Audience) -> Exit:
    """What would become of a request there."""
    if found.may_publish is False:
        return Exit.REFUSED
    if found.answering or found.imported_from or found.servers_own:
        return Exit.ANSWERED
    if found.stream:
        return Exit.STORED_ONLY
    return Exit.NO_RESPONDERS if found.listeners_known else Exit.FAILED


def audience_record(found: Audience) -> dict[str, Any]:
    """The JSON line; what the servers do not say is null."""
    return {
        "type": "audience",
        "subject": found.subject,
        "forecast": found.forecast,
        "replies": found.replies,
        "at_least": found.at_least,
        "listeners": [listener_record(listener) for listener in found.listeners],
        "streams": list(found.streams),
        "consumers": None if found.readers is None else list(found.readers),
        "nearest": list(found.nearest),
        "mapped_to": found.mapped_to,
        "may_publish": found.may_publish,
        "may_hear_replies": found.may_hear_replies,
        "unknown": list(found.unknown),
    }


def listener_record(listener: Listener) -> dict[str, Any]:
    return {
        "client": listener.client,
        "cid": listener.cid,
        "server": listener.server,
        "subject": listener.pattern,
        "queue": listener.queue,
        "language": listener.language,
        "version": listener.version,
        "messages": listener.messages if listener.counted else None,
        "tap": listener.tap,
        "leaf": listener.leaf,
        "withheld": listener.withheld,
    }


def _print(out: Output, found: Audience) -> None:
    out.line(out.paint(out.safe(found.forecast), BOLD))
    rows = [_row(listener) for listener in found.listeners]
    out.table(("client", "subject", "queue", "client library", "messages", ""), rows)
    if found.streams:
        out.line(f"streams  {out.safe(', '.join(found.streams))}")
    if found.readers:
        out.line(f"consumers  {out.safe(', '.join(found.readers))}")
    for words in found.unknown:
        out.say(f"not known: {words}", DIM)


def _row(listener: Listener) -> tuple[str, ...]:
    marks = ("only listens" if listener.tap else "", listener.withheld, listener.account)
    return (
        listener.title,
        listener.pattern,
        listener.queue,
        f"{listener.language} {listener.version}".strip(),
        f"{listener.messages:,}" if listener.counted else "",
        ", ".join(mark for mark in marks if mark),
    )
