"""Where the time of a request went: on the network, in the servers, in the service.

Only spans of one clock are used, never the difference between two machines' clocks: what
natstap measured itself from request to answer, what each server measured between taking the
message and passing it on. So clocks that disagree spoil nothing; what cannot be told apart
is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.journal import Exchange
from engine.latency_words import agree, span

from .path import Hop, Path, TraceStep


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds; None where it cannot be said, and `why` says why."""

    total: float | None = None
    network: float | None = None
    server: float | None = None
    service: float | None = None
    why: str = ""


def where_the_time_went(path: Path, exchange: Exchange) -> Spent:
    """Split an exchange's time by the path of its request.

    With the answer's path, the service's time is what its own server saw pass between
    handing over the request and taking the answer. Without, the network is natstap's way to
    its server and back, and the service's time includes its own way.
    """
    bounds = exchange.latency_bounds if exchange.answered is not None else None
    if bounds is None:
        return Spent(why="no answer has come")
    spent = _split(path, bounds[1])
    if agree(*bounds, own=exchange.own):
        return spent
    late = f"natstap read the answer {span(bounds[1] - bounds[0])} late, or less"
    return replace(spent, why=f"{spent.why}; {late}" if spent.why else late)


def _split(path: Path, total: float) -> Spent:
    inside = _inside(path.hops)
    if inside is None:
        return Spent(total, why="no server reported when it had the message")
    if (served := _served(path)) is not None:
        server = inside + (_inside(path.answer) or 0.0)
        return Spent(total, max(0.0, total - server - served), server, served)
    if path.rtt is None:
        return Spent(total, server=inside, why="network and service cannot be told apart")
    network = min(path.rtt, max(0.0, total - inside))
    why = "the service's time includes its way to its server"
    if len(path.servers) > 1:
        why += " and the way between the servers, whose clocks may differ"
    return Spent(total, network, inside, max(0.0, total - inside - network), why)


def _inside(hops: Iterable[Hop]) -> float | None:
    """Seconds in servers on the longest way: each server's last step minus its first.

    Two servers have the same route when a responder sent the request's headers back.
    """
    first: dict[tuple[str, str], float] = {}
    last: dict[tuple[str, str], float] = {}
    for hop in hops:
        if hop.at is not None and hop.step is not TraceStep.STORED:
            place = hop.route, hop.server
            first.setdefault(place, hop.at)
            last[place] = max(last.get(place, hop.at), hop.at)
    ways = [
        sum(last[start] - first[start] for start in first if _leads_to(start[0], end[0]))
        for end in first
    ]
    return max(0.0, *ways) if ways else None


def _leads_to(route: str, end: str) -> bool:
    return not route or route == end or end.startswith(f"{route}.")


def _served(path: Path) -> float | None:
    """Seconds between a server's handing over the request and its taking the answer."""
    came = next(
        (hop for hop in path.answer if hop.step is TraceStep.IN and hop.peer == "client"), None
    )
    if came is None or came.at is None:
        return None
    sent = (hop for hop in path.egress if (hop.server, hop.cid) == (came.server, came.cid))
    at = next((hop.at for hop in sent if hop.at is not None), None)
    return None if at is None else max(0.0, came.at - at)
