"""What is played back, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from textual.content import Content

from engine.playback.replay import Replay
from engine.playback.stub_set import StubSet
from engine.words import counted
from tui.safe import clean, shorten

_MAX_SHOWN = 40
"""Subjects or results that are listed."""
_MAX_SUBJECT = 50
_QUIET = "$foreground 60%"


def served_lines(stubs: StubSet) -> Iterator[Content]:
    """What each subject was asked, and what became of it."""
    state = "Serving" if stubs.running else "Not serving any more"
    yield Content.styled(f"{state}:", "bold")
    for subject, figures in list(stubs.figures.items())[:_MAX_SHOWN]:
        parts = (
            (figures.answered, "answered"),
            (figures.silent, "left silent"),
            (figures.unseen, "not recorded"),
            (figures.failed, "failed"),
        )
        told = ", ".join(f"{count:,} {words}" for count, words in parts if count)
        trouble = f"  ! {clean(figures.trouble)}" if figures.trouble else ""
        name = shorten(clean(subject), _MAX_SUBJECT)
        yield Content.assemble(
            f"  {name:<{_MAX_SUBJECT}}  {told or 'nothing asked yet'}",
            (trouble, "$text-error"),
        )


def replayed_lines(replay: Replay) -> Iterator[Content]:
    """What came of what was sent, the newest first."""
    counts = Counter(str(result.outcome) for result in replay.results)
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.most_common())
    done = f"{len(replay.results):,} of {counted(len(replay.requests), 'message')}"
    yield Content.styled(f"Sent {done}: {told or 'nothing came back yet'}", "bold")
    inks = {"same": "$text-success", "different": "$text-warning"}
    for result in reversed(replay.results[-_MAX_SHOWN:]):
        outcome = str(result.outcome)
        name = shorten(clean(result.request.draft.subject), _MAX_SUBJECT)
        yield Content.assemble(
            f"  {name:<{_MAX_SUBJECT}}  ",
            (f"{outcome:<14}", inks.get(outcome, "$text-error")),
            (clean(result.words), _QUIET),
        )
