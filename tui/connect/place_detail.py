"""A place closely: whether it answers now, how natstap would connect, what the server says."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from engine.connect.connect_check import CheckedStep
from engine.link.server_check import SeenServer
from engine.profile.known_places import Place
from engine.profile.profile import Profile
from tui.kit.facts import Facts
from tui.kit.sentence import Sentence

from .connect_error_words import advice, sentence
from .place_rows import Looked, answer_time, place_facts
from .step_list import StepList

_PRIVATE = (
    "A real nats-server of natstap's own, on a free port of the loopback and with a random "
    "password. It goes on until natstap ends, also while natstap is elsewhere."
)


class PlaceDetail(VerticalScroll):
    DEFAULT_CSS = """
    PlaceDetail { height: 1fr; padding: 0 1; }
    PlaceDetail > Static { height: auto; padding: 0 1 0 0; }
    #place-verdict { text-style: bold; }
    #place-advice { color: $text-muted; padding: 0 1 0 2; }
    #place-facts { margin: 1 0 0 0; }
    """

    def __init__(self) -> None:
        super().__init__(can_focus=True)
        self._verdict = Sentence("place-verdict")
        self._advice = Sentence("place-advice")
        self._facts = Facts(id="place-facts")
        self._steps = StepList()

    def compose(self) -> ComposeResult:
        yield self._verdict
        yield self._advice
        yield self._steps
        yield self._facts

    def show_steps(self, steps: Sequence[CheckedStep]) -> None:
        """What a test found so far; nothing without one."""
        self._steps.show(steps)

    def show(
        self, place: Place, profile: Profile | None, looked: Looked | None, *, here: bool
    ) -> None:
        words, ink = _verdict(place, profile, looked, here)
        self._verdict.say(words, ink)
        self._advice.say(_PRIVATE if place.private else advice(place.trouble or looked))
        self._facts.show(list(place_facts(place, profile, looked)))


def _verdict(
    place: Place, profile: Profile | None, looked: Looked | None, here: bool
) -> tuple[str, str]:
    """A sentence and its ink."""
    if place.trouble is not None:
        return f"! {sentence(place.trouble)}", "$text-warning"
    if profile is None:
        return "○ It starts when you connect.", "$text-primary"
    if place.asks and looked is None:
        return (
            f"○ {' and '.join(place.asks)} is asked for its login once you connect.",
            "$text-primary",
        )
    begin = "● This is where natstap is" if here else "✓ Login accepted"
    if isinstance(looked, SeenServer):
        return f"{begin}, and it answers in {answer_time(looked)}.", "$text-success"
    if looked is not None:
        return f"✗ {sentence(looked)}", "$text-error"
    return f"{begin}. Asking…" if here else "○ Asking…", "$text-primary"
