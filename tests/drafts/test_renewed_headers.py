"""What names one message is new when it is sent again."""

from __future__ import annotations

import pytest
from helpers.desk import sitting_alone, until
from helpers.screens import profile_of

from engine import NatsBroker
from engine.drafts.renewed_headers import names_one, renewed

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "name",
    [
        "correlation_id",
        "X-Correlation-Id",
        "correlationid",
        "x-request-id",
        "Nats-Msg-Id",
        "Idempotency-Key",
        "ce-message-id",
    ],
)
def test_a_name_of_one_message_is_new_each_time(name: str) -> None:
    ((kept, first),), ((_, second),) = renewed([(name, "a")]), renewed([(name, "a")])
    assert kept == name
    assert len({"a", first, second}) == 3


@pytest.mark.parametrize(
    "name", ["content-type", "Nats-Expected-Last-Msg-Id", "customer-id", "reply_to", "midnight"]
)
def test_what_names_something_else_stays(name: str) -> None:
    assert renewed([(name, "a")]) == ((name, "a"),)


def test_a_trace_begins_again_in_its_own_form() -> None:
    ((_, value),) = renewed([("traceparent", TRACE)])
    assert [len(part) for part in value.split("-")] == [2, 32, 16, 2]
    assert value.split("-")[1] != TRACE.split("-")[1]
    assert value.endswith("-01")
    assert renewed([("traceparent", "odd")]) == (("traceparent", "odd"),)
    assert names_one("traceparent")


async def test_what_another_client_sent_is_repeated_under_an_id_of_its_own() -> None:
    async with sitting_alone() as hand, NatsBroker(profile_of(hand)) as other:
        await other.start()
        session = hand.app.session
        assert session is not None
        await session.watches.watch_subjects(["orders.new"])
        told: list[str] = []
        hand.app.notify = lambda message, **_: told.append(message)  # type: ignore[method-assign]
        await other.publish(
            b"x", "orders.new", headers={"X-Correlation-Id": "order-7", "Nats-Msg-Id": "m-7"}
        )
        rows = hand.app.desk.exchanges.list
        await until(hand.pilot, lambda: len(rows.view) > rows.view.notes)
        await hand.press("escape", "end", "e")
        await until(hand.pilot, lambda: hand.app.desk.composer.subject.value == "orders.new")
        await until(hand.pilot, lambda: any("X-Correlation-Id, Nats-Msg-Id" in t for t in told))
        headers = dict(hand.app.desk.composer.draft().headers)
        assert headers.keys() >= {"X-Correlation-Id", "Nats-Msg-Id"}
        assert not {"order-7", "m-7"} & set(headers.values())
