"""What a reply draft will do, as one sentence to read before it is hosted."""

from __future__ import annotations

from collections.abc import Iterator

from engine.durations import write_duration
from engine.words import counted

from .behaviour import Correlation, Then
from .delay_spread import Delay, Spread
from .recipes import recipe_of
from .reply import RATE, ReplyDraft

_THEN = {
    Then.ACK: "acknowledges",
    Then.NAK: "asks for it again in {wait}",
    Then.TERM: "ends its delivery",
    Then.SILENCE: "says nothing to the stream",
}


def describe(draft: ReplyDraft, group: str = "") -> str:
    """The sentence, without a full stop; `group` is the queue group that it will be in."""
    return ", ".join([_does(draft, group), *_behaviour(draft), *_places(draft)])


def _does(draft: ReplyDraft, group: str) -> str:
    where = f"{draft.subject} in group {group}" if group else draft.subject
    return (
        f"hears {where} and never answers" if draft.no_reply else recipe_of(draft).describe(where)
    )


def _behaviour(draft: ReplyDraft) -> Iterator[str]:
    if draft.delay:
        yield delay_words(draft.delay)
    for chance, words in (
        (draft.fail_chance, "fail"),
        (draft.silent_chance, "get no answer"),
        (draft.duplicate_chance, "are answered twice"),
    ):
        if chance:
            yield f"{percent(chance)} {words}"
    if draft.replies > 1:
        every = f", one every {write_duration(draft.pause)}" if draft.pause else ""
        yield f"{draft.replies:,} replies each{every}"
    if draft.end_mark:
        yield "with an end mark"
    if draft.content:
        yield f"sent as {draft.content}"
    if not draft.adds_headers and not draft.no_reply:
        yield "no added headers"
    elif draft.correlation is not Correlation.KEEP and not draft.no_reply:
        changed = draft.correlation is Correlation.CHANGE
        yield f"{'another' if changed else 'no'} correlation id"
    if draft.limit:
        yield f"{counted(draft.limit, 'request')} and then off"
    if draft.rate != RATE:
        yield f"at most {draft.rate:,} a second"


def _places(draft: ReplyDraft) -> Iterator[str]:
    if draft.store_in:
        yield f"stored in {draft.store_in}"
    if draft.stream:
        consumer = f" as {draft.durable}" if draft.durable else ""
        then = _THEN[draft.then].format(wait=write_duration(draft.nak_delay))
        yield f"consumes stream {draft.stream}{consumer} and {then}"
    if draft.service:
        yield f"listed as service {draft.service} {draft.version}"


def delay_words(delay: Delay) -> str:
    least, most = write_duration(delay.least), write_duration(delay.most)
    mean = write_duration(delay.mean)
    bounded = delay.least or delay.most
    bounds = f" ({least} to {write_duration(delay.longest)})" if bounded else ""
    if delay.spread is Spread.NORMAL:
        return f"after about {mean} ± {write_duration(delay.deviation)}{bounds}"
    if delay.spread is Spread.EXPONENTIAL:
        return f"after {mean} on average, mostly less{bounds}"
    return f"after {least}" if delay.least == delay.most else f"after {least} to {most}"


def percent(chance: float) -> str:
    return f"{chance * 100:g} %"
