"""Recording: the real app in a terminal, watching a firehose, with and without a recording, in
turns; and how soon a million recorded messages are open.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from engine.journal import Journal
from engine.profile.profile import Profile
from engine.recording.opened import OpenedRecording
from engine.recording.recorder import Recorder
from engine.secrets.known_secrets import KnownSecrets

from .asking import url_of
from .living import RATE, _blast, _number
from .rounds import limit
from .sockets import Plain
from .terminal import Terminal
from .watching import BODY, HEAD

SECONDS = 10.0
MANY = 1_000_000
_NATSTAP = """
import sys
from tui.__main__ import main
main(["--server", sys.argv[1], "--watch", "fire.>", *sys.argv[2:]])
"""


@dataclass(slots=True)
class _Run:
    """One run of the app: microseconds of CPU a message, and what became of the messages."""

    cost: float
    sent: int
    shown: int
    recorded: int = 0


async def _live(profile: Profile, plain: Plain, *flags: str) -> _Run:
    argv = [sys.executable, "-c", _NATSTAP, url_of(profile), *flags]
    async with Terminal(argv) as terminal:
        await terminal.shows("fire.>", 60)
        await asyncio.sleep(1)
        until, cpu = time.perf_counter() + SECONDS, terminal.cpu()
        sent = await _blast(plain, until)
        await asyncio.sleep(1)
        cost = (terminal.cpu() - cpu) / sent * 1e6
        await asyncio.sleep(1)
        shown = _number(terminal.last(r"([\d,]+) exchanges"))
    return _Run(cost, sent, shown)


async def _recorded(profile: Profile, plain: Plain) -> _Run:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fire.ndjson.gz"
        run = await _live(profile, plain, "--record", str(path))
        opened = OpenedRecording.open(path)
        pages = (opened.page(at, Journal(2 * MANY, 2 << 30)) for at in range(opened.pages))
        run.recorded = sum(map(len, pages))
    return run


async def _opening(folder: Path) -> tuple[float, int]:
    """Seconds of CPU until a million messages are there, and the bytes of their file."""
    journal, path = Journal(2 * MANY, 2 << 30), folder / "million.ndjson.gz"
    sink = journal.sink(journal.sources.add("watch fire.>"))
    recorder = Recorder(path, journal, KnownSecrets({}))
    await recorder.start()
    for number in range(MANY):
        subject = b"fire.%d" % (number % 200)
        size = len(HEAD) + len(BODY)
        frame = b"HMSG %b 1 %d %d\r\n%b%b" % (subject, len(HEAD), size, HEAD, BODY)
        sink(subject, b"", frame, len(frame) - size, len(HEAD))
        if not number % 20_000:
            await asyncio.sleep(0)
    await recorder.stop()
    began = time.process_time()
    found = Journal(2 * MANY, 2 << 30)
    page = await asyncio.to_thread(OpenedRecording.open(path, most=2 * MANY).page, 0, found)
    found.show_recorded(page.segments, page.sources, page.inboxes, page.left)
    assert len(found) == MANY
    return time.process_time() - began, recorder.size


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(await _live(profile, plain))
        beside.append(await _recorded(profile, plain))
    costs = [statistics.median(run.cost for run in runs) for runs in (alone, beside)]
    pairs = zip(alone, beside, strict=True)
    more = statistics.median(with_.cost / without.cost - 1 for without, with_ in pairs)
    missing = max(run.shown - run.recorded for run in beside)
    with tempfile.TemporaryDirectory() as folder:
        opening, size = await _opening(Path(folder))
    return [
        f"Recording: {RATE:,} messages a second with two headers beside the live desk, 160x50",
        f"  CPU a message: {costs[0]:.2f} µs without, {costs[1]:.2f} µs with a recording",
        *(f"  {run.sent:,} sent, {run.shown:,} shown, {run.recorded:,} recorded" for run in beside),
        limit("shown and not recorded", float(max(0, missing)), "", 0),
        limit("more CPU for recording, of what the desk takes", more * 100, "%", 20),
        f"  {MANY:,} messages of {len(HEAD) + len(BODY)} bytes take {size / MANY:.0f} bytes each",
        limit("a million messages are open, CPU", opening, "s", 5),
    ]
