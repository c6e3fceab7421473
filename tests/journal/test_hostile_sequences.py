"""Whatever comes, in whatever order: nothing is lost, and every reader tells what a slow one does.

Few reply subjects, used again and again from several places, so that answers come before their
requests, twice, late, to nobody, with broken and with huge headers, and while the journal drops.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from unittest.mock import patch

from helpers.frames import SERVICE_ERROR, STORED, UNAVAILABLE, seen, tiny_segments
from helpers.lens import lenses
from hypothesis import given
from hypothesis import strategies as st

from engine.filter.lens import Lens
from engine.filter.search import find
from engine.journal import SENT, Event, Exchange, ExchangeKind, Journal, State, pub_ack
from engine.journal.states import advance
from engine.journal.view import View
from engine.message import header_in, raw_bytes, status_of
from engine.statistics.statistics import Statistics

FOREVER = 60.0
INBOXES = (b"_INBOX.a", b"_INBOX.b", b"back", b"$JS.ACK.S.c.1.1.1.1.0")
ORPHANED = (b"_INBOX.", b"_R_.")
SUBJECTS = (b"svc", b"svc.a", b"$SYS.x", b"$JS.API.INFO", b"_R_.x", b"$JS.ACK.S.c.1.2.2.2.0")
HEADS = (
    *(b"", b"", UNAVAILABLE, SERVICE_ERROR, b"NATS/1.0 404\r\n\r\n", b"N", b"\r\n\r\n"),
    b"NATS/1.0\r\nreply_to: _INBOX.b\r\n\r\n",
    b"NATS/1.0\r\nX-Token: tea\r\nX-Token: \xff\r\n\r\n",
    b"NATS/1.0\r\n" + b"X-Huge: milk\r\n" * 300 + b"\r\n",
)
LONG = b"x" * 40
WORDS = (b"tea", b"milk", b"_INBOX.a", b"\xff", LONG)
BODIES = (b"", b"tea", b"milk", STORED, b'{"error":{},"stream":"S","seq":0}', b"x" * 500)


def heard(what: str, *subjects: bytes) -> st.SearchStrategy:
    parts = (subjects, INBOXES, BODIES, HEADS, range(4))
    return st.tuples(st.just(what), *map(st.sampled_from, parts))


step = st.one_of(
    heard("ask", *SUBJECTS, *INBOXES),
    heard("mine", *SUBJECTS),
    heard("tell", *INBOXES, *INBOXES, *SUBJECTS),
    st.tuples(st.just("note"), st.text(max_size=5)),
    st.tuples(
        st.sampled_from(["settle", "close", "refuse"]),
        st.integers(1, 8),
        st.sampled_from(INBOXES),
        st.sampled_from(Event),
    ),
)
looked = st.tuples(step, st.booleans())
"""What happens, and whether somebody looks after it."""


@st.composite
def answered_early(draw: st.DrawFn) -> list:
    """An answer, something else, and then the request, heard on another connection."""
    inbox = b"_INBOX.early.%d" % draw(st.integers(0, 9))
    body, head, source = (draw(st.sampled_from(some)) for some in (BODIES, HEADS, range(4)))
    early = ("tell", inbox, b"", body, head, source), draw(st.booleans())
    late = ("ask", b"svc", inbox, b"", b"", (source + 1) % 4), draw(st.booleans())
    return [early, *draw(st.lists(looked, max_size=1)), late]


@st.composite
def refused_late(draw: st.DrawFn) -> list:
    """An answer of natstap's own that the server did not take, and perhaps somebody else's."""
    inbox = draw(st.sampled_from(INBOXES))
    taken = [
        ("ask", b"svc", inbox, b"", b"", 1),
        ("tell", inbox, b"", b"tea", b"", SENT),
        ("refuse", 1, inbox, Event.REFUSED),
        ("tell", inbox, b"", b"milk", b"", 1),
    ]
    return [(one, draw(st.booleans())) for one in taken[: draw(st.integers(3, 4))]]


steps = st.lists(
    st.one_of(st.lists(looked, max_size=6), answered_early(), refused_late()), max_size=12
).map(lambda parts: [one for part in parts for one in part])


# -- pairing, told again ---------------------------------------------------------------------


@dataclass
class Seen:
    subject: bytes
    kind: ExchangeKind
    source: int
    payload: tuple[bytes, bytes] = (b"", b"")
    replies: list[int] = field(default_factory=list)
    copies: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    size: int = 0
    """Bytes of its frame."""


class Reading:
    """Pairing by its rules alone: every message is looked at, and nothing is ever dropped."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.messages: dict[int, Seen] = {}
        self.owner: dict[int, int] = {}
        self.asked: dict[bytes, int] = {}
        self.early: dict[bytes, list[int]] = {}
        self.touched: set[int] = set()
        """Exchanges of which more was said than messages tell."""

    def note(self, number: int) -> None:
        self.messages[number] = Seen(b"", ExchangeKind.NOTE, SENT)

    def hear(
        self, number: int, subject: bytes, reply: bytes, body: bytes, head: bytes, source: int
    ) -> None:
        one = Seen(subject, _kind(subject, reply), source, (head, body))
        one.size = size(self.journal, number)
        self.messages[number] = one
        owner = self.asked.get(subject, 0)
        if owner and owner in self.journal:
            self._answer(number, owner)
            if reply.startswith(ORPHANED):
                self.asked.setdefault(reply, owner)
        elif reply:
            self._ask(number, reply)
        elif one.kind is ExchangeKind.ORPHAN:
            self.early.setdefault(subject, []).append(number)

    def _ask(self, number: int, reply: bytes) -> None:
        one, earlier = self.messages[number], self.asked.get(reply, 0)
        if earlier in self.journal and self._same(number, earlier, one.subject):
            self.owner[number] = earlier
            self.messages[earlier].copies.append(number)
            return
        self.asked[reply] = number
        other = header_in(one.payload[0], b"reply_to")
        if other and (one.kind is not ExchangeKind.DELIVERY or not self._held(other)):
            self.asked[other] = number
        here = self.journal.segment(number).first
        for early in self.early.pop(reply, ()):
            if early >= here and self.messages[early].source != one.source:
                self._answer(early, number)

    def _answer(self, number: int, owner: int) -> None:
        self.owner[number] = owner
        replies = self.messages[owner].replies
        head, body = self.messages[number].payload
        if replies and status_of(head)[0] and not body:
            self.messages[owner].marks.append(number)
            return
        copied = any(self._same(number, one) for one in replies)
        (self.messages[owner].copies if copied else replies).append(number)

    def _held(self, reply: bytes) -> bool:
        return self.asked.get(reply, 0) in self.journal

    def _same(self, number: int, earlier: int, subject: bytes | None = None) -> bool:
        one, other = self.messages[number], self.messages[earlier]
        return (
            one.source != other.source
            and one.payload == other.payload
            and other.kind is not ExchangeKind.NOTE
            and subject in (None, other.subject)
        )

    def heads(self) -> list[int]:
        return [one for one in self.messages if one in self.journal and one not in self.owner]

    def state(self, number: int) -> State:
        one = self.messages[number]
        state = State.WAITING if self.asks(number) else State.NONE
        for reply in one.replies:
            state = advance(state, self._event(one.kind, *self.messages[reply].payload))
        return state

    def asks(self, number: int) -> bool:
        return bool(self.journal.message(number).reply)

    def _event(self, kind: ExchangeKind, head: bytes, body: bytes) -> Event:
        if head:
            if head == UNAVAILABLE:
                return Event.STATUS if body else Event.NO_RESPONDERS
            if status_of(head)[0]:
                return Event.STATUS
            return Event.ERROR if head == SERVICE_ERROR else Event.REPLY
        told = pub_ack(body) if kind is ExchangeKind.REQUEST else None
        if told is None:
            return Event.REPLY
        return Event.STATUS if "error" in told else Event.PUB_ACK


def _kind(subject: bytes, reply: bytes) -> ExchangeKind:
    if reply:
        if reply.startswith(b"$JS.ACK."):
            return ExchangeKind.DELIVERY
        return ExchangeKind.SYSTEM if subject.startswith(b"$") else ExchangeKind.REQUEST
    if subject.startswith(ORPHANED):
        return ExchangeKind.ORPHAN
    if subject.startswith(b"$JS.ACK."):
        return ExchangeKind.DELIVERY
    return ExchangeKind.SYSTEM if subject.startswith(b"$") else ExchangeKind.PUBLISH


# -- what plays the steps --------------------------------------------------------------------


@contextmanager
def ticking() -> Iterator[None]:
    """A clock by which the steps of a test are never far apart."""
    now = count(1_000_000_000_000)
    with patch("engine.journal.journal._now", lambda: next(now) / 1000):
        yield


def play(journal: Journal, reading: Reading, step: tuple) -> None:
    what, *said = step
    if what == "note":
        reading.note(journal.note(said[0].encode("utf-8", "replace").decode()))
    elif what in ("ask", "mine", "tell"):
        subject, inbox, body, head, source = said
        reply = b"" if what == "tell" else inbox
        number = seen(journal, subject, body, reply, head, source)
        reading.hear(number, subject, reply, body, head, source)
        if what == "mine" and number not in reading.owner:
            journal.own.expect(number, wanted=number % 4, timeout=1.0)
            reading.touched.add(number)
    else:
        meddle(journal, reading, what, *said)


def meddle(
    journal: Journal, reading: Reading, what: str, back: int, inbox: bytes, event: Event
) -> None:
    """What only the asker knows, of a request some steps back."""
    if what == "refuse":
        reading.touched.add(journal.asked_by(inbox))
        journal.unanswered.refuse(journal.asked_by(inbox))
        return
    heads = [one for one in reading.heads() if reading.asks(one)]
    if len(heads) < back:
        return
    number = heads[-back]
    reading.touched.add(number)
    if what == "settle":
        journal.own.settle(number, event, "why")
    else:
        journal.own.close(number)


# -- what has to hold ------------------------------------------------------------------------


@given(steps, st.sampled_from([8, 20, 1000]))
def test_it_pairs_as_its_rules_say(taken: list, bound: int) -> None:
    with tiny_segments(), ticking():
        journal = Journal(max_messages=bound)
        reading = Reading(journal)
        for step, _ in taken:
            play(journal, reading, step)
        assert [number for number, _ in journal.heads()] == reading.heads()
        for number in reading.heads():
            known, said = journal.exchange(number), reading.messages[number]
            assert (known.kind, list(known.replies)) == (said.kind, said.replies)
            assert (list(known.copies), list(known.marks)) == (said.copies, said.marks)
            if number not in reading.touched:
                assert known.state is reading.state(number)


@given(steps, lenses, st.sampled_from([8, 20, 1000]))
def test_whoever_looks_in_between_sees_the_same_in_the_end(
    taken: list, text: str, bound: int
) -> None:
    with tiny_segments(), ticking():
        journal = Journal(max_messages=bound)
        journal.sources.names += ["tap one", "tap two", "tap three"]
        reading = Reading(journal)
        texts = (text, "~b tea", "~h x-token", "!tea", f"~bi {LONG.decode()}")
        tests = [Lens.parse(one).on(journal) for one in texts]
        views = [View(journal), *(View(journal, one) for one in tests)]
        for step, look in taken:
            play(journal, reading, step)
            for view in views if look else ():
                view.catch_up(0.0)
        for view in views:
            view.catch_up(FOREVER)
            fresh = View(journal, None if view is views[0] else view.accepts)
            fresh.catch_up(FOREVER)
            assert list(view) == list(fresh)
            assert view.behind == 0


@given(steps, st.sampled_from(WORDS), st.integers(0, 60))
def test_a_search_from_anywhere_finds_the_nearest(taken: list, word: bytes, start: int) -> None:
    with tiny_segments(), ticking():
        journal = Journal(max_messages=40)
        reading = Reading(journal)
        for step, _ in taken:
            play(journal, reading, step)

        def holds(number: int) -> bool:
            one = reading.messages[number]
            subject = b"" if one.kind is ExchangeKind.NOTE else one.subject
            message = journal.message(number)
            reply = b"" if one.kind is ExchangeKind.NOTE else raw_bytes(message.reply)
            return any(word in part for part in (subject, reply, message.head + message.body))

        hits = [
            number
            for number in reading.heads()
            if any(map(holds, (number, *reading.messages[number].replies)))
        ]
        assert find(journal, word, start) == next((n for n in hits if n > start), None)
        assert find(journal, word, start, -1) == next((n for n in hits[::-1] if n < start), None)


GOT = (State.ANSWERED, State.PARTLY, State.LATE, State.SERVICE_ERROR, State.STATUS)


@given(steps)
def test_statistics_count_what_a_slow_reader_counts(taken: list) -> None:
    with tiny_segments(), ticking():
        journal = Journal()
        reading, statistics = Reading(journal), Statistics(journal)
        for step, look in taken:
            play(journal, reading, step)
            if look:
                statistics.catch_up(0.0)
        statistics.catch_up(FOREVER)
        counts: Counter[tuple[str, str]] = Counter()
        states: defaultdict[str, Counter[State]] = defaultdict(Counter)
        for number in reading.heads():
            exchange = journal.exchange(number)
            if exchange.kind is ExchangeKind.NOTE:
                continue
            name = _counted_under(exchange.subject)
            stated = exchange.kind in (ExchangeKind.REQUEST, ExchangeKind.SYSTEM)
            counts[name, "count"] += 1
            counts[name, "replies"] += len(exchange.replies) * stated
            counted = (number, *exchange.replies, *exchange.marks)
            counts[name, "bytes"] += sum(size(journal, one) for one in counted)
            counts[name, "latency"] += stated and exchange.state in GOT
            if stated:
                states[name][_counted_as(exchange)] += 1
        shown = statistics.subjects(limit=1000)
        assert {one.subject for one in shown} == {name for name, _ in counts}
        for one in shown:
            for what, told in (
                ("count", one.count),
                ("replies", one.replies),
                ("bytes", one.bytes),
                ("latency", one.latency.count),
            ):
                assert (one.subject, what, told) == (one.subject, what, counts[one.subject, what])
            assert dict(one.states) == states[one.subject]
        total = statistics.total()
        assert total.count == sum(one.count for one in shown)
        assert total.bytes == sum(one.bytes for one in shown)
        assert total.latency.count == sum(one.latency.count for one in shown)


@given(steps, st.sampled_from([8, 20]), st.integers(1, 3))
def test_every_byte_is_counted_once_though_the_journal_drops(
    taken: list, bound: int, subjects: int
) -> None:
    """Copies and notes aside; whether its subject is told apart, folded or forgotten."""
    with tiny_segments(), ticking():
        journal = Journal(max_messages=bound)
        reading, statistics = Reading(journal), Statistics(journal, subjects=subjects)
        for step, _ in taken:
            play(journal, reading, step)
            statistics.catch_up(FOREVER)
        copies = {one for seen in reading.messages.values() for one in seen.copies}
        assert statistics.missed == 0
        assert statistics.total().bytes == sum(
            one.size
            for number, one in reading.messages.items()
            if one.kind is not ExchangeKind.NOTE and number not in copies
        )
        told = [*statistics.subjects(limit=1000), statistics.others()]
        assert sum(one.bytes for one in told) == statistics.total().bytes
        assert sum(one.count for one in told) == statistics.total().count


def _counted_as(exchange: Exchange) -> State:
    """Nobody knows whether others wanted more than that a stream stores their message."""
    others = exchange.state is State.STORED and not exchange.own
    return State.KEPT if others else exchange.state


def size(journal: Journal, number: int) -> int:
    begin, end = journal.segment(number).bounds(number - journal.segment(number).first)
    return end - begin


def _counted_under(subject: str) -> str:
    if subject.startswith("_INBOX."):
        return "_INBOX.>"
    if subject.startswith("_R_."):
        return "_R_.>"
    if subject.startswith("$") and subject.count(".") > 1:
        return ".".join(subject.split(".")[:2]) + ".>"
    return subject
