"""Reading what the servers report of one message, and putting it together to a path.

Pure: trace events in, `Path` out. Each server reports what it did with the message; a message
that goes on to another server carries a hop number, by which the reports find each other.
Source: measured on nats-server 2.15; ADR-41; nats-server's msgtrace.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.fields import Fields, moment, number, part, parts, texts, words
from engine.subject import REWRITTEN

from .path import Hop, Path, TraceStep

_HOP = "Nats-Trace-Hop"
_PEERS = ("client", "router", "gateway", "system", "leaf node", "jetstream", "account")
_STEPS = {
    "in": TraceStep.IN,
    "sm": TraceStep.MAPPED,
    "se": TraceStep.EXPORTED,
    "si": TraceStep.IMPORTED,
    "js": TraceStep.STORED,
    "eg": TraceStep.OUT,
}


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
    steps = [(_STEPS.get(words(detail, "type")), detail) for detail in parts(event, "events")]
    hops = tuple(_hop(step, server, route, detail) for step, detail in steps if step is not None)
    if not hops:
        return None
    arrived_first = tuple(sorted(hops, key=lambda hop: hop.step is not TraceStep.IN))
    return Report(arrived_first, route)


def assemble(subject: str, reports: Sequence[Report], inbox: str = "_INBOX") -> Path:
    """Put the servers' reports together, in the order of the way.

    A report is on the way back when what was received went to an inbox.
    """
    stems = (f"{inbox}.", *REWRITTEN)
    back = [
        report
        for report in reports
        if report.hops[0].subject.startswith(stems) and not subject.startswith(stems)
    ]
    there = sorted(
        (report for report in reports if not any(report is other for other in back)), key=_by_route
    )
    return Path(
        subject=subject,
        hops=tuple(hop for report in there for hop in report.hops),
        answer=tuple(hop for report in sorted(back, key=_by_way_back) for hop in report.hops),
        complete=_is_complete(there),
        answer_complete=not back
        or (_at_client(back, TraceStep.IN) and _at_client(back, TraceStep.OUT)),
    )


def _is_complete(reports: Iterable[Report]) -> bool:
    """True when every server that the message was handed to has reported, if it can."""
    known = {report.route: report for report in reports}
    return "" in known and all(
        hop.onward in known or hop.error
        for report in known.values()
        for hop in report.hops
        if hop.onward
    )


def _at_client(reports: Iterable[Report], step: TraceStep) -> bool:
    """True when one tells of a client that it got the answer from, or gave it to."""
    return any(
        hop.step is step and hop.peer == "client" for report in reports for hop in report.hops
    )


def _by_way_back(report: Report) -> tuple[bool, list[tuple[int, str]]]:
    """The responder's server first: where headers are sent back, all routes begin alike."""
    return not _at_client([report], TraceStep.IN), _by_route(report)


def _by_route(report: Report) -> list[tuple[int, str]]:
    """1, 2, 10 in this order; what is no number, at the end."""
    tokens = report.route.split(".") if report.route else []
    return [
        (int(token) if token.isdecimal() and len(token) < 9 else 1 << 30, token) for token in tokens
    ]


def _hop(step: TraceStep, server: str, route: str, fields: Fields) -> Hop:
    kind = fields.get("kind")
    known = (
        isinstance(kind, int) and 0 <= kind < len(_PEERS) and step in (TraceStep.IN, TraceStep.OUT)
    )
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
