"""Each broken system gets its own cause, and its sentence names who and how many.

Real servers, and clients of three languages; natstap asks as any plain user may.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace

import pytest
from broken import core, network, stored
from broken.core import Broken
from broken.stored import Stored
from broken.workers import LANGUAGES, worker
from helpers.waiting import STORE_WAIT, eventually

from engine import Journal, NatsBroker, Profile
from engine.audience.audience import Audience, audience
from engine.diagnosis.cause import Cause
from engine.diagnosis.diagnosis import diagnose
from engine.diagnosis.gather import investigate
from engine.diagnosis.judge import judge
from engine.diagnosis.result import Diagnosis
from engine.errors import NatstapError
from engine.link.link import LinkState
from engine.profile.server_info import greet
from engine.server.server import EmbeddedServer
from engine.watching.subject_watch import SubjectWatch

Breaking = Callable[[str], AbstractAsyncContextManager[Broken]]
Storing = Callable[[], AbstractAsyncContextManager[Stored]]
each_language = pytest.mark.parametrize("language", LANGUAGES)
SHORT = 1.0
"""Seconds that a request waits where it is known that no answer comes."""


class Asker:
    """natstap in front of a broken system."""

    def __init__(self, broker: NatsBroker, broken: Broken) -> None:
        self.broker = broker
        self.broken = broken
        self.before: Audience | None = None

    @property
    def journal(self) -> Journal:
        assert self.broker.journal is not None
        return self.broker.journal

    async def look(self) -> Audience:
        """As the composer does while the subject is typed."""
        self.before = await audience(self.broker, self.broken.subject)
        return self.before

    async def ask(self, body: bytes | None = None, **options: object) -> int:
        """Send, wait in vain, and give the exchange's number."""
        broken = self.broken
        number = self.journal.next
        given = {"headers": broken.headers, "timeout": SHORT} | options
        with suppress(NatstapError):
            body = broken.body if body is None else body
            await self.broker.request(body, broken.subject, **given)  # type: ignore[arg-type]
        return number

    async def why(self, number: int) -> Diagnosis:
        return await diagnose(self.broker, self.journal, number, before=self.before)


def asker(broken: Broken) -> AbstractAsyncContextManager[Asker]:
    return _Asking(broken)


class _Asking:
    def __init__(self, broken: Broken) -> None:
        self._broken = broken
        self._broker = NatsBroker(broken.profile, journal=Journal())

    async def __aenter__(self) -> Asker:
        await self._broker.start()
        return Asker(self._broker, self._broken)

    async def __aexit__(self, *exc: object) -> None:
        await self._broker.stop()


async def failure_in(broken: Broken) -> Diagnosis:
    """Look, ask in vain, and say why."""
    async with asker(broken) as natstap:
        await natstap.look()
        return await natstap.why(await natstap.ask())


# -- it answered, and the answer did not come ----------------------------------------------------


@each_language
@pytest.mark.parametrize("breaking", [core.answer_refused, core.answered_elsewhere])
async def test_an_answer_that_went_astray(breaking: Breaking, language: str) -> None:
    async with breaking(language) as broken:
        found = await failure_in(broken)
        assert found.cause is Cause.ANSWER_ASTRAY
        assert found.sentence.startswith("pay-2 (cid ")
        assert "published 1 message of" in found.sentence
        assert "another service" not in found.sentence, "it has no inbox, so it waits for nobody"


async def test_an_allowance_that_ran_out_is_one_of_what_it_may_be() -> None:
    async with core.allowance_run_out() as broken:
        found = await failure_in(broken)
        assert found.cause is Cause.ANSWER_ASTRAY
        assert "allow_responses" in found.sentence
        assert "expires" in found.advice


async def test_a_service_that_was_cut_off_over_its_answer() -> None:
    async with core.answer_cuts_connection() as broken, asker(broken) as natstap:
        before = await natstap.look()
        number = await natstap.ask()

        async def back() -> bool:
            now = (await audience(natstap.broker, broken.subject)).listeners
            return bool(now) and now[0].cid != before.listeners[0].cid

        await eventually(back)
        found = await natstap.why(number)
        assert found.cause is Cause.RECONNECTED
        assert found.sentence.startswith(f"pay-2 (cid {before.listeners[0].cid})")
        assert "natstap cannot tell" in found.advice
        assert f"{core.MAX_PAYLOAD:,} bytes" in found.advice


# -- it never answers ----------------------------------------------------------------------------


@each_language
@pytest.mark.parametrize(
    "breaking",
    [core.handler_throws, core.loop_blocked, core.answer_too_large, core.half_open_link],
)
async def test_who_got_it_and_says_nothing(breaking: Breaking, language: str) -> None:
    """Which of these it is nobody but the service knows, and the advice says so."""
    async with breaking(language) as broken:
        found = await failure_in(broken)
        assert found.cause is Cause.SILENT
        assert re.fullmatch(
            r"pay-2 \(cid \d+\) got it and has published nothing since\.", found.sentence
        )
        assert "natstap cannot tell" in found.advice


@each_language
async def test_a_header_that_all_the_answered_requests_carry(language: str) -> None:
    async with core.header_missing(language) as broken, asker(broken) as natstap:
        await natstap.ask(headers={"tenant": "t1", "x-one": "1"})
        await natstap.ask(headers={"tenant": "t2"})
        await natstap.look()
        found = await natstap.why(await natstap.ask())
        assert found.cause is Cause.HEADER_MISSING
        assert "2 requests" in found.sentence
        assert "tenant, and this one does not" in found.sentence
        assert "cannot tell" in found.advice


@each_language
async def test_a_request_that_is_larger_than_all_that_were_answered(language: str) -> None:
    async with network.proxy_drops_large(language) as broken, asker(broken) as natstap:
        await natstap.ask(b"small", timeout=10)
        await natstap.look()
        found = await natstap.why(await natstap.ask())
        assert found.cause is Cause.LARGER_THAN_ANSWERED
        assert f"{len(broken.body) // 1000}," in found.sentence
        assert "on the way" in found.advice


async def test_a_framework_that_uses_a_fresh_inbox_for_each_request() -> None:
    async with core.envelope_wanted() as broken, asker(broken) as natstap:
        watch = SubjectWatch(broken.profile, natstap.journal, (broken.subject,))
        await watch.start()
        try:
            await core.ask_in_envelope(broken.profile, broken.subject)
            await eventually(lambda: _holds(natstap.journal, b"pattern"))
            found = await natstap.why(await natstap.ask())
        finally:
            await watch.stop()
        assert found.cause is Cause.ENVELOPE
        assert '"pattern"' in found.advice


async def _holds(journal: Journal, part: bytes, subject: str = core.SUBJECT) -> bool:
    held = (journal.message(number) for number, _ in journal.heads())
    return any(part in message.body and message.subject == subject for message in held)


async def test_who_does_not_read_and_how_much_waits_for_it() -> None:
    async with core.slow_consumer(waiting=4_000_000) as broken:
        found = await failure_in(broken)
        assert found.cause is Cause.NOT_READING
        size = re.search(
            r"stuck-reader \(cid \d+\) does not read, and ([\d.]+) MB wait", found.sentence
        )
        assert size is not None
        assert float(size[1]) > 4


# -- it is not alone -----------------------------------------------------------------------------


async def test_the_member_of_a_queue_group_that_hangs_is_named_and_the_others_are_not_blamed() -> (
    None
):
    async with core.one_hangs_of_three() as broken, asker(broken) as natstap:
        while True:
            await natstap.look()
            number = await natstap.ask(timeout=STORE_WAIT)
            if not natstap.journal.exchange(number).replies:
                break
        found = await natstap.why(number)
        assert found.cause is Cause.SILENT
        got, _, spared = found.sentence.partition("; ")
        assert "worker-1" in got
        assert "got it" in got
        assert "worker-0" in spared
        assert "worker-2" in spared
        assert spared.endswith("did not get it.")


async def test_under_traffic_the_member_that_never_publishes_is_still_named() -> None:
    async with core.one_hangs_of_three() as broken, asker(broken) as natstap:
        await natstap.look()
        async with NatsBroker(replace(broken.profile, name="gateway")) as gateway:
            asked = (gateway.request(b"?", broken.subject, timeout=0.2) for _ in range(60))
            await asyncio.gather(*asked, return_exceptions=True)
            number = await natstap.ask(timeout=STORE_WAIT)
            while natstap.journal.exchange(number).replies:
                number = await natstap.ask(timeout=STORE_WAIT)
        found = await natstap.why(number)
        assert found.cause is Cause.SILENT
        assert found.sentence.startswith("worker-1 (cid ")
        assert "published nothing" in found.sentence


async def test_what_others_sent_is_not_taken_for_ones_own() -> None:
    """A service that is sent more than natstap asked may have published for somebody else."""
    async with core.serving("elsewhere:pay.answers") as broken, asker(broken) as natstap:
        await natstap.look()
        async with NatsBroker(replace(broken.profile, name="gateway")) as gateway:
            for _ in range(3):
                await gateway.publish(b"?", broken.subject)
            await gateway.link.barrier()
        found = await natstap.why(await natstap.ask())
        assert found.cause is Cause.SILENT
        assert "4 messages since natstap looked" in found.sentence
        assert "not your answer" not in found.sentence


async def test_an_answer_to_another_request_is_not_taken_for_a_stray_one() -> None:
    """Asked twice between two looks: the one answer was to the first."""
    async with core.header_missing() as broken, asker(broken) as natstap:
        await natstap.look()
        await natstap.ask(headers={"tenant": "t"}, timeout=10)
        case = await investigate(
            natstap.broker, natstap.journal, await natstap.ask(), before=natstap.before
        )
        assert (case.own_asked, case.own_answered) == (2, 1)
        found = judge(replace(case, neighbours=()))
        assert found.cause is Cause.SILENT
        assert "published" not in found.sentence


async def test_of_several_that_were_to_answer_the_silent_one_is_named() -> None:
    async with core.one_silent_of_several() as broken, asker(broken) as natstap:
        await natstap.look()
        number = natstap.journal.next
        replies = natstap.broker.request_many(b"?", broken.subject, timeout=STORE_WAIT, count=4)
        assert len(await replies.all()) == 3
        found = await natstap.why(number)
        assert found.cause is Cause.SILENT
        assert "3 of 4 replies" in found.sentence
        assert "desk-3 (cid " in found.sentence
        assert "desk-1" not in found.sentence


@each_language
async def test_a_service_that_waits_for_another_one(language: str) -> None:
    async with core.downstream_dead(language) as broken:
        found = await failure_in(broken)
        assert found.cause is Cause.ASKS_ANOTHER
        assert found.sentence.startswith("pay-2 (cid ")


async def test_a_service_that_asks_where_nobody_listens() -> None:
    async with core.downstream_missing() as broken:
        assert (await failure_in(broken)).cause is Cause.ASKS_ANOTHER


async def test_the_other_service_is_named_where_its_request_was_seen() -> None:
    async with core.downstream_dead() as broken, asker(broken) as natstap:
        watch = SubjectWatch(broken.profile, natstap.journal, ("bank.>",))
        await watch.start()
        try:
            await natstap.look()
            number = await natstap.ask()
            await eventually(lambda: _holds(natstap.journal, broken.body, "bank.debit"))
            found = await natstap.why(number)
        finally:
            await watch.stop()
        assert found.cause is Cause.ASKS_ANOTHER
        assert "bank.debit" in found.sentence


async def test_the_second_ask_needs_no_look_before_for_the_first_diagnosis_was_one() -> None:
    async with core.handler_throws() as broken, asker(broken) as natstap:
        first = await natstap.why(await natstap.ask())
        assert "got it" not in first.sentence, "nobody had looked before"
        second = await natstap.why(await natstap.ask())
        assert "got it and has published nothing since" in second.sentence


# -- a stream took it ------------------------------------------------------------------------------


STORED = [
    (
        stored.never_acknowledged,
        Cause.NOT_ACKNOWLEDGED,
        "consumer w delivered it; its worker has neither",
    ),
    (stored.acknowledged_without_answer, Cause.ACKNOWLEDGED_ONLY, "consumer w delivered it, and"),
    (stored.at_max_ack_pending, Cause.READER_FULL, "consumer w holds 1 of 1 unacknowledged"),
    (stored.worker_stopped, Cause.NOT_ACKNOWLEDGED, "its worker has neither answered nor"),
    (stored.nobody_hears_the_push, Cause.NOBODY_READS, "nobody reads from consumer w"),
    (stored.worker_down, Cause.NOBODY_READS, "nobody reads from consumer w.*1 message wait"),
    (stored.given_up, Cause.GAVE_UP, "consumer w delivered it 1 time"),
    (stored.no_consumer, Cause.NO_CONSUMER, "no consumer"),
    (stored.filter_elsewhere, Cause.FILTERED_OUT, "w filters flt.done, not flt.todo"),
    (stored.paused, Cause.READER_PAUSED, r"consumer w is paused until \d\d:\d\d:\d\d"),
    (
        stored.readers_that_differ,
        Cause.NOT_CONSUMED,
        "(?=.*consumer audit has nobody who reads)(?=.*consumer w delivered it)",
    ),
    (stored.no_interest, Cause.NO_INTEREST, "it has none"),
]


@pytest.mark.parametrize(
    ("system", "cause", "words"), STORED, ids=[case[0].__name__ for case in STORED]
)
async def test_a_request_that_a_stream_stored_and_nobody_answered(
    system: Storing, cause: Cause, words: str
) -> None:
    async with system() as there:
        broken = Broken(there.profile, there.subject)
        async with asker(broken) as natstap:
            found = await natstap.why(await natstap.ask(stream=there.stream, timeout=STORE_WAIT))
            assert found.cause is cause
            assert re.search(words, found.sentence), found.sentence
            assert "Stream FLT stored the request as sequence" in found.sentence


async def test_a_sealed_stream_says_itself_why_it_stores_nothing() -> None:
    async with stored.sealed() as there:
        async with asker(Broken(there.profile, there.subject)) as natstap:
            found = await natstap.why(await natstap.ask(stream=there.stream))
            assert found.cause is Cause.NOT_STORED
            assert "sealed" in found.sentence


async def test_a_stream_without_quorum_is_not_a_subject_that_nobody_stores() -> None:
    async with stored.without_quorum() as there:
        async with asker(Broken(there.profile, there.subject)) as natstap:
            found = await natstap.why(await natstap.ask(stream=there.stream, timeout=2))
            assert found.cause in (Cause.NO_QUORUM, Cause.JETSTREAM_UNAVAILABLE), found.sentence


async def test_a_double_answer_is_a_delivery_again_after_ack_wait() -> None:
    async with stored.redelivered(needs=1.6, ack_wait=1.0) as there:
        broken = Broken(there.profile, there.subject)
        async with asker(broken) as natstap:
            number = await natstap.ask(stream=there.stream, timeout=30)
            await eventually(lambda: _answers(natstap.journal, number, 3))  # and the PubAck
            found = await natstap.why(number)
            assert found.cause is Cause.REDELIVERED
            assert "after ack_wait 1 s" in found.sentence
            needed = re.search(r"needed ([\d.]+) s", found.sentence)
            assert needed, found.sentence
            assert float(needed[1]) >= 1.6


async def _answers(journal: Journal, number: int, count: int) -> bool:
    return len(journal.exchange(number).replies) >= count


# -- the server ------------------------------------------------------------------------------------


async def test_a_limit_that_was_lowered_is_not_a_link_that_was_lost() -> None:
    async with network.max_payload_lowered() as broken, asker(broken) as natstap:
        assert broken.server is not None
        network.lower_max_payload(broken.server, 50_000)
        await eventually(lambda: _takes_less(broken.server, 50_000))
        number = await natstap.ask()

        async def back() -> bool:
            return natstap.broker.link.state is LinkState.CONNECTED

        await eventually(back)
        found = await natstap.why(number)
        assert found.cause is Cause.TOO_LARGE
        assert "50,000 bytes" in found.sentence


async def _takes_less(server: EmbeddedServer | None, limit: int) -> bool:
    assert server is not None
    info = await greet("127.0.0.1", server.port)
    return info is not None and info.get("max_payload") == limit


async def test_a_service_that_answers_again_is_not_blamed(profile: Profile) -> None:
    async with worker(profile, "x", "answer"):
        broken = Broken(profile, "x")
        async with asker(broken) as natstap:
            await natstap.look()
            found = await natstap.why(await natstap.ask(timeout=10))
            assert found.cause is Cause.ANSWERED
