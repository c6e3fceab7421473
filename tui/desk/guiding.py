"""Guided flows on the desk: begun from a list, and led from step to step by what happens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.widgets import Input, TextArea

from engine.errors import NatstapError
from tui.guide.strip import Shown, put_strip, strip_of
from tui.kit.command import read_only
from tui.kit.palette import Palette, PaletteEntry
from tui.safe import clean

from .workspace import Workspace

if TYPE_CHECKING:
    from engine.guides.conditions import Observed
    from engine.guides.guide import Guide, GuideStep
    from engine.session import Session

    from .diagnosing import Diagnosing
    from .flowing import Flowing

_EVERY = 0.1
"""Seconds between two looks at whether a step is done."""
_SCREENS = {
    "Watching": "watch",
    "FlowScreen": "flow",
    "StreamsScreen": "streams",
    "HomeScreen": "home",
    "StatisticsScreen": "statistics",
    "Presenter": "presenter",
}
"""What conditions call the screens, by their classes."""
_ELSEWHERE = "Guided flows run on natstap's own server: press C to go there."
_STARTING = "Starting its clients…"
_NEXT, _ALL, _OWN, _RUNNING = "Next", "Guided flows", "From your collection", "This flow"


class Guiding:
    def __init__(self, desk: Workspace, diagnosing: Diagnosing, flowing: Flowing) -> None:
        self._desk = desk
        self._flowing = flowing
        self._diagnosing = diagnosing
        self.guide: Guide | None = None
        """The flow that runs."""
        self.at = 0
        """Its step, from 0 on."""
        self._done: set[str] = set()
        """The flows that were seen to their end."""
        self._flow_began = self._step_began = self._evidence = 0
        self._watched_before: tuple[str, ...] = ()
        self._unread: int | None = None
        """`app.pressed` when a step began that was done already: it is read until the next key."""
        self._busy = False
        """While a step's services change: it is not looked at."""
        self._timer: Timer | None = None

    @property
    def running(self) -> str:
        """The title of the flow that runs, once its first step is shown; "" for none."""
        return self.guide.title if self.guide is not None and self._timer is not None else ""

    # -- which one ---------------------------------------------------------------------------

    async def open(self) -> None:
        """The list of flows; the next one comes first."""
        from engine.guides.reading import guides_in, own_guides

        session = self._session()
        if session is None:
            return
        found, errors = guides_in(session.collection.folder)
        for error in errors:
            self._desk.app.notify(f"{error}", severity="warning")
        guides, entries = self._listed(own_guides(), found)
        chosen = await self._desk.app.push_screen_wait(Palette(entries, "Search for a flow"))
        if chosen is not None:
            guide = guides[chosen]
            await (self.begin(guide) if guide is not None else self.end())

    def _listed(
        self, taught: Sequence[Guide], found: Sequence[Guide]
    ) -> tuple[list[Guide | None], list[PaletteEntry]]:
        """The flows in the order of the list, the next one once more at its top; None ends one."""
        upcoming = [guide for guide in taught if guide.name not in self._done][:1]
        running = [None] if self.guide is not None else []
        groups: tuple[tuple[str, Sequence[Guide | None]], ...] = (
            (_NEXT, upcoming),
            (_RUNNING, running),
            (_ALL, taught),
            (_OWN, found),
        )
        listed = [(group, guide) for group, guides in groups for guide in guides]
        return [guide for _, guide in listed], [self._entry(*each) for each in listed]

    def _entry(self, group: str, guide: Guide | None) -> PaletteEntry:
        if guide is None:
            return PaletteEntry(group, "End this flow")
        mark = self._mark(guide)
        return PaletteEntry(group, guide.title, mark, guide.name, about=guide.about)

    def _mark(self, guide: Guide) -> str:
        if self.guide is not None and guide.name == self.guide.name:
            return "running"
        return "✓ seen" if guide.name in self._done else ""

    def _session(self) -> Session | None:
        """None, and a word on why, where no flow can run."""
        session, app = self._desk.session, self._desk.app
        if session is None or session.server is None:
            app.notify(_ELSEWHERE, severity="warning")
        elif why := read_only(app):
            app.notify(why, severity="warning")
        else:
            return session
        return None

    # -- from step to step -------------------------------------------------------------------

    async def begin_named(self, name: str) -> None:
        """The flow of that name; "" is the list of all."""
        from engine.guides.reading import guides_in, own_guides

        session = self._desk.session
        if not name or session is None:
            await self.open()
            return
        guides = (*own_guides(), *guides_in(session.collection.folder)[0])
        if (guide := next((each for each in guides if each.name == name), None)) is None:
            self._desk.app.notify(f"{clean(name)} is not a flow.", severity="warning")
            await self.open()
        else:
            await self.begin(guide)

    async def begin(self, guide: Guide) -> None:
        if (session := self._session()) is None:
            return
        self._leave()
        starting = Shown(guide.title, 0, len(guide.steps), _STARTING, ())
        for screen in self._desk.app.screen_stack:
            if screen.is_active or strip_of(screen) is not None:
                put_strip(screen, starting)
        try:
            await session.guided_flow.play(guide)
        except NatstapError as error:
            self._take_strips()
            self._desk.app.notify(f"The flow cannot begin: {error}", severity="error")
            return
        self.guide, self.at = guide, 0
        self._watched_before = session.watches.before
        self._flow_began = self._desk.journal.next
        self._desk.go_to("exchanges")
        await self._enter(guide.steps[0])
        self._timer = self._desk.app.set_interval(_EVERY, self.look)

    async def end(self) -> None:
        """Leave the desk as it is; the flow's clients go."""
        ran = self._leave()
        self._take_strips()
        if ran and (session := self._desk.session) is not None:
            await session.guided_flow.play(None)

    def _leave(self) -> bool:
        """Go on with no step; True if a flow ran, whose clients are still there."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.stop()
        guide, self.guide = self.guide, None
        if guide is not None and (session := self._desk.session) is not None:
            session.watches.before = self._watched_before
        return guide is not None

    def _take_strips(self) -> None:
        for screen in self._desk.app.screen_stack:
            if (strip := strip_of(screen)) is not None:
                strip.remove()

    async def _enter(self, step: GuideStep) -> None:
        """Do what the step does, and show it."""
        desk, session = self._desk, self._desk.session
        self._step_began = desk.journal.next
        self._evidence = self._diagnosing.shown
        self._unread = None
        if session is None:
            return
        if step.compose is not None:
            desk.load(step.compose)
        if step.watch:
            session.watches.before = tuple(step.watch.split())
        self._show()
        try:
            for change in step.changes:
                if session.guided_flow.cast is not None:
                    await session.guided_flow.cast.change(change)
        except NatstapError as error:
            desk.app.notify(f"The flow cannot go on: {error}", severity="error")
        if self._is_done(step, session):
            self._unread = self._pressed

    def look(self) -> None:
        """Go on when the step is done."""
        if (guide := self.guide) is None or self._busy or not self._desk.app.screen_stack:
            return
        session = self._desk.session
        if session is None or session.server is None:
            self._desk.start(self.end, "guide")
            return
        self._show()
        step = guide.steps[self.at]
        if self._unread != self._pressed and self._is_done(step, session):
            self._busy = True
            self._desk.start(partial(self._go_on, guide), "guide")

    @property
    def _pressed(self) -> int:
        return int(getattr(self._desk.app, "pressed", 0))

    def _is_done(self, step: GuideStep, session: Session) -> bool:
        observed = self._observe(session)
        return bool(step.until) and all(condition.holds(observed) for condition in step.until)

    async def _go_on(self, guide: Guide) -> None:
        try:
            if self.guide is guide:
                self.at += 1
                if self.at == len(guide.steps) - 1:
                    self._done.add(guide.name)
                await self._enter(guide.steps[self.at])
        finally:
            self._busy = False

    def _show(self) -> None:
        if (guide := self.guide) is not None:
            step = guide.steps[self.at]
            screen = self._desk.app.screen
            keys = ("escape", *step.keys) if self._would_type(step) else step.keys
            shown = Shown(guide.title, self.at + 1, len(guide.steps), step.say, keys)
            if not isinstance(screen, Palette):  # what is searched there has its own keys
                put_strip(screen, shown)

    def _would_type(self, step: GuideStep) -> bool:
        """True where the first key would go into the field of Compose that is in use."""
        desk = self._desk
        typing = desk.is_active and isinstance(desk.app.focused, Input | TextArea)
        return typing and bool(step.keys) and len(step.keys[0]) == 1

    # -- what happened -----------------------------------------------------------------------

    def _observe(self, session: Session) -> Observed:
        from engine.guides.conditions import Observed
        from engine.watching.subject_watch import SubjectWatch

        desk = self._desk
        watches = (watch for watch in session.watches.running if isinstance(watch, SubjectWatch))
        return Observed(
            desk.journal,
            self._flow_began,
            self._step_began,
            chosen=desk.inspect.number,
            composed=desk.composer.subject.value,
            watching=frozenset(pattern for watch in watches for pattern in watch.subjects.patterns),
            hosting=frozenset(each.pattern for each in session.responders.all if each.on),
            screens=frozenset(self._screens()),
        )

    def _screens(self) -> list[str]:
        """What is shown now, as conditions call it."""
        desk, top = self._desk, self._desk.app.screen
        if not desk.is_active:
            name = type(top).__name__
            found = name == "FindId" and getattr(top, "has_found", False)
            return ["found"] if found else [_SCREENS.get(name, "")]
        focus = {
            "list": desk.exchanges.has_focus_within,
            "inspect": desk.inspect.has_focus_within,
            "why": self._diagnosing.shown > self._evidence,
            "flow": self._flowing.in_use,
        }
        return ["desk", *(name for name, here in focus.items() if here)]
