"""Evidence: what a diagnosis rests on, line by line, titles first."""

from __future__ import annotations

from collections.abc import Iterator

from engine.audience.audience import Audience
from engine.clients.listeners import Listener
from engine.journal import pub_ack
from engine.latency_words import span
from engine.subject import beyond
from engine.words import counted, octets, short

from .case import Case
from .envelopes import envelopes
from .naming import name
from .result import Diagnosis, Line
from .rules.header_case import ignored_headers
from .timing import came_after

MAX_LINES = 8
"""Lines of one title; evidence is to be read."""
OLD = 30.0
"""Seconds after which who listens now says little of who listened when it was asked."""


def list_evidence(case: Case, found: Diagnosis) -> tuple[Line, ...]:
    """What the rule gave, then all the rest, in the order in which it was looked at."""
    return (
        *found.evidence,
        *_detail(case, found),
        *_connection(case),
        *_replies(case),
        *_people(case),
        *_activity(case),
        *_consumers(case),
        *_ways(case),
        *_headers(case),
        *(("Not known", unknown) for unknown in case.unknown),
    )


def _detail(case: Case, found: Diagnosis) -> Iterator[Line]:
    if found.detail:
        yield "What is known", found.detail
    reply = case.exchange.reply_subject
    if place := beyond(reply):
        yield "Reply subject", f"{reply}: the server's own, for the asker is {place}"


def _connection(case: Case) -> Iterator[Line]:
    for note in case.notes[:MAX_LINES]:
        after = note.started - case.exchange.started
        when = f"{span(after)} after" if after >= 0 else f"{span(-after)} before"
        yield "Connection", f"{when} the request: {note.why}"


def _replies(case: Case) -> Iterator[Line]:
    for n, reply in enumerate(case.replies[:MAX_LINES], 1):
        after = came_after(case.exchange, reply)
        ack = pub_ack(reply.body)
        if ack is not None:
            what = f"stream {short(str(ack['stream']))}, sequence {ack['seq']}: no answer"
        elif reply.status:
            about = reply.headers.get("Nats-Subject", "")
            what = " ".join(
                f"status {reply.status} {short(reply.description)} {short(about)}".split()
            )
        else:
            what = octets(len(reply.body)) if reply.body else "an empty body"
        yield f"Reply {n}", f"after {after}, {what}"


def _people(case: Case) -> Iterator[Line]:
    found = case.audience
    if found is None:
        return
    old = case.looked_at - case.exchange.started > OLD
    if old:
        yield from _then(case)
    yield from _now(case, found, " now" if old else "")
    here = {(listener.server, listener.cid) for listener in found.listeners}
    gone = [listener for listener in _before(case) if (listener.server, listener.cid) not in here]
    for listener in [] if old else gone[:MAX_LINES]:
        yield "Listened", f"{_listener(listener)}, before it was asked"
    for asker in (case.askers or ())[:MAX_LINES]:
        title = "Hears" if asker.tap else "Asks"
        yield title, f"{name(asker)}, who hears {asker.pattern}"
    if found.user.account:
        user = f"user {found.user.name} of " if found.user.name else ""
        yield "You", f"{user}account {found.user.account}"


def _then(case: Case) -> Iterator[Line]:
    """What was known of an old exchange when it was asked; after it comes how it is now."""
    before, started = case.before, case.exchange.started
    if before is None or not before.listeners_known:
        yield "Listened then", "not known: natstap had not asked who listens"
    else:
        when = f"asked {span(max(0.0, started - before.at))} before the request"
        for listener in before.listeners[:MAX_LINES]:
            yield "Listened then", f"{_listener(listener)}; {when}"
        if not before.listeners:
            yield "Listened then", f"nobody on {case.subject}; {when}"
    yield "Now", f"asked {span(case.looked_at - started)} after the request"


def _now(case: Case, found: Audience, now: str) -> Iterator[Line]:
    for listener in found.listeners[:MAX_LINES]:
        yield f"Listens{now}" if not listener.tap else f"Taps{now}", _listener(listener)
    if (more := len(found.listeners) - MAX_LINES) > 0:
        yield f"Listens{now}", f"and {more} more"
    if not found.listeners and found.servers_own:
        yield f"Listens{now}", f"the subject is the server's own: {found.forecast}"
    elif not found.listeners and found.listeners_known:
        near = f"; nearest: {', '.join(found.nearest)}" if found.nearest else ""
        yield f"Listens{now}", f"nobody on {case.subject}{near}"


def _before(case: Case) -> tuple[Listener, ...]:
    return case.before.answering if case.before is not None else ()


def _listener(one: Listener) -> str:
    client = "".join(f" {word}" for word in (one.language, one.version) if word)
    queue = f", queue {one.queue}" if one.queue and one.counted else ""
    where = f", account {one.account}" if one.account else ""
    sent = f", {counted(one.messages, 'message')} so far" if one.counted else ""
    denied = f", not delivered: {one.withheld}" if one.withheld else ""
    return f"{name(one)}{client} on {one.pattern}{queue}{where}{sent}{denied}"


def _activity(case: Case) -> Iterator[Line]:
    for activity in (case.activity or ())[:MAX_LINES]:
        if activity.received is None or activity.published is None:
            continue
        got = f"was sent {counted(activity.received, 'message')} on the subject"
        sent = f"published {counted(activity.published, 'message')}"
        if activity.published:
            sent += f" of {octets(activity.published_bytes)}"
        pending = activity.listener.counters.pending
        waits = f"; {octets(pending)} wait for it at the server" if pending else ""
        inbox = "; it waits for answers of others" if activity.asks_others else ""
        yield "Did since then", f"{name(activity.listener)} {got} and {sent}{inbox}{waits}"


def _consumers(case: Case) -> Iterator[Line]:
    consumers = case.audience.consumers if case.audience is not None else None
    for consumer in (consumers or ())[:MAX_LINES]:
        about = ", ".join(map(short, consumer.filters)) or "all subjects"
        holds = f"{consumer.unacknowledged:,} unacknowledged, {consumer.pending:,} not delivered"
        more = ", paused" if consumer.paused else ""
        yield "Consumer", f"{short(consumer.name)} ({consumer.kind}) of {about}: {holds}{more}"


def _ways(case: Case) -> Iterator[Line]:
    found = case.audience
    if found is None:
        return
    if found.streams:
        yield "Stored in", ", ".join(found.streams)
    if found.choices:
        yield "Mapped to", f"{' or '.join(choice.subject for choice in found.choices)}, by weight"
    if found.path is not None:
        yield "Dry run", found.path.sentence
        hidden = [account for account in found.imported_from if not found.path.egress]
        for account in hidden:
            yield (
                "Dry run",
                f"account {account} shows nothing of what happens there (allow_trace is off, "
                "or nobody listens)",
            )


def _headers(case: Case) -> Iterator[Line]:
    for message in (case.request, *case.replies):
        for wrong, official in ignored_headers(message, message is case.request):
            yield "Header", f"{short(wrong)} is not {official}: it is ignored"
    if many := envelopes((case.request, *case.replies, *case.neighbours)):
        yield "Envelope", f"{counted(many, 'message')} here in a framework's envelope (NestJS)"
