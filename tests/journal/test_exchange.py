"""The table that decides an exchange's state: pure, whole, and the same in both its forms."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Event, Exchange, ExchangeKind, State
from engine.journal.states import NEXT, STATES, TABLE, advance

PAIRS = list(itertools.product(State, Event))
FINAL = (State.ANSWERED, State.NO_RESPONDERS, State.LATE, State.SERVICE_ERROR)
"""Nothing that comes afterwards changes these."""


def test_every_state_knows_what_to_do_at_every_event() -> None:
    for state, event in PAIRS:
        after = advance(state, event)
        assert isinstance(after, State), (state, event)
        assert after is TABLE.get((state, event), state), (state, event)
        assert NEXT[state][event] == after, (state, event)


def test_the_table_by_number_has_a_row_for_every_state() -> None:
    assert tuple(State) == STATES
    assert [int(state) for state in STATES] == list(range(len(STATES)))
    assert {len(row) for row in NEXT} == {len(Event) + 1}


def test_an_ending_stands() -> None:
    for state, event in itertools.product(FINAL, Event):
        assert advance(state, event) is state, (state, event)


@pytest.mark.parametrize("event", Event)
def test_what_is_no_question_gets_no_answer(event: Event) -> None:
    assert advance(State.NONE, event) is State.NONE


@pytest.mark.parametrize("event", Event)
def test_every_event_ends_or_changes_a_waiting_exchange(event: Event) -> None:
    assert advance(State.WAITING, event) not in (State.WAITING, State.NONE)


@pytest.mark.parametrize(
    ("story", "end"),
    [
        ([Event.REPLY], State.ANSWERED),
        ([Event.REPLY, Event.REPLY, Event.DEADLINE], State.ANSWERED),
        ([Event.PART, Event.PART, Event.REPLY], State.ANSWERED),
        ([Event.PART, Event.DEADLINE], State.PARTLY),
        ([Event.PART, Event.COMPLETE], State.ANSWERED),
        ([Event.DEADLINE], State.TIMED_OUT),
        ([Event.DEADLINE, Event.LATE_REPLY], State.LATE),
        ([Event.NO_RESPONDERS, Event.DEADLINE], State.NO_RESPONDERS),
        ([Event.PUB_ACK, Event.DEADLINE], State.STORED),
        ([Event.PUB_ACK, Event.COMPLETE], State.KEPT),
        ([Event.PUB_ACK, Event.COMPLETE, Event.REPLY], State.ANSWERED),
        ([Event.PUB_ACK, Event.REPLY], State.ANSWERED),
        ([Event.PUB_ACK, Event.DEADLINE, Event.LATE_REPLY], State.LATE),
        ([Event.DEADLINE, Event.PUB_ACK, Event.LATE_REPLY], State.LATE),
        ([Event.ERROR, Event.REPLY], State.SERVICE_ERROR),
        ([Event.PART, Event.ERROR, Event.COMPLETE], State.SERVICE_ERROR),
        ([Event.REFUSED, Event.DEADLINE], State.REFUSED),
        ([Event.LINK_LOST, Event.LATE_REPLY], State.LATE),
        ([Event.CANCEL, Event.LATE_REPLY], State.LATE),
        ([Event.CANCEL, Event.DEADLINE], State.CANCELLED),
    ],
)
def test_stories(story: list[Event], end: State) -> None:
    state = State.WAITING
    for event in story:
        state = advance(state, event)
    assert state is end


@given(st.lists(st.sampled_from(Event)))
def test_no_story_goes_back_to_waiting(story: list[Event]) -> None:
    state = State.WAITING
    for event in story:
        state = advance(state, event)
        assert state not in (State.WAITING, State.NONE)


def test_states_have_words_and_failures_are_known() -> None:
    assert len({state.label for state in State}) == len(State)
    good = {state for state in State if not state.failed}
    assert good == {State.NONE, State.WAITING, State.ANSWERED, State.PARTLY, State.KEPT}


def test_latency_counts_to_the_answer_or_to_the_end() -> None:
    def seen(answered: float | None, ended: float | None, began: float = 1e9 + 10) -> float | None:
        return Exchange(
            1, ExchangeKind.REQUEST, State.WAITING, "s", "r", began, answered=answered, ended=ended
        ).latency

    assert seen(None, None) is None
    assert seen(1e9 + 12, 1e9 + 15) == 2.0
    assert seen(None, 1e9 + 15) == 5.0
    assert seen(1e9 + 9, None) == 0.0
    assert seen(1e9 + 12, None, began=-1.0) is None  # nobody wrote down when it began
