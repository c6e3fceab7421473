"""The verdict: one sentence that says what happened to an exchange, and the evidence for it.

Pure: it looks at the journal and at nothing else, so the same exchange always gets the same
sentence. What it quotes from messages is as they sent it; whoever shows it makes it safe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.journal import Exchange, Journal, Kind, State, pub_ack
from engine.message import Message
from engine.words import counted, octets, short, span

from .not_stored import not_stored
from .replies import answers, asked_in_stream, failure, failures, first_replies, replied, stored

Tone = Literal["good", "bad", "warn", "open"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`open` is the tone of what is not over, or never was a question."""

    sentence: str
    detail: str = ""
    tone: Tone = "open"


def verdict(exchange: Exchange, journal: Journal) -> Verdict:
    """What happened; raises KeyError for an exchange that the journal no longer holds."""
    judge = _BY_KIND.get(exchange.kind) or _BY_STATE[exchange.state]
    return judge(exchange, journal)


# -- requests, by state ------------------------------------------------------------------


def _waiting(exchange: Exchange, journal: Journal) -> Verdict:
    subject = short(exchange.subject)
    if exchange.timeout is not None:
        return Verdict(f"Waiting for an answer on {subject}, at most {span(exchange.timeout)}.")
    return Verdict(
        f"No answer on {subject} has been seen.",
        "natstap is not the one who waits, so it cannot tell how long the wait is.",
    )


def _answered(exchange: Exchange, journal: Journal) -> Verdict:
    found = answers(exchange, journal)
    if not found:
        return Verdict("Answered.", tone="good")
    count, first = len(exchange.replies), found[0]
    after = span(exchange.latency or 0)
    if exchange.wanted != 1 and count > 1:
        took = span(journal.message(exchange.replies[-1]).at - exchange.started)
        sentence = f"All {count:,} replies came within {took}, the first after {after}."
        return Verdict(sentence, tone="good")
    sentence = f"Answered in {after} by a reply of {octets(len(first.body))}."
    fooled = not exchange.own and first.number != exchange.replies[0]
    return Verdict(sentence, _besides(exchange, journal, found), "warn" if fooled else "good")


def _besides(exchange: Exchange, journal: Journal, found: list[Message]) -> str:
    """What came beside the first answer: an acknowledgement before it, duplicates after it."""
    if kept := stored(exchange, journal):
        before = not found or found[0].number != exchange.replies[0]
        when = "first" if before else "too"
        fooled = _FOOLED if before and not exchange.own else ""
        return f"Stream {kept[0]} stored the request {when}, as sequence {kept[1]:,}.{fooled}"
    if len(exchange.replies) < 2 or len(found) < 2:
        return ""
    one, other = found[:2]
    gap = span(other.at - one.at)
    if other.subject == one.reply:
        return f"The answer was answered in turn, {gap} later."
    more = len(exchange.replies) - 2
    others = f", and {more:,} more after it" if more > 0 else ""
    same = (one.head, one.body) == (other.head, other.body)
    what, whose = _AGAIN if same else _ANOTHER
    return f"{what} {gap} later{others}: {whose}. Who takes one reply takes the first."


_AGAIN = "The same reply came again", "it was sent twice, or two answer alike"
_ANOTHER = "A second reply came", "two answered, or one answered twice"
_FOOLED = " An asker that takes the first reply took this acknowledgement for its answer."


def _partly(exchange: Exchange, journal: Journal) -> Verdict:
    count = len(exchange.replies)
    of = _so_many(count, exchange.wanted)
    if exchange.ended is None:
        have = "has" if of == "1 reply" else "have"
        return Verdict(f"{of} {have} come, the first after {span(exchange.latency or 0)}.")
    return Verdict(f"Only {of} came within {span(waited(exchange))}.", tone="warn")


def _so_many(count: int, wanted: int) -> str:
    return f"{count:,} of {wanted:,} replies" if wanted else counted(count, "reply", "replies")


def _no_responders(exchange: Exchange, journal: Journal) -> Verdict:
    if unstored := not_stored(exchange, ()):
        return Verdict(unstored, "", "bad")
    said = f"the server said so after {span(exchange.latency or 0)}"
    return Verdict(
        f"Nobody listens on {short(exchange.subject)}: {said}.",
        "Is the service running, on this server and account, and is the subject spelled right?",
        "bad",
    )


def _timed_out(exchange: Exchange, journal: Journal) -> Verdict:
    if unstored := not_stored(exchange, first_replies(exchange, journal)):
        return Verdict(unstored, "", "bad")
    subject = short(exchange.subject)
    return Verdict(
        f"No answer within {span(waited(exchange))}.",
        f"Somebody listens on {subject}, else the server would have said so at once; "
        "but no answer came in time.",
        "bad",
    )


def _late(exchange: Exchange, journal: Journal) -> Verdict:
    came, wait = exchange.latency or 0, waited(exchange)
    kept = stored(exchange, journal)
    before = f"; stream {kept[0]} had acknowledged the request before" if kept else ""
    fooled = " Who takes the first reply takes that acknowledgement for its answer."
    return Verdict(
        f"Answered {span(came - wait)} too late: after {span(came)}, "
        f"and you waited {span(wait)}{before}.",
        f"The service works, but slower than the timeout allows.{fooled if before else ''}",
        "warn",
    )


def _refused(exchange: Exchange, journal: Journal) -> Verdict:
    words = f"The server says: {exchange.why}" if exchange.why else ""
    return Verdict(_refusal(exchange), words, "bad")


def _refusal(exchange: Exchange) -> str:
    """What was refused: natstap's own answer, its inbox, or the request."""
    if exchange.replies:
        reply = short(exchange.reply_subject)
        return f"natstap's answer was refused: this user may not publish to {reply}."
    if "for subscription" in exchange.why.lower():
        inbox = exchange.reply_subject.rpartition(".")[0]
        return f"No answer can be heard: this user may not subscribe to its inbox {inbox}.*."
    return f"Refused: this user has no permission for {short(exchange.subject)}."


def _stored_only(exchange: Exchange, journal: Journal) -> Verdict:
    stream, sequence, _ = stored(exchange, journal) or ("", 0, "")
    yet = "has answered yet" if exchange.ended is None else "answered"
    if exchange.number in journal and asked_in_stream(journal.message(exchange.number)):
        return Verdict(
            f"Stream {stream} stored the request as sequence {sequence:,}; no consumer {yet}.",
            "Look whether the stream has a consumer, and how far behind it is.",
            "warn",
        )
    return Verdict(
        f"Stream {stream} stores this subject and acknowledged as sequence {sequence:,}; "
        f"no service {yet}.",
        "An acknowledgement is not an answer. Whoever reads from the stream does not see "
        "where you wait.",
        "warn",
    )


def _kept(exchange: Exchange, journal: Journal) -> Verdict:
    stream, sequence, _ = stored(exchange, journal) or ("", 0, "")
    if _is_duplicate(exchange, journal):
        return Verdict(
            f"Stream {stream} has it already, as sequence {sequence:,}.",
            "The message id was stored before; it was not stored again.",
            "warn",
        )
    first = first_replies(exchange, journal)[:1]
    after = f" in {span(first[0].at - exchange.started)}" if first else ""
    said = f"Stored by stream {stream}{after}, as sequence {sequence:,}"
    if answered := replied(exchange, journal):
        too = f"after {span(answered[0].at - exchange.started)}"
        about = _where_answered(exchange, answered[0])
        return Verdict(f"{said}; an answer came as well, {too}.", about, "good")
    return Verdict(f"{said}.", tone="good")


def _where_answered(exchange: Exchange, answer: Message) -> str:
    """Whoever reads from the stream answers elsewhere than a service on the subject itself."""
    if answer.subject != exchange.reply_subject:
        return f"It came to {short(answer.subject)}, where the message asks for answers."
    return (
        "Only the acknowledgement was wanted. A service that listens on the subject itself "
        "answered where that was to go; who waits for that alone does not see it."
    )


def _is_duplicate(exchange: Exchange, journal: Journal) -> bool:
    acknowledged = (pub_ack(one.body) for one in first_replies(exchange, journal))
    return any(fields is not None and fields.get("duplicate") is True for fields in acknowledged)


def _service_error(exchange: Exchange, journal: Journal) -> Verdict:
    stream, _, problem = stored(exchange, journal) or ("", 0, "")
    if problem:
        return Verdict(f"Stream {stream} did not store this: {problem}.", tone="bad")
    code, words = failure(exchange, journal)
    after = f" after {span(exchange.latency)}" if exchange.latency is not None else ""
    numbered = f"error {code}" if code else "an error"
    said = f"{numbered}: {words.rstrip('.')}" if words else numbered
    if exchange.wanted != 1 and len(exchange.replies) > 1:
        return _some_failed(exchange, journal, said)
    return Verdict(
        f"The service answered with {said}.",
        f"It answered{after}: the transport works, and the service refused or failed.",
        "bad",
    )


def _some_failed(exchange: Exchange, journal: Journal, said: str) -> Verdict:
    """Of several replies at least one is an error."""
    count = len(exchange.replies)
    failed = sum(1 for _ in failures(exchange, journal))
    of = _so_many(count, exchange.wanted if exchange.wanted > count else 0)
    verb = "is" if failed == 1 else "are errors, the first"
    return Verdict(
        f"{failed:,} of {count:,} replies {verb} {said}.",
        f"{of} came, the first after {span(exchange.latency or 0)}.",
        "bad",
    )


def never_sent(exchange: Exchange) -> bool:
    """True for a request that waited for a server in vain, and was taken back."""
    return exchange.state is State.LINK_LOST and "never sent" in exchange.why


def _link_lost(exchange: Exchange, journal: Journal) -> Verdict:
    if never_sent(exchange):
        return Verdict(
            f"Never sent: there was no connection within {span(exchange.timeout or 0)}.",
            "It was taken back, so that it cannot arrive after all; asking again does no harm.",
            "bad",
        )
    return Verdict(
        "The connection was lost while this request was in flight.",
        "Whether a service has handled it is not known.",
        "bad",
    )


def _cancelled(exchange: Exchange, journal: Journal) -> Verdict:
    return Verdict(f"Given up after {span(exchange.latency or 0)}, before an answer came.")


# -- what is no request, by kind ---------------------------------------------------------


def _publish(exchange: Exchange, journal: Journal) -> Verdict:
    return Verdict(
        f"Published to {short(exchange.subject)}.",
        "It names no reply subject, so nothing can come back.",
    )


def _orphan(exchange: Exchange, journal: Journal) -> Verdict:
    message = journal.message(exchange.number)
    if message.no_responders:
        about = short(message.headers.get("Nats-Subject", "what it asked for"))
        return Verdict(
            f"The server tells {short(exchange.subject)} that nobody listens on {about}.",
            "It is no answer, though it comes to a reply subject: an empty body with status 503.",
            "bad",
        )
    if place := beyond(exchange.subject):
        return Verdict(f"A reply on its way to a client {place}.", _NOT_SEEN, "warn")
    return Verdict("A reply to a request that was not seen.", _NOT_SEEN, "warn")


_NOT_SEEN = "The request was sent before natstap looked, or where natstap does not look."


def _delivery(exchange: Exchange, journal: Journal) -> Verdict:
    subject = short(exchange.subject)
    if not exchange.replies:
        return Verdict(
            f"A stream delivered this message from {subject} to a consumer.",
            "No acknowledgement has been seen.",
        )
    said = journal.message(exchange.replies[0]).body[:16].decode("ascii", "replace") or "+ACK"
    after = f"The consumer said {said} after {span(exchange.latency or 0)}."
    return Verdict(f"A stream delivered this message from {subject} to a consumer.", after)


def _note(exchange: Exchange, journal: Journal) -> Verdict:
    return Verdict(exchange.why or "A note.", "Something that happened to the connection.")


Judge = Callable[[Exchange, Journal], Verdict]

_BY_KIND: dict[Kind, Judge] = {
    Kind.PUBLISH: _publish,
    Kind.ORPHAN: _orphan,
    Kind.DELIVERY: _delivery,
    Kind.NOTE: _note,
}
_BY_STATE: dict[State, Judge] = {
    State.NONE: _publish,
    State.WAITING: _waiting,
    State.ANSWERED: _answered,
    State.PARTLY: _partly,
    State.NO_RESPONDERS: _no_responders,
    State.TIMED_OUT: _timed_out,
    State.LATE: _late,
    State.REFUSED: _refused,
    State.STORED: _stored_only,
    State.SERVICE_ERROR: _service_error,
    State.LINK_LOST: _link_lost,
    State.CANCELLED: _cancelled,
    State.KEPT: _kept,
}


def waited(exchange: Exchange) -> float:
    """Seconds that the asker waited; the timeout, unless something ended the wait earlier."""
    real = exchange.ended - exchange.started if exchange.ended is not None else None
    if exchange.timeout is None:
        return real or 0
    return exchange.timeout if real is None else min(real, exchange.timeout)


# -- words -------------------------------------------------------------------------------


REWRITTEN = {"_R_.": "in another account", "_GR_.": "behind a gateway"}
"""Beginnings of reply subjects that servers made, where no client listens: who asks is there."""


def beyond(reply: str) -> str:
    """Where the asker is, when a server made its reply subject; "" for any other."""
    return next((place for stem, place in REWRITTEN.items() if reply.startswith(stem)), "")
