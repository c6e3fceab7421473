"""The rows of the responder's form: what each is called, and how it is read and written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from engine.durations import write_duration
from engine.errors import InvalidInput
from engine.responders.behaviour import Correlation, Then
from engine.responders.delay_spread import Spread
from engine.responders.recipes import RECIPES, RecipeField, by_place
from engine.responders.recipes.recipe import ERROR, ERROR_CODE
from engine.responders.reply import RATE, ReplyDraft
from engine.responders.reply_words import percent
from tui.kit.typed import parse_span, parse_whole

Values = Mapping[str, Any]
Choices = tuple[tuple[str, str], ...]
_NOTHING = re.compile(r"0+(\.0*)?\s*(ms|s|m|min|h)?")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d*)?|\.\d+)\s*%?")

NONE, FIXED, BETWEEN, NORMAL, EXPONENTIAL = "none", "fixed", "between", "normal", "exponential"
DELAYS: Choices = (
    ("none", NONE),
    ("fixed: always the same", FIXED),
    ("uniform: between two times", BETWEEN),
    ("normal: round a mean", NORMAL),
    ("exponential: mostly short", EXPONENTIAL),
)
_CORRELATIONS: Choices = (
    ("kept as in the request", Correlation.KEEP),
    ("changed to another", Correlation.CHANGE),
    ("dropped", Correlation.DROP),
)
_THEN: Choices = (
    ("ack: it is done", Then.ACK),
    ("nak: deliver it again", Then.NAK),
    ("term: never again", Then.TERM),
    ("silence", Then.SILENCE),
)


def read_percent(written: str) -> float:
    """0 to 1 from "10 %" or "2.5"; nothing is 0. Raises `InvalidInput`."""
    if not written.strip():
        return 0.0
    found = _PERCENT.fullmatch(written.strip())
    if not found:
        raise InvalidInput(f"{written.strip()!r} is no chance: write it as 10 %")
    if float(found[1]) > 100:
        raise InvalidInput(f"{written.strip()!r} is more than 100 %")
    return float(found[1]) / 100


def write_percent(chance: float) -> str:
    return percent(chance) if chance else ""


def _text(written: str) -> str:
    return written.strip()


def _span(written: str) -> float:
    """Seconds; nothing is 0."""
    nothing = not written.strip() or _NOTHING.fullmatch(written.strip())
    return 0.0 if nothing else parse_span(written, "time")


def _needed(written: str) -> float:
    if not written.strip():
        raise InvalidInput("a time is needed, such as 2 s")
    return _span(written)


def _write_needed(seconds: float | None) -> str:
    return "" if seconds is None else write_duration(seconds) if seconds else "0 s"


def _write_span(seconds: float) -> str:
    return write_duration(seconds) if seconds else ""


def _usual_span(usual: float) -> Callable[[str], float]:
    return lambda written: _span(written) or usual


def _count(usual: int) -> Callable[[str], int]:
    def read(written: str) -> int:
        given = parse_whole(written, "number")
        return usual if given is None else given

    return read


def _unless(usual: Any) -> Callable[[Any], str]:
    """Nothing for what is as usual."""
    return lambda value: "" if value == usual else str(value)


def _span_unless(usual: float) -> Callable[[float], str]:
    return lambda value: "" if value == usual else write_duration(value)


def _always(_: Values) -> bool:
    return True


class FormRow(NamedTuple):
    """One row. `says` is a field's placeholder, or a checkbox's words."""

    name: str
    """The draft's field, or what `of_draft` makes of several."""
    label: str
    says: str = ""
    read: Callable[[str], Any] = _text
    write: Callable[[Any], str] = str
    choices: Choices = ()
    check: bool = False
    shown: Callable[[Values], bool] = _always

    @property
    def id(self) -> str:
        return f"reply-{self.name.replace('_', '-')}"


def _delayed(*kinds: str) -> Callable[[Values], bool]:
    return lambda values: values["delay"] in kinds


def _streamed(values: Values) -> bool:
    return bool(values["stream"])


def _fails(values: Values) -> bool:
    return RECIPES[values["recipe"]].fails or bool(values["fail_chance"])


def _several(values: Values) -> bool:
    return values["replies"] not in ("", "1") or bool(values["end_mark"])


ERRORS = (
    FormRow("error", "Error", ERROR, shown=_fails),
    FormRow("error_code", "Error code", ERROR_CODE, shown=_fails),
)
BEHAVIOUR = (
    FormRow("delay", "Delay", choices=DELAYS),
    FormRow("time", "Time", "such as 2 s", _needed, _write_needed, shown=_delayed(FIXED)),
    FormRow("least", "From", "0 s", _span, _write_span, shown=_delayed(BETWEEN)),
    FormRow("most", "To", "such as 3 s", _needed, _write_needed, shown=_delayed(BETWEEN)),
    FormRow(
        "mean", "Mean", "such as 2 s", _needed, _write_needed, shown=_delayed(NORMAL, EXPONENTIAL)
    ),
    FormRow("deviation", "Deviation", "none", _span, _write_span, shown=_delayed(NORMAL)),
    FormRow("shortest", "At least", "0 s", _span, _write_span, shown=_delayed(NORMAL, EXPONENTIAL)),
    FormRow(
        "longest",
        "At most",
        "10 times the mean",
        _span,
        _write_span,
        shown=_delayed(NORMAL, EXPONENTIAL),
    ),
    FormRow("fail_chance", "Fails", "never; or a chance", read_percent, write_percent),
    FormRow("silent_chance", "Stays silent", "never; or a chance", read_percent, write_percent),
    FormRow("duplicate_chance", "Duplicates", "never; or a chance", read_percent, write_percent),
    FormRow("replies", "Replies", "1", _count(1), _unless(1)),
    FormRow("pause", "Pause", "none between replies", _span, _write_span, shown=_several),
    FormRow("end_mark", "End mark", "an empty reply ends them", check=True),
    FormRow("no_reply", "Only listens", "it never answers", check=True),
    FormRow("content", "Send as", "as typed; or msgpack, cbor, protobuf:type"),
    FormRow("correlation", "Correlation", choices=_CORRELATIONS),
    FormRow("adds_headers", "Headers", "add content-type, correlation", check=True),
    FormRow("queue", "Queue group", "natstap"),
    FormRow("limit", "Stops after", "never", _count(0), _unless(0)),
    FormRow("rate", "Rate limit", f"{RATE:,} answers a second", _count(RATE), _unless(RATE)),
)
STREAM = (
    FormRow("stream", "Consumes", "a stream's name; else what is sent now"),
    FormRow("durable", "Durable", "none: a consumer that goes with it", shown=_streamed),
    FormRow("then", "Afterwards", choices=_THEN, shown=_streamed),
    FormRow(
        "nak_delay",
        "Again after",
        "1 s",
        _usual_span(1.0),
        _span_unless(1.0),
        shown=lambda values: _streamed(values) and values["then"] == Then.NAK,
    ),
    FormRow("ack_wait", "Ack wait", "30 s", _usual_span(30.0), _span_unless(30.0), shown=_streamed),
    FormRow("store_in", "Stored in", "a stream that keeps the answers"),
)
SERVICE = (
    FormRow("service", "Service", "not listed; a name lists it under $SRV"),
    FormRow(
        "version", "Version", "1.0.0", lambda written: written.strip() or "1.0.0", _unless("1.0.0")
    ),
    FormRow("description", "Says", "what it does"),
)
PAGES = {"behaviour": BEHAVIOUR, "stream": STREAM, "service": SERVICE}
COMMON = (*ERRORS, *BEHAVIOUR, *STREAM, *SERVICE)

OF_DELAY = ("delay", "time", "least", "most", "mean", "deviation", "shortest", "longest")
BOUNDS = {BETWEEN: "most", NORMAL: "longest", EXPONENTIAL: "longest"}
"""The row to look at when the bounds of a delay cannot be."""


def recipe_choices() -> list[tuple[str, str]]:
    """Title and name of every recipe."""
    return [(recipe.title, recipe.name) for recipe in by_place()]


def recipe_lines() -> tuple[FormRow, ...]:
    """The rows of what only some recipes have."""
    found = {field.name: field for recipe in by_place() for field in recipe.fields}
    return tuple(map(_recipe_line, found.values()))


def _recipe_line(field: RecipeField) -> FormRow:
    name, usual = field.name, field.usual

    def shown(values: Values) -> bool:
        return any(each.name == name for each in RECIPES[values["recipe"]].fields)

    if isinstance(usual, bool):
        return FormRow(name, field.label, field.says, check=True, shown=shown)
    read, write = _reading(usual)
    return FormRow(name, field.label, field.says, read, write, shown=shown)


def _reading(usual: str | float) -> tuple[Callable[[str], Any], Callable[[Any], str]]:
    """How a field with this usual value is read and written."""
    if isinstance(usual, str):
        return lambda written: written.strip() or usual, _unless(usual)
    if isinstance(usual, int):
        return _count(usual), _unless(usual)
    return _usual_span(usual), _span_unless(usual)


def of_draft(draft: ReplyDraft) -> dict[str, Any]:
    """The value of every row, and of the recipe."""
    plain = [line.name for line in COMMON if line.name not in OF_DELAY]
    recipes = {field.name: draft.value(field) for each in by_place() for field in each.fields}
    kind = _delay_of(draft)
    return {
        "recipe": draft.recipe,
        **recipes,
        **{name: getattr(draft, name) for name in plain},
        "delay": kind,
        "time": draft.least_delay if kind == FIXED else None,
        "least": draft.least_delay,
        "most": draft.most_delay if kind == BETWEEN else None,
        "mean": draft.mean_delay if kind in (NORMAL, EXPONENTIAL) else None,
        "deviation": draft.deviation,
        "shortest": draft.least_delay,
        "longest": draft.most_delay,
    }


def _delay_of(draft: ReplyDraft) -> str:
    if draft.spread is Spread.NORMAL:
        return NORMAL
    if draft.spread is Spread.EXPONENTIAL:
        return EXPONENTIAL
    if not draft.delay:
        return NONE
    return FIXED if draft.least_delay == draft.most_delay else BETWEEN


def filled(draft: ReplyDraft, values: Values) -> ReplyDraft:
    """The draft with what the rows say."""
    named = {line.name: values[line.name] for line in COMMON if line.name not in OF_DELAY}
    fields = RECIPES[values["recipe"]].fields
    common = [field.name for field in fields if hasattr(draft, field.name)]
    own = {field.name: values[field.name] for field in fields if field.name not in common}
    named |= {name: values[name] for name in common}
    return replace(draft, recipe=values["recipe"], **named, **_delay(values)).with_own(own)


def _delay(values: Values) -> dict[str, Any]:
    match values["delay"]:
        case "fixed":
            return {"least_delay": values["time"], "most_delay": values["time"]}
        case "between":
            return {"least_delay": values["least"], "most_delay": values["most"]}
        case "normal" | "exponential" as kind:
            return {
                "spread": Spread(kind),
                "least_delay": values["shortest"],
                "mean_delay": values["mean"],
                "deviation": values["deviation"] if kind == NORMAL else 0.0,
                "most_delay": values["longest"],
            }
        case _:
            return {}
