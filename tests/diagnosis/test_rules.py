"""The rules as a table: each is asked, says what it needs, and there is always a sentence."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Exchange, Message
from engine.audience.audience import Audience
from engine.clients.activity import Activity, Presence
from engine.clients.listeners import Listener
from engine.clients.permissions import NOBODY, User
from engine.diagnosis import rules
from engine.diagnosis.case import Case, Fact, Heard
from engine.diagnosis.cause import Cause
from engine.diagnosis.judge import judge
from engine.diagnosis.order import BY_SITUATION, ORDER
from engine.diagnosis.result import Tone
from engine.diagnosis.rules.rule import Rule
from engine.diagnosis.rules.withheld import withheld
from engine.diagnosis.situation import Situation, situation_of
from engine.journal import ExchangeKind, State
from engine.streams.stream_state import ConsumerState
from engine.tracing.path import Hop, Path, TraceStep

UNTROUBLED = {
    Cause.NOT_HEARD,
    Cause.OPEN,
    Cause.NO_QUESTION,
    Cause.ANSWERED,
    Cause.CANCELLED,
    Cause.UNKNOWN,
}
"""Causes that ask for nothing."""


def test_every_rule_that_is_written_is_in_the_table_once() -> None:
    files = [
        importlib.import_module(one.name)
        for one in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}.")
    ]
    written = [one for file in files for one in vars(file).values() if isinstance(one, Rule)]
    assert {one.name for one in written} == {one.name for one in ORDER}
    assert len({one.name for one in ORDER}) == len(ORDER)


@pytest.mark.parametrize("situation", Situation)
def test_the_last_rule_of_each_situation_needs_nothing(situation: Situation) -> None:
    assert not BY_SITUATION[situation][-1].needs


def test_a_rule_that_does_not_know_enough_stays_silent() -> None:
    heard = Audience("svc", (Listener("svc", 1, "n1", "svc", withheld="denied"),))
    case = exchanged(ExchangeKind.REQUEST, State.NO_RESPONDERS, audience=heard)
    assert Fact.AUDIENCE in withheld.needs
    assert withheld(case) is not None
    assert withheld(replace(case, audience=None)) is None
    assert withheld(exchanged(ExchangeKind.REQUEST, State.ANSWERED, audience=heard)) is None


def exchanged(kind: ExchangeKind, state: State, subject: str = "svc", **known: object) -> Case:
    exchange = Exchange(1, kind, state, subject, "_INBOX.x.1", 10.0)
    return Case(exchange, Message(subject), **known)  # type: ignore[arg-type]


LISTENERS = st.builds(
    Listener,
    client=st.text(max_size=5),
    cid=st.integers(0, 3),
    server=st.just("n1"),
    pattern=st.just("svc"),
    messages=st.integers(0, 2),
    own=st.booleans(),
    tap=st.booleans(),
    leaf=st.booleans(),
    account=st.sampled_from(["", "A"]),
)
HOPS = st.builds(
    Hop, st.sampled_from(TraceStep), st.just("n1"), account=st.just("A"), error=st.text(max_size=3)
)
CONSUMERS = st.builds(
    ConsumerState,
    stream=st.just("S"),
    name=st.text(max_size=3),
    filters=st.sampled_from([(), ("svc",), ("other",)]),
    delivered=st.integers(0, 2),
    ack_floor=st.integers(0, 2),
    unacknowledged=st.integers(0, 2),
    max_unacknowledged=st.integers(0, 1),
    max_deliver=st.integers(0, 1),
    waiting=st.integers(0, 1),
    paused=st.booleans(),
    last_active=st.none() | st.just(1.0),
)
ACTIVITIES = st.builds(
    Activity,
    LISTENERS,
    st.sampled_from(Presence),
    received=st.none() | st.integers(0, 3),
    published=st.none() | st.integers(0, 3),
    answers=st.integers(0, 1),
    opened_inbox=st.booleans(),
    earlier=st.none() | LISTENERS,
)
AUDIENCES = st.builds(
    Audience,
    subject=st.just("svc"),
    listeners=st.lists(LISTENERS, max_size=3).map(tuple),
    streams=st.sampled_from([(), ("S",)]),
    user=st.sampled_from([User(), User("u", "A"), NOBODY]),
    may_publish=st.sampled_from([True, False, None]),
    may_hear_replies=st.sampled_from([True, False, None]),
    path=st.none() | st.builds(Path, st.just("svc"), st.lists(HOPS, max_size=3).map(tuple)),
    listeners_known=st.booleans(),
    readers=st.sampled_from([None, (), ("w",)]),
    consumers=st.none() | st.lists(CONSUMERS, max_size=2).map(tuple),
    jetstream=st.sampled_from([True, False, None]),
)
BODIES = st.binary(max_size=9) | st.sampled_from(
    [
        b'{"stream":"S","seq":1}',
        b'{"error":{"err_code":10039}}',
        b'{"error":{"code":"x"}}',
        b'{"pattern":1,"data":2,"id":3}',
        b'{"err":[1],"isDisposed":true}',
    ]
)
IN_STREAM = b"NATS/1.0\r\nNats-Expected-Stream: S\r\nreply_to: _INBOX.x.1\r\n\r\n"
HEADS = st.sampled_from([b"", b"NATS/1.0 503\r\n\r\n", b"NATS/1.0\r\nnats-ttl: 1\r\n\r\n"])


@given(
    st.sampled_from(ExchangeKind),
    st.sampled_from(State),
    st.sampled_from(["svc", "$JS.API.INFO", "$JS.", "$X", "_INBOX.x"]),
    st.lists(st.builds(Message, st.just("_INBOX.x.1"), BODIES, head=HEADS), max_size=3),
    st.none() | AUDIENCES,
    st.none() | st.lists(LISTENERS, max_size=2).map(tuple),
    st.none() | AUDIENCES,
    st.builds(Heard, st.booleans(), st.booleans(), st.sampled_from(["", "asker"])),
    st.none() | st.lists(ACTIVITIES, max_size=3).map(tuple),
    st.booleans(),
)
def test_whatever_is_known_there_is_a_sentence(
    kind: ExchangeKind,
    state: State,
    subject: str,
    replies: list[Message],
    found: Audience | None,
    askers: tuple[Listener, ...] | None,
    before: Audience | None,
    heard: Heard,
    activity: tuple[Activity, ...] | None,
    in_stream: bool,
) -> None:
    exchange = Exchange(
        1, kind, state, subject, "_INBOX.x.1", 10.0, replies=tuple(range(2, 2 + len(replies)))
    )
    for own, ended in ((True, 11.0), (False, None)):
        case = Case(
            replace(exchange, own=own, ended=ended),
            Message(subject, head=IN_STREAM if in_stream else b""),
            tuple(replies),
            last_reply=replies[-1] if replies else None,
            heard=heard,
            audience=found,
            askers=askers,
            before=before,
            activity=activity,
        )
        said = judge(case)
        assert said.sentence.endswith(".")
        assert not said.sentence.startswith("somebody")
        assert all(title and words for title, words in said.evidence)
        others = said.cause is Cause.STORED_ONLY and not own  # all that a publisher wants
        assert bool(said.advice) is (said.cause not in UNTROUBLED and not others)
        assert said.tone in Tone


@given(st.sampled_from(ExchangeKind), st.sampled_from(State))
def test_every_kind_and_state_is_a_situation(kind: ExchangeKind, state: State) -> None:
    exchange = Exchange(1, kind, state, "svc", "_INBOX.x.1", 10.0)
    assert situation_of(exchange) in BY_SITUATION


def test_a_sentence_begins_with_a_capital_unless_it_begins_with_a_name() -> None:
    unseen = Listener("edge", 1, "hub", "svc", leaf=True, withheld="denied")
    named = replace(unseen, client="svc-a", leaf=False)
    for listener, words in (
        (unseen, "Somebody behind leaf node edge listens,"),
        (named, "svc-a (cid 1) listens,"),
    ):
        heard = Audience("svc", (listener,))
        said = judge(exchanged(ExchangeKind.REQUEST, State.TIMED_OUT, audience=heard))
        assert said.sentence.startswith(words)
