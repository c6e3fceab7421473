"""What the presenter view shows in turn: request, path, reply; or the steps of a flow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.content.reader import BodyReader
from engine.content.reading import Reading
from engine.diagnosis.result import Diagnosis, Tone
from engine.fields import read_json
from engine.flow.correlated import Thread
from engine.flow.ends import EndsOf
from engine.journal import Exchange, Journal
from engine.latency_words import span
from engine.words import counted
from tui.body.json_format import tidy
from tui.inspect.annotations import Known
from tui.safe import clean, clean_block

MAX_BODY = 2_000
"""Characters of a body that are shown."""
MAX_LINES = 12
"""Lines of a body that are shown."""
MAX_STEPS = 40
"""Exchanges of a flow that have a slide of their own."""
SIGNS = {Tone.GOOD: "✓", Tone.WARN: "◐", Tone.BAD: "✗", Tone.OPEN: "○"}
_ANYBODY = "?"


class Slide(NamedTuple):
    """`headline` is drawn in the largest type, `body` in a smaller one, `lines` as they are."""

    part: str
    """What it is: "request", "path", "reply"."""
    headline: str
    lines: tuple[str, ...] = ()
    tone: Tone | None = None
    under: str = ""
    """What stands under the headline, after the sign."""
    body: tuple[str, ...] = ()


class SlideSource(NamedTuple):
    """Where the slides get what they say."""

    journal: Journal
    known: Known
    ends: EndsOf
    reader: BodyReader


def exchange_slides(told: SlideSource, number: int) -> list[Slide]:
    """Request, path and each of the first replies; nothing when the journal lost it."""
    if number not in told.journal:
        return []
    exchange = told.journal.exchange(number)
    asker, answerer = told.ends.of(number)
    request = told.journal.message(number)
    ways = (asker or _ANYBODY, exchange.subject, answerer or _ANYBODY)
    return [
        Slide("request", exchange.subject, body=_body(told, number)),
        Slide("path", " > ".join(ways), _path_lines(exchange, request.reply)),
        _outcome(told, exchange),
    ]


def flow_slides(told: SlideSource, number: int) -> list[Slide]:
    """One for the whole flow, then one for each of its exchanges, oldest first."""
    thread = Thread(told.journal, number)
    thread.catch_up(seconds=1.0)
    heads = sorted(thread.heads)[:MAX_STEPS]
    exchanges = [told.journal.exchange(head) for head in heads if head in told.journal]
    failed = sum(exchange.state.failed for exchange in exchanges)
    tone = Tone.BAD if failed else Tone.GOOD
    words = counted(len(exchanges), "exchange")
    under = f"{failed} failed" if failed else "none failed"
    lines = tuple(_step_line(told, exchange) for exchange in exchanges[:MAX_LINES])
    whole = Slide("flow", words, lines, tone, under)
    return [whole, *(_step(told, exchange) for exchange in exchanges)]


def _step(told: SlideSource, exchange: Exchange) -> Slide:
    asker, answerer = told.ends.of(exchange.number)
    found = _diagnosis(told, exchange)
    return Slide(
        f"{asker or _ANYBODY} asks {answerer or _ANYBODY}",
        exchange.subject,
        (found.sentence,),
        found.tone,
        _state_words(exchange),
    )


def _step_line(told: SlideSource, exchange: Exchange) -> str:
    asker, answerer = told.ends.of(exchange.number)
    sign = SIGNS[_diagnosis(told, exchange).tone]
    ways = f"{asker or _ANYBODY} ▸ {answerer or _ANYBODY}"
    return clean(f"{sign} {ways}  {exchange.subject}  {_state_words(exchange)}")


def _outcome(told: SlideSource, exchange: Exchange) -> Slide:
    found = _diagnosis(told, exchange)
    replies = exchange.came_back
    lines = [found.sentence]
    lines += [found.advice] if found.advice else []
    body: tuple[str, ...] = ()
    if replies and replies[0] in told.journal:
        body = _body(told, replies[0])
    took = f"in {span(exchange.latency)}" if exchange.latency is not None else ""
    many = f"{len(replies)} replies" if len(replies) > 1 else ""
    under = ", ".join(filter(None, (many, took)))
    return Slide("reply", exchange.state.label or "sent", tuple(lines), found.tone, under, body)


def _diagnosis(told: SlideSource, exchange: Exchange) -> Diagnosis:
    return told.known.judge(exchange, told.journal)


def _state_words(exchange: Exchange) -> str:
    took = f" {span(exchange.latency)}" if exchange.latency is not None else ""
    return f"{exchange.state.label}{took}"


def _path_lines(exchange: Exchange, reply: str) -> tuple[str, ...]:
    if not reply:
        return ("It names no reply subject: nobody is to answer.",)
    return (f"The reply goes to {clean(reply)}",)


def _body(told: SlideSource, number: int) -> tuple[str, ...]:
    """As it reads, in a few lines."""
    message = told.journal.message(number)
    if not message.body:
        return ("no body",)
    envelope = told.reader.envelope(message.subject, message.headers)
    if told.reader.takes_long(envelope):
        return (counted(len(message.body), "byte"),)
    reading = told.reader.read(message.body, envelope)
    text = _named_values(reading) or reading.text
    if reading.form == "json" and text is reading.text:
        text = tidy(text)
    text = text[:MAX_BODY] or counted(len(message.body), "byte")
    return tuple(_shortened(clean_block(text).splitlines()))


def _named_values(reading: Reading) -> str:
    """A flat JSON object as lines of "name: value"; "" for anything else."""
    if reading.form != "json" or len(reading.text) > MAX_BODY:
        return ""
    try:
        found = read_json(reading.text)
    except ValueError:
        return ""
    flat = isinstance(found, dict) and found
    if not flat or any(isinstance(value, dict | list) for value in found.values()):
        return ""
    return "\n".join(f"{name}: {_plain(value)}" for name, value in found.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shortened(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"… {len(lines) - MAX_LINES:,} more lines"
