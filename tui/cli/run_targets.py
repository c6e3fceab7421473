"""Running a collection where it is to run: in one place, in several, or on each instance."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from engine.collection.collection import Collection, Saved
from engine.errors import InvalidInput
from engine.journal import Journal
from engine.latency_words import span
from engine.profile.profile import Profile, resolve
from engine.rpc.broker import Broker
from engine.runs.instances import ask_instances
from engine.runs.plan import plan_run
from engine.runs.reports import result_record, run_record, write_annotations, write_junit
from engine.runs.result import Result, RunOutcome, all_passed, summary
from engine.runs.run import Run
from engine.runs.side_by_side import Differs, differing
from tui.settings import read_settings

from .command import Options
from .connecting import chosen_profile, flags_of, read_only_contexts
from .exit_codes import Exit, exit_of_error, exit_of_state
from .message_flags import timeout_of, variables_of
from .output import BAD, BOLD, DIM, GOOD, WARN, Output

Prepared = Callable[[Profile], AbstractAsyncContextManager[Run]]
"""What runs the requests in one place."""
INTERRUPTED = 130
"""128 + SIGINT, as a shell says it."""
_STYLES = {
    RunOutcome.PASSED: GOOD,
    RunOutcome.FAILED: BAD,
    RunOutcome.ERROR: BAD,
    RunOutcome.SKIPPED: WARN,
}


@dataclass(slots=True)
class Target:
    """A place where the requests are run, and what came of it."""

    name: str
    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False


async def run_targets(options: Options, out: Output) -> int:
    """Raises `InvalidInput` for what cannot be run, `CannotConnect`."""
    collection, names = chosen_collection(options)
    plan = plan_run(collection.load(), names)
    if not plan:
        raise InvalidInput(f"{collection.folder}: no request is saved there: save one on the desk")
    variables = variables_of(options)
    async with AsyncExitStack() as stack:
        profile = await stack.enter_async_context(chosen_profile(options, out))
        collection.known = out.secrets or collection.known
        collection.known.learn_variables(collection.unwritten_variables(options.environment))
        prepared = partial(_prepared, options, out, collection, plan, variables)
        targets = await _run_all(options, out, prepared, plan, profile)
    differences = differing({target.name: target.results for target in targets}, plan)
    _finish(out, targets, differences)
    _write_reports(options, out, collection, targets)
    if any(target.interrupted for target in targets):
        return INTERRUPTED
    return exit_of_run([result for target in targets for result in target.results], differences)


def chosen_collection(options: Options) -> tuple[Collection, list[str]]:
    """The collection, and which of its requests; a folder that is named may be the collection."""
    names = list(options.names)
    if names and Path(names[0]).is_dir() and not _is_within(options.collection, names[0]):
        options.collection = names.pop(0)
    if not Path(options.collection).is_dir():
        words = "there is no such folder: save a request on the desk, or choose one with -c"
        raise InvalidInput(f"{options.collection}: {words}")
    return Collection(options.collection), names


def _is_within(collection: str, name: str) -> bool:
    """True for a folder of the collection's own."""
    return not Path(name).is_absolute() and Path(collection, name).is_dir()


async def _run_all(
    options: Options, out: Output, prepared: Prepared, plan: Sequence[Saved], profile: Profile
) -> list[Target]:
    places = [(profile.title if options.against else "", profile)]
    places += [(f"context {name}", _profile_of(options, name)) for name in options.against]
    if options.instances:
        if options.against:
            raise InvalidInput("--instances and --against: use one of them")
        async with prepared(profile) as run:
            return await _run_on_instances(out, run, plan)
    targets = [Target(name) for name, _ in places]
    wheres = [prepared(where) for _, where in places]
    await _all_of([_run_in(options, out, *pair) for pair in zip(wheres, targets, strict=True)])
    return targets


async def _all_of(running: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Side by side; when that is interrupted, each ends with what it has. Raises what one does."""
    tasks = [asyncio.create_task(one) for one in running]
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        task.result()


def _profile_of(options: Options, context: str) -> Profile:
    """Raises `InvalidProfile`."""
    settings = read_settings(Path(options.config) if options.config else None)
    flags = {**flags_of(options), "context": context, "server": "", "no_context": False}
    env = {key: value for key, value in os.environ.items() if not key.startswith("NATS_")}
    profile = resolve(flags, env, labels=read_only_contexts(settings))
    assert profile is not None, "a context that is named says where"
    return profile


@asynccontextmanager
async def _prepared(
    options: Options,
    out: Output,
    collection: Collection,
    plan: Sequence[Saved],
    variables: Mapping[str, str],
    profile: Profile,
) -> AsyncIterator[Run]:
    collection.known.learn_profile(profile)
    journal = Journal()
    timeout = timeout_of(options, 0.0) or None
    done = iter(range(1, len(plan) + 1))

    def begins(name: str) -> None:
        out.progress(f"{next(done, len(plan))}/{len(plan)}  {name}")

    async with Broker(profile, journal=journal) as broker:
        yield Run(broker, journal, collection, plan, variables, begins=begins, timeout=timeout)


async def _run_in(
    options: Options, out: Output, place: AbstractAsyncContextManager[Run], target: Target
) -> None:
    """In one place; when it is interrupted, there is what came so far."""
    began = time.monotonic()
    try:
        async with place as run:
            async for result in run:
                target.results.append(result)
                out.record(result_record(result, target.name))
                _print(out, result, f"{target.name}  " if target.name else "")
                if options.stop and not result.passed:
                    break
    except asyncio.CancelledError:
        target.interrupted = True
        out.complain("interrupted: the rest was not run", WARN)
    finally:
        target.seconds = time.monotonic() - began


async def _run_on_instances(out: Output, run: Run, plan: Sequence[Saved]) -> list[Target]:
    targets: dict[str, Target] = {}
    for saved in plan:
        for label, result in (await ask_instances(run, saved)).items():
            name = label or "whoever answered"
            target = targets.setdefault(name, Target(name))
            target.results.append(result)
            out.record(result_record(result, name))
            _print(out, result, f"{name}  ")
    return list(targets.values())


# -- printing ----------------------------------------------------------------------------------


def _print(out: Output, result: Result, before: str) -> None:
    latency = result.answer.latency if result.answer is not None else None
    took = f"  {out.paint(span(latency), DIM)}" if latency is not None else ""
    outcome = out.paint(f"{result.outcome:<7}", _STYLES[result.outcome])
    out.line(f"{outcome}  {out.safe(before)}{out.safe(result.name)}{took}")
    for fault in result.faults if not result.passed else ():
        out.line(f"         {out.safe(fault)}")


def _finish(out: Output, targets: Sequence[Target], differences: Sequence[Differs]) -> None:
    for differs in differences:
        out.record(
            {
                "type": "difference",
                "name": differs.name,
                "what": differs.what,
                "values": dict(differs.values),
            }
        )
        out.line(f"{out.paint('differs', WARN)}  {out.safe(differs.sentence)}")
    for target in targets:
        out.record(run_record(target.results, target.seconds, target.name))
        where = f"{target.name}: " if target.name else ""
        out.line(out.paint(out.safe(f"{where}{summary(target.results)}"), BOLD))


def _write_reports(
    options: Options, out: Output, collection: Collection, targets: Sequence[Target]
) -> None:
    if options.junit:
        suites = [(target.name or "natstap", target.results, target.seconds) for target in targets]
        written = out.conceal(write_junit(suites))
        try:
            Path(options.junit).write_text(written, "utf-8")
        except OSError as error:
            raise InvalidInput(f"{options.junit}: {error.strerror or error}") from None
    if options.github:
        results = [result for target in targets for result in target.results]
        for line in write_annotations(results, lambda name: str(collection.path_of(name))):
            (out.complain if out.as_json else out.line)(out.safe(line))


def exit_of_run(results: Sequence[Result], differences: Sequence[Differs] = ()) -> Exit:
    """What the first failure was; an answer that is not as expected is a failed assertion."""
    if all_passed(results) and not differences:
        return Exit.ANSWERED
    failed = next((result for result in results if not result.passed), None)
    if failed is not None and failed.error is not None:
        return exit_of_error(failed.error)
    if failed is None or failed.answer is None:
        return Exit.ASSERTION_FAILED
    if failed.judged and not failed.judged[0].holds:
        return exit_of_state(failed.answer.state) or Exit.ASSERTION_FAILED
    return Exit.ASSERTION_FAILED
