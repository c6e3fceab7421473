"""The seventeen pains of those who debug NATS: each a broken system, and what is said of it.

Real servers, real clients: nats-py is the other side, natstap asks (or answers, or watches),
and the diagnosis has to name the cause.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import nats
import pytest
from helpers.asking import SHORT, asking, failed, journal_of, lines, list_requesters, newest, why
from helpers.systems import accounts, cluster, leaf, listener, login, reachable, users
from helpers.waiting import STORE_WAIT, flushed, until
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from engine import Journal, NatsBroker, Profile
from engine.audience.audience import audience
from engine.diagnosis.cause import Cause
from engine.diagnosis.diagnosis import diagnose, explain
from engine.diagnosis.result import Diagnosis
from engine.errors import (
    LinkLost,
    NatstapError,
    NoResponders,
    Refused,
    RequestTimeout,
    ServiceError,
    StoredOnly,
    TooLarge,
)
from engine.journal import ExchangeKind, State
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.rpc import inquiry
from engine.server.server import EmbeddedServer
from engine.watching.inbox_watch import InboxWatch
from engine.watching.subject_watch import SubjectWatch


@asynccontextmanager
async def client(profile: Profile, name: str = "svc", **settings: Any) -> AsyncIterator[Client]:
    """Somebody else's client, with nats-py as it is."""
    given = {"user": profile.user, "password": profile.password}
    given |= {"allow_reconnect": False, "connect_timeout": 30}
    connected = await nats.connect(profile.servers[0], name=name, **(given | settings))
    try:
        yield connected
    finally:
        await connected.close()


Answer = Callable[[Msg], Awaitable[None]]


@asynccontextmanager
async def service(
    profile: Profile,
    subject: str,
    answer: Answer | bytes | None,
    name: str = "svc",
    queue: str = "",
) -> AsyncIterator[Client]:
    """A nats-py client that answers bytes, does what it is told, or stays silent (None)."""

    async def handle(message: Msg) -> None:
        if isinstance(answer, bytes):
            await message.respond(answer)
        elif answer is not None:
            await answer(message)

    async with client(profile, name) as connected:
        await connected.subscribe(subject, queue, handle)
        await flushed(connected)
        yield connected


# -- 1: a timeout and "no responders" are two things -----------------------------------------


async def test_nobody_listens_and_the_nearest_is_named(profile: Profile) -> None:
    async with service(profile, "math.add", b"3"), asking(profile) as broker:
        found = await failed(broker, "math.ad", NoResponders)
        assert found.cause is Cause.NOBODY
        assert found.sentence == "Nobody listens on math.ad; the nearest is math.add."
        assert "503" in lines(found, "Reply 1")
        assert "spelled" in found.advice


async def test_somebody_listens_and_says_nothing(profile: Profile) -> None:
    async with service(profile, "slow.>", None, "worker") as worker, asking(profile) as broker:
        found = await failed(broker, "slow.report")
        assert found.cause is Cause.SILENT
        cid = worker.client_id
        assert found.sentence == (
            f"worker (cid {cid}) listens on slow.report and has been sent 1 message, "
            "but no answer came within 300 ms."
        )
        assert lines(found, "Listens") == (
            f"worker (cid {cid}) python3 2.16.0 on slow.>, 1 message so far"
        )


async def test_a_service_that_came_too_late_is_told_from_one_that_is_missing(
    profile: Profile,
) -> None:
    async with asking(profile) as broker:
        assert (await failed(broker, "svc", NoResponders)).cause is Cause.NOBODY
        async with service(profile, "svc", b"!", "late"):
            found = await why(broker, "svc")
            assert found.cause is Cause.CAME_LATER
            assert "late (cid" in found.sentence


async def test_who_got_it_and_went_is_told_from_who_is_there_now(profile: Profile) -> None:
    async with asking(profile) as broker:
        async with service(profile, "svc", None, "dying"):
            assert (await failed(broker, "svc")).cause is Cause.SILENT
        found = await why(broker, "svc")
        assert (found.cause, found.sentence) == (
            Cause.GONE,
            "The client that got the request is gone: nobody listens on svc now.",
        )
        async with service(profile, "svc", b"!", "restarted"):
            again = await why(broker, "svc")
            assert again.cause is Cause.GONE
            assert "restarted" in again.sentence


async def test_who_of_a_queue_group_died_over_it_is_named_and_not_who_is_left(
    profile: Profile,
) -> None:
    async with asking(profile) as broker:
        async with service(profile, "svc", None, "dying", "q") as dying:
            said = f"dying (cid {dying.client_id}) listened on svc before it was asked and is gone"
            before = await audience(broker, "svc")
            await failed(broker, "svc")
        number = newest(broker, "svc")
        async with service(profile, "svc", b"!", "healthy", "q"):
            await broker.request("?", "svc", timeout=30)
            found = await diagnose(broker, journal_of(broker), number, before=before)
            assert found.cause is Cause.GONE
            assert found.sentence.startswith(f"{said} now, maybe with the request; healthy (cid ")
            assert found.sentence.endswith(" listens there.")
            assert "dying" in lines(found, "Listened")
        async with listener(profile, ">", name="curious"):
            found = await diagnose(broker, journal_of(broker), number, before=before)
            assert found.sentence == f"{said} now, maybe with the request; nobody listens there."


async def test_a_tap_turns_no_responders_into_a_timeout_and_is_named(profile: Profile) -> None:
    async with listener(profile, ">", name="curious"), asking(profile) as broker:
        found = await failed(broker, "svc.x")
        assert found.cause is Cause.ONLY_TAPS
        assert "curious" in found.sentence
        assert "no responders" in found.sentence
        assert lines(found, "Taps")


async def test_a_listener_that_is_denied_the_subject_is_not_taken_for_one_that_came_later() -> None:
    config = users("permissions { subscribe { deny: 'svc.secret' } }")
    async with EmbeddedServer(config=config) as server, asking(server.profile()) as broker:
        async with service(login(server, "u1"), "svc.>", b"!", "worker") as worker:
            told = (
                f"worker (cid {worker.client_id}) listens, but the server does not deliver "
                "svc.secret to it: subscription denies this subject."
            )
            found = await failed(broker, "svc.secret", NoResponders)
            assert (found.cause, found.sentence) == (Cause.WITHHELD, told)
            assert "not delivered: subscription denies" in lines(found, "Listens")
            async with listener(server.profile(), ">", name="curious"):
                found = await failed(broker, "svc.secret")
                assert (found.cause, found.sentence) == (Cause.WITHHELD, told)


async def test_of_a_queue_group_only_those_who_were_sent_something_are_suspected(
    profile: Profile,
) -> None:
    async with service(profile, "svc", None, "stuck", "q"), asking(profile) as broker:
        assert (await failed(broker, "svc")).cause is Cause.SILENT
        async with service(profile, "svc", b"!", "idle", "q"):
            found = await why(broker, "svc")
            assert found.cause is Cause.SILENT
            assert found.sentence.startswith("stuck (cid")
            assert "idle" not in found.sentence


async def test_a_silent_service_on_another_server_is_named_with_its_server() -> None:
    async with cluster(2) as (here, there):
        async with service(there.profile(), "far", None, "faraway"), asking(here.profile()) as one:
            await reachable(one, "far")
            found = await failed(one, "far")
            assert found.cause is Cause.SILENT
            assert "faraway" in found.sentence
            assert "n1 → n2" in lines(found, "Dry run")


# -- 2: 503 to a reply inbox made by hand ------------------------------------------------------


async def test_a_503_to_a_handmade_inbox_is_no_empty_answer(broker: NatsBroker) -> None:
    heard: list[Any] = []

    @broker.subscriber("my.inbox")
    async def hear(body: bytes) -> None:
        heard.append(body)

    await broker.start()
    await broker.publish(b"?", "svc.none", reply_to="my.inbox")
    number = newest(broker, "svc.none")
    await until(lambda: journal_of(broker).state(number) is State.NO_RESPONDERS)
    found = await why(broker, "svc.none")
    assert (found.cause, found.sentence) == (Cause.NOBODY, "Nobody listens on svc.none.")
    assert "503" in lines(found, "Reply 1")
    assert heard == []


async def test_a_503_whose_request_was_not_seen_names_the_dead_subject(
    profile: Profile, broker: NatsBroker
) -> None:
    async with client(profile, "asker") as asker:
        with pytest.raises(NoRespondersError):
            await asker.request("gone", b"", timeout=30)
        status = b"NATS/1.0 503\r\nNats-Subject: gone\r\n\r\n"
        frame = b"HMSG _INBOX.a.b 1 %d %d\r\n%b" % (len(status), len(status), status)
        number = journal_of(broker).record(
            1, b"_INBOX.a.b", b"", frame, len(frame) - len(status), len(status)
        )
        found = await diagnose(broker, journal_of(broker), number)
        assert found.cause is Cause.NOBODY
        assert "nobody listens on gone" in found.sentence


async def test_a_reply_subject_that_nobody_hears_is_told(profile: Profile) -> None:
    async with service(profile, "svc", None), asking(profile) as broker:
        await broker.publish(b"?", "svc", reply_to="nobody.here")
        found = await why(broker, "svc")
        assert found.cause is Cause.NOBODY_WAITS
        assert "nobody.here" in found.sentence


async def test_who_asked_and_went_is_not_said_to_have_asked_in_vain(
    profile: Profile, broker: NatsBroker
) -> None:
    journal = journal_of(broker)
    async with service(profile, "svc", b"!"), SubjectWatch(profile, journal, ["svc", "none"]):
        async with client(profile, "quick") as quick:
            # an inbox for each request, where no watch can hear the answer
            heard = await quick.request("svc", b"?", timeout=30, old_style=True)
            assert heard.data == b"!"
            with pytest.raises(TimeoutError):
                await quick.request("none", b"?", timeout=0.05)
        await until(lambda: len([n for n, code in journal.heads() if code >> 4 == 1]) == 2)
        found = await why(broker, "svc")
        assert found.cause is Cause.OPEN
        assert "listens there, and nobody listens on its reply subject any more" in found.sentence
        assert (await why(broker, "none")).cause is Cause.ONLY_TAPS


async def test_a_reply_subject_that_a_stream_keeps_is_no_lost_one(profile: Profile) -> None:
    async with service(profile, "svc", None), asking(profile) as broker:
        await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
        await broker.publish(b"?", "svc", reply_to="answers.1")
        found = await why(broker, "svc")
        assert found.cause is Cause.OPEN
        assert "svc (cid" in found.sentence


# -- 3: a stream's acknowledgement instead of the answer ---------------------------------------


async def test_only_a_stream_took_it(profile: Profile) -> None:
    async with asking(profile) as broker:
        await broker.jetstream.ensure_stream("CAP", ["cap.>"])
        found = await failed(broker, "cap.echo", StoredOnly, timeout=STORE_WAIT)
        assert found.cause is Cause.STORED_ONLY
        assert found.sentence == (
            "Stream CAP stores this subject and acknowledged as sequence 1; "
            "no service listens on it."
        )
        async with service(profile, "cap.*", None, "mute"):
            assert (
                "mute (cid"
                in (await failed(broker, "cap.echo", StoredOnly, timeout=STORE_WAIT)).sentence
            )


async def test_the_real_answer_that_comes_second_is_found(profile: Profile) -> None:
    async def slowly(message: Msg) -> None:
        await asyncio.sleep(0.05)
        await message.respond(b"real")

    async with service(profile, "cap.echo", slowly), asking(profile) as broker:
        await broker.jetstream.ensure_stream("CAP", ["cap.>"])
        assert (await broker.request(b"?", "cap.echo", timeout=30)).body == b"real"
        found = await why(broker, "cap.echo")
        assert found.cause is Cause.ACK_FIRST
        assert "stream CAP" in found.sentence
        assert "sequence 1: no answer" in lines(found, "Reply 1")
        assert "4 bytes" in lines(found, "Reply 2")


async def test_an_acknowledgement_that_was_asked_for_is_no_trouble(profile: Profile) -> None:
    async with NatsBroker(profile) as host, asking(profile) as broker:

        @host.subscriber("work.*", stream="WORK")
        async def work(body: str) -> str:
            return "done"

        await host.start()
        assert (await broker.request("?", "work.a", stream="WORK", timeout=30)).body == b"done"
        assert (await why(broker, "work.a")).cause is Cause.ANSWERED


async def test_a_stream_without_acknowledgements_keeps_a_request_waiting(
    profile: Profile,
) -> None:
    async with asking(profile) as broker:
        config = {"name": "MUTE", "subjects": ["mute.>"], "no_ack": True}
        await broker.jetstream.api("STREAM.CREATE.MUTE", config)
        found = await failed(broker, "mute.x")
        assert found.cause is Cause.STORED_ONLY
        assert "Stream MUTE" in found.sentence


async def test_a_full_stream_says_so(profile: Profile) -> None:
    async with asking(profile) as broker:
        config = {"name": "FULL", "subjects": ["full"], "max_msgs": 1, "discard": "new"}
        await broker.jetstream.api("STREAM.CREATE.FULL", config)
        await failed(broker, "full", StoredOnly, timeout=STORE_WAIT)
        found = await failed(broker, "full", NatstapError, timeout=STORE_WAIT)
        assert found.cause is Cause.NOT_STORED
        assert "FULL did not store this: maximum messages exceeded" in found.sentence


# -- 4: this user may not hear its inbox -------------------------------------------------------


async def test_an_inbox_that_may_not_be_heard_is_told_every_time() -> None:
    config = users("permissions { subscribe { deny: '_INBOX.>' } }")
    async with EmbeddedServer(config=config) as server:
        async with service(server.profile(), "svc", b"!"), asking(login(server, "u1")) as broker:
            for _ in range(2):
                found = await failed(broker, "svc", Refused, timeout=30)
                assert found.cause is Cause.INBOX_DENIED
                assert "may not subscribe to its inbox _INBOX." in found.sentence
                assert "Permissions Violation for Subscription" in lines(found, "Connection")
                assert "inbox_prefix" in found.advice


async def test_an_allowed_inbox_prefix_heals_it() -> None:
    config = users("permissions { subscribe { allow: 'mine.>' } }")
    async with EmbeddedServer(config=config) as server:
        async with service(server.profile(), "svc", b"!"):
            async with asking(login(server, "u1")) as denied:
                assert (await failed(denied, "svc", Refused)).cause is Cause.INBOX_DENIED
            async with asking(login(server, "u1", inbox_prefix="mine")) as allowed:
                assert (await allowed.request("?", "svc", timeout=30)).body == b"!"


# -- 5: permission errors come asynchronously --------------------------------------------------


async def test_a_refused_publish_is_tied_to_the_request() -> None:
    config = users("permissions { publish { deny: 'secret.>' } }")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as broker:
        found = await failed(broker, "secret.plan", Refused, timeout=30)
        assert found.cause is Cause.PUBLISH_DENIED
        assert "may not publish to secret.plan" in found.sentence
        assert 'Publish to "secret.plan"' in lines(found, "What is known")


async def test_a_refused_message_that_wants_no_answer_is_found_too() -> None:
    config = users("permissions { publish { deny: 'secret.>' } }")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as broker:
        await broker.publish(b"!", "secret.plan")
        await broker.link.barrier()
        assert (await why(broker, "secret.plan")).cause is Cause.PUBLISH_DENIED


async def test_a_hosted_responder_that_may_not_listen_is_told() -> None:
    config = users("permissions { subscribe { deny: 'secret.>' } }")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as broker:

        @broker.subscriber("secret.plan")
        async def handle(body: bytes) -> bytes:
            return body

        await broker.start()
        found = await failed(broker, "secret.plan", NoResponders, timeout=30)
        assert found.cause is Cause.RESPONDER_DENIED
        assert "natstap's own responder on secret.plan hears nothing" in found.sentence
        assert 'Subscription to "secret.plan"' in lines(found, "Connection")


# -- 6: the responder may not answer -----------------------------------------------------------

NO_ANSWERS = "permissions { publish { allow: 'events.>' } }"


async def test_a_responder_that_may_not_answer_is_seen_as_reached_and_silent() -> None:
    async with EmbeddedServer(config=users(NO_ANSWERS)) as server:
        async with service(login(server, "u1"), "svc", b"!", "gagged"):
            async with asking(server.profile()) as broker:
                found = await failed(broker, "svc")
                assert found.cause is Cause.SILENT
                assert "gagged" in found.sentence
                assert "has been sent 1 message" in found.sentence
                assert "allow_responses" in found.advice


async def test_natstaps_own_refused_answer_is_noted_beside_the_request() -> None:
    async with EmbeddedServer(config=users(NO_ANSWERS)) as server:
        async with asking(login(server, "u1")) as host:

            @host.subscriber("svc")
            async def handle(body: bytes) -> bytes:
                return b"never heard"

            await host.start()
            async with client(server.profile(), "asker") as asker:
                with pytest.raises(TimeoutError):
                    await asker.request("svc", b"?", timeout=SHORT)
            number = newest(host, "svc")
            await until(lambda: journal_of(host).state(number) is State.REFUSED)
            found = await why(host, "svc")
            assert found.cause is Cause.ANSWER_DENIED
            assert found.sentence.startswith("natstap's answer was refused")
            assert "allow_responses" in found.advice
            assert 'Publish to "_INBOX.' in lines(found, "Connection")


def test_an_answer_that_was_refused_counts_only_if_somebody_else_gave_one() -> None:
    journal = Journal()
    sent, heard = b"PUB _INBOX.a.1 2\r\nhi", b"MSG _INBOX.a.1 4 2\r\nho"
    number = journal.record(1, b"svc", b"_INBOX.a.1", b"MSG svc 1 _INBOX.a.1 0\r\n", 24, 0)
    journal.unanswered.refuse(journal.asked_by(b"_INBOX.a.1"))
    assert journal.state(number) is State.WAITING
    journal.record(0, b"_INBOX.a.1", b"", sent, len(sent) - 2, 0)
    journal.unanswered.refuse(journal.asked_by(b"_INBOX.a.1"))
    assert journal.state(number) is State.REFUSED
    journal.record(2, b"_INBOX.a.1", b"", heard, len(heard) - 2, 0)
    assert journal.state(number) is State.ANSWERED
    journal.unanswered.refuse(journal.asked_by(b"_INBOX.a.1"))
    journal.unanswered.refuse(journal.asked_by(b"unheard.of"))
    assert journal.state(number) is State.ANSWERED


async def test_an_allowance_that_ran_out_spoils_no_answer_that_got_through() -> None:
    config = users("permissions { publish { allow: 'events.>' }, allow_responses: { max: 1 } }")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as host:

        @host.subscriber("svc")
        async def handle(body: bytes) -> bytes:
            return b"heard"

        await host.start()
        async with client(server.profile(), "asker") as asker:
            assert (await asker.request("svc", b"?", timeout=30)).data == b"heard"
        number = newest(host, "svc")
        await host.publish(b"too many", journal_of(host).exchange(number).reply_subject)
        await host.link.barrier()
        assert journal_of(host).state(number) is State.ANSWERED
        assert "Permissions Violation for Publish" in lines(await why(host, "svc"), "Connection")


async def test_an_allowance_that_ran_out_of_time_is_told() -> None:
    allowed = "allow_responses: { max: 9, expires: '20ms' }"
    config = users(f"permissions {{ publish {{ allow: 'events.>' }}, {allowed} }}")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as host:

        @host.subscriber("svc")
        async def handle(body: bytes) -> bytes:
            await asyncio.sleep(0.2)
            return b"never heard"

        await host.start()
        async with client(server.profile(), "asker") as asker:
            with pytest.raises(TimeoutError):
                await asker.request("svc", b"?", timeout=SHORT)
        number = newest(host, "svc")
        await until(lambda: journal_of(host).state(number) is State.REFUSED)
        found = await why(host, "svc")
        assert found.cause is Cause.ANSWER_DENIED
        assert "expires" in found.advice


async def test_allow_responses_heals_it() -> None:
    config = users("permissions { publish { allow: 'events.>' }, allow_responses: true }")
    async with EmbeddedServer(config=config) as server:
        async with service(login(server, "u1"), "svc", b"!"):
            async with asking(server.profile()) as broker:
                assert (await broker.request("?", "svc", timeout=30)).body == b"!"


# -- 7: other accounts, leaf nodes -------------------------------------------------------------

SERVICES = 'exports: [{ service: "svc.shut" }, { service: "svc.open", allow_trace: true }]'
IMPORTS = (
    'imports: [{ service: { account: A, subject: "svc.shut" } },'
    ' { service: { account: A, subject: "svc.open" } }]'
)


async def test_an_export_that_was_not_imported_is_nobody_in_this_account() -> None:
    async with EmbeddedServer(config=accounts(A=SERVICES, B="")) as server:
        async with service(login(server, "a"), "svc.*", b"!"), asking(login(server, "b")) as one:
            found = await failed(one, "svc.shut", NoResponders)
            assert found.sentence == "Nobody listens on svc.shut in account B."
            assert lines(found, "You") == "user b of account B"


async def test_an_import_with_nobody_behind_it_names_the_account() -> None:
    async with EmbeddedServer(config=accounts(A=SERVICES, B=IMPORTS)) as server:
        async with asking(login(server, "b")) as broker:
            found = await failed(broker, "svc.shut", NoResponders)
            assert found.cause is Cause.NOBODY_BEHIND_IMPORT
            assert "account A" in found.sentence


@pytest.mark.parametrize(("subject", "seen"), [("svc.shut", ""), ("svc.open", "mute")])
async def test_silence_in_another_account_shows_as_much_as_that_account_lets(
    subject: str, seen: str
) -> None:
    async with EmbeddedServer(config=accounts(A=SERVICES, B=IMPORTS)) as server:
        async with service(login(server, "a"), "svc.*", None, "mute"):
            async with asking(login(server, "b")) as broker:
                found = await failed(broker, subject)
                assert found.cause is Cause.ACROSS_ACCOUNTS
                assert found.sentence.startswith(f"Account A gets {subject}")
                assert seen in found.sentence
                assert ("allow_trace" in lines(found, "Dry run")) is not bool(seen)


async def test_answers_to_a_stream_import_stay_where_they_are() -> None:
    config = accounts(
        A='exports: [{ stream: "svc.>" }]',
        B='imports: [{ stream: { account: A, subject: "svc.>" } }]',
    )
    async with EmbeddedServer(config=config) as server:
        async with service(login(server, "b"), "svc.x", b"!"), asking(login(server, "a")) as one:
            found = await failed(one, "svc.x")
            assert found.cause is Cause.ANSWERS_STAY
            assert "Account B gets svc.x through a stream import" in found.sentence


async def test_an_export_lets_one_reply_through() -> None:
    async def twice(message: Msg) -> None:
        for part in (b"1", b"2"):
            await message.respond(part)
            await message._client.flush()

    async with EmbeddedServer(config=accounts(A=SERVICES, B=IMPORTS)) as server:
        async with service(login(server, "a"), "svc.*", twice):
            async with asking(login(server, "b")) as broker:
                replies = broker.request_many("?", "svc.shut", timeout=SHORT, count=2)
                assert len(await replies.all()) == 1
                found = await why(broker, "svc.shut")
                assert found.cause is Cause.ONE_PER_EXPORT
                assert found.sentence.startswith("Only 1 of 2 replies came")
                assert "the export of account A lets one reply" in found.sentence


async def test_a_rewritten_reply_subject_is_labelled() -> None:
    async with EmbeddedServer(config=accounts(A=SERVICES, B=IMPORTS)) as server:
        async with asking(login(server, "a")) as host:

            @host.subscriber("svc.open")
            async def handle(body: bytes) -> bytes:
                return b"!"

            await host.start()
            async with client(login(server, "b"), "asker") as asker:
                await asker.request("svc.open", b"?", timeout=30)
            found = await why(host, "svc.open")
            assert lines(found, "Reply subject").startswith("_R_.")
            assert "another account" in lines(found, "Reply subject")


async def test_who_asks_from_another_account_is_not_taken_for_gone() -> None:
    async with EmbeddedServer(config=accounts(A=SERVICES, B=IMPORTS)) as server:
        async with asking(login(server, "a")) as host:

            @host.subscriber("svc.open", no_reply=True)
            async def handle(body: bytes) -> None: ...

            await host.start()
            async with client(login(server, "b"), "asker") as asker:
                with pytest.raises(TimeoutError):
                    await asker.request("svc.open", b"?", timeout=SHORT)
            assert (await why(host, "svc.open")).cause is Cause.OPEN


async def test_answers_lost_behind_a_leaf_node_are_told() -> None:
    rights = users("permissions { publish { deny: '_INBOX.>' } }")
    async with leaf(rights, user="u1") as (hub, edge):
        async with service(edge.profile(), "svc", b"!"), asking(hub.profile()) as broker:
            await reachable(broker, "svc")
            found = await failed(broker, "svc")
            assert found.cause is Cause.LOST_ON_THE_WAY
            assert "behind leaf node leaf" in found.sentence
            assert "_INBOX.>" in found.advice


async def test_a_leaf_node_that_went_took_the_request_along() -> None:
    async with leaf() as (hub, edge):
        async with asking(hub.profile()) as broker:
            async with listener(edge.profile(), "svc"):
                await reachable(broker, "svc")
                call = broker.call("?", "svc", timeout=SHORT)
                await broker.link.barrier()
                await edge.stop()
                with pytest.raises(RequestTimeout):
                    await call.answer()
            found = await why(broker, "svc")
            assert found.cause is Cause.GONE


async def test_a_mapping_by_weight_is_told_as_it_was_and_not_as_it_might_be() -> None:
    ways = '[{destination: "svc.v1", weight: 50%}, {destination: "svc.v2", weight: 50%}]'
    config = accounts(A=f'mappings {{ "svc": {ways} }}')
    async with EmbeddedServer(config=config) as server:
        profile = login(server, "a")
        async with service(profile, "svc.v1", b"!", "v1"), asking(profile) as broker:
            for _ in range(64):
                with suppress(NoResponders):
                    await broker.request("?", "svc", timeout=30)
            states = [
                (n, journal_of(broker).state(n)) for n, code in journal_of(broker).heads() if code
            ]
            dead = [n for n, state in states if state is State.NO_RESPONDERS]
            assert 0 < len(dead) < 64
            for number in dead[:6]:
                found = await diagnose(broker, journal_of(broker), number)
                assert found.cause is Cause.NOBODY_BEHIND_MAPPING
                assert found.sentence == "svc was mapped to svc.v2, and nobody listened there."


async def test_a_mapping_to_where_nobody_listens_is_told() -> None:
    config = accounts(A='mappings { "old.name": "new.name" }')
    async with EmbeddedServer(config=config) as server:
        async with service(login(server, "a"), "old.name", b"!"), asking(login(server, "a")) as one:
            found = await failed(one, "old.name", NoResponders)
            assert found.cause is Cause.NOBODY_BEHIND_MAPPING
            assert found.sentence == "old.name was mapped to new.name, and nobody listened there."


# -- 8: two responders -------------------------------------------------------------------------


async def test_two_responders_are_both_named(profile: Profile) -> None:
    async with service(profile, "svc", b"1", "one"), service(profile, "svc", b"2", "two"):
        async with asking(profile) as broker:
            await broker.request("?", "svc", timeout=30)
            number = newest(broker, "svc")
            await until(lambda: len(journal_of(broker).exchange(number).replies) == 2)
            found = await why(broker, "svc")
            assert found.cause is Cause.DUPLICATES
            assert found.sentence.startswith("2 answers came and only the first counts: ")
            assert found.sentence.endswith(" listen there.")
            assert "one (cid" in found.sentence
            assert "two (cid" in found.sentence
            assert "queue group" in found.advice


async def test_one_that_answers_a_thousand_times_is_counted_to_the_end(profile: Profile) -> None:
    async def again_and_again(message: Msg) -> None:
        for n in range(1000):
            await message.respond(b"%d" % n)

    async with service(profile, "svc", again_and_again, "chatty"), asking(profile) as broker:
        await broker.request("?", "svc", timeout=30)
        number = newest(broker, "svc")
        await until(lambda: len(journal_of(broker).exchange(number).replies) == 1000)
        found = await why(broker, "svc")
        assert found.cause is Cause.DUPLICATES
        assert found.sentence.startswith("1,000 answers came and only the first counts: chatty (")
        assert found.sentence.endswith(" listens there.")


async def test_a_queue_group_answers_once(profile: Profile) -> None:
    async with (
        service(profile, "svc", b"1", "one", "q"),
        service(profile, "svc", b"2", "two", "q"),
        asking(profile) as broker,
    ):
        await broker.request("?", "svc", timeout=30)
        found = await why(broker, "svc")
        assert found.cause is Cause.ANSWERED
        assert lines(found, "Listens").count("queue q") == 2


async def test_fewer_responders_than_replies_wanted(profile: Profile) -> None:
    async with service(profile, "svc", b"1"), service(profile, "svc", b"2"):
        async with asking(profile) as broker:
            await broker.request_many("?", "svc", timeout=SHORT, count=3).all()
            found = await why(broker, "svc")
            assert found.cause is Cause.TOO_FEW
            assert "Only 2 of 3 replies came" in found.sentence
            assert "2 replies can be expected" in found.sentence


async def test_who_of_several_keeps_silent_and_who_went_is_told(profile: Profile) -> None:
    async def once(message: Msg) -> None:
        await message.respond(b"1")
        await message._client.drain()

    async with service(profile, "svc", b"1"), service(profile, "svc", None, "mute"):
        async with asking(profile) as broker:
            await broker.request_many("?", "svc", timeout=SHORT, count=2).all()
            found = await why(broker, "svc")
            assert found.cause is Cause.SILENT
            assert "mute (cid" in found.sentence
    async with service(profile, "svc", once), asking(profile) as broker:
        await broker.request_many("?", "svc", timeout=SHORT, count=2).all()
        found = await why(broker, "svc")
        assert found.cause is Cause.GONE


# -- 9: too late -------------------------------------------------------------------------------


async def test_a_late_answer_says_by_how_much(profile: Profile) -> None:
    go = asyncio.Event()

    async def patiently(message: Msg) -> None:
        await go.wait()
        await message.respond(b"at last")

    async with service(profile, "svc", patiently), asking(profile) as broker:
        assert (await failed(broker, "svc")).cause is Cause.SILENT
        go.set()
        number = newest(broker, "svc")
        await until(lambda: journal_of(broker).state(number) is State.LATE)
        found = await why(broker, "svc")
        assert found.cause is Cause.LATE
        assert "too late: after" in found.sentence
        assert found.sentence.endswith("you waited 300 ms.")


async def test_a_late_answer_behind_an_acknowledgement_names_both(profile: Profile) -> None:
    go = asyncio.Event()

    async def patiently(message: Msg) -> None:
        await go.wait()
        await message.respond(b"at last")

    async with service(profile, "cap.svc", patiently), asking(profile) as broker:
        await broker.jetstream.ensure_stream("CAP", ["cap.>"])
        await failed(broker, "cap.svc", StoredOnly, timeout=STORE_WAIT)
        go.set()
        number = newest(broker, "cap.svc")
        await until(lambda: journal_of(broker).state(number) is State.LATE)
        found = await why(broker, "cap.svc")
        assert found.cause is Cause.LATE_AFTER_ACK
        assert "too late: after" in found.sentence
        assert found.sentence.endswith("; stream CAP had acknowledged the request before.")
        assert "take the acknowledgement for the answer" in found.advice


# -- 10: the connection went -------------------------------------------------------------------


async def test_a_reconnect_in_flight_is_marked(server: EmbeddedServer) -> None:
    async with listener(server.profile(), "svc"), asking(server.profile()) as broker:
        call = broker.call("?", "svc", timeout=20)
        await broker.link.barrier()
        await server.restart()
        with pytest.raises(LinkLost):
            await call.answer()
        journal = journal_of(broker)
        await until(lambda: any("connected again" in one for one in notes(journal)))
        found = await why(broker, "svc")
        assert found.cause is Cause.LINK_LOST
        assert "connection lost" in lines(found, "Connection")
        assert "connected again" in lines(found, "Connection")


def notes(journal: Journal) -> list[str]:
    return [
        journal.exchange(n).why for n, code in journal.heads() if code >> 4 == ExchangeKind.NOTE
    ]


async def test_while_the_server_is_away_that_is_what_is_not_known(server: EmbeddedServer) -> None:
    async with asking(server.profile()) as broker:
        call = broker.call("?", "svc", timeout=20)
        await server.stop()
        with pytest.raises((LinkLost, NoResponders)):
            await call.answer()
        await until(lambda: broker.link.state == "reconnecting")
        found = await why(broker, "svc")
        assert "natstap is reconnecting now" in lines(found, "Not known")


# -- 11: JetStream is not there ----------------------------------------------------------------


async def test_a_server_without_jetstream() -> None:
    async with EmbeddedServer(jetstream=False) as server, asking(server.profile()) as broker:
        found = await failed(broker, "$JS.API.INFO", NoResponders)
        assert found.cause is Cause.JETSTREAM_OFF
        assert found.sentence == "JetStream is not available to account $G."


async def test_an_account_without_jetstream_is_named() -> None:
    async with EmbeddedServer(config=accounts(A="jetstream: enabled", B="")) as server:
        async with asking(login(server, "b")) as broker:
            await broker.request(None, "$JS.API.INFO", timeout=30)
            found = await why(broker, "$JS.API.INFO")
            assert found.cause is Cause.JETSTREAM_OFF
            assert found.sentence == "JetStream is not available to account B."


async def test_a_domain_that_is_not_there(profile: Profile) -> None:
    async with asking(profile) as broker:
        found = await failed(broker, "$JS.far.API.INFO", NoResponders)
        assert found.sentence == "JetStream is not available to account $G in domain far."


async def test_a_consumer_that_is_not_there_is_not_jetstream_off(profile: Profile) -> None:
    async with asking(profile) as broker:
        found = await failed(broker, "$JS.API.CONSUMER.MSG.NEXT.S.C", NoResponders)
        assert found.cause is Cause.NOT_IN_API


async def test_a_request_that_jetstream_does_not_know_is_met_with_silence(
    profile: Profile,
) -> None:
    async with asking(profile) as broker:
        found = await failed(broker, "$JS.API.STREAM.INFOO.S")
        assert found.cause is Cause.NOT_IN_API
        assert "knows no such request" in found.sentence


async def test_an_api_error_looks_like_an_answer_and_is_none(profile: Profile) -> None:
    async with asking(profile) as broker:
        await broker.request(None, "$JS.API.STREAM.INFO.NONE", timeout=30)
        found = await why(broker, "$JS.API.STREAM.INFO.NONE")
        assert found.cause is Cause.API_ERROR
        assert found.sentence == "JetStream answered with error 10059: stream not found."


# -- 12: an error that only headers tell -------------------------------------------------------


async def test_a_service_error_with_an_empty_body(profile: Profile) -> None:
    async def refuse(message: Msg) -> None:
        told = {"Nats-Service-Error": "out of tea", "Nats-Service-Error-Code": "503"}
        await message._client.publish(message.reply, headers=told)

    async with service(profile, "svc", refuse), asking(profile) as broker:
        found = await failed(broker, "svc", ServiceError, timeout=30)
        assert found.cause is Cause.SERVICE_ERROR
        assert found.sentence == "The service answered with error 503: out of tea."
        assert "an empty body" in lines(found, "Reply 1")


# -- 13: header names are compared letter by letter --------------------------------------------


@pytest.mark.parametrize(
    ("written", "official"),
    [
        ("nats-msg-id", "Nats-Msg-Id"),
        ("NATS-Expected-stream", "Nats-Expected-Stream"),
        ("Nats-Ttl", "Nats-TTL"),
    ],
)
async def test_a_header_in_the_wrong_case_does_nothing(
    profile: Profile, written: str, official: str
) -> None:
    async with service(profile, "svc", b"!"), asking(profile) as broker:
        await broker.request("?", "svc", headers={written: "1"}, timeout=30)
        found = await why(broker, "svc")
        assert found.cause is Cause.HEADER_CASE
        assert f"header {written} does nothing" in found.sentence
        assert f"{written} is not {official}" in lines(found, "Header")


async def test_headers_as_the_server_writes_them_are_left_alone(profile: Profile) -> None:
    good = {"Nats-Msg-Id": "1", "Nats-TTL": "1s", "Nats-UpTo-Sequence": "1", "x-nats": "1"}
    async with service(profile, "svc", b"!"), asking(profile) as broker:
        await broker.request("?", "svc", headers=good, timeout=30)
        assert (await why(broker, "svc")).cause is Cause.ANSWERED


# -- 14: too large -----------------------------------------------------------------------------


async def test_what_is_too_large_is_refused_here_and_the_connection_lives(profile: Profile) -> None:
    async with service(profile, "svc", b"!"), asking(profile) as broker:
        with pytest.raises(TooLarge) as refused:
            await broker.request(bytes(2 << 20), "svc", timeout=30)
        found = explain(refused.value)
        assert found.cause is Cause.TOO_LARGE
        assert "2,097," in found.sentence
        assert "at most 1,048,576" in found.sentence
        assert (await broker.request("?", "svc", timeout=30)).body == b"!"


# -- natstap's own responder says why it says nothing ------------------------------------------


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (ReplyDraft("svc", rate=1), "more than 1 a second"),
        (ReplyDraft("svc", silent_chance=1), "it is silent on purpose"),
    ],
    ids=["rate", "silent"],
)
async def test_what_an_own_responder_leaves_unanswered(
    broker: NatsBroker, draft: ReplyDraft, words: str
) -> None:
    await Responder(broker, draft).start()
    calls = [broker.call("?", "svc", timeout=1) for _ in range(10)]
    given = await asyncio.gather(*(call.answer() for call in calls), return_exceptions=True)
    error = next(answer for answer in given if isinstance(answer, RequestTimeout))
    found = await diagnose(broker, journal_of(broker), error.exchange)
    assert found.cause is Cause.LEFT_UNANSWERED
    assert found.sentence == f"natstap's own responder got it on svc and sends no reply: {words}."


# -- 15: asking oneself ------------------------------------------------------------------------


async def test_a_handler_that_asks_its_own_connection(broker: NatsBroker) -> None:
    inner: list[Diagnosis] = []

    @broker.subscriber("svc")
    async def handle(body: bytes) -> bytes:
        if not inner:
            inner.append(await failed(broker, "svc"))
        return b"!"

    await broker.start()
    await broker.request("?", "svc", timeout=20)
    (found,) = inner
    assert found.cause is Cause.SELF_REQUEST
    assert found.sentence == (
        "natstap asked itself: nobody else listens on svc, and 1 request waits for a free worker."
    )


async def test_another_client_that_asks_itself(profile: Profile, broker: NatsBroker) -> None:
    ended = asyncio.Event()
    async with client(profile, "worker") as worker:

        async def handle(message: Msg) -> None:
            inner = asyncio.create_task(worker.request("svc", b"again", timeout=20))
            await ended.wait()
            inner.cancel()

        await worker.subscribe("svc", cb=handle)
        await flushed(worker)
        async with SubjectWatch(profile, journal_of(broker), ["svc"]):
            await worker.publish("svc", b"begin")
            await until(lambda: inner_request(broker))
            found = await diagnose(broker, journal_of(broker), inner_request(broker))
            assert found.cause is Cause.SELF_REQUEST
            assert found.sentence.startswith(f"worker (cid {worker.client_id}) asked itself")
        ended.set()


def inner_request(broker: NatsBroker) -> int:
    journal = journal_of(broker)
    return next((n for n, code in journal.heads() if code >> 4 == ExchangeKind.REQUEST), 0)


# -- 16: both legs, and who is subscribed ------------------------------------------------------


async def test_both_legs_of_others_and_everybody_in_them(
    profile: Profile, broker: NatsBroker
) -> None:
    async with service(profile, "svc", b"!", "answerer") as there, client(profile, "asker") as here:
        await here.request("svc", b"first", timeout=30)
        asker = next(one for one in (await list_requesters(broker))[0] if one.name == "asker")
        journal = journal_of(broker)
        async with SubjectWatch(profile, journal, ["svc"]), InboxWatch(profile, journal, asker):
            await here.request("svc", b"second", timeout=30)
            number = newest(broker, "svc")
            await until(lambda: journal.state(number) is State.ANSWERED)
            found = await why(broker, "svc")
        assert found.cause is Cause.ANSWERED
        assert f"answerer (cid {there.client_id})" in lines(found, "Listens")
        assert f"asker (cid {here.client_id})" in lines(found, "Asks")


# -- 17: envelopes of frameworks ---------------------------------------------------------------


async def nest(message: Msg) -> None:
    """As NestJS's NATS transport does: without an id it is an event, and nobody answers."""
    fields = json.loads(message.data)
    if isinstance(fields, dict) and "id" in fields:
        said = {"response": 3, "isDisposed": True, "id": fields["id"]}
        if fields["data"] is None:
            said = {"err": {"message": "no data", "status": "error"}, "isDisposed": True}
        await message.respond(json.dumps(said).encode())


async def test_a_service_that_wants_an_envelope_is_known_by_its_neighbours(
    profile: Profile,
) -> None:
    async with service(profile, "math.add", nest, "nest"), asking(profile) as broker:
        assert (await failed(broker, "math.add", body=[1, 2])).cause is Cause.SILENT
        wrapped = {"pattern": "math.add", "data": [1, 2], "id": "1"}
        await broker.request(wrapped, "math.add", timeout=30)
        found = await failed(broker, "math.add", body=[1, 2])
        assert found.cause is Cause.ENVELOPE
        assert "pattern, data and id" in found.sentence
        assert "envelope" in lines(found, "Envelope")


async def test_an_error_in_an_envelope_is_no_success(profile: Profile) -> None:
    async with service(profile, "math.add", nest), asking(profile) as broker:
        wrapped = {"pattern": "math.add", "data": None, "id": "1"}
        await broker.request(wrapped, "math.add", timeout=30)
        found = await why(broker, "math.add")
        assert found.cause is Cause.HIDDEN_ERROR
        assert found.sentence == "The answer's body is a framework's error: no data."


# -- what a diagnosis never does ---------------------------------------------------------------


async def test_a_diagnosis_sends_no_service_anything(profile: Profile) -> None:
    async with listener(profile, "svc", "svc.>") as heard, asking(profile) as broker:
        await failed(broker, "svc")
        for _ in range(3):
            await why(broker, "svc")
        await broker.publish(b"", "svc.over")
        await until(lambda: "svc.over" in heard)
        assert heard == ["svc", "svc.over"]


async def test_what_is_refused_to_natstaps_own_questions_is_no_event_of_the_users() -> None:
    config = users("permissions { publish { allow: 'svc' }, subscribe { allow: '_INBOX.>' } }")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as broker:
        async with service(server.profile(), "svc", None):
            found = await failed(broker, "svc")
            assert lines(found, "Not known").count("this user may not ask") == 3
            assert notes(journal_of(broker)) == []
        await failed(broker, "secret.plan", Refused)
        (note,) = notes(journal_of(broker))
        assert 'Publish to "secret.plan"' in note


async def test_what_the_user_is_refused_is_noted_though_natstap_asked_there_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inquiry, "LATE_WAIT", 0.2)
    config = users("permissions { publish { allow: 'svc' }, subscribe { allow: '_INBOX.>' } }")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as broker:
        await failed(broker, "svc", NoResponders)
        await until(lambda: not broker.link.events._hushed)
        await broker.publish(b"", "$SYS.REQ.USER.INFO")
        await until(lambda: notes(journal_of(broker)))
        (note,) = notes(journal_of(broker))
        assert 'Publish to "$SYS.REQ.USER.INFO"' in note


async def test_a_diagnosis_is_told_in_time_when_nobody_answers_it(profile: Profile) -> None:
    config = users("permissions { publish { allow: ['svc', '_INBOX.>'] } }")
    async with EmbeddedServer(config=config) as server, asking(login(server, "u1")) as broker:
        async with service(server.profile(), "svc", None):
            found = await failed(broker, "svc")
            assert found.cause is Cause.UNKNOWN
            assert found.sentence == "No answer within 300 ms."
            assert "who listens" in lines(found, "Not known")
            assert lines(found, "Connection") == "", "what was refused to natstap's own questions"
