"""What is logged, without secrets: a filter for the loggers that natstap and its libraries use."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from .conceal import conceal, conceal_error
from .known_secrets import KnownSecrets

LOGGERS = ("natstap", "nats", "nats.aio.client", "nats.js", "asyncio")
"""Filters look at what is logged by a logger itself, so each has to be named."""


class ConcealFilter(logging.Filter):
    """Makes a record's text and traceback hold no secret; lets every record pass."""

    def __init__(self, known: KnownSecrets) -> None:
        super().__init__()
        self._known = known

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = conceal(record.getMessage(), self._known).value, ()
        if record.exc_info and (error := record.exc_info[1]) is not None:
            record.exc_text = conceal_error(error, self._known).rstrip()
            record.exc_info = None
        return True


@contextmanager
def concealed_logs(known: KnownSecrets) -> Iterator[None]:
    """Nothing secret is logged meanwhile."""
    own = ConcealFilter(known)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(own)
    try:
        yield
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(own)
