"""Watching others: what is heard, what it does to them, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import nats
import pytest
from helpers.asking import list_requesters
from helpers.frames import seen
from helpers.systems import accounts, leaf, listener, login, reachable, responder, users
from helpers.waiting import eventually, until
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.errors import NoRespondersError

from engine import Journal, NatsBroker, Profile
from engine.audience.audience import audience
from engine.clients.requesters import Requester, is_inbox
from engine.errors import InvalidInput, InvalidSubject, NoResponders
from engine.journal import Exchange, ExchangeKind, State
from engine.server.server import EmbeddedServer
from engine.watching import subject_watch
from engine.watching.inbox_tap import MAX_NEW_INBOXES, InboxTap
from engine.watching.inbox_watch import InboxWatch
from engine.watching.subject_watch import WARNING, EverythingWatch, SubjectWatch
from engine.watching.watch import Watch

REQUEST_TIMEOUT = 4.0
"""Seconds; the server's word that nobody listens comes within them, on a busy machine too."""


@asynccontextmanager
async def client(
    profile: Profile, name: str = "other", **settings: object
) -> AsyncIterator[Client]:
    """Somebody else's real client, with nats-py as it is."""
    connected = await nats.connect(
        profile.servers[0],
        user=profile.user,
        password=profile.password,
        name=name,
        allow_reconnect=False,
        connect_timeout=30,
        **settings,
    )
    try:
        yield connected
    finally:
        await connected.close()


async def fails_at_once(other: Client, subject: str) -> bool:
    """A request of theirs fails by the server's word that nobody listens, not by its timeout."""
    with pytest.raises((NoRespondersError, TimeoutError)) as caught:
        await other.request(subject, b"", timeout=REQUEST_TIMEOUT)
    return caught.type is NoRespondersError


async def chosen(broker: NatsBroker, name: str = "other") -> Requester:
    found, unknown = await list_requesters(broker)
    assert unknown == ()
    return next(one for one in found if one.name == name)


def rows(journal: Journal, kind: ExchangeKind) -> list[str]:
    exchanges = (journal.exchange(number) for number, _ in journal.heads())
    return [one.subject or one.why for one in exchanges if one.kind is kind]


@pytest.fixture
async def asker(profile: Profile) -> AsyncIterator[Client]:
    """A client that has asked once, so that it has an inbox."""
    async with responder(profile, "math.add", 3), client(profile) as other:
        await other.request("math.add", b"", timeout=30)
        yield other


# -- a client's inbox --------------------------------------------------------------------


async def test_requesters_are_listed_with_their_inboxes(
    broker: NatsBroker, asker: Client, profile: Profile
) -> None:
    async with client(profile, "shy") as shy, client(profile, "mine", inbox_prefix="mine") as mine:
        await shy.subscribe("x.*")
        with pytest.raises(NoRespondersError):
            await mine.request("nobody", b"", timeout=30)
        await broker.request(b"", "math.add", timeout=30)
        found, _ = await list_requesters(broker)
        named = {one.name: one for one in found}
        assert sorted(named) == ["mine", "natstap", "other"]
        assert (named["other"].cid, named["other"].language) == (asker.client_id, "python3")
        assert [named[one].own for one in sorted(named)] == [False, True, False]
        assert named["mine"].inboxes[0].startswith("mine.")


async def test_an_inbox_watch_hears_every_answer_and_disturbs_nobody(
    broker: NatsBroker, asker: Client, profile: Profile, journal: Journal
) -> None:
    async with InboxWatch(profile, journal, await chosen(broker)) as watch:
        assert (await asker.request("math.add", b"", timeout=30)).data == b"3"
        await until(lambda: sum(watch.subjects.seen.values()) == 1)
        assert await fails_at_once(asker, "nobody.listens")
        assert [one.startswith("_INBOX.") for one in rows(journal, ExchangeKind.ORPHAN)] == [True]


async def test_a_custom_inbox_is_known_as_one(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with responder(profile, "a"), client(profile, inbox_prefix="mine") as other:
        await other.request("a", b"", timeout=30)
        async with InboxWatch(profile, journal, await chosen(broker)):
            await other.request("a", b"", timeout=30)
            await until(lambda: rows(journal, ExchangeKind.ORPHAN))
            assert rows(journal, ExchangeKind.PUBLISH) == []


async def test_with_its_subjects_watched_too_the_answers_find_their_requests(
    broker: NatsBroker, asker: Client, profile: Profile, journal: Journal
) -> None:
    async with (
        InboxWatch(profile, journal, await chosen(broker)),
        SubjectWatch(profile, journal, ["math.*"]),
    ):
        await asker.request("math.add", b"", timeout=30)
        states = lambda: [journal.state(n) for n, _ in journal.heads()]  # noqa: E731
        await until(lambda: State.ANSWERED in states())
        assert rows(journal, ExchangeKind.REQUEST) == ["math.add"]


async def test_a_client_that_goes_is_let_go_and_found_again_by_its_name(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with responder(profile, "a"):
        async with client(profile, "worker") as first:
            await first.request("a", b"", timeout=30)
            watch = InboxWatch(profile, journal, await chosen(broker, "worker"))
            await watch.start()
        await gone(watch)
        assert watch.subjects.patterns == ()
        async with client(profile, "worker") as second:
            await second.request("a", b"", timeout=30)
            await back(watch)
            assert watch.requester.cid == second.client_id
            await second.request("a", b"", timeout=30)
            await until(lambda: journal.exchange(journal.next - 1).kind is ExchangeKind.ORPHAN)
        await watch.stop()
    notes = [one.partition(": ")[2] for one in rows(journal, ExchangeKind.NOTE)]
    assert "the client is gone; its inbox is watched no more" in notes
    assert any(one.startswith("the client is connected as worker") for one in notes)
    assert notes[-1] == "is over"


async def test_a_client_that_reconnected_is_called_by_its_new_number(
    server: EmbeddedServer, broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with NatsBroker(replace(profile, name="worker")) as worker:
        with pytest.raises(NoResponders):
            await worker.request(b"", "nobody", timeout=30)
        before = await chosen(broker, "worker")
        async with InboxWatch(profile, journal, before) as watch, client(profile):
            await server.restart()
            async with client(profile):  # takes a number, so that the others get new ones
                await eventually(lambda: _renumbered(watch, before))
                assert watch.label == watch.requester.title
                again = await chosen(broker, "worker")
                assert watch.target == InboxWatch(profile, journal, again).target


async def _renumbered(watch: InboxWatch, before: Requester) -> bool:
    await watch.look()
    return watch.requester.server_id != before.server_id


async def test_namesakes_on_two_servers_are_two_clients(journal: Journal) -> None:
    """Numbers are a server's own: in a cluster two clients may share name and number."""
    one = Requester("worker", 5, "n1", "A", ("_INBOX.one.*",))
    two = replace(one, server="n2", server_id="B", inboxes=("_INBOX.two.*",))
    watches = [InboxWatch(Profile.local(), journal, each) for each in (one, two)]
    assert watches[0].label == watches[1].label
    assert watches[0].target != watches[1].target


async def gone(watch: InboxWatch) -> None:
    async def absent() -> bool:
        await watch.look()
        return not watch.present

    await eventually(absent)


async def back(watch: InboxWatch) -> None:
    async def present() -> bool:
        await watch.look()
        return watch.present

    await eventually(present)


async def test_a_pull_consumers_inbox_is_never_listened_to(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    await broker.jetstream.ensure_stream("JOBS", ["jobs.>"])
    async with client(profile, "worker") as worker:
        jobs = await worker.jetstream().pull_subscribe("jobs.>", durable="D")
        await broker.publish(b"1", "jobs.a")
        (job,) = await jobs.fetch(1, timeout=30)
        await job.ack()
        requester = await chosen(broker, "worker")
        async with InboxWatch(profile, journal, requester) as watch:
            pulled = [one.subject for one in worker._subs.values() if "*" not in one.subject]
            assert pulled
            assert not set(pulled) & set(watch.subjects.patterns)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("_INBOX.Xju7oDboxxQ8W2TMBQHi5X.*", True),
        ("_INBOX.short.*", True),
        ("mine.Xju7oDboxxQ8W2TMBQHi5X.*", True),
        ("a.b.Xju7oDboxxQ8W2TMBQHi5X.*", True),
        ("_INBOX.Xju7oDboxxQ8W2TMBQHi5X", False),
        ("_INBOX.>", False),
        ("_INBOX.*", False),
        ("orders.internationalization.*", False),
        ("orders.*", False),
        (">", False),
        (f"_INBOX.{'x' * 4000}.*", False),
        ("_INBOX.a\r\nPUB pwn 0\r\n.*", False),
        ("_INBOX.a b.*", False),
        ("_INBOX.\ud83d.*", False),
        ("a b.Xju7oDboxxQ8W2TMBQHi5X.*", False),
        ("a..Xju7oDboxxQ8W2TMBQHi5X.*", False),
    ],
)
def test_what_looks_like_an_inbox(pattern: str, expected: bool) -> None:
    assert is_inbox(pattern) is expected


# -- chosen subjects ---------------------------------------------------------------------


async def test_a_subject_watch_leaves_other_subjects_alone(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    async with SubjectWatch(profile, journal, ["watched.>", "math.*"]) as watch:
        assert watch.subjects.patterns == ("watched.>", "math.*")
        assert await fails_at_once(asker, "other.subject")
        await asker.request("math.add", b"", timeout=30)
        await until(lambda: watch.subjects.seen["math.*"] == 1)


async def test_a_request_that_only_natstap_heard_is_marked(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    async with SubjectWatch(profile, journal, ["lonely.*", "math.*"]) as watch:
        assert not await fails_at_once(asker, "lonely.x")
        await asker.request("math.add", b"", timeout=30)
        await until(lambda: watch.subjects.seen == {"lonely.*": 1, "math.*": 1})
        await watch.look()
        lonely, answered = [n for n, code in journal.heads() if code >> 4 == ExchangeKind.REQUEST]
        assert watch.only_listener.would_have_failed(lonely) is True
        assert watch.only_listener.would_have_failed(answered) is False
        assert (
            watch.only_listener.only_us("lonely.x"),
            watch.only_listener.only_us("math.add"),
        ) == (True, False)
        assert (watch.only_listener.unknown, watch.only_listener.would_have_failed(10**9)) == (
            (),
            None,
        )


async def test_somebody_who_comes_or_goes_meanwhile_makes_it_unknown(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    async with SubjectWatch(profile, journal, ["a"]) as watch:
        assert watch.only_listener.only_us("a") is True
        await asker.publish("a", b"", reply="_INBOX.x.1")
        await until(lambda: watch.subjects.seen["a"])
        async with responder(profile, "a"):
            await watch.look()
            (number,) = (n for n, code in journal.heads() if code >> 4 == ExchangeKind.REQUEST)
            assert watch.only_listener.would_have_failed(number) is None
            assert watch.only_listener.only_us("a") is False


async def test_a_stream_or_an_import_is_somebody_else(journal: Journal) -> None:
    config = accounts(
        A='exports: [{ service: "svc" }]',
        B='imports: [{ service: { account: A, subject: "svc" }, to: "imp" }]\njetstream: enabled',
    )
    async with EmbeddedServer(config=config) as server:
        profile = login(server, "b")
        async with NatsBroker(profile) as broker, responder(login(server, "a"), "svc"):
            await broker.jetstream.ensure_stream("S", ["stored"])
            async with SubjectWatch(profile, journal, ["stored", "imp", "bare"]) as watch:
                assert [watch.only_listener.only_us(one) for one in watch.subjects.patterns] == [
                    False,
                    False,
                    True,
                ]
            assert (await broker.jetstream.stream("S"))["state"]["messages"] == 0


async def test_somebody_behind_a_leaf_node_is_somebody_else(journal: Journal) -> None:
    async with leaf() as (hub, edge):
        async with NatsBroker(hub.profile()) as broker, responder(edge.profile(), "far"):
            await reachable(broker, "far")
            async with SubjectWatch(hub.profile(), journal, ["far", "near"]) as watch:
                await watch.look()
                assert (
                    watch.only_listener.only_us("far"),
                    watch.only_listener.only_us("near"),
                ) == (False, True)


async def test_without_a_right_to_ask_nothing_is_claimed(journal: Journal) -> None:
    config = users("permissions { publish { allow: ['a'] } }")
    async with EmbeddedServer(config=config) as server:
        profile = login(server, "u1")
        async with SubjectWatch(profile, journal, ["a"]) as watch, client(profile) as other:
            await other.publish("a", b"", reply="a")
            await until(lambda: watch.subjects.seen["a"])
            await watch.look()
            assert watch.only_listener.only_us("a") is None
            (number,) = (n for n, code in journal.heads() if code >> 4 == ExchangeKind.REQUEST)
            assert watch.only_listener.would_have_failed(number) is None
            assert watch.only_listener.unknown


async def test_a_watch_that_may_hear_nothing_says_so_once_and_is_no_hearing_one(
    journal: Journal,
) -> None:
    config = users("permissions { subscribe { allow: 'mine.>' } }")
    async with EmbeddedServer(config=config) as server:
        profile = login(server, "u1", inbox_prefix="mine")
        async with NatsBroker(profile) as broker, client(server.profile()) as asker:
            assert await fails_at_once(asker, "nobody.listens")
            requester = await chosen(broker)
            async with (
                InboxWatch(profile, journal, requester) as inbox,
                SubjectWatch(profile, journal, ["open.>"]) as subjects,
            ):
                for watch in (inbox, subjects):
                    await watch.look()
                    await watch.look()
                    assert (watch.running, watch.hearing, watch.subjects.patterns) == (
                        True,
                        False,
                        (),
                    )
                assert (inbox.subjects.refused, subjects.subjects.refused) == (
                    set(requester.inboxes),
                    {"open.>"},
                )
                noted = rows(journal, ExchangeKind.NOTE)
                assert len([one for one in noted if "refused" in one]) == 2
                assert not [one for one in noted if "listens to" in one]


async def test_a_refused_subscription_is_noted_and_no_pattern(journal: Journal) -> None:
    config = users("permissions { subscribe { deny: ['secret'] } }")
    async with EmbeddedServer(config=config) as server:
        async with SubjectWatch(login(server, "u1"), journal, ["secret", "open"]) as watch:
            await until(lambda: watch.subjects.patterns == ("open",))
            assert any("secret" in one for one in rows(journal, ExchangeKind.NOTE))


async def test_a_message_on_two_patterns_is_recorded_once(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with SubjectWatch(profile, journal, ["a.*", "*.b", "a.b", "a.*"]) as watch:
        assert watch.subjects.patterns == ("a.*", "*.b")
        async with client(profile) as other:
            await other.publish("a.b", b"")
            await other.publish("x.b", b"")
            await until(lambda: sum(watch.subjects.seen.values()) == 2)
        assert rows(journal, ExchangeKind.PUBLISH) == ["a.b", "x.b"]


@pytest.mark.parametrize("pattern", [">", "*.>", "*.*", "_INBOX.>", "_INBOX.*.*", "mine.>"])
def test_a_pattern_that_hears_all_inboxes_is_no_chosen_subject(
    pattern: str, journal: Journal
) -> None:
    profile = Profile(("nats://127.0.0.1:4222",), inbox_prefix="mine")
    with pytest.raises(InvalidSubject, match="everybody's inbox"):
        SubjectWatch(profile, journal, [pattern])


# -- the answers to those who ask there --------------------------------------------------


async def test_the_answers_in_the_first_moment_of_a_watch_are_heard(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            await asker.request("math.add", b"", timeout=30)

    asking = [asyncio.create_task(ask()) for _ in range(16)]
    async with SubjectWatch(profile, journal, ["math.*"]) as watch:
        assert watch.hears(inbox(asker))
        await until(lambda: watch.answers >= 100)
        over.set()
        await asyncio.gather(*asking)
        heard = requests(journal)
        await until(lambda: all(journal.exchange(one.number).replies for one in heard))
        assert not any(watch.tap.missed(one.number) for one in heard)


async def test_natstaps_own_inbox_is_not_followed(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with responder(profile, "math.add"):
        await broker.request(b"", "math.add", timeout=30)
        own = broker.inbox.prefix.encode() + b".x"
        async with SubjectWatch(profile, journal, ["math.*"], broker.hears) as watch:
            assert broker.hears(own)
            assert not watch.hears(own)


async def test_a_client_whose_inbox_was_known_and_who_asks_nothing_is_let_go(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    async with SubjectWatch(profile, journal, ["other"]) as watch:
        assert watch.hears(inbox(asker))
        await until(lambda: not watch.hears(inbox(asker)))


async def test_after_a_clients_first_request_its_answers_are_heard(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    async with SubjectWatch(profile, journal, ["math.*"]) as watch:
        await asker.publish("math.add", b"", reply=asker.new_inbox())
        await asked(asker, watch)
        await asker.request("math.add", b"", timeout=30)
        await until(lambda: watch.answers)
        shared, newest = requests(journal)[0], requests(journal)[-1]
        assert (newest.state, len(newest.replies)) == (State.ANSWERED, 1)
        assert not watch.tap.missed(newest.number)
        assert watch.tap.missed(shared.number)
        assert watch.subjects.patterns == ("math.*",)


async def asked(asker: Client, watch: SubjectWatch) -> None:
    """Ask until the asker's inbox is listened to."""

    async def heard() -> bool:
        await asker.request("math.add", b"", timeout=30)
        return watch.hears(inbox(asker))

    await eventually(heard)


def inbox(asker: Client) -> bytes:
    assert asker._resp_sub_prefix is not None
    return bytes(asker._resp_sub_prefix) + b"x"


def requests(journal: Journal) -> list[Exchange]:
    exchanges = (journal.exchange(number) for number, _ in journal.heads())
    return [one for one in exchanges if one.kind is ExchangeKind.REQUEST]


async def test_an_ear_on_an_inbox_leaves_an_instant_failure_instant(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    async with responder(profile, "other"), SubjectWatch(profile, journal, ["math.*"]) as watch:
        await asked(asker, watch)
        assert await fails_at_once(asker, "nobody.listens")
        answers = watch.answers
        await asker.request("other", b"", timeout=30)
        await asker.request("math.add", b"", timeout=30)
        await until(lambda: watch.answers > answers)
        assert rows(journal, ExchangeKind.ORPHAN) == []


async def test_a_custom_inbox_is_followed_and_another_reply_subject_is_not(
    profile: Profile, journal: Journal
) -> None:
    async with responder(profile, "math.add", 3), client(profile, inbox_prefix="mine") as other:
        async with SubjectWatch(profile, journal, ["math.*"]) as watch:
            await asked(other, watch)
            for reply in ("orders.answers", "a.*.x", "a.b", "*.Xju7oDboxxQ8W2TMBQHi5X.1"):
                await other.publish("math.add", b"", reply=reply)
            await until(lambda: requests(journal)[-1].reply_subject.startswith("*."))
            assert [watch.tap.missed(one.number) for one in requests(journal)[-4:]] == ([True] * 4)
            assert not any(watch.hears(one) for one in (b"orders.answers", b"a.x.x", b"a.b"))


async def test_a_clients_inbox_that_is_watched_already_is_not_listened_to_twice(
    broker: NatsBroker, asker: Client, profile: Profile, journal: Journal
) -> None:
    async with InboxWatch(profile, journal, await chosen(broker)) as narrow:
        async with SubjectWatch(profile, journal, ["math.*"], narrow.hears) as watch:
            await asker.request("math.add", b"", timeout=30)
            await until(lambda: requests(journal) and requests(journal)[0].replies)
            assert watch.answers == 0
            assert requests(journal)[0].copies == ()
            assert not watch.tap.missed(requests(journal)[0].number)


async def test_who_may_not_listen_to_inboxes_misses_the_answers_and_says_so(
    journal: Journal,
) -> None:
    config = users("permissions { subscribe { allow: ['math.*'] } }", "")
    async with EmbeddedServer(config=config) as server:
        watched, free = login(server, "u1"), login(server, "u2")
        async with responder(free, "math.add"), client(free) as other:
            async with SubjectWatch(watched, journal, ["math.*"]) as watch:
                for _ in range(3):
                    await other.request("math.add", b"", timeout=30)
                    refused = lambda: any(  # noqa: E731
                        "answers cannot be heard" in one for one in rows(journal, ExchangeKind.NOTE)
                    )
                    await until(refused)
                await until(lambda: len(requests(journal)) == 3)
                assert all(watch.tap.missed(one.number) for one in requests(journal))
                assert watch.subjects.patterns == ("math.*",)
    assert sum("cannot be heard" in one for one in rows(journal, ExchangeKind.NOTE)) == 1


async def test_an_inbox_that_nobody_asks_from_any_more_is_let_go(
    asker: Client, profile: Profile, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.watching.inbox_tap.MAX_IDLE_LOOKS", 0)
    async with SubjectWatch(profile, journal, ["math.*"]) as watch:
        await asked(asker, watch)
        await until(lambda: not watch.hears(inbox(asker)))


def test_so_many_askers_at_once_are_followed_and_the_rest_missed(journal: Journal) -> None:
    tap = InboxTap(journal, 0, lambda reply: False)
    began: list[bytes] = []
    tap.begin(SimpleNamespace(subscribe=lambda pattern, sink: began.append(pattern)))
    tap._confirming = object()  # nobody confirms
    for n in range(2 * MAX_NEW_INBOXES):
        reply = b"_INBOX.%022d.1" % n
        tap.add(seen(journal, b"a", reply=reply), b"a", reply)
    assert len(began) == MAX_NEW_INBOXES
    assert all(tap.missed(number) for number in range(1, 2 * MAX_NEW_INBOXES + 1))
    assert not tap.missed(2 * MAX_NEW_INBOXES + 1)


NAMES = st.sampled_from([b"_INBOX", b"*", b">", b"", b"a", b"Xju7oDboxxQ8W2TMBQHi5X", b"\xff\x1b"])
REPLIES = st.one_of(
    st.binary(min_size=1, max_size=300).filter(lambda raw: not set(raw) & set(b" \r\n")),
    st.lists(NAMES, min_size=1, max_size=5).map(b".".join).filter(bool),
)


@given(st.lists(REPLIES, max_size=20))
def test_no_reply_subject_makes_natstap_listen_to_more_than_one_inbox(replies: list[bytes]) -> None:
    journal = Journal()
    tap = InboxTap(journal, 0, lambda reply: False)
    began: list[bytes] = []
    tap.begin(SimpleNamespace(subscribe=lambda pattern, sink: began.append(pattern)))
    tap._confirming = object()  # nobody confirms
    for reply in replies:
        tap.add(seen(journal, b"a", reply=reply), b"a", reply)
    assert all(is_inbox(one.decode()) and one.count(b"*") == 1 for one in began)
    assert not any(b">" in one for one in began)


# -- everything --------------------------------------------------------------------------


async def test_everything_is_watched_only_when_confirmed(
    profile: Profile, journal: Journal
) -> None:
    with pytest.raises(InvalidInput) as caught:
        EverythingWatch(profile, journal, confirmed=False)
    assert str(caught.value) == WARNING
    assert subject_watch.WATCH_SECONDS == 60


async def test_watching_everything_turns_an_instant_failure_into_a_timeout(
    asker: Client, profile: Profile, journal: Journal
) -> None:
    """The effect that WARNING is about; it goes when the watch does."""
    assert await fails_at_once(asker, "nobody")
    async with EverythingWatch(profile, journal, confirmed=True) as watch:
        assert not await fails_at_once(asker, "nobody")
        await until(lambda: watch.subjects.seen[">"])
        await watch.look()
        (number,) = (n for n, code in journal.heads() if journal.exchange(n).subject == "nobody")
        assert watch.only_listener.would_have_failed(number) is True
        assert not any("CONNZ" in one for one in rows(journal, ExchangeKind.SYSTEM))
    assert await fails_at_once(asker, "nobody")


async def test_everything_ends_by_itself(profile: Profile, journal: Journal) -> None:
    watch = EverythingWatch(profile, journal, confirmed=True, seconds=0.05)
    await watch.start()
    assert watch.running
    await until(lambda: rows(journal, ExchangeKind.NOTE)[-1] == "watch >: is over")
    assert rows(journal, ExchangeKind.NOTE)[-2] == "watch >: 0.05 s are over"
    assert not watch.running


# -- every watch -------------------------------------------------------------------------


@pytest.fixture
def any_watch(profile: Profile, journal: Journal) -> Watch:
    return SubjectWatch(profile, journal, ["x"])


async def test_a_watch_has_its_own_connection_and_says_what_it_is(
    broker: NatsBroker, profile: Profile, any_watch: Watch, journal: Journal
) -> None:
    async with any_watch:
        (one,) = (await audience(broker, "x")).listeners
        assert (one.client, one.tap) == ("natstap watch", True)
        assert one.cid != broker.link.server.client_id
        assert journal.sources.names[-1] == "watch x"


async def test_a_watch_survives_its_server(
    server: EmbeddedServer, any_watch: Watch, profile: Profile, journal: Journal
) -> None:
    async with any_watch:
        await server.restart()
        await until(
            lambda: any("connected again" in one for one in rows(journal, ExchangeKind.NOTE))
        )
        async with client(profile) as other:

            async def heard() -> bool:
                await other.publish("x", b"")
                await other.flush()
                return any_watch.subjects.seen["x"] > 0

            await eventually(heard)


async def test_stopping_twice_is_as_good_as_once(any_watch: Watch) -> None:
    await any_watch.stop()
    await any_watch.start()
    await any_watch.start()
    await any_watch.stop()
    await any_watch.stop()
    assert (any_watch.running, any_watch.subjects.patterns) == (False, ())
    tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
    names = [one.get_coro().__qualname__ for one in tasks]  # a path may have the word, too
    assert not any("look" in name for name in names)


async def test_no_watch_touches_a_stream_or_a_consumer(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    await broker.jetstream.ensure_stream("S", ["s.>"])
    before = await broker.jetstream.stream("S")
    async with listener(replace(profile, name="l"), "s.x"):
        async with SubjectWatch(profile, journal, ["s.>"]) as watch:
            await watch.look()
    after = await broker.jetstream.stream("S")
    assert (after["config"], after["state"]) == (before["config"], before["state"])
