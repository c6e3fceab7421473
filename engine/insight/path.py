"""The path of one message through the servers, as their trace events tell it.

Pure: events in, `Path` out. Each server reports what it did with the message; a message
that goes on to another server carries a hop number, by which the reports are put together.
Source: facts/nats.md 2.7; ADR-41; nats-server's msgtrace.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .fields import Fields, moment, number, part, parts, texts, words

_HOP = "Nats-Trace-Hop"
_REWRITTEN = ("_R_.", "_GR_.")
_PEERS = ("client", "router", "gateway", "system", "leaf node", "jetstream", "account")
NO_TRACE_BEYOND = "does not support message tracing"


class Step(StrEnum):
    """What a server did with the message."""

    IN = "received"
    MAPPED = "mapped"
    EXPORTED = "exported"
    IMPORTED = "imported"
    STORED = "stored"
    OUT = "sent on"


_STEPS = {
    "in": Step.IN,
    "sm": Step.MAPPED,
    "se": Step.EXPORTED,
    "si": Step.IMPORTED,
    "js": Step.STORED,
    "eg": Step.OUT,
}


@dataclass(frozen=True, slots=True)
class Hop:
    """One step on one server; what a step does not have is empty.

    `peer` is what it came from or goes to: "client", "router", "leaf node"...; `name` and
    `cid` are the peer's. `subject` is what the message was called there: for MAPPED and
    IMPORTED the new subject, for OUT the subscription's pattern. `at` is the server's own
    clock, in seconds since the epoch. `route` numbers the server's report ("" for the first
    server), `onward` is the number that the next server's report will have.
    """

    step: Step
    server: str
    peer: str = ""
    name: str = ""
    cid: int = 0
    account: str = ""
    subject: str = ""
    queue: str = ""
    stream: str = ""
    error: str = ""
    no_interest: bool = False
    at: float | None = None
    route: str = ""
    onward: str = ""

    @property
    def delivered(self) -> bool:
        """True for a client that gets (or, in a dry run, would get) the message."""
        return self.step is Step.OUT and self.peer == "client" and not self.error


@dataclass(frozen=True, slots=True)
class Path:
    """Where a message went; `answer` is the way back, when the answer was traced too.

    `complete` is False when a server on the way has not reported within the time. `rtt` is
    seconds from natstap to its server and back. `unreadable` counts reports that made no sense.
    """

    subject: str = ""
    hops: tuple[Hop, ...] = ()
    answer: tuple[Hop, ...] = ()
    complete: bool = False
    dry: bool = False
    rtt: float | None = None
    unreadable: int = 0
    refusal: str = ""
    """What the server said when it would not take the message or its trace at all."""

    @property
    def servers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hop.server for hop in self.hops))

    @property
    def egress(self) -> tuple[Hop, ...]:
        """The clients that got it; of a queue group only the member that was chosen."""
        return tuple(hop for hop in self.hops if hop.delivered)

    @property
    def stored_in(self) -> tuple[str, ...]:
        """Streams that take it; a full stream refuses only real messages, never a dry run."""
        kept = (hop for hop in self._all(Step.STORED) if not hop.error and not hop.no_interest)
        return tuple(dict.fromkeys(hop.stream for hop in kept if hop.stream))

    @property
    def mapped_to(self) -> str:
        """The subject that a mapping gave it; "" when none changed it."""
        renamed = [hop.subject for hop in self._all(Step.MAPPED) if hop.subject != self.subject]
        return renamed[-1] if renamed else ""

    @property
    def imported_from(self) -> tuple[str, ...]:
        """Accounts whose service takes it; `$SYS` for the server's own API."""
        return tuple(dict.fromkeys(hop.account for hop in self._all(Step.IMPORTED)))

    @property
    def refused(self) -> str:
        """The first error on the way, "" when there was none."""
        errors = (f"{_where(hop)}: {hop.error}" for hop in self.hops if hop.error)
        return self.refusal or next(errors, "")

    @property
    def sentence(self) -> str:
        """The path in one line."""
        ways = [f"{' → '.join(self.servers)}" if self.servers else "no server reported"]
        if self.mapped_to:
            ways.append(f"mapped to {self.mapped_to}")
        ways += [f"taken by account {one}" for one in self.imported_from]
        ways += [f"stored in {one}" for one in self.stored_in]
        ways += [_delivery(hop) for hop in self.egress]
        if self.refused:
            ways.append(f"refused: {self.refused}")
        return "; ".join(ways)

    def _all(self, step: Step) -> tuple[Hop, ...]:
        return tuple(hop for hop in self.hops if hop.step is step)


@dataclass(frozen=True, slots=True)
class Report:
    """What one server said: its steps, and the number that the message came with."""

    hops: tuple[Hop, ...]
    route: str = ""


def read_report(event: Fields) -> Report | None:
    """One server's trace event; None when it is none."""
    server = words(part(event, "server"), "name") or words(part(event, "server"), "id")
    routes = texts(part(part(event, "request"), "header"), _HOP)
    route = routes[0] if routes else ""
    steps = [(_STEPS.get(words(one, "type")), one) for one in parts(event, "events")]
    hops = tuple(_hop(step, server, route, one) for step, one in steps if step is not None)
    if not hops:
        return None
    arrived_first = tuple(sorted(hops, key=lambda hop: hop.step is not Step.IN))
    return Report(arrived_first, route)


def assemble(subject: str, reports: Sequence[Report], inbox: str = "_INBOX") -> Path:
    """Put the servers' reports together, in the order of the way.

    A report is on the way back when what was received went to an inbox.
    """
    stems = (f"{inbox}.", *_REWRITTEN)
    back = [
        one
        for one in reports
        if one.hops[0].subject.startswith(stems) and not subject.startswith(stems)
    ]
    there = sorted(
        (one for one in reports if not any(one is other for other in back)), key=_by_route
    )
    return Path(
        subject=subject,
        hops=tuple(hop for one in there for hop in one.hops),
        answer=tuple(hop for one in sorted(back, key=_by_route) for hop in one.hops),
        complete=_is_complete(there),
    )


def _is_complete(reports: Iterable[Report]) -> bool:
    """True when every server that the message was handed to has reported."""
    known = {one.route: one for one in reports}
    return "" in known and all(
        hop.onward in known or NO_TRACE_BEYOND in hop.error
        for one in known.values()
        for hop in one.hops
        if hop.onward
    )


def _by_route(report: Report) -> list[tuple[int, str]]:
    """1, 2, 10 in this order; what is no number, at the end."""
    tokens = report.route.split(".") if report.route else []
    return [(int(one) if one.isdecimal() and len(one) < 9 else 1 << 30, one) for one in tokens]


def _hop(step: Step, server: str, route: str, fields: Fields) -> Hop:
    kind = fields.get("kind")
    known = isinstance(kind, int) and 0 <= kind < len(_PEERS) and step in (Step.IN, Step.OUT)
    return Hop(
        step=step,
        server=server,
        peer=_PEERS[int(kind)] if known and kind is not None else "",
        name=words(fields, "name"),
        cid=number(fields, "cid"),
        account=words(fields, "acc"),
        subject=words(fields, "to") or words(fields, "sub") or _subject(fields),
        queue=words(fields, "queue"),
        stream=words(fields, "stream"),
        error=words(fields, "error"),
        no_interest=fields.get("nointerest") is True,
        at=moment(fields, "ts"),
        route=route,
        onward=words(fields, "hop"),
    )


def _subject(fields: Fields) -> str:
    return words(fields, "subj") or words(fields, "subject")


def _where(hop: Hop) -> str:
    return f"stream {hop.stream}" if hop.stream else hop.server


def _delivery(hop: Hop) -> str:
    queue = f", chosen from queue {hop.queue}" if hop.queue else ""
    return f"to {hop.name or 'client'} (cid {hop.cid}{queue})"
