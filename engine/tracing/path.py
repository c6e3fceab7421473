"""The path of one message through the servers: who took it, renamed it, stored it, got it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_NO_REPORT = "does not support message tracing"
"""What a server says of an older one to which it would have passed the message on."""


class TraceStep(StrEnum):
    """What a server did with the message."""

    IN = "received"
    MAPPED = "mapped"
    EXPORTED = "exported"
    IMPORTED = "imported"
    STORED = "stored"
    OUT = "sent on"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step on one server; what a step does not have is empty.

    `peer` is what it came from or goes to: "client", "router", "leaf node"...; `name` and
    `cid` are the peer's. `subject` is what the message was called there: for MAPPED and
    IMPORTED the new subject, for OUT the subscription's pattern. `at` is the server's own
    clock, in seconds since the epoch. `route` numbers the server's report ("" for the first
    server), `onward` is the number that the next server's report will have.
    """

    step: TraceStep
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
        return self.step is TraceStep.OUT and self.peer == "client" and not self.error

    @property
    def unreported(self) -> bool:
        """True for what goes on to a server too old to report: it is no refusal."""
        return _NO_REPORT in self.error

    @property
    def refused(self) -> bool:
        return bool(self.error) and not self.unreported


@dataclass(frozen=True, slots=True)
class Path:
    """Where a message went; `answer` is the way back, when the answer was traced too.

    `complete` and, for the way back, `answer_complete` are False when a server on the way has
    not reported within the time. `rtt` is
    seconds from natstap to its server and back. `unreadable` counts reports that made no sense.
    """

    subject: str = ""
    hops: tuple[Hop, ...] = ()
    answer: tuple[Hop, ...] = ()
    complete: bool = False
    answer_complete: bool = True
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
    def withheld(self) -> tuple[Hop, ...]:
        """Where it would have gone on, had the server not refused it there."""
        return tuple(hop for hop in self._all(TraceStep.OUT) if hop.refused)

    @property
    def empty(self) -> bool:
        """True when it is proved that no client, server or account would get it."""
        beyond = any(
            hop.step in (TraceStep.OUT, TraceStep.IMPORTED, TraceStep.EXPORTED) for hop in self.hops
        )
        return self.complete and not self.refused and not beyond

    @property
    def lost(self) -> tuple[Hop, ...]:
        """Where it went on, and nothing was reported from there."""
        reported = {hop.route for hop in self.hops}
        return tuple(
            hop for hop in self.hops if hop.onward and not hop.error and hop.onward not in reported
        )

    @property
    def stored_in(self) -> tuple[str, ...]:
        """Streams that take it; a full stream refuses only real messages, never a dry run."""
        kept = (hop for hop in self._all(TraceStep.STORED) if not hop.error and not hop.no_interest)
        return tuple(dict.fromkeys(hop.stream for hop in kept if hop.stream))

    @property
    def mapped_to(self) -> str:
        """The subject that a mapping gave it; "" when none changed it."""
        renamed = [
            hop.subject for hop in self._all(TraceStep.MAPPED) if hop.subject != self.subject
        ]
        return renamed[-1] if renamed else ""

    @property
    def is_mapped(self) -> bool:
        """True when a mapping had its say, though it may have left the subject as it is."""
        return bool(self._all(TraceStep.MAPPED))

    @property
    def imported_from(self) -> tuple[str, ...]:
        """Accounts whose service takes it; `$SYS` for the server's own API."""
        return tuple(dict.fromkeys(hop.account for hop in self._all(TraceStep.IMPORTED)))

    @property
    def refused(self) -> str:
        """The first error on the way, "" when there was none."""
        errors = (f"{_where(hop)}: {hop.error}" for hop in self.hops if hop.refused)
        return self.refusal or next(errors, "")

    @property
    def sentence(self) -> str:
        """The path in one line."""
        servers = " → ".join(map(_short, self.servers))
        ways = [f"through {servers}" if servers else "no server reported"]
        if self.mapped_to:
            ways.append(f"mapped to {self.mapped_to}")
        ways += [f"taken by account {account}" for account in self.imported_from]
        ways += [f"stored in {stream}" for stream in self.stored_in]
        ways += [_delivery(hop) for hop in self.egress]
        ways += [f"on to {hop.name}, too old to report" for hop in self.hops if hop.unreported]
        if self.empty and not self.stored_in:
            ways.append("nobody gets it")
        if self.refused:
            ways.append(f"refused: {self.refused}")
        return "; ".join(ways)

    def _all(self, step: TraceStep) -> tuple[Hop, ...]:
        return tuple(hop for hop in self.hops if hop.step is step)


def _where(hop: Hop) -> str:
    if hop.stream:
        return f"stream {hop.stream}"
    peer = f" to {hop.name}" if hop.step is TraceStep.OUT and hop.name else ""
    return f"{_short(hop.server)}{peer}"


def _delivery(hop: Hop) -> str:
    queue = f", chosen from queue {hop.queue}" if hop.queue else ""
    return f"to {hop.name or 'client'} (cid {hop.cid}{queue})"


def _short(server: str) -> str:
    """A server without a name is called by its id, which nobody can read."""
    return server if len(server) < 40 else f"server {server[:6]}…"
