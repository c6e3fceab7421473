"""A responder as a service that describes itself under `$SRV`, so that `nats service` lists it.

It answers PING, INFO and STATS, each for all, for its name and for its own id. What it answers is
not kept in the journal: a look around is no conversation.
Source: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.api_subjects import ServiceVerb, service_subject
from engine.errors import InvalidInput, LinkError
from engine.link.link import Subscription
from engine.rpc.broker import Broker
from engine.rpc.ids import new_token
from engine.subject import check_publish

from .responder_stats import AnswerOutcome

if TYPE_CHECKING:
    from .responder import Responder

_TYPE = "io.nats.micro.v1.{}_response"
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


class Microservice:
    """One instance, with the responder's subject as its only endpoint."""

    def __init__(self, broker: Broker, responder: Responder) -> None:
        self.id = new_token()
        self._broker = broker
        self._responder = responder
        self._started = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self._subscriptions: list[Subscription] = []

    async def start(self) -> None:
        """Returns when the server knows; at once while there is none."""
        link = self._broker.link
        for verb, tell in self._tellers():

            def heard(
                subject: bytes, reply: bytes, frame: bytes, start: int, head: int, tell: Any = tell
            ) -> None:
                self._answer(reply, tell())

            for names in ((), (self._name,), (self._name, self.id)):
                subject = service_subject(verb, *names)
                listening = link.subscribe(check_publish(subject), heard, serves=True)
                self._subscriptions.append(listening)
        if link.writing:
            await link.barrier()

    def _tellers(self) -> tuple[tuple[ServiceVerb, Callable[[], dict[str, Any]]], ...]:
        return ("PING", self.ping), ("INFO", self.info), ("STATS", self.stats)

    def listens_on(self, subject: str) -> bool:
        return any(subscription.subject == subject for subscription in self._subscriptions)

    def stop(self) -> None:
        for subscription in self._subscriptions:
            subscription.end()
        self._subscriptions.clear()

    def _answer(self, reply: bytes, fields: dict[str, Any]) -> None:
        to = reply.decode("utf-8", "replace")
        if not to or to.startswith("$"):
            return
        try:
            check_publish(to)
            self._broker.link.publish(reply, json.dumps(fields).encode())
        except (LinkError, InvalidInput) as error:
            self._broker.note(f"a question about the service {self._name} went unanswered: {error}")

    # -- what it tells -------------------------------------------------------------------------

    def ping(self) -> dict[str, Any]:
        return {"type": _TYPE.format("ping"), **self._identity()}

    def info(self) -> dict[str, Any]:
        description = self._responder.draft.description
        return {
            "type": _TYPE.format("info"),
            **self._identity(),
            "description": description,
            "endpoints": [{**self._endpoint(), "metadata": {}}],
        }

    def stats(self) -> dict[str, Any]:
        return {
            "type": _TYPE.format("stats"),
            **self._identity(),
            "started": self._started,
            "endpoints": [{**self._endpoint(), **self._figures()}],
        }

    @property
    def _name(self) -> str:
        return self._responder.draft.service

    def _identity(self) -> dict[str, Any]:
        version = self._responder.draft.version
        return {"name": self._name, "id": self.id, "version": version, "metadata": {}}

    def _endpoint(self) -> dict[str, Any]:
        responder = self._responder
        name = _UNFIT.sub("-", responder.subject).strip("-") or "endpoint"
        return {"name": name, "subject": responder.pattern, "queue_group": responder.queue}

    def _figures(self) -> dict[str, Any]:
        """Times are nanoseconds."""
        record = self._responder.record
        failed = record.counts[AnswerOutcome.FAILED] + record.counts[AnswerOutcome.ERROR]
        spent = int(record.time * 1e9)
        return {
            "num_requests": record.requests,
            "num_errors": failed,
            "last_error": record.last_error,
            "processing_time": spent,
            "average_processing_time": spent // record.sent if record.sent else 0,
        }
