"""Where a session is: a way to connect and its broker, and natstap's own server if there is one."""

from __future__ import annotations

from engine.demo.demo import Demo
from engine.demo.own_server import OwnServer
from engine.journal import Journal
from engine.message import raw_bytes
from engine.profile.known_places import Place
from engine.profile.profile import Profile
from engine.rpc.broker import Broker
from engine.server.refused_publishes import RefusedPublish
from engine.server.server import EmbeddedServer


class Site:
    """`company` says whether demo services are on natstap's own server, once it is wanted."""

    def __init__(
        self, profile: Profile, journal: Journal, own: OwnServer | None, company: bool
    ) -> None:
        self.journal = journal
        self._own = own
        self._company = company
        self._settle(profile, Broker(profile, journal=journal))

    def _settle(self, profile: Profile, broker: Broker) -> None:
        self.profile = profile
        self.broker = broker
        self.since = self.journal.next
        """The number from which on the journal tells of the server that is connected to now."""
        self.journal.inboxes.add_prefix(raw_bytes(profile.inbox_prefix))

    async def _home(self) -> Profile:
        if self._own is None:
            self._own = await OwnServer.start(company=self._company)
        return self._own.profile

    @property
    def _at_home(self) -> bool:
        return self._own is not None and self.profile == self._own.profile

    @property
    def server(self) -> EmbeddedServer | None:
        """The private server, while natstap is connected to it."""
        return self._own.server if self._own is not None and self._at_home else None

    def refused_reply(self, reply_subject: str) -> RefusedPublish | None:
        """What natstap's own server refused to publish there; other servers do not say it."""
        server = self.server
        return server.refused_publishes.on(reply_subject) if server is not None else None

    @property
    def demo(self) -> Demo | None:
        """The demo services, while natstap is connected to where they are."""
        return self._own.demo if self._own is not None and self._at_home else None

    @property
    def own_profile(self) -> Profile | None:
        """How to connect to the private server; None while there is none."""
        return self._own.profile if self._own is not None else None

    @property
    def own_logins(self) -> tuple[Profile, Profile] | None:
        """How a client of the private server connects, and how one that may publish no reply;
        None while natstap is elsewhere.
        """
        own = self._own
        return (own.profile, own.silenced) if own is not None and self._at_home else None

    @property
    def where(self) -> str:
        """The server and what decided for it, as it stands in a question."""
        source = f" ({self.profile.source})" if self.profile.source else ""
        return f"{self.profile.display}{source}"

    def is_at(self, place: Place) -> bool:
        return self._at_home if place.private else place.profile == self.profile
