"""The `nats` commands that send again what was asked and published, as a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from engine.arrival import is_timed
from engine.commands.copyas import nats_command
from engine.content.binary import is_binary
from engine.content.content import Envelope
from engine.content.reading import open_layers
from engine.drafts.draft_of_exchange import recorded_draft
from engine.errors import InvalidInput
from engine.journal import Exchange, ExchangeKind
from engine.message import Headers
from engine.secrets.masked_draft import mask

from .chosen import ChosenExchanges

_SENT = (ExchangeKind.REQUEST, ExchangeKind.PUBLISH, ExchangeKind.WATCHED_SYSTEM)


def commands(chosen: ChosenExchanges) -> Iterator[str]:
    """One for each exchange, with a comment that says when it was."""
    yield "#!/bin/sh\n# The server is taken from NATS_URL, or from the selected nats context.\n"
    for exchange in chosen.exchanges():
        if exchange.kind in _SENT:
            yield _command(chosen, exchange)


def _command(chosen: ChosenExchanges, exchange: Exchange) -> str:
    draft = recorded_draft(chosen.journal, exchange.number)
    if chosen.masked:
        headers = Headers(draft.headers)
        inner = open_layers(draft.body, Envelope(headers=headers))
        if is_binary(draft.body) or inner != draft.body:
            draft = replace(draft, body=chosen.bytes_without_secrets(draft.body, headers))
        draft = mask(draft, {}, chosen.known).draft
    asker = chosen.ends(exchange.number).asker
    at, known = datetime.fromtimestamp(exchange.started), is_timed(exchange.started)
    moment = at.isoformat(" ", "milliseconds") if known else "time unknown"
    about = " ".join(f"{moment} {asker} {chosen.state(exchange)}".split())
    try:
        copied = nats_command(draft, script=True)
    except InvalidInput as error:
        return f"\n# {about}\n# cannot be sent: {_one_line(str(error))}\n"
    notes = "".join(f"# {_one_line(note)}\n" for note in copied.notes)
    return f"\n# {about}\n{notes}{chosen.without_secrets(copied.text)}\n"


def _one_line(written: str) -> str:
    return " ".join(written.split())
