"""Sending many: a form, then a burst that is drawn as it runs, and its report.

It has a connection of its own, so that the list of exchanges stays as it is, unless each message
is to be seen there. Leaving the screen ends the burst; nothing of it goes on unseen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.timer import Timer

from engine.burst.burst import Burst
from engine.drafts.draft import Draft, InvalidDraft
from engine.drafts.template import Context
from engine.errors import InvalidInput, NatstapError
from engine.rpc.broker import Broker
from engine.rpc.ids import new_short_id
from engine.secrets.conceal import conceal
from engine.words import counted, octets
from tui.compose.rendered import Rendered
from tui.kit.clipboard import copy
from tui.kit.command import Command, Commanded
from tui.kit.confirm import Sure, is_confirmed
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.key_order import FIELD_KEYS
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.screen_line import ScreenLine
from tui.safe import clean, shorten

from .burst_form import FEW, USUAL, BurstForm
from .burst_plan import Plan
from .burst_text import write_report
from .burst_view import FINE_BUCKETS, BurstRun, BurstView

if TYPE_CHECKING:
    from engine.session import Session

LOOK = 0.1
"""Seconds between two pictures of a burst that runs."""
MAX_UNASKED = 100
"""Messages to a server that is not natstap's own, for which the form is question enough."""


BURST: tuple[Command[BurstScreen], ...] = (
    Command(
        "burst.start",
        "ctrl+j,f5,ctrl+enter",
        "Start",
        "Begin to send",
        lambda screen: screen.start(),
        lambda screen: not screen.running,
        footer=True,
        anywhere=True,
        after_typing=True,
        sends=True,
    ),
    Command(
        "burst.cancel",
        "c",
        "Cancel",
        "Send no more, wait no longer",
        lambda screen: screen.cancel(),
        lambda screen: screen.running,
        footer=True,
    ),
    Command(
        "burst.again",
        "r",
        "Again",
        "The same once more",
        lambda screen: screen.start(),
        lambda screen: screen.ended,
        footer=True,
        sends=True,
    ),
    Command(
        "burst.copy",
        "y",
        "Copy",
        "Copy the report as text",
        lambda screen: screen.copy(),
        lambda screen: screen.ended,
        footer=True,
    ),
    Command(
        "burst.back",
        "escape",
        "Back",
        "Cancel; then back to the desk",
        lambda screen: screen.back(),
        footer=True,
    ),
)


_LAST: WeakKeyDictionary[Session, BurstRun] = WeakKeyDictionary()
"""The run before, by the session that it ran in."""


class BurstScreen(Page[None], Commanded):
    CSS_PATH = "../workbench.tcss"
    AUTO_FOCUS = "#burst-count"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    TABLE = BURST
    KEYS = FIELD_KEYS

    def __init__(self, session: Session, draft: Draft, written: Sequence[str] = ()) -> None:
        """`written` is what stands in the form's fields at first, if that is not as usual."""
        super().__init__()
        self._session = session
        self._draft = draft
        self._variables: dict[str, str] = {}
        self._burst: Burst | None = None
        self._plan: Plan | None = None
        self._confirmed: Plan | None = None
        """What the user has said yes to."""
        self._clock: Timer

        self._headline = Headline("burst-what")
        own = session.server is not None
        self._form = BurstForm(
            draft,
            session.journal.max_messages,
            written or (USUAL if own else FEW),
            where="" if own else session.where,
        )
        self._rendered = Rendered()
        self._sample = Vertical(self._rendered, id="burst-sample", classes="pane")
        self._sample.border_title = "Message 1"
        self._view = BurstView()
        self._report = Vertical(self._view, id="burst-right", classes="pane")
        self._report.border_title = "Report"

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("burst")
        left = Vertical(self._form, self._sample, id="burst-left")
        yield Container(left, self._report, id="burst-panes")
        yield KeyLine()

    def on_mount(self) -> None:
        self._clock = self.set_interval(LOOK, self._view.look, pause=True)
        self._show_sample()
        self._ask_stream()

    def on_unmount(self) -> None:
        if self._burst is not None:
            self._burst.cancel()

    @property
    def running(self) -> bool:
        return self._burst is not None and self._burst.ending is None

    @property
    def ended(self) -> bool:
        return self._burst is not None and not self.running

    # -- what will be sent -------------------------------------------------------------------

    def _show_sample(self) -> None:
        """The first message, rendered; what cannot be is said where it starts."""
        try:
            self._variables = self._session.environment.variables()
            self._draft.check()
            first = self._draft.rendered(Context(1, self._variables))
            size = octets(first.size().total)
        except InvalidInput as error:
            self._rendered.complain(str(error))
            self._tell_what()
            self._form.refuse(str(error))
        else:
            self._rendered.show(first)
            self._tell_what(size)

    def _tell_what(self, size: str = "") -> None:
        kind = self._draft.kind.replace("_", " ")
        figures = (kind, shorten(self._draft.subject, 60), size)
        self._headline.say("   ".join(map(clean, filter(None, figures))))

    @work(group="stream", exclusive=True)
    async def _ask_stream(self) -> None:
        """Find out whether a stream would store all this; not knowing hinders nobody."""
        try:
            subject = self._draft.rendered(Context(1, self._variables)).subject
            self._form.stream = await self._session.broker.jetstream.stream_of(subject)
        except NatstapError:
            return
        if self._form.stream and self._burst is None:
            self._form.advise()

    # -- running -----------------------------------------------------------------------------

    @on(BurstForm.Start)
    @work(group="confirm", exclusive=True)
    async def _ask(self) -> None:
        """Many messages to a server that is not natstap's own are confirmed, once for a plan."""
        if self.running:
            return
        try:
            plan = self._form.plan()
        except InvalidDraft as error:
            self._form.complain(error)
        except InvalidInput as error:
            self._form.refuse(str(error))
        else:
            if plan == self._confirmed or await self._is_meant(plan):
                self._confirmed = plan
                self._begin(plan)

    async def _is_meant(self, plan: Plan) -> bool:
        if self._session.server is not None or plan.count <= MAX_UNASKED:
            return True
        title = f"Send {counted(plan.count, 'message')}?"
        pace = f"at most {plan.rate:,g} a second" if plan.rate else "as fast as they go"
        words = f"They go to {shorten(self._draft.subject, 60)} on {self._session.where}, {pace}."
        return await is_confirmed(self.app, Sure(title, words, "Send"), "burst")

    def _begin(self, plan: Plan) -> None:
        try:
            self._plan = plan
            self._burst = self._made(plan)
        except InvalidDraft as error:
            self._form.complain(error)
        except InvalidInput as error:
            self._form.refuse(str(error))
        else:
            self._view.show(self._burst, self._plan, self._before())
            self.add_class("-begun")
            self._view.focus()
            self._clock.resume()
            self._run(self._burst)
            self._turn()

    def _made(self, plan: Plan) -> Burst:
        self._variables = self._session.environment.variables()
        self._draft.rendered(Context(1, self._variables))  # every message would fail as this does
        session = self._session
        return Burst(
            session.broker if plan.listed else Broker(session.profile),
            self._draft,
            plan.count,
            plan.rate,
            plan.in_flight,
            deadline=plan.deadline,
            variables=self._variables,
            settings=session.outbox.reader.settings,
            fresh=new_short_id if plan.listed else session.watches.left_out.new_ids(),
        )

    @work(group="burst", exclusive=True)
    async def _run(self, burst: Burst) -> None:
        begun = time.time()
        own = burst.broker is not self._session.broker
        try:
            async with burst.broker if own else nullcontext():
                if own:
                    self._session.watches.left_out.hide_inbox(burst.broker.inbox.prefix)
                await burst.run()
        except NatstapError as error:
            self._view.error = error
        self._clock.pause()
        self._view.look()
        self._turn()
        report = burst.report()
        if report.done:
            fine = burst.latencies.buckets(FINE_BUCKETS)
            _LAST[self._session] = BurstRun(self._draft.subject, report, fine)
        if report.sent:
            await self._session.outbox.note(self._draft, report.summary, begun)

    def _before(self) -> BurstRun | None:
        """The run before, of a message to the same subject."""
        run = _LAST.get(self._session)
        return run if run is not None and run.subject == self._draft.subject else None

    def _turn(self) -> None:
        """It began or ended: other keys do something now."""
        self._form.running = self.running
        self.refresh_bindings()

    # -- keys --------------------------------------------------------------------------------

    def start(self) -> None:
        self._form.start()

    @on(BurstForm.Cancel)
    def _cancelled(self) -> None:
        self.cancel()

    def cancel(self) -> None:
        if self._burst is not None:
            self._burst.cancel()

    def back(self) -> None:
        if self.running:
            self.cancel()
        else:
            self.dismiss()

    def copy(self) -> None:
        if self._burst is not None and self._plan is not None:
            report = write_report(self._draft, self._plan, self._burst)
            copy(self.app, conceal(report, self._session.secrets).value, "the report")
