"""Starting, stopping, starting again; and that nothing is lost or left over on the way."""

from __future__ import annotations

import asyncio

import pytest
from helpers.waiting import until

from engine import Journal, NatsBroker, NatsMessage, Profile
from engine.errors import LinkLost, NoResponders, NotConnected, RequestTimeout

pytestmark = pytest.mark.one_server

KINDS = [
    {},
    {"queue": "Q"},
    {"stream": "S"},
    {"stream": "S", "durable": "D"},
    {"stream": "S", "durable": "D", "pull_sub": 3},
]


def keep(broker: NatsBroker, durable: str) -> list[str]:
    """A subscriber of stream S; the list gets the bodies that it was given."""
    seen: list[str] = []

    @broker.subscriber("s", stream="S", durable=durable)
    async def handle(body):
        seen.append(body)

    return seen


# -- start ---------------------------------------------------------------------------------


async def test_a_context_connects_and_start_subscribes(profile: Profile) -> None:
    async with NatsBroker(profile) as broker:
        subscriber = broker.subscriber("a")

        @subscriber
        async def handle(body):
            return body

        with pytest.raises(NoResponders):
            await broker.request("x", "a", timeout=30)
        await broker.start()
        await broker.start()
        assert subscriber.running
        assert (await broker.request("x", "a", timeout=30)).body == b"x"
        assert subscriber.served == 1
    assert not subscriber.running


async def test_a_subscriber_added_later_is_started_by_itself(connect) -> None:
    broker = await connect()
    subscriber = broker.subscriber("later")

    @subscriber
    async def handle(body):
        return body

    asker = await connect()
    with pytest.raises(NoResponders):
        await asker.request("x", "later", timeout=30)
    await subscriber.start()
    assert (await asker.request("x", "later", timeout=30)).body == b"x"


async def test_a_second_start_starts_what_was_added_since(broker: NatsBroker) -> None:
    for subject in ("first", "second"):

        @broker.subscriber(subject)
        async def handle(body):
            return body

        await broker.start()
    for subject in ("first", "second"):
        assert (await broker.request("x", subject, timeout=30)).body == b"x"


# -- stop ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_stop_answers_what_is_in_flight(connect, profile: Profile, kind: dict) -> None:
    service, asker = NatsBroker(profile), await connect()
    gate = asyncio.Event()
    subscriber = service.subscriber("slow", max_workers=3, **kind)

    @subscriber
    async def handle(body):
        await gate.wait()
        return body

    await service.start()
    calls = [asker.call(n, "slow", stream=kind.get("stream"), timeout=10) for n in range(3)]
    await until(lambda: subscriber.served == 3)
    stopping = asyncio.create_task(service.stop())
    await until(lambda: not subscriber.running)
    gate.set()
    assert [await (await call.answer()).decode() for call in calls] == [0, 1, 2]
    await stopping


async def test_stop_answers_what_waits_for_a_worker(connect, profile: Profile) -> None:
    service, asker = NatsBroker(profile), await connect()
    gate = asyncio.Event()
    subscriber = service.subscriber("slow")

    @subscriber
    async def handle(body):
        await gate.wait()
        return body

    await service.start()
    calls = [asker.call(n, "slow", timeout=10) for n in range(20)]
    await asker.link.barrier()
    stopping = asyncio.create_task(service.stop())
    await until(lambda: not subscriber.running)
    gate.set()
    answers = [await (await call.answer()).decode() for call in calls]
    assert answers == list(range(20))
    await stopping


async def test_stop_waits_no_longer_than_it_was_told(profile: Profile, journal: Journal) -> None:
    service = NatsBroker(profile, journal=journal, graceful_timeout=0.1)
    begun = asyncio.Event()
    ended: list[str] = []

    @service.subscriber("stuck")
    async def handle(body):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(body)

    await service.start()
    await service.publish("x", "stuck")
    await service.publish("y", "stuck")
    await asyncio.wait_for(begun.wait(), 30)
    await service.link.barrier()
    async with asyncio.timeout(60):
        await service.stop()
    assert ended == ["x"]
    notes = [journal.exchange(number).why for number, _ in journal.heads()]
    assert any("2 messages on stuck were given up" in note for note in notes)


async def test_all_handlers_together_are_waited_for_no_longer(profile: Profile) -> None:
    service = NatsBroker(profile, graceful_timeout=1)
    begun: list[str] = []

    async def handle(message: NatsMessage) -> None:
        begun.append(message.subject)
        await asyncio.Event().wait()

    for n in range(100):
        service.subscriber(f"stuck.{n}")(handle)
    await service.start()
    for n in range(100):
        await service.publish("x", f"stuck.{n}")
    await until(lambda: len(begun) == 100)
    async with asyncio.timeout(60):
        await service.stop()


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("turns", range(1, 8))
async def test_who_gives_up_stopping_leaves_nothing(
    profile: Profile, connect, kind: dict, turns: int
) -> None:
    """Given up after so many turns of the event loop, it is stopped all the same."""
    before = asyncio.all_tasks()
    service, gate = NatsBroker(profile), asyncio.Event()

    @service.subscriber("s", **kind)
    async def handle(body):
        await gate.wait()
        return body

    @service.subscriber("other", stream="S")
    async def other(body):
        return body

    await service.start()
    await service.publish("x", "s", stream=kind.get("stream"))
    await service.link.barrier()
    waiting = asyncio.create_task(service.request("x", "nobody.waits", timeout=60))
    stopping = asyncio.create_task(service.stop())
    for _ in range(turns):
        await asyncio.sleep(0)
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    with pytest.raises(NotConnected):
        await service.request("x", "s", timeout=30)
    with pytest.raises((LinkLost, NoResponders)):
        await waiting
    await until(lambda: asyncio.all_tasks() <= before)
    gate.set()
    await service.start()
    answer = await service.request("y", "s", stream=kind.get("stream"), timeout=30)
    assert answer.body == b"y"
    await service.stop()


async def test_after_stop_nobody_answers(connect, profile: Profile) -> None:
    service, asker = NatsBroker(profile), await connect()

    @service.subscriber("a")
    async def handle(body):
        return body

    await service.start()
    await asker.request("x", "a", timeout=30)
    await service.stop()
    await service.stop()
    with pytest.raises(NoResponders):
        await asker.request("x", "a", timeout=30)
    with pytest.raises(NotConnected):
        await service.request("x", "a", timeout=30)


async def test_stopping_ends_the_requests_that_wait(profile: Profile) -> None:
    broker = NatsBroker(profile)

    @broker.subscriber("mute", no_reply=True)
    async def handle(body):
        pass

    await broker.start()
    waiting = [asyncio.create_task(broker.request(n, "mute", timeout=60)) for n in range(3)]
    await until(lambda: len(broker.inbox.waiting) == 3)
    await broker.stop()
    async with asyncio.timeout(60):
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in ended] == [LinkLost] * 3


async def test_one_subscriber_of_several_can_be_removed(broker: NatsBroker) -> None:
    made = [broker.subscriber(subject) for subject in ("stays", "goes")]
    for one in made:

        @one
        async def handle(body):
            return body

    await broker.start()
    await broker.remove(made[1])
    with pytest.raises(NoResponders):
        await broker.request("x", "goes", timeout=30)
    assert (await broker.request("x", "stays", timeout=30)).body == b"x"
    assert broker.subscribers == [made[0]]


# -- again ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_a_broker_can_be_stopped_and_started_again(profile: Profile, kind: dict) -> None:
    broker = NatsBroker(profile)

    @broker.subscriber("a", **kind)
    async def handle(body):
        return body

    before = asyncio.all_tasks()
    counts = set()
    for n in range(3):
        await broker.start()
        answer = await broker.request(n, "a", stream=kind.get("stream"), timeout=30)
        assert await answer.decode() == n
        counts.add((broker.link.subscription_count, len(asyncio.all_tasks())))
        await broker.stop()
    assert len(counts) == 1
    assert asyncio.all_tasks() == before


async def test_a_durable_started_again_gets_what_it_missed_and_an_ephemeral_does_not(
    connect, profile: Profile
) -> None:
    service, asker = NatsBroker(profile), await connect()
    seen = {durable: keep(service, durable) for durable in ("durable", "")}
    for body in ("first", "second"):
        await service.start()
        await asker.publish(body, "s", stream="S")
        await until(lambda body=body: all(body in one for one in seen.values()))
        await service.stop()
        await asker.publish(f"after {body}", "s", stream="S")
    assert seen == {
        "durable": ["first", "after first", "second"],
        "": ["first", "second"],
    }


async def test_a_request_of_a_stopped_broker_is_not_answered_by_the_next(
    profile: Profile,
) -> None:
    broker = NatsBroker(profile)
    await broker.start()
    first = broker.inbox.prefix
    await broker.stop()
    await broker.start()
    assert broker.inbox.prefix != first
    await broker.stop()


async def test_a_timeout_leaves_no_timer_or_waiter(broker: NatsBroker) -> None:
    @broker.subscriber("mute", no_reply=True)
    async def handle(body):
        pass

    await broker.start()
    tasks = len(asyncio.all_tasks())
    asked = [broker.request(n, "mute", timeout=0.5) for n in range(200)]
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(one) for one in ended} == {RequestTimeout}
    assert not broker.inbox.waiting
    await until(lambda: len(asyncio.all_tasks()) == tasks)
