"""JSON lines: one for each message, with the sentence of its exchange on the first of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from engine.arrival import is_timed
from engine.fields import read_json, write_json
from engine.journal import Exchange, ExchangeKind
from engine.message import Message, text

from .chosen import ChosenExchanges


def json_lines(chosen: ChosenExchanges) -> Iterator[str]:
    """Each of them; `natstap open` reads them as well."""
    for exchange in chosen.exchanges():
        if exchange.kind is ExchangeKind.NOTE:
            yield _line(
                {"note": chosen.without_secrets(exchange.why), "at": moment(exchange.started)}
            )
            continue
        for message in chosen.messages(exchange):
            first = message.number == exchange.number
            about = _about(chosen, exchange) if first else {"answers": exchange.number}
            yield _line({"number": message.number, **about, **_message(chosen, exchange, message)})


def _about(chosen: ChosenExchanges, exchange: Exchange) -> dict[str, Any]:
    ends, bounds = chosen.ends(exchange.number), exchange.latency_bounds
    found = chosen.diagnosis(exchange)
    return {
        "is": exchange.kind.name.lower(),
        "state": chosen.state(exchange),
        "from": ends.asker,
        "to": ends.answerer,
        "latency_at_least": None if bounds is None else round(bounds[0], 6),
        "latency_at_most": None if bounds is None else round(bounds[1], 6),
        "replies": len(exchange.replies),
        "cause": str(found.cause),
        "sentence": chosen.without_secrets(found.sentence),
    }


def _message(chosen: ChosenExchanges, exchange: Exchange, message: Message) -> dict[str, Any]:
    hidden = chosen.without_secrets
    fields: dict[str, Any] = {
        "at": moment(message.at),
        "spread": message.spread,
        "subject": hidden(message.subject),
        "reply": hidden(message.reply),
        "headers": [
            [name, hidden(f"{name}: {value}").removeprefix(f"{name}: ")]
            for name, value in message.headers.pairs
        ],
    }
    if message.status:
        fields |= {"status": message.status, "description": hidden(message.description)}
    content, said = chosen.read(exchange, message)
    if content:
        fields |= {"content": content, "value": _value(said)}
    body = chosen.bytes_without_secrets(message.body, message.headers)
    shown = text(body)
    if shown.isascii() or body == shown.encode("utf-8", "replace"):
        return fields | {"body": shown}
    return fields | {"body_base64": b64encode(body).decode()}


def moment(at: float) -> float | None:
    """None where nobody knows it."""
    return at if is_timed(at) else None


def _value(said: str) -> Any:
    """What JSON says, or the text itself."""
    try:
        return read_json(said)
    except ValueError:
        return said


def _line(fields: dict[str, Any]) -> str:
    return write_json(fields) + "\n"
