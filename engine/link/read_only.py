"""The gate of a read-only connection: questions go out, and nothing else.

All that natstap publishes goes through `Link.publish`, all that it hears through
`Link.subscribe`, and both ask here. A question may not have somebody else's subject for its
answer, nor ask the server for reports to one: the server itself would then publish there.
"""

from __future__ import annotations

from engine.api_subjects import is_question
from engine.errors import ReadOnly
from engine.message import text
from engine.profile.profile import Profile

_REPORTS_TO = b"nats-trace-dest"


class ReadOnlyGate:
    def __init__(self, profile: Profile) -> None:
        self._where = profile.title
        self._api = profile.jetstream_api
        self._inboxes = profile.inbox_prefix.encode() + b"."

    def check_publish(self, subject: bytes, reply: bytes, head: bytes) -> None:
        """Raises `ReadOnly` for what is more than a question."""
        told = not reply or reply.startswith(self._inboxes)
        if not told or _REPORTS_TO in head.lower() or not is_question(subject, self._api):
            raise ReadOnly(text(subject), "publish", self._where)

    def check_subscribe(self, subject: bytes, queue: bytes, serves: bool) -> None:
        """Raises `ReadOnly` for what would take messages from others, or answer for them."""
        if queue or serves:
            raise ReadOnly(text(subject), "subscription", self._where)
