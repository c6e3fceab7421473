"""The terms of a lens: one table that the parser, the help and the completion share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import content_search, message_terms, state_terms
from .state_terms import Probe


@dataclass(frozen=True, slots=True)
class Spec:
    """One term: how it is written and what it means."""

    name: str
    """With its ~; empty for bare words."""
    long: str
    """Another way to write it."""
    takes: str
    """What stands after it, "" when nothing does."""
    meaning: str
    example: str
    build: Callable[[str, str], Probe]
    """Takes what stands after it and how that is compared; raises `Unfit`."""
    compares: bool = False
    units: tuple[str, ...] = ()
    """Of what it compares, the usual ones first."""
    is_text: bool = False
    """True if a longer text is in whatever holds it only where a shorter one is."""

    @property
    def usage(self) -> str:
        return " ".join(filter(None, (self.name, self.takes)))


SPECS = (
    Spec(
        "",
        "",
        "word",
        "subject, reply subject, headers, ids, body or who answered has it",
        "tea",
        content_search.words,
        is_text=True,
    ),
    Spec(
        "~i",
        "~any-case",
        "word",
        "as above, A for a",
        "~i tea",
        content_search.words_folded,
        is_text=True,
    ),
    Spec(
        "~u",
        "~subject",
        "subject",
        "its subject; * and > are wildcards",
        "~u orders.>",
        message_terms.subject,
    ),
    Spec("~s", "~state", "state", "its state, or the start of one", "~s timed", state_terms.state),
    Spec("~q", "~unanswered", "", "asked, and no answer came", "~q", state_terms.unanswered),
    Spec("~e", "~failed", "", "did not get its answer in time", "~e", state_terms.failed),
    Spec("~b", "~body", "text", "a body has it", '~b "no tea"', content_search.body, is_text=True),
    Spec(
        "~bi",
        "~body-any-case",
        "text",
        "a body has it, A for a",
        "~bi tea",
        content_search.body_folded,
        is_text=True,
    ),
    Spec(
        "~j",
        "~json",
        "path[=value]",
        "a value at a path of a body, as natstap reads it",
        "~j $.order.id=7",
        content_search.path,
    ),
    Spec(
        "~!valid",
        "~invalid",
        "",
        "a request or reply breaks its schema",
        "~!valid",
        content_search.invalid,
    ),
    Spec("~h", "~header", "name[:value]", "has the header", "~h x-token:abc", message_terms.header),
    Spec(
        "~c",
        "~correlation",
        "start",
        "a correlation id begins so",
        "~c 5f1c",
        message_terms.correlation,
    ),
    Spec(
        "~l",
        "~latency",
        "> time",
        "time to the first answer",
        "~l > 200ms",
        message_terms.latency,
        True,
        ("ms", "s", "us", "m"),
    ),
    Spec(
        "~z",
        "~size",
        "> bytes",
        "headers and body of its largest message; 1k is 1,024",
        "~z > 1k",
        message_terms.size,
        True,
        ("k", "m", "b"),
    ),
    Spec(
        "~n",
        "~replies",
        "> count",
        "how many answers came; a 503 and a PubAck are none",
        "~n > 1",
        message_terms.count,
        True,
    ),
    Spec(
        "~by",
        "~responder",
        "name",
        "who answered, as far as that is known, or where it was seen",
        "~by orders-1",
        message_terms.by,
    ),
    Spec(
        "~k",
        "~kind",
        "kind",
        "request, publish, orphan, note, and what is hidden: delivery, system, all",
        "~k request",
        state_terms.kind,
    ),
    Spec("~own", "~mine", "", "natstap itself asked", "!~own", message_terms.own),
)
TERMS = {name: spec for spec in SPECS for name in (spec.name, spec.long)}
