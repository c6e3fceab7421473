"""What the embedded server refused to publish: its log says so, and its clients alone hear it.

Source: the log of nats-server, `[ERR] 127.0.0.1:52724 - cid:5 - "v1.55.0:go:NAME" - "$G/user:b" -
Publish Violation - Subject "SUBJECT"`; the name and the user are missing where there is none.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

MAX_KEPT = 1_000
"""Subjects that are remembered; of more, the newest."""
_VIOLATION = re.compile(r"- cid:(\d+) -.* (Publish Violation - .*Subject \"([^\"\s]+)\")\s*$")


@dataclass(frozen=True, slots=True)
class RefusedPublish:
    cid: int
    """The client's connection."""
    subject: str
    said: str
    """The end of the line in the log."""


class RefusedPublishes:
    """The last refusal on each subject."""

    def __init__(self) -> None:
        self._by_subject: OrderedDict[str, RefusedPublish] = OrderedDict()

    def hear(self, line: bytes) -> None:
        """Take a line of the log; most of them are about something else."""
        found = _VIOLATION.search(line.decode(errors="replace"))
        if found is None:
            return
        cid, said, subject = found.groups()
        self._by_subject.pop(subject, None)
        self._by_subject[subject] = RefusedPublish(int(cid), subject, said)
        if len(self._by_subject) > MAX_KEPT:
            self._by_subject.popitem(last=False)

    def on(self, subject: str) -> RefusedPublish | None:
        return self._by_subject.get(subject)
