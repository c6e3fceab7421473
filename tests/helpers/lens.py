"""Journals to filter, lenses to filter them with, and what passes."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.filter.lens import Lens
from engine.journal import Event, Journal
from engine.journal.view import View
from engine.message import publish_frame, split_frame

FOREVER = 60.0


def put(
    journal: Journal,
    subject: bytes,
    reply: bytes = b"",
    body: bytes = b"x",
    head: bytes = b"",
    source: int = 1,
) -> int:
    """Record one message, as another client would send it; returns its number."""
    frame = publish_frame(subject, reply, head, body)
    _, _, start, size = split_frame(frame)
    journal.sink(source)(subject, reply, frame, start, size)
    return journal.next - 1


def headers(*lines: bytes) -> bytes:
    return b"NATS/1.0\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def passing(journal: Journal, text: str) -> list[int]:
    view = View(journal, Lens.parse(text).on(journal))
    view.catch_up(FOREVER)
    return list(view)


STORED = b'{"stream":"tea","seq":1}'


WORDS = [b"tea", b"Tea", b"milk", b"\xff\x00", b"MSG tea 1 3", b"\r\n"]


SUBJECTS = [b"svc", b"svc.a", b"tea.b", b"\xc3\xa9.x", b"$SYS.tea", b"_INBOX.tea"]


LEAVES = [
    *("tea", "Tea", '"\\xff"', "~i tea", "~i _inbox", "~b tea", "~b milk", "~bi TEA"),
    *("~u svc", "~u svc.>", "~u *.*", "~u >", "~u $SYS.>", "~u _INBOX.*", "~u \u00e9.x"),
    *("~s waiting", "~s answered", "~s no", "~s failed", "~s timed", "~q", "~e", "~own"),
    *("~h x-token", "~h X-Token:tea", "~h content-type:", "~c 5f", "~c tea"),
    *("~l >= 0s", "~l < 0s", "~z > 20", "~z <= 20", "~n 0", "~n > 1", "~n < 2"),
    *("~k request", "~k system", "~k delivery", "~k note", "~k all", "~k orphan"),
    *("~by tap", "~by two", "~by one-1"),
]


lenses = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' | '.join(parts)})"),
    ),
    max_leaves=5,
)


heads = st.lists(
    st.sampled_from(
        [
            *(b"X-Token: tea", b"x-token:milk", b"correlation_id: 5f1c", b"Content-Type: a"),
            *(b"X-Served-By: one-1", b"Nats-Service-Error: tea"),
        ]
    ),
    max_size=3,
).map(lambda lines: headers(*lines) if lines else b"")


bodies = st.one_of(st.lists(st.sampled_from(WORDS), max_size=3).map(b" ".join), st.just(STORED))


messages = st.tuples(
    st.sampled_from(["ask", "reply", "publish", "deliver", "note", "mine", "settle"]),
    st.integers(0, 5),
    bodies,
    heads,
    st.integers(1, 2),
)


def play(journal: Journal, step: tuple[str, int, bytes, bytes, int]) -> None:
    what, which, body, head, source = step
    inbox, subject = b"_INBOX.x.%d" % which, SUBJECTS[which]
    if what in ("ask", "mine"):
        number = put(journal, subject, inbox, body, head, source)
        if what == "mine":
            journal.own.expect(number, wanted=which % 3, timeout=1.0)
    elif what == "reply":
        put(journal, inbox, b"", body, head, source)
    elif what == "publish":
        put(journal, subject, b"", body, head, source)
    elif what == "deliver":
        put(journal, subject, b"$JS.ACK.S.c.1.%d" % which, body, head, source)
    elif what == "note":
        journal.note("tea is out")
    else:
        event = (Event.DEADLINE, Event.NO_RESPONDERS, Event.CANCEL)[which % 3]
        own = [number for number, _ in journal.heads() if journal.exchange(number).own]
        for number in own[-1 - which :][:1]:
            journal.own.settle(number, event)


def places() -> Journal:
    journal = Journal()
    journal.sources.add("tap one")
    journal.sources.add("tap two")
    return journal
