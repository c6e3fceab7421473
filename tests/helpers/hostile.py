"""Whoever answers may be hostile: names that are none, JSON of every shape, and a client that
answers with it. Everything comes from one seeded source, so that a run can be repeated.

NATSTAP_HUNT=20 tries twenty times as much.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random
from typing import Any

from engine import Link, Profile

from .tried import tried

HUNT = int(os.environ.get("NATSTAP_HUNT", "1"))
PWN = "pwn"
SMUGGLED = f"X 0\r\n\r\nPUB {PWN}.me 5\r\nhello\r\nPUB y"
NAMES = [
    SMUGGLED, f"X\r\nPUB {PWN} 0\r\n\r\n", f"X\nSUB {PWN} 1", f"X {PWN}.reply", "a\ud83d", "\udcff",
    "", ".", "..", "a.b", "a..b", ">", "*", "a.>", "a b", "\t", "\x00", "\x1b[2J", "a/b", "../../x",
    "a\\b", "x" * 300, "ü" * 200, "\u2028", "\u202egpj", "[/]", "[@click=app.quit]x[/]",
    f"$JS.API.STREAM.DELETE.{PWN}", "_INBOX.>", "Good",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 1.5, -0.0, 1e308, 2**31, 2**63, 2**64, -(2**63), 10**400,
    [], {}, [[]], [None] * 300, ["x", 7, None, {}], {"": {}}, {"a": {"b": [{"c": None}]}},
    "x" * 70_000, "9" * 5000, "2026-13-45T99:99:99Z", "9999-12-31T23:59:59.999999999+23:59",
]  # fmt: skip
BODIES = [
    b"", b"\xff\xfe", b"{", b"null", b"true", b"7", b"[]", b"{}", b'"x"', b"NaN", b"-Infinity",
    b"[" * 100_000, b'{"a":' * 50_000, b"9" * 10_000, b'{"error":7}', b'{"error":{}}',
    b'{"error":{"code":"x","err_code":[],"description":{}}}', b'{"error":{"err_code":10059}}',
    b'{"error":{"err_code":10026}}', b'{"error":{"err_code":10014}}',
    b'{"stream":"S","seq":1}', b'{"stream":"S","seq":-1,"domain":[]}', b'{"error":null,"stream":7}',
    b'{"streams":["' + json.dumps(SMUGGLED)[1:-1].encode() + b'"]}',
]  # fmt: skip
HEADS = [
    b"NATS/1.0 503\r\n\r\n", b"NATS/1.0 404 No Messages\r\n\r\n", b"NATS/1.0 204 EOB\r\n\r\n",
    b"NATS/1.0 100 Idle Heartbeat\r\n\r\n", b"NATS/1.0 999 \xff\r\n\r\n",
    b"NATS/1.0\r\nNats-Sequence: " + b"9" * 5000 + b"\r\n\r\n",
    b"NATS/1.0\r\nNats-Service-Error-Code: x\r\nNats-Service-Error: \x1b[2J\r\n\r\n",
    b"NATS/1.0\r\nNats-Subject: a b\r\nNats-Sequence: 1\r\nNats-Num-Pending: -1\r\n\r\n",
]  # fmt: skip

_STREAM = {
    "config": {
        "name": "ORDERS", "subjects": ["orders.>"], "storage": "file", "retention": "limits",
        "max_msgs": -1, "max_age": 0, "allow_direct": True, "mirror": {"name": "M"},
        "sources": [{"name": "N"}],
    },
    "created": "2026-01-31T12:30:00Z",
    "state": {
        "messages": 3, "bytes": 90, "first_seq": 1, "last_seq": 3, "num_deleted": 1,
        "first_ts": "2026-01-31T12:30:00Z", "last_ts": "2026-01-31T12:30:00Z",
        "consumer_count": 1, "deleted": [2], "subjects": {"orders.a": 3},
    },
    "cluster": {"name": "c", "leader": "n1", "replicas": [{"name": "n2", "current": True}]},
}  # fmt: skip
_CONSUMER = {
    "stream_name": "ORDERS", "name": "w", "created": "2026-01-31T12:30:00Z",
    "config": {
        "durable_name": "w", "filter_subject": "orders.>", "ack_policy": "explicit",
        "deliver_subject": "push.here", "deliver_group": "q", "max_ack_pending": 1,
    },
    "delivered": {"stream_seq": 3, "last_active": "2026-01-31T12:30:00Z"},
    "ack_floor": {"stream_seq": 2}, "num_pending": 4, "num_ack_pending": 1, "num_waiting": 1,
    "paused": True, "pause_remaining": 5_000_000_000, "push_bound": True,
}  # fmt: skip
_SERVICE = {
    "type": "io.nats.micro.v1.info_response", "name": "pay", "id": "ID1", "version": "1.0.0",
    "metadata": {"schema": '{"type":"object"}'}, "started": "2026-01-31T12:30:00Z",
    "description": "d",
    "endpoints": [
        {"name": "e", "subject": "pay.e", "queue_group": "q", "metadata": {}, "num_requests": 3,
         "num_errors": 1, "last_error": "x", "processing_time": 7, "average_processing_time": 2},
    ],
}  # fmt: skip
_SERVER = {"name": "n1", "id": "NID", "cluster": "c", "ver": "2.15.1"}
ANSWERS: dict[str, Any] = {
    ".STREAM.NAMES": {"streams": ["ORDERS", "B"], "total": 2, "offset": 0, "limit": 1024},
    ".STREAM.LIST": {"streams": [_STREAM], "total": 1, "missing": ["GONE"], "offline": {"O": "x"}},
    ".STREAM.INFO.": _STREAM | {"total": 1},
    ".STREAM.CREATE.": _STREAM,
    ".STREAM.PURGE.": {"success": True, "purged": 3},
    ".STREAM.DELETE.": {"success": True},
    ".STREAM.MSG.GET.": {
        "message": {"subject": "orders.a", "seq": 1, "data": "eA==", "hdrs": "TkFUUy8xLjANCg0K",
                    "time": "2026-01-31T12:30:00Z"},
    },
    ".STREAM.MSG.DELETE.": {"success": True},
    ".CONSUMER.LIST.": {"consumers": [_CONSUMER], "total": 1},
    ".CONSUMER.INFO.": _CONSUMER,
    ".CONSUMER.CREATE.": _CONSUMER,
    ".CONSUMER.": {"success": True},
    "$SRV.": _SERVICE,
    ".CONNZ": {
        "server": _SERVER,
        "data": {
            "num_connections": 1, "total": 1, "limit": 1024, "offset": 0,
            "connections": [
                {"cid": 7, "kind": "Client", "name": "svc", "lang": "go", "version": "1.0",
                 "in_msgs": 4, "out_msgs": 5, "pending_bytes": 6, "rtt": "3ms",
                 "subscriptions_list_detail": [
                     {"subject": "orders.a", "qgroup": "q", "sid": "1", "msgs": 2, "cid": 7},
                     {"subject": "_INBOX.abcdefghijklmnopqrstuv.*", "sid": "2", "cid": 7}]},
            ],
        },
    },
    ".USER.INFO": {
        "server": _SERVER,
        "data": {"user": "u", "account": "A", "permissions": {
            "publish": {"allow": [">"], "deny": ["secret.>"]}, "subscribe": {}}},
    },
    "": {"stream": "ORDERS", "seq": 1, "domain": "hub"},
}  # fmt: skip


class Spite:
    """Hostile answers, one after the other, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def body(self, subject: str) -> bytes:
        """An answer to what is asked there: right but for a few places, or nothing like it."""
        if self.random.random() < 0.15:
            return self.random.choice(BODIES)
        ending = next(one for one in ANSWERS if one in subject)
        value = ANSWERS[ending]
        for _ in range(self.random.randrange(1, 4)):
            value = self._spoiled(value)
        return json.dumps(value).encode()

    def head(self) -> bytes:
        return self.random.choice(HEADS) if self.random.random() < 0.15 else b""

    def _spoiled(self, value: Any) -> Any:
        """A copy in which one place somewhere holds something else."""
        if isinstance(value, dict) and value and self.random.random() < 0.9:
            key = self.random.choice(list(value))
            changed = {**value, key: self._spoiled(value[key])}
            if self.random.random() < 0.1:
                changed[self.random.choice(NAMES)] = changed.pop(key)
            return changed
        if isinstance(value, list) and value and self.random.random() < 0.8:
            place = self.random.randrange(len(value))
            return [*value[:place], self._spoiled(value[place]), *value[place + 1 :]]
        return self.random.choice(NAMES if self.random.random() < 0.6 else VALUES)


@asynccontextmanager
async def hostile_client(
    profile: Profile, spite: Spite, *subjects: str
) -> AsyncIterator[list[str]]:
    """A client that answers all that is asked on `subjects`; gives what it was asked."""
    asked: list[str] = []

    def hear(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        asked.append(subject.decode("utf-8", "replace"))
        for _ in range(spite.random.choice((0, 1, 1, 1, 2, 5))):
            if reply and asked[-1] != reply.decode("utf-8", "replace"):
                link.publish(reply, spite.body(asked[-1]), head=spite.head())
                tried("answers of hostile clients")

    async with Link.opened(profile) as link:
        for subject in subjects:
            link.subscribe(subject.encode(), hear)
        await link.barrier()
        yield asked


@contextmanager
def nothing_slips() -> Iterator[list[str]]:
    """What asyncio or natstap's own log says of exceptions that nobody caught: it stays empty."""
    said: list[str] = []
    loop = asyncio.get_running_loop()

    class Log(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage() + (f": {record.exc_info}" if record.exc_info else ""))

    log, before = Log(logging.WARNING), loop.get_exception_handler()
    loggers = [logging.getLogger(name) for name in ("natstap", "nats", "asyncio")]
    loop.set_exception_handler(lambda _, context: said.append(repr(context)))
    for logger in loggers:
        logger.addHandler(log)
    try:
        yield said
    finally:
        loop.set_exception_handler(before)
        for logger in loggers:
            logger.removeHandler(log)
