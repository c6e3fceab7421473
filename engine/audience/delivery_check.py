"""Reach: whom the servers say that they have, held against where a dry run really went.

A list of subscriptions is no promise. A permission may take single subjects out of a wildcard,
a leaf node may be denied what lies behind it, its only listener may be a stream there; and who
is on no list, such as clients of other accounts, is found on the way. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.clients.listeners import Listener, is_tap
from engine.link.link import Link
from engine.tracing.path import Hop, Path, TraceStep

_DENIED = "Not delivered because "
"""How a server begins to say why it withholds a message."""


def reached(
    listed: tuple[Listener, ...], path: Path | None, link: Link | None = None
) -> tuple[Listener, ...]:
    """Those listed and those found on the way, marked where the server withholds the message."""
    if path is None:
        return listed
    known = {(listener.server, listener.cid) for listener in listed}
    found = (hop for hop in path.egress if hop.account or (hop.server, hop.cid) not in known)
    kept = (listener for listener in listed if not _is_shown(listener, path))
    return (*(_marked(listener, path) for listener in kept), *(_met(hop, link) for hop in found))


def _met(hop: Hop, link: Link | None) -> Listener:
    here = link is not None and link.server.info.get("server_name") == hop.server
    return Listener(
        client=hop.name,
        cid=hop.cid,
        server=hop.server,
        pattern=hop.subject,
        queue=hop.queue,
        own=here and link is not None and hop.cid == link.server.client_id,
        tap=is_tap(hop.name, hop.subject, hop.queue),
        account=hop.account,
        counted=False,
    )


def _is_shown(one: Listener, path: Path) -> bool:
    """True for a leaf node behind which the dry run shows all that took it, or only a stream.

    And for one where it did not go: the far side of the own leaf node lists what is wanted here.
    """
    if not one.leaf:
        return False
    to = [hop for hop in path.hops if hop.step is TraceStep.OUT and _is_to(hop, one)]
    if path.complete and not to and not one.queue:
        return True
    ways = [hop.onward for hop in to if hop.onward]
    beyond = [hop for hop in path.hops if any(_leads_to(way, hop.route) for way in ways)]
    stored = any(hop.step is TraceStep.STORED and not hop.no_interest for hop in beyond)
    taken = any(hop.delivered or hop.step is TraceStep.IMPORTED for hop in beyond)
    onward = any(hop.onward for hop in beyond)
    return (path.complete and taken) or (stored and not taken and not onward)


def _is_to(hop: Hop, leaf: Listener) -> bool:
    """By number where its server tells, for the far side of a leaf node may have no name."""
    numbered = (hop.server, hop.cid) == (leaf.server, leaf.cid)
    return numbered or (bool(leaf.client) and hop.name == leaf.client)


def _leads_to(way: str, route: str) -> bool:
    return route == way or route.startswith(f"{way}.")


def _marked(one: Listener, path: Path) -> Listener:
    if _got(one, path.egress):
        return one
    why = next((hop.error for hop in path.withheld if _concerns(hop, one, path)), "")
    if not why and is_cut_off(one, path):
        why = f"server {path.servers[-1]} does not pass it on"
    return replace(one, withheld=why.removeprefix(_DENIED)) if why else one


def is_cut_off(one: Listener, path: Path) -> bool:
    """True for a client on a server that the dry run did not reach, when all have reported.

    A leaf node that is denied a subject says nothing of it: it has no interest to pass on.
    """
    known = bool(one.server and path.servers) and one.counted and not one.leaf
    told = _all_told(path) and not path.imported_from and not path.refused
    return known and told and one.server not in path.servers


def _got(one: Listener, egress: Iterable[Hop]) -> bool:
    """True when it got the dry run, or another member of its queue group did."""
    return any(
        (hop.server, hop.cid) == (one.server, one.cid)
        or (one.queue and hop.queue == one.queue and not hop.account)
        for hop in egress
    )


def _concerns(hop: Hop, one: Listener, path: Path) -> bool:
    """True when what is withheld there is withheld from the listener: it, or all beyond."""
    if hop.peer == "client":
        return (hop.server, hop.cid) == (one.server, one.cid)
    if one.leaf:
        return hop.name == one.client
    return _all_told(path) and one.server not in path.servers


def _all_told(path: Path) -> bool:
    return path.complete and not any(each.unreported for each in path.hops)
