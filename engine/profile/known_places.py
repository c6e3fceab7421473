"""Where one can connect: natstap's own server, where it was started for, contexts, addresses.

Each place is resolved alone: the variables and the selected context that decide where natstap
begins have no say in a place that was chosen by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import InvalidInput, InvalidProfile

from .connect_line import read_written
from .label import NO_LABELS, Labels
from .profile import Profile, local_profile, resolve
from .read_context import context_names, load_context, selected_context
from .settings import gather_settings
from .write_context import remove_context, save_context, written_line

_KEPT = 20
"""Addresses that were typed and are offered again; the oldest makes way."""
_EVERYWHERE = ("connection_name", "timeout", "read_only")
"""Flags that say how natstap speaks, wherever it connects."""
PRIVATE = "private server"
LOCAL = "local server"
TYPED = "typed here"
LAST = "used last"
_CONTEXT = "context "
_SECRET = {"password", "token", "jwt", "seed"}
"""Flags whose values may be secret themselves; others name files."""


@dataclass(frozen=True, slots=True)
class Place:
    """`profile` is None for the private server, which is made when it is wanted, and for a
    place that cannot be used: then `trouble` says why.
    """

    name: str
    profile: Profile | None = None
    trouble: InvalidInput | None = field(default=None, compare=False)
    note: str = ""
    """What else is known of it, such as the description in its context."""
    asks: tuple[str, ...] = field(default=(), compare=False)
    """Other programs that must be asked for its credentials first: see `Places.complete`."""
    written: str = field(default="", compare=False, repr=False)
    """The line that was typed for it; it may hold secrets."""

    @property
    def context(self) -> str:
        """The name of the nats CLI's context that it is; "" for every other place."""
        return self.name.removeprefix(_CONTEXT) if self.name.startswith(_CONTEXT) else ""

    @property
    def private(self) -> bool:
        return self.profile is None and self.trouble is None


class Places:
    """`flags` and `env` are what natstap was started with, as `resolve` takes them; `learn` is
    told every profile that is listed, for its credentials may be shown nowhere. `labels` are
    those of the contexts.
    """

    def __init__(
        self,
        flags: Mapping[str, Any],
        env: Mapping[str, str],
        learn: Callable[[Profile], None] = lambda _: None,
        labels: Labels = NO_LABELS,
    ) -> None:
        self._labels = labels
        self._learn = learn
        self._flags = flags
        self._env = env
        self._manners = {name: flags.get(name) for name in _EVERYWHERE}
        self._typed: list[Place] = []
        self.written: list[str] = []
        """Addresses that were typed and hold no credentials, the newest last."""
        self.last = ""
        """The title of where natstap was connected last, in another run."""

    def has_label(self, context: str) -> bool:
        """True when the user's settings say something of this context by its name."""
        return context in self._labels.contexts

    def list(self) -> tuple[Place, ...]:
        """All of them, the one natstap was started for first; reads the contexts' files."""
        started, contexts = list(self._started()), list(self._contexts())
        known = [context.profile for context in contexts if context.profile is not None]
        for profile in known:
            self._learn(profile)
        first = [place for place in started if place.profile is None or place.profile not in known]
        local = local_profile(self._flags, self._labels)
        named = any(place.profile and place.profile.servers == local.servers for place in first)
        own = [Place(PRIVATE)] if named else [Place(LOCAL, local), Place(PRIVATE)]
        found = (*first, *own, *contexts, *reversed(self._typed))
        return tuple(self._noted(place) for place in found)

    def complete(self, place: Place) -> Place:
        """A place that can be gone to: other programs are asked for what they keep of it.

        Blocks for as long as they take; raises `InvalidProfile`.
        """
        if not place.asks:
            return place
        found = self._context(place.context, place.note, ask_tools=True)
        if found.trouble is not None:
            raise found.trouble
        if found.profile is not None:
            self._learn(found.profile)
        return found

    def line_of(self, place: Place) -> tuple[str, str]:
        """How a place would be typed, with the secrets of a context hidden, and its description.

        Reads the context's file; raises `InvalidProfile`.
        """
        if place.context:
            return written_line(place.context, self._env)
        return place.written or ", ".join(place.profile.servers if place.profile else ()), ""

    def save(
        self, name: str, line: str, description: str, *, like: str = "", replaces: str = ""
    ) -> Place:
        """Keep a context, as `save_context` does; raises `InvalidProfile`. It blocks."""
        save_context(name, line, description, self._env, like=like, replaces=replaces)
        return self._context(name, "")

    def remove(self, place: Place) -> None:
        """Remove the context's file; raises `InvalidProfile`. It blocks."""
        remove_context(place.context, self._env)

    def begin_with(self, last: str, written: Iterable[str]) -> None:
        """Offer what another run has left; an address that cannot be read is left out."""
        self.last = last
        for line in written:
            with suppress(InvalidInput):
                self.take(line)

    def _noted(self, place: Place) -> Place:
        title = PRIVATE if place.private else place.profile.title if place.profile else ""
        if not title or title != self.last:
            return place
        return replace(place, note="; ".join(filter(None, (place.note, LAST))))

    def take(self, written: str) -> Place:
        """The place that was typed: an address, and flags as the nats CLI has them.

        It is listed from now on. Raises `InvalidProfile`.
        """
        flags = read_written(written)
        given = {**self._manners, **flags}
        profile = resolve(given, self._env, alone=True, labels=self._labels)
        if profile is None:
            raise InvalidProfile("an address is needed, such as nats://host:4222")
        self._learn(profile)
        place = Place(TYPED, replace(profile, source=TYPED), written=written)
        self._typed = [*(typed for typed in self._typed[-_KEPT:] if typed != place), place]
        if not _holds_secret(flags, profile):
            others = (line for line in self.written[-_KEPT:] if line != written)
            self.written = [*others, written]
        return place

    def _started(self) -> Iterator[Place]:
        try:
            profile = resolve(self._flags, self._env, labels=self._labels)
        except InvalidProfile as error:
            yield Place("as started", trouble=error)
        else:
            if profile is not None:
                yield Place(profile.source, profile, note="what flags and variables name")

    def _contexts(self) -> Iterator[Place]:
        selected = selected_context(self._env)
        for name in context_names(self._env):
            yield self._context(name, "selected in the nats CLI" if name == selected else "")

    def _context(self, name: str, note: str, *, ask_tools: bool = False) -> Place:
        title = f"{_CONTEXT}{name}"
        flags = {"context": name, **self._manners}
        try:
            told = load_context(name, self._env)
            settings = gather_settings(flags, self._env, alone=True)
            profile = resolve(
                flags, self._env, alone=True, ask_tools=ask_tools, labels=self._labels
            )
        except InvalidInput as error:
            return Place(title, trouble=error, note=note)
        asks = settings.tools if settings is not None else ()
        unknown = f"unknown to natstap: {', '.join(told.unknown)}" if told.unknown else ""
        about = (told.description, note, unknown)
        return Place(title, profile, note="; ".join(filter(None, about)), asks=asks)


def _holds_secret(flags: Mapping[str, Any], profile: Profile) -> bool:
    """True for what was typed and belongs into no file."""
    in_urls = any("?" in server for server in profile.servers) or "@" in profile.proxy
    return bool(_SECRET & flags.keys() or profile.password or profile.token or in_urls)
