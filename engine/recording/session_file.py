"""Saving what is here: what the journal holds now, as a recording that is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.journal import Journal
from engine.secrets.known_secrets import KnownSecrets

from .evidence import Evidence, Finding
from .lines import FORMAT, RECORDING, About
from .masked_frames import Mask, Secrets
from .recorder import Follower
from .writer import RecordingWriter, natstap_version

MOST_MESSAGES = 20_000
"""Of the newest messages, which a crash keeps: more would take too long to write."""


def save_session(
    path: Path,
    journal: Journal,
    known: KnownSecrets,
    most: int = 0,
    *,
    secrets: Secrets = Secrets.ALL,
    evidence: Callable[[], Iterable[Finding]] = tuple,
) -> int:
    """Write the newest `most` messages, 0 for all; gives how many older ones were left out.

    The journal must stand still meanwhile. Raises OSError, also where there is a file already.
    """
    since = max(journal.first, journal.next - most) if most else journal.first
    about = About(
        natstap=RECORDING,
        format=FORMAT,
        version=natstap_version(),
        started=time.time(),
        first=since,
        left_out=since - 1,
        secrets=str(secrets),
    )
    writer = RecordingWriter(path, about, journal.sources.names, Mask(known, secrets))
    try:
        follower = Follower(journal, since)
        while batches := follower.take():
            writer.write(batches)
        writer.write_lines(Evidence(evidence).news(), journal.next)
    finally:
        writer.close()
    return since - 1
