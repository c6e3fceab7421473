"""A report in Markdown, to be pasted into an issue: sentences, evidence, messages, diagrams."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from engine.arrival import is_timed
from engine.compare.json_difference import lay_out
from engine.content.binary import is_binary, printable
from engine.fields import check_json
from engine.journal import Exchange, ExchangeKind
from engine.journal.times import said_after, took
from engine.message import Message
from engine.words import counted, octets

from .chosen import ChosenExchanges
from .diagram import diagram, flow_diagram

MAX_DETAILED = 25
"""Exchanges of which everything is shown; of the others there is a row."""
MAX_ROWS = 500
MAX_BODY = 4096
"""Bytes of a body that are shown."""
_MAX_MESSAGES = 12
_MAX_DRAWN = 60
"""Exchanges that are drawn together."""
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|#]")
_FENCE = re.compile(r"`{3,}")


def report(chosen: ChosenExchanges) -> Iterator[str]:
    """Its text, part by part."""
    exchanges = [each for each in chosen.exchanges() if each.kind is not ExchangeKind.NOTE]
    if len(exchanges) == 1:
        yield from _detail(chosen, exchanges[0], "#")
        return
    yield "# What was seen\n\n"
    yield from _summary(chosen, exchanges)
    yield from _rows(chosen, exchanges)
    if exchanges:
        yield "\n## Who asked whom\n\n"
        numbers = tuple(each.number for each in exchanges[:_MAX_DRAWN])
        yield from _fenced("mermaid", diagram(chosen, numbers))
    for exchange in _worst_first(chosen, exchanges)[:MAX_DETAILED]:
        yield "\n"
        yield from _detail(chosen, exchange, "##")
    if (more := len(exchanges) - MAX_DETAILED) > 0:
        yield f"\n{counted(more, 'more exchange')} are in the table alone.\n"


def _worst_first(chosen: ChosenExchanges, exchanges: list[Exchange]) -> list[Exchange]:
    return sorted(exchanges, key=lambda each: (not chosen.failed(each), each.number))


def _summary(chosen: ChosenExchanges, exchanges: list[Exchange]) -> Iterator[str]:
    if not exchanges:
        yield "Nothing.\n"
        return
    first, last = exchanges[0].started, exchanges[-1].started
    known = is_timed(first) and is_timed(last)
    when = f" from {_moment(first)} to {_moment(last)}" if known else ", whose times are not known"
    states = Counter(chosen.state(each) or "published" for each in exchanges)
    parts = ", ".join(f"{count:,} {label}" for label, count in states.most_common())
    yield f"{counted(len(exchanges), 'exchange')}{when}: {parts}.\n\n"


def _rows(chosen: ChosenExchanges, exchanges: list[Exchange]) -> Iterator[str]:
    yield "| time | from | to | subject | state | took |\n|---|---|---|---|---|---|\n"
    for exchange in islice(exchanges, MAX_ROWS):
        ends = chosen.ends(exchange.number)
        latency = took(exchange) if exchange.latency_bounds else ""
        cells = (
            *(_moment(exchange.started), ends.asker, ends.answerer, exchange.subject),
            *(chosen.state(exchange) or "published", latency),
        )
        yield f"| {' | '.join(_plain(chosen.without_secrets(cell)) for cell in cells)} |\n"
    if (more := len(exchanges) - MAX_ROWS) > 0:
        yield f"\nand {more:,} more.\n"


def _detail(chosen: ChosenExchanges, exchange: Exchange, mark: str) -> Iterator[str]:
    hidden, found = chosen.without_secrets, chosen.diagnosis(exchange)
    yield f"{mark} {_plain(hidden(exchange.subject))}: {chosen.state(exchange) or 'published'}\n\n"
    yield f"{_plain(hidden(found.sentence))}\n"
    if found.advice:
        yield f"{_plain(hidden(found.advice))}\n"
    ends = chosen.ends(exchange.number)
    if ends.asker or ends.answerer:
        yield f"\n{_plain(ends.asker or 'somebody')} asked {_plain(ends.answerer or 'somebody')}, "
        yield f"{_moment(exchange.started)}.\n"
    if found.evidence:
        yield "\n"
        for title, line in found.evidence:
            yield f"- **{_plain(title)}**: {_plain(hidden(line))}\n"
    messages = list(islice(chosen.messages(exchange), _MAX_MESSAGES))
    for message in messages:
        yield "\n"
        yield from _message(chosen, exchange, message)
    if (more := 1 + len(exchange.came_back) - len(messages)) > 0:
        yield f"\n{counted(more, 'more message')} came.\n"
    if drawn := flow_diagram(chosen, exchange.number):
        yield "\n"
        yield from _fenced("mermaid", drawn)


def _message(chosen: ChosenExchanges, exchange: Exchange, message: Message) -> Iterator[str]:
    first = message.number == exchange.number
    title = "Request" if first and message.reply else "Message" if first else "Reply"
    when = _moment(message.at) if first else f"after {said_after(exchange, message)}"
    status = f", status {message.status} {message.description}" if message.status else ""
    yield f"**{title}**, {when}, {octets(len(message.body))}{_plain(status)}\n\n"
    head = "".join(f"{name}: {value}\n" for name, value in message.headers.pairs)
    content, said = chosen.read(exchange, message)
    bare = chosen.bytes_without_secrets(message.body, message.headers)
    shown = _body(_laid_out(said).encode("utf-8", "replace") if said else bare)
    if content:
        yield f"Read as {_plain(content)}:\n\n"
    written = chosen.without_secrets(head) + ("\n" if head and shown else "") + shown
    if written.strip():
        yield from _fenced("json" if shown[:1] in "{[" and shown and not head else "", written)


def _laid_out(said: str) -> str:
    """JSON on lines of its own, with its digits and repeated keys; other text as it is."""
    try:
        check_json(said)
    except ValueError:
        return said
    return "\n".join(lay_out(said))


def _body(body: bytes) -> str:
    cut = body[:MAX_BODY]
    more = f"\n… {octets(len(body) - MAX_BODY)} more" if len(body) > MAX_BODY else ""
    if is_binary(cut):
        rows = (cut[at : at + 16] for at in range(0, min(len(cut), 512), 16))
        return "\n".join(f"{row.hex(' '):<48} {printable(row)}" for row in rows) + more
    return cut.decode("utf-8", "replace") + more


def _fenced(language: str, written: str) -> Iterator[str]:
    """With a longer fence than any in the text."""
    longest = max((len(found) for found in _FENCE.findall(written)), default=2)
    fence = "`" * max(3, longest + 1)
    ended = written.encode("utf-8", "replace").decode().rstrip("\n")
    yield f"{fence}{language}\n{ended}\n{fence}\n"


def _plain(written: str) -> str:
    """Nothing in it is Markdown."""
    one_line = " ".join(written.encode("utf-8", "replace").decode().split())
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", one_line)


def _moment(at: float) -> str:
    if not is_timed(at):
        return "time unknown"
    return datetime.fromtimestamp(at).isoformat(" ", "milliseconds")
