"""NATS' own JSON in words: samples as a nats-server 2.15 and its clients wrote them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.content.content import Envelope
from engine.content.nats_words import MAX_SIZE, explain
from engine.message import Headers

API = "io.nats.jetstream.api.v1."
ADVISORY = "io.nats.jetstream.advisory.v1."
SERVER = {"name": "n1", "id": "NABC", "ver": "2.15.0"}
ERROR = {"code": 404, "err_code": 10059, "description": "stream not found"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stream": "ORDERS", "seq": 7}, "Stream ORDERS stored it as sequence 7."),
        (
            {"type": f"{API}account_info_response", "storage": 2048, "streams": 2, "consumers": 1},
            "The account has 2 streams and 1 consumer: 2,048 bytes on disk, 0 bytes in memory.",
        ),
        (
            {"type": f"{API}stream_purge_response", "success": True, "purged": 3},
            "The stream removed 3 messages.",
        ),
        (
            {
                "type": f"{API}stream_msg_get_response",
                "message": {"subject": "s.a", "seq": 1, "data": "eA=="},
            },
            "Sequence 1 of the stream, on s.a.",
        ),
        (
            {
                "type": f"{API}consumer_pause_response",
                "paused": True,
                "pause_until": "2099-01-01T00:00:00Z",
            },
            "The consumer delivers nothing until 2099-01-01T00:00:00Z.",
        ),
        (
            {
                "type": f"{ADVISORY}consumer_pause",
                "stream": "S",
                "consumer": "D",
                "paused": False,
                "pause_until": "0001-01-01T00:00:00Z",
            },
            "Consumer D of stream S is not paused: it delivers.",
        ),
        (
            {"type": f"{ADVISORY}max_deliver", "stream": "S", "consumer": "D", "deliveries": 1},
            "Consumer D of stream S delivered sequence 0 1 time and stops: nobody acknowledged it.",
        ),
        (
            {"type": f"{ADVISORY}snapshot_complete", "stream": "S"},
            "Stream S was backed up.",
        ),
        (
            {"server": SERVER, "data": {"user": "u1", "account": "AB", "account_name": "SHOP"}},
            "Server n1 knows who asks as user u1 of account SHOP.",
        ),
        (
            {"stream": "ORDERS", "domain": "hub", "seq": 7, "duplicate": True},
            "Stream ORDERS in domain hub had it already as sequence 7: a duplicate.",
        ),
        (
            {"stream": "C", "seq": 2, "val": "41"},
            "Stream C stored it as sequence 2. The counter is 41 now.",
        ),
        (
            {"error": {"code": 400, "err_code": 10071, "description": "wrong last sequence: 3"}},
            "A stream did not store it: wrong last sequence: 3 (400, 10071).",
        ),
        (
            {"type": f"{API}stream_info_response", "error": ERROR},
            "JetStream refused stream info: stream not found (404, 10059).",
        ),
        (
            {
                "type": f"{API}stream_info_response",
                "config": {"name": "ORDERS", "subjects": ["orders.>"]},
                "state": {"messages": 1, "bytes": 120},
            },
            "Stream ORDERS has 1 message, 120 bytes, and listens on orders.>.",
        ),
        (
            {
                "type": f"{API}consumer_info_response",
                "stream_name": "ORDERS",
                "name": "work",
                "config": {"ack_policy": "explicit"},
                "num_pending": 1200,
                "num_ack_pending": 3,
            },
            "Consumer work of stream ORDERS: 1,200 not delivered yet, 3 not acknowledged.",
        ),
        (
            {"type": f"{API}stream_delete_response", "success": True},
            "JetStream did it: stream delete.",
        ),
        (
            {"type": f"{API}stream_names_response", "total": 4, "streams": []},
            "JetStream's answer to stream names: 4 in all.",
        ),
        (
            {
                "type": "io.nats.micro.v1.info_response",
                "name": "shop",
                "version": "1.2.0",
                "id": "X1",
                "endpoints": [{}, {}],
            },
            "Service shop 1.2.0, instance X1, has 2 endpoints.",
        ),
        (
            {
                "type": "io.nats.micro.v1.stats_response",
                "name": "shop",
                "version": "1.2.0",
                "id": "X1",
                "endpoints": [{"num_requests": 3, "num_errors": 1}],
            },
            "Service shop 1.2.0, instance X1, answered 3 requests, 1 with an error.",
        ),
        (
            {
                "type": f"{ADVISORY}max_deliver",
                "stream": "ORDERS",
                "consumer": "work",
                "stream_seq": 9,
                "deliveries": 5,
            },
            "Consumer work of stream ORDERS delivered sequence 9 5 times and stops: "
            "nobody acknowledged it.",
        ),
        (
            {
                "type": f"{ADVISORY}terminated",
                "stream": "S",
                "consumer": "c",
                "stream_seq": 2,
                "reason": "bad order",
            },
            "A client terminated sequence 2 of stream S, by consumer c: bad order.",
        ),
        (
            {"type": f"{ADVISORY}stream_action", "stream": "S", "action": "create"},
            "Stream S created.",
        ),
        (
            {"type": f"{ADVISORY}stream_leader_elected", "stream": "S", "leader": "n2"},
            "n2 leads stream S now.",
        ),
        (
            {
                "type": "io.nats.server.advisory.v1.client_disconnect",
                "client": {"name": "shop"},
                "reason": "Client Closed",
            },
            "Client shop disconnected: Client Closed.",
        ),
        ({"type": f"{ADVISORY}new_thing"}, "A message of the server itself: new thing."),
        (
            {"server": SERVER, "data": {"connections": [{}, {}], "total": 30}},
            "Server n1 lists 2 of 30 connections.",
        ),
        (
            {"server": SERVER, "request": {}, "events": [{"type": "in"}, {"type": "js"}]},
            "Server n1 traced a message: it came in, reached a stream.",
        ),
        (
            {"server": SERVER, "error": {"code": 403, "description": "no"}},
            "Server n1 refused: no (403).",
        ),
        ({"id": 7, "stream": "mine"}, ""),
        ({"stream": "mine", "seq": 7, "price": 3}, ""),
        ({"type": "order"}, ""),
        ({"server": "n1"}, ""),
    ],
)
def test_what_nats_itself_says(fields: dict[str, Any], words: str) -> None:
    assert explain(json.dumps(fields).encode(), Envelope()) == words


def test_a_stored_schedule_is_told_by_its_headers() -> None:
    for when, said in (
        ("@at 2026-01-01T00:00:00Z", "once, at 2026-01-01T00:00:00Z"),
        ("@every 5m", "every 5m"),
        ("0 30 9 * * *", "by the schedule 0 30 9 * * *"),
    ):
        headers = Headers([("Nats-Schedule", when), ("Nats-Schedule-Target", "orders.due")])
        words = explain(b"{}", Envelope(headers=headers))
        assert words == f"A stored schedule: the stream sends it {said} to orders.due."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'{"stream": 7, "seq": "x"}',
        b'{"type": 7}',
        b'{"server": {"id": "x"}, "data": 7}',
        b'{"stream": "' + b"a" * MAX_SIZE + b'", "seq": 1}',
        b'{"server": {"id": "x"}, "events": [7]}',
    ],
)
def test_what_is_not_says_nothing(body: bytes) -> None:
    assert explain(body, Envelope()) == ""


def test_a_long_name_is_cut() -> None:
    body = json.dumps({"stream": "S" * 1000, "seq": 1}).encode()
    assert len(explain(body, Envelope())) < 150
