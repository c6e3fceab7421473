"""CSV: one row for each exchange, for a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from engine.arrival import is_timed
from engine.journal import Exchange, ExchangeKind
from engine.known_headers import correlation_id
from engine.message import Headers

from .chosen import ChosenExchanges

COLUMNS = (
    *("time", "kind", "from", "to", "subject", "state", "latency ms at least", "latency ms"),
    *("replies", "request bytes", "reply bytes", "id", "sentence"),
)
_FORMULA = (*"=+-@\t\r\n", *"＝＋－＠")
"""The wide ones count as well where East Asian letters are typed."""


def table(chosen: ChosenExchanges) -> Iterator[str]:
    """The rows, with their heading; what a spreadsheet would compute has a quote before it."""
    yield _row(COLUMNS)
    for exchange in chosen.exchanges():
        if exchange.kind is not ExchangeKind.NOTE:
            yield _row(map(_inert, map(chosen.without_secrets, _cells(chosen, exchange))))


def _cells(chosen: ChosenExchanges, exchange: Exchange) -> Iterator[str]:
    ends, bounds = chosen.ends(exchange.number), exchange.latency_bounds
    messages = list(chosen.messages(exchange))
    known, at = is_timed(exchange.started), datetime.fromtimestamp(exchange.started)
    yield at.isoformat(timespec="microseconds") if known else ""
    yield exchange.kind.name.lower()
    yield ends.asker
    yield ends.answerer
    yield exchange.subject
    yield chosen.state(exchange)
    yield "" if bounds is None else f"{bounds[0] * 1000:.3f}"
    yield "" if bounds is None else f"{bounds[1] * 1000:.3f}"
    yield str(len(exchange.replies))
    yield str(messages[0].size if messages else 0)
    yield str(sum(message.size for message in messages[1:]))
    headers = messages[0].headers if messages else Headers()
    yield headers.get(chosen.header, "") or correlation_id(headers.pairs)
    yield chosen.diagnosis(exchange).sentence


def _inert(cell: str) -> str:
    number = cell.lstrip("+-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(_FORMULA) and not number else cell


def _row(cells: object) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerow(cells)  # type: ignore[arg-type]
    return made.getvalue().encode("utf-8", "replace").decode()
