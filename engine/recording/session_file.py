"""What was seen, as lines of JSON that other programs read too: first one about the file, then one
for each exchange and each of its messages, the oldest first.

A subject or body that is text is written as text, and as base64 under `<name>_base64` where it is
not. Headers are pairs, in wire order, repeats kept. Times are seconds since the epoch; `spread` is
how many seconds earlier a message can have come.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.journal import Exchange, ExchangeKind, Journal
from engine.message import Message, raw_bytes
from engine.secrets.conceal import conceal
from engine.secrets.known_secrets import KnownSecrets

FORMAT = 1
MOST_MESSAGES = 20_000
"""Of the newest messages, which a crash keeps: more would take too long to write."""


def save_session(
    path: Path, journal: Journal, secrets: KnownSecrets, most: int = MOST_MESSAGES
) -> int:
    """Write the newest `most` messages, secrets concealed; gives how many were left out.

    Raises OSError.
    """
    since = max(journal.first, journal.next - most)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    with gzip.open(path, "wt", compresslevel=3, encoding="utf-8") as file:
        about = {"natstap": "session", "format": FORMAT, "left_out": since - 1}
        for line in (about, *_lines(journal, since)):
            file.write(conceal(json.dumps(line), secrets).value + "\n")
    return since - 1


def _lines(journal: Journal, since: int) -> Iterator[dict[str, Any]]:
    for number, _ in journal.heads(since):
        exchange = journal.exchange(number)
        yield _exchange(exchange)
        if exchange.kind is ExchangeKind.NOTE:
            continue
        for seen in (number, *exchange.came_back, *exchange.copies):
            if seen in journal:
                yield _message(journal, journal.message(seen), number)


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "exchange": exchange.number,
        "kind": exchange.kind.name.lower(),
        "state": exchange.state.name.lower(),
        **_bytes("subject", raw_bytes(exchange.subject)),
        "started": exchange.started,
        "answered": exchange.answered,
        "ended": exchange.ended,
        "timeout": exchange.timeout,
        "wanted": exchange.wanted,
        "own": exchange.own,
        "why": exchange.why,
    }


def _message(journal: Journal, message: Message, exchange: int) -> dict[str, Any]:
    return {
        "message": message.number,
        "of": exchange,
        "at": message.at,
        "spread": message.spread,
        "from": journal.sources[message.source],
        "sent": message.sent,
        **_bytes("subject", raw_bytes(message.subject)),
        **_bytes("reply", raw_bytes(message.reply)),
        "headers": [[name, value] for name, value in message.headers.pairs],
        **_bytes("head", message.head if not _is_text(message.head) else b""),
        **_bytes("body", message.body),
    }


def _bytes(name: str, value: bytes) -> dict[str, str]:
    if _is_text(value):
        return {name: value.decode()}
    return {f"{name}_base64": b64encode(value).decode()}


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
