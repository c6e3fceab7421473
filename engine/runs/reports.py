"""Reports of a run for other programs: JSON records, JUnit XML, annotations of GitHub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .result import Result, RunOutcome, all_passed

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""
PathOf = Callable[[str], str]
"""The file of a request, by its name."""


def result_record(result: Result, target: str = "") -> dict[str, Any]:
    """One request as a JSON line; `target` is where it was run, when there are several."""
    answer = result.answer
    record: dict[str, Any] = {
        "type": "result",
        "name": result.name,
        "subject": result.subject,
        "outcome": str(result.outcome),
        "state": None if answer is None else answer.state.slug or "sent",
        "latency": None if answer is None or answer.latency is None else round(answer.latency, 6),
        "cause": None if result.diagnosis is None else str(result.diagnosis.cause),
        "faults": list(result.faults),
        "expectations": [
            {
                "field": judged.field,
                "holds": judged.holds,
                "expected": judged.expected,
                "found": judged.found,
            }
            for judged in result.judged
        ],
    }
    return record | ({"target": target} if target else {})


def run_record(results: Sequence[Result], seconds: float, target: str = "") -> dict[str, Any]:
    """The last JSON line of a run."""
    counts = {str(outcome): sum(r.outcome is outcome for r in results) for outcome in RunOutcome}
    record = {"type": "run", **counts, "ok": all_passed(results), "seconds": round(seconds, 3)}
    return record | ({"target": target} if target else {})


# -- JUnit -------------------------------------------------------------------------------------


def write_junit(suites: Sequence[tuple[str, Sequence[Result], float]]) -> str:
    """A report as CI systems read it: for each suite its name, its results and seconds.

    See https://github.com/testmoapp/junitxml.
    """
    inner = "".join(_suite(name, results, seconds) for name, results, seconds in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{inner}</testsuites>\n'


def _suite(name: str, results: Sequence[Result], seconds: float) -> str:
    counts = {outcome: sum(r.outcome is outcome for r in results) for outcome in RunOutcome}
    attributes = {
        "name": name,
        "tests": str(len(results)),
        "failures": str(counts[RunOutcome.FAILED]),
        "errors": str(counts[RunOutcome.ERROR]),
        "skipped": str(counts[RunOutcome.SKIPPED]),
        "time": f"{seconds:.3f}",
    }
    cases = "".join(_case(name, result) for result in results)
    return f"  <testsuite{_attributes(attributes)}>\n{cases}  </testsuite>\n"


def _case(suite: str, result: Result) -> str:
    took = result.answer.latency if result.answer and result.answer.latency else 0.0
    given = {"classname": suite, "name": result.name, "time": f"{took:.6f}"}
    return f"    <testcase{_attributes(given)}>{''.join(_fault(result))}</testcase>\n"


def _fault(result: Result) -> Iterator[str]:
    tag = {RunOutcome.FAILED: "failure", RunOutcome.ERROR: "error", RunOutcome.SKIPPED: "skipped"}
    if result.passed:
        return
    first, *more = result.faults or ("it did not pass",)
    name = tag[result.outcome]
    text = escape(_writable("\n".join(more)))
    yield f"<{name}{_attributes({'message': first})}>{text}</{name}>"


def _attributes(given: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(_writable(value))}" for name, value in given.items())


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


# -- GitHub ------------------------------------------------------------------------------------


def write_annotations(results: Sequence[Result], path_of: PathOf) -> Iterator[str]:
    """A line for each request that did not pass, as GitHub's runner reads it.

    See https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
    """
    for result in results:
        if not result.passed:
            level = "warning" if result.outcome is RunOutcome.SKIPPED else "error"
            where = f"file={_property(path_of(result.name))},title={_property(result.name)}"
            yield f"::{level} {where}::{_data('; '.join(result.faults))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
