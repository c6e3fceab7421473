"""A run: saved requests sent one after the other, each answer judged, and variables taken on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.audience.audience import Audience, audience
from engine.checks.answer import Answer, answer_of
from engine.checks.invalid_checks import InvalidChecks
from engine.checks.judge_answer import judge_answer, take
from engine.checks.schema import check_schema
from engine.clients.activity import compare
from engine.clients.listeners import Listener
from engine.collection.collection import Collection, Saved
from engine.diagnosis.diagnosis import diagnose
from engine.drafts.draft import Draft
from engine.drafts.send import begin, fitted
from engine.drafts.template import Context
from engine.errors import NatstapError
from engine.fields import read_json
from engine.journal import Journal
from engine.rpc.broker import Broker
from engine.secrets.patterns import is_secret_name, looks_secret

from .result import Result, RunOutcome

MAX_SCHEMA = 1 << 20
"""Bytes of a schema's file."""
Told = Callable[[str], None]


class Run:
    """Requests of a collection on one connection; `variables` are those that templates may name.

    `async for result in run` sends them; the broker needs the `journal`.
    """

    def __init__(
        self,
        broker: Broker,
        journal: Journal,
        collection: Collection,
        plan: Sequence[Saved],
        variables: Mapping[str, str],
        *,
        begins: Told = lambda name: None,
        timeout: float | None = None,
    ) -> None:
        self._broker = broker
        self._journal = journal
        self._collection = collection
        self._plan = plan
        self._variables = dict(variables)
        self._begins = begins
        """Told the name of each request before it is sent."""
        self._timeout = timeout
        self._passed: set[str] = set()

    async def __aiter__(self) -> AsyncIterator[Result]:
        for saved in self._plan:
            self._begins(saved.name)
            result = await self.ask(saved)
            if result.passed:
                self._passed.add(saved.name)
            yield result

    async def ask(self, saved: Saved, *, learn_who: bool = False) -> Result:
        """Send one request; with `learn_who` the servers are asked who answered it."""
        draft = saved.what
        assert isinstance(draft, Draft)
        missing = [name for name in saved.checks.needs if name not in self._passed]
        if missing:
            why = f"not sent: it needs {missing[0]}, which did not pass"
            return Result(saved.name, draft.subject, RunOutcome.SKIPPED, why=why)
        try:
            schema = self._schema(saved)
            rendered = self.rendered(draft)
            wants_who = learn_who or saved.checks.expect.who is not None
            before = await self.look(rendered.subject) if wants_who else None
            sending = begin(self._broker, rendered)
        except NatstapError as error:
            why = f"not sent: {error}"
            return Result(saved.name, draft.subject, RunOutcome.ERROR, why=why, error=error)
        await _over(sending.outcome)
        answer = answer_of(self._journal, sending.number)
        if before is not None:
            answer = await self._with_name(answer, before)
        return await self._judge(saved, rendered, answer, sending.number, schema)

    def rendered(self, draft: Draft) -> Draft:
        """With the variables as they are now; raises `InvalidInput`, `HeadersUnsupported`."""
        rendered = draft.rendered(Context(variables=self._variables))
        if self._timeout is not None:
            rendered = replace(rendered, timeout=self._timeout)
        rendered.check()
        fitted(self._broker, rendered)
        return rendered

    async def _judge(
        self,
        saved: Saved,
        draft: Draft,
        answer: Answer,
        number: int,
        schema: Mapping[str, Any] | None,
    ) -> Result:
        judged = judge_answer(saved.checks.expect, answer, schema)
        holds = all(each.holds for each in judged)
        taken, missing = take(saved.checks, answer) if holds else ({}, ())
        self._variables |= taken
        self._learn_secrets(taken)
        failed = not judged[0].holds
        found = await diagnose(self._broker, self._journal, number) if failed else None
        outcome = RunOutcome.PASSED if holds and not missing else RunOutcome.FAILED
        return Result(
            saved.name, draft.subject, outcome, answer, judged, found, "; ".join(missing), number
        )

    def _learn_secrets(self, taken: Mapping[str, str]) -> None:
        """What was taken may be a token, which nothing that is printed may hold."""
        for name, value in taken.items():
            if is_secret_name(name) or looks_secret(value):
                self._collection.known.learn_variable(name, value)

    # -- who answered ------------------------------------------------------------------------

    async def look(self, subject: str) -> Audience:
        """Who listens now; raises `LinkError`."""
        return await audience(self._broker, subject, dry_run=False)

    async def _with_name(self, answer: Answer, before: Audience) -> Answer:
        if not answer.replies:
            return answer
        who, why = await who_answered(self._broker, before)
        if who is None:
            return replace(answer, why_unknown=why)
        return replace(answer, who=who.title, cid=who.cid)

    # -- schemas -----------------------------------------------------------------------------

    def _schema(self, saved: Saved) -> Mapping[str, Any] | None:
        """The schema that is expected; raises `InvalidInput` for a file that holds none."""
        given = saved.checks.expect.schema
        if not isinstance(given, str):
            return given
        folder = self._collection.path_of(saved.name).parent
        return read_schema(folder / given, self._collection.folder)


async def who_answered(broker: Broker, before: Audience) -> tuple[Listener | None, str]:
    """The one listener that got a message since and sent one; else None and why.

    Raises nothing: what the servers do not say is not known.
    """
    try:
        now = await audience(broker, before.subject, dry_run=False)
    except NatstapError as error:
        return None, f"who answered is not known: {error}"
    if not (before.listeners_known and now.listeners_known):
        return None, "the servers do not say who listens"
    active = {
        did.listener.connection: did.listener
        for did in compare(before.answering, now.answering, now.at - before.at)
        if did.received and did.published
    }
    if len(active) != 1:
        names = ", ".join(sorted(listener.title for listener in active.values()))
        return None, f"several answered meanwhile: {names}" if names else "nobody who is listed"
    return next(iter(active.values())), ""


async def _over(outcome: Callable[[], Any]) -> None:
    """Wait until a request is over; how it ended is in the journal."""
    try:
        await outcome()
    except NatstapError:
        return


def read_schema(path: Path, within: Path) -> Mapping[str, Any]:
    """A JSON schema of a file below `within`; raises `InvalidInput`."""
    try:
        if not path.resolve().is_relative_to(within.resolve()):
            raise InvalidChecks("expect.schema", "the file must be in the collection")
        with path.open("rb") as file:
            raw = file.read(MAX_SCHEMA + 1)
        schema = read_json(raw) if len(raw) <= MAX_SCHEMA else None
    except OSError as error:
        raise InvalidChecks("expect.schema", f"{path}: {error.strerror or error}") from None
    except ValueError:
        raise InvalidChecks("expect.schema", f"{path}: it is not JSON") from None
    if not isinstance(schema, dict):
        raise InvalidChecks("expect.schema", f"{path}: it is not a JSON schema")
    check_schema(schema)
    return schema
