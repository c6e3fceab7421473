"""Serving a recording: each request is answered as it was when it was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from engine.content.by_subject import SubjectSettings
from engine.journal import Journal
from engine.playback.recorded_answers import RecordedAnswer, collect_answers
from engine.playback.stub_set import StubOptions, StubSet
from engine.recording.gathering import parts_of
from engine.recording.open_file import open_file
from engine.recording.recorded_hearing import RecordedHearing
from engine.words import counted

from .output import DIM, WARN, Output

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

_LOOK = 0.05
"""Seconds between two looks at what was served."""


def recorded_answers(files: Sequence[Path]) -> dict[str, list[RecordedAnswer]]:
    """All answers of a recording, by subject; raises `CannotOpen`."""
    opened = open_file(*files)
    found: dict[str, list[RecordedAnswer]] = {}
    for page, journal in parts_of(opened, Journal()):
        hearing = RecordedHearing(journal)
        hearing.take(page)
        for subject, answers in collect_answers(journal, excused=hearing.is_excused).items():
            found.setdefault(subject, []).extend(answers)
    return found


async def serve_recording(
    broker: Broker,
    answers: dict[str, list[RecordedAnswer]],
    out: Output,
    options: StubOptions,
    *,
    settings: SubjectSettings,
    seconds: float | None,
    count: int,
) -> int:
    """Answer until `seconds` are over, `count` requests came, or Ctrl+C; how many came.

    Raises `InvalidInput` for a recording without answers.
    """
    stubs = StubSet(broker, answers, options, settings=settings)
    for sentence in stubs.sentences():
        out.say(sentence, DIM)
    await stubs.start()
    try:
        for subject in stubs.subjects:
            out.record({"type": "responder", "name": "recording", "subject": subject})
        with suppress(asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(seconds):
                while not count or _asked(stubs) < count:
                    await asyncio.sleep(_LOOK)
    finally:
        await stubs.stop()
    for subject, figures in stubs.figures.items():
        if figures.trouble:
            out.complain(f"{subject}: {figures.trouble}", WARN)
    out.say(f"handled {counted(_asked(stubs), 'request')}", DIM)
    return _asked(stubs)


def _asked(stubs: StubSet) -> int:
    return sum(figures.asked for figures in stubs.figures.values())
