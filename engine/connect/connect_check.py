"""A connection, tested step by step: each with what was found, its time, and where it failed.

One connection, which is closed again. JetStream and the user's rights are asked about with one
question each; nothing is made, and nothing is subscribed but the inbox of the questions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic
from urllib.parse import urlsplit

from engine.api_subjects import ACCOUNT_INFO
from engine.clients.permissions import MAX_NAMED, User, whoami
from engine.errors import JetStreamOff, NatstapError, Refused
from engine.fields import Fields, number
from engine.link.connect_steps import ConnectStep, ConnectSteps
from engine.link.link import Link
from engine.profile.profile import Profile
from engine.rpc.inquiry import Inquiry
from engine.words import counted

CHECK_TIMEOUT = 5.0
"""Seconds for connecting, and for each question after it."""
JETSTREAM = "JetStream"
RIGHTS = "permissions"


class StepOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    LIMITED = "limited"
    """It works, but not everything will."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """`seconds` is None where nothing was tried; `error` says why a step failed."""

    step: str
    outcome: StepOutcome
    words: str = ""
    seconds: float | None = None
    error: NatstapError | None = None


async def check(profile: Profile) -> AsyncIterator[CheckedStep]:
    """Every step as soon as it is known; ends with the first that fails. Raises nothing of ours."""
    steps = ConnectSteps()
    hurried = replace(profile, timeout=min(profile.timeout, CHECK_TIMEOUT))
    try:
        link = await Link.open(hurried, steps)
    except NatstapError as error:
        for passed in _passed(profile, steps, {}):
            yield passed
        for failed in _failed(profile, steps, error):
            yield failed
        return
    try:
        for passed in _passed(profile, steps, link.server.info):
            yield passed
        async with Inquiry(link) as inquiry:
            yield await _jetstream(inquiry)
            yield await _rights(inquiry)
    finally:
        await link.close()


def expected(profile: Profile) -> tuple[ConnectStep, ...]:
    """The steps of connecting to its first server."""
    scheme = profile.servers[0].partition("://")[0]
    name = () if profile.proxy else (ConnectStep.NAME,)
    secure = (ConnectStep.TLS,) if profile.wants_tls else ()
    if scheme in ("ws", "wss"):
        secure = (ConnectStep.TLS,) if scheme == "wss" else ()
        way = (ConnectStep.REACH, *secure, ConnectStep.WEB_SOCKET, ConnectStep.GREETING)
    elif profile.tls_first:
        way = (ConnectStep.REACH, *secure, ConnectStep.GREETING)
    else:
        way = (ConnectStep.REACH, ConnectStep.GREETING, *secure)
    return (*name, *way, ConnectStep.LOGIN)


def _passed(profile: Profile, steps: ConnectSteps, info: Fields) -> Iterator[CheckedStep]:
    where = urlsplit(profile.servers[0])
    told = {
        ConnectStep.NAME: where.hostname or "",
        ConnectStep.REACH: "through the proxy" if profile.proxy else f"port {where.port or ''}",
        ConnectStep.GREETING: _server(info),
        ConnectStep.LOGIN: "accepted" if profile.has_credentials else "none is wanted",
    }
    for step, seconds in steps.done.items():
        yield CheckedStep(step, StepOutcome.PASSED, told.get(step, ""), seconds)


def _failed(profile: Profile, steps: ConnectSteps, error: NatstapError) -> Iterator[CheckedStep]:
    """The first step that was not done, and those that were never tried."""
    missing = [step for step in expected(profile) if step not in steps.done]
    if not missing:
        missing = [ConnectStep.LOGIN]
    yield CheckedStep(missing[0], StepOutcome.FAILED, error=error)
    for step in (*missing[1:], JETSTREAM, RIGHTS):
        yield CheckedStep(step, StepOutcome.SKIPPED)


def _server(info: Fields) -> str:
    name, version = info.get("server_name"), info.get("version")
    return " ".join(str(part) for part in (name, version) if isinstance(part, str))


async def _jetstream(inquiry: Inquiry) -> CheckedStep:
    began = monotonic()
    try:
        info = await inquiry.jetstream(CHECK_TIMEOUT).api(ACCOUNT_INFO)
    except JetStreamOff:
        return CheckedStep(
            JETSTREAM, StepOutcome.LIMITED, "off: no streams here", monotonic() - began
        )
    except Refused as error:
        words = f"this user may not ask about it ({error.subject})"
        return CheckedStep(JETSTREAM, StepOutcome.LIMITED, words, monotonic() - began)
    except NatstapError as error:
        return CheckedStep(JETSTREAM, StepOutcome.LIMITED, str(error), monotonic() - began)
    streams, consumers = int(number(info, "streams")), int(number(info, "consumers"))
    words = f"{counted(streams, 'stream')}, {counted(consumers, 'consumer')}"
    return CheckedStep(JETSTREAM, StepOutcome.PASSED, words, monotonic() - began)


async def _rights(inquiry: Inquiry) -> CheckedStep:
    began = monotonic()
    if inquiry.deaf:
        return CheckedStep(RIGHTS, StepOutcome.LIMITED, _deaf(inquiry), monotonic() - began)
    user = await whoami(inquiry, CHECK_TIMEOUT)
    seconds = monotonic() - began
    if inquiry.deaf or user.may_hear(inquiry.pattern) is False:
        return CheckedStep(RIGHTS, StepOutcome.LIMITED, _deaf(inquiry), seconds)
    if user.unknown:
        return CheckedStep(RIGHTS, StepOutcome.LIMITED, user.unknown, seconds)
    limits = list(_limits(user))
    outcome = StepOutcome.LIMITED if limits else StepOutcome.PASSED
    return CheckedStep(RIGHTS, outcome, "; ".join(limits) or "everything is allowed", seconds)


def _deaf(inquiry: Inquiry) -> str:
    prefix = inquiry.link.profile.inbox_prefix
    return (
        f"this user may not listen on {prefix}.>, so no reply can come: "
        "allow that, or give --inbox-prefix with what is allowed"
    )


def _limits(user: User) -> Iterator[str]:
    """What this user may not do, in both directions."""
    for doing, rights in (("publishing", user.publish), ("listening", user.subscribe)):
        if rule := rights.forbids(">"):
            yield f"{doing}: {rule}"
        elif rights.deny:
            more = (
                "" if len(rights.deny) <= MAX_NAMED else f" and {len(rights.deny) - MAX_NAMED} more"
            )
            yield f"{doing}: not on {', '.join(rights.deny[:MAX_NAMED])}{more}"
