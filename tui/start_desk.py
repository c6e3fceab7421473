"""Starting the desk: its flags are read, and the terminal gets its title back afterwards."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from engine.link.load_later import load_parts_later
from tui.demo_words import missing_flow, split_demo
from tui.record_flags import OPEN, RECORD_FLAGS, read_record_flags, split_open
from tui.terminal import missing_terminal

_OWN_FLAGS = ("demo", "watch", "collection", "environment", "config", "theme")
"""Flags that are natstap's, and say nothing about the connection."""


_GARBAGE = (20_000, 3, 500)
"""The collector's thresholds: at its own, a busy screen stops for 40 ms now and then; and where
much is kept until the second look, as when ten thousand clients are read, for 150 ms."""


def keep_what_was_made() -> None:
    """Modules, classes and the desk are never looked through for garbage: a hundredth of them is,
    and to find that takes as long as to draw the desk.
    """
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    gc.enable()


class Private(Mapping[str, Any]):
    """A mapping whose repr keeps its values to itself, for a crash report would show them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._get = values.__getitem__
        self._names = tuple(values)

    def __getitem__(self, name: str) -> Any:
        return self._get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{len(self)} settings>"


@contextmanager
def window_title(title: str) -> Iterator[None]:
    """Title the terminal's window, and give its own title back."""
    if not sys.stdout.isatty():
        yield
        return
    print(f"\x1b[22;2t\x1b]2;{title}\x1b\\", end="", flush=True)
    try:
        yield
    finally:
        print("\x1b[23;2t", end="", flush=True)


def _problem(own: Mapping[str, Any]) -> str:
    """What no server can make right in natstap's own flags; "" for nothing."""
    from engine.errors import NatstapError

    flag = "--watch"
    try:
        if patterns := own["watch"]:
            from engine.watching.subject_watch import check_watched

            for pattern in patterns:
                check_watched(pattern)
        flag = "--environment"
        if name := own["environment"]:
            from engine.collection.collection import Collection

            Collection(own["collection"]).written_variables(name)
    except NatstapError as error:
        return f"{flag}: {error}"
    return ""


def run_desk(reading: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """Run the app with the flags in `words`, as `reading` reads them; the exit code."""
    guide, words = split_demo(words)
    opened, rest = split_open(words)
    if words[:1] == [OPEN] and not opened:
        reading.error("open: name the file that is to be opened")
    flags = vars(reading.parse_args(rest))
    own = {name: flags.pop(name) for name in _OWN_FLAGS}
    record = {name: flags.pop(name) for name in RECORD_FLAGS}
    if guide is not None:
        own["demo"] = True
        if problem := missing_flow(guide, own["collection"]):
            reading.error(problem)
    if not opened and (problem := _problem(own)):
        reading.error(problem)
    gc.disable()  # a start makes no garbage, and looking for it takes a tenth of it
    load_parts_later()
    from engine.errors import NatstapError
    from tui.app import NatstapApp

    try:
        own |= {"record": read_record_flags(record), "opened": opened, "guide": guide}
        own["started"] = keep_what_was_made
    except NatstapError as error:
        reading.error(f"--record: {error}")
    with window_title("natstap"):
        app = NatstapApp(Private(flags), Private(os.environ), **own)
        if (theme := own["theme"]) is not None and theme not in app.available_themes:
            reading.error(f"--theme: try one of {', '.join(sorted(app.available_themes))}")
        if why := missing_terminal():
            print(why, file=sys.stderr)
            return 2
        app.run()
    return app.return_code or 0
