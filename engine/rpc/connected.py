"""What a broker has while it is connected, and gives up with the connection."""

from __future__ import annotations

from collections.abc import Callable

from engine.journal import Journal
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link
from engine.rpc.asker import Asker
from engine.rpc.replier import Replier
from engine.rpc.sender import Sender


class Connected:
    """A link, and who sends, asks and answers over it."""

    def __init__(self, link: Link, journal: Journal | None, new_id: Callable[[], str]) -> None:
        self.link = link
        self.sender = Sender(link, journal, new_id)
        self.asker = Asker(self.sender)
        self.replier = Replier(self.sender, self.asker)

    def on_link(self, event: LinkEvent) -> None:
        """Tell whoever waits for an answer what happened to the link."""
        inbox = self.asker.inbox
        if event.what in (Happening.LOST, Happening.CLOSED):
            inbox.lose()
            self.asker.deadlines.end_idle()
        elif event.what is Happening.REFUSED:
            inbox.refuse(event.operation, event.subject, event.words)
        elif event.what is Happening.RESTORED:
            self.replier.streams.forget()
