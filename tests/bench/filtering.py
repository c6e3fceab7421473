"""Filtering: a million messages of 128 bytes in the journal, what they weigh and how they sift.

Each journal is filled in a process of its own, so that its memory is the growth of a fresh
process and nothing that another test had left behind.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from engine.filter.lens import Lens
from engine.filter.search import find
from engine.journal import Journal
from engine.journal.view import View
from engine.profile.profile import Profile
from engine.statistics.statistics import Statistics

from .rounds import limit
from .sockets import Plain
from .watching import HEAD

MESSAGES = 1_000_000
RARE = MESSAGES * 4 // 5
BODY = 128
BUDGET = 0.008
"""Seconds of one frame that a view is given, as in the list of exchanges."""
LENSES = ("Needle", "~i needle", "~q", "~s answered", "~u evt.7", "~u evt.*", "~l > 1s", "!Needle")

Figures = dict[str, float]


def fill(journal: Journal, head: bytes, paired: bool) -> None:
    """Events on 200 subjects, or requests on them and their replies; one has the rare word."""
    sink, size = journal.sink(journal.sources.add("tap")), len(head) + BODY
    name, sizes = (b"HMSG", b"%d %d" % (len(head), size)) if head else (b"MSG", b"%d" % size)
    for n in range(MESSAGES):
        body = b"%-127d." % n if n != RARE else b"%-120d Needle." % n
        subject, reply = b"evt.%d" % (n % 200), b""
        if paired:
            inbox = b"_INBOX.Xju7oDboxxQ8W2TMBQHi5X.%08d" % (n // 2)
            subject, reply = (inbox, b"") if n % 2 else (subject, inbox)
        to = subject + b" 1 " + reply + b" " if reply else subject + b" 1 "
        frame = b"%b %b%b\r\n%b%b" % (name, to, sizes, head, body)
        sink(subject, reply, frame, len(frame) - size, len(head))


def resident() -> int:
    """Bytes of memory this process has."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def weigh(head: bytes, paired: bool) -> tuple[Journal, float]:
    """A full journal, and the bytes of memory that each of its messages costs."""
    before = resident()
    journal = Journal(max_messages=2 * MESSAGES)
    fill(journal, head, paired)
    assert len(journal) == MESSAGES
    return journal, (resident() - before) / MESSAGES


def sliced(reader: View | Statistics) -> tuple[float, float]:
    """CPU seconds until everything is examined, and of the longest slice.

    CPU, because a slice in which another process had the core says nothing of ours.
    """
    began, worst = time.process_time(), 0.0
    while reader.behind:
        slice_began = time.process_time()
        reader.catch_up(BUDGET)
        worst = max(worst, time.process_time() - slice_began)
    return time.process_time() - began, worst


def sift(journal: Journal, text: str) -> tuple[float, float, int]:
    view = View(journal, Lens.parse(text).on(journal))
    return *sliced(view), len(view)


def count(journal: Journal) -> tuple[float, float, int]:
    counted = Statistics(journal)
    return *sliced(counted), counted.total().count


def figures(head: bytes, paired: bool, rounds: int) -> Figures:
    """Everything measured of one journal, in bytes and milliseconds."""
    journal, weight = weigh(head, paired)
    gc.freeze()
    told: Figures = {"bytes per message": weight, "worst slice": 0.0}
    jobs: dict[str, Callable[[], tuple[float, float, int]]] = {
        text: partial(sift, journal, text) for text in LENSES
    }
    for name, job in (jobs | {"statistics": partial(count, journal)}).items():
        runs = [job() for _ in range(rounds)]
        told[name] = 1000 * statistics.median(run[0] for run in runs)
        told["worst slice"] = max(
            told["worst slice"], 1000 * statistics.median(run[1] for run in runs)
        )
        told[f"{name} rows"] = runs[0][2]
    began = time.process_time()
    find(journal, b"Needle", journal.first)
    told["next hit"] = 1000 * (time.process_time() - began)
    return told


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    report = [f"Filtering: {MESSAGES:,} messages of {BODY} bytes in the journal"]
    for title, kind, weight in (
        ("no headers", "events", 220),
        ("two headers", "headers", 300),
        ("requests and replies", "paired", 0),
    ):
        told = await _in_a_process(kind, rounds)
        lenses = ", ".join(
            f"{text} {told[text]:.0f} ms ({told[f'{text} rows']:,.0f})"
            for text in (*LENSES, "statistics")
        )
        report.append(f"  {title}: {told['bytes per message']:.0f} bytes each")
        report.append(f"    until all is examined (rows): {lenses}")
        report.append(f"    the next exchange with the word: {told['next hit']:.0f} ms")
        if weight:
            report.append(limit(f"a message ({title})", told["bytes per message"], "B", weight))
        report.append(limit(f"a rare word found ({title})", told["Needle"], "ms", 40))
        report.append(limit(f"longest slice of a filter ({title})", told["worst slice"], "ms", 50))
    return report


async def _in_a_process(kind: str, rounds: int) -> Figures:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.filtering",
        kind,
        str(rounds),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    found: Figures = json.loads(output)
    return found


if __name__ == "__main__":
    kind = sys.argv[1]
    head = HEAD if kind == "headers" else b""
    print(json.dumps(figures(head, kind == "paired", int(sys.argv[2]))))
