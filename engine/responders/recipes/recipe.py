"""What a recipe is: a class that makes the answers of a responder.

Everything that natstap shows, checks and keeps of a recipe follows from its class: the row and the
hint in the form, the keys in a collection's file, the sentence of what it will do, its answers.
A new recipe is one file in this folder, with a class under `@register`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from engine.drafts.draft import Pairs
from engine.drafts.template import Context, render
from engine.drafts.wire_headers import content_type
from engine.responders.behaviour import InvalidReply
from engine.rpc.message import SERVICE_ERROR, SERVICE_ERROR_CODE, NatsMessage

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft

Value = str | int | float | bool
ERROR = "this responder fails on purpose"
ERROR_CODE = "500"
_MAX_ERROR = 1024
"""Characters of an error that are sent."""


class Bodies(Enum):
    """Which bodies the user writes."""

    NONE = 0
    ONE = 1
    SEVERAL = 2
    """Each of several replies may have its own."""


@dataclass(frozen=True, slots=True)
class RecipeField:
    """A value that only some recipes have; the type of `usual` is the field's type.

    A float is a time in seconds. `says` is the placeholder, or the words beside a checkbox.
    """

    name: str
    """The key in a collection's file."""
    label: str
    usual: Value
    says: str = ""
    most: int | None = None
    """The largest number that it takes; none is negative."""

    def check(self, value: Value) -> None:
        """Raise `InvalidReply` for a number out of its bounds."""
        if isinstance(value, str):
            return
        if value < 0 or (self.most is not None and value > self.most):
            most = f", and at most {self.most:,}" if self.most is not None else ""
            raise InvalidReply(self.name, f"it is at least 0{most}")


@dataclass(slots=True)
class ReplyContext:
    """A request that is being answered, and what its answer may depend on."""

    request: NatsMessage
    count: int
    """Answers made before: templates call it Count."""
    place: int
    """Which of several replies this is, from 0."""
    variables: Mapping[str, str]
    max_payload: Callable[[], int]
    """The server's limit in bytes."""

    @property
    def for_templates(self) -> Context:
        return Context.answering(self.request, self.count, self.variables)


class RecipeAnswer(NamedTuple):
    """A body, the type it has unless a header names one, and headers."""

    body: bytes = b""
    content_type: str = ""
    headers: Pairs = ()
    status: bytes = b""
    """A whole header block that is sent instead of any headers."""
    fill: int = 0
    """Bytes that the answer shall have, headers included: its body is filled up."""


class RecipeBase(ABC):
    """One draft's recipe, ready to answer. Whatever is `ClassVar` describes all of its kind."""

    name: ClassVar[str]
    """The value of `recipe` in a collection's file."""
    title: ClassVar[str]
    """The choice in the form."""
    place: ClassVar[int] = 100
    """Where the choice stands among the others."""
    hint: ClassVar[str] = ""
    summary: ClassVar[str] = "answers"
    """What it does, after "a responder that"."""
    fields: ClassVar[tuple[RecipeField, ...]] = ()
    bodies: ClassVar[Bodies] = Bodies.NONE
    has_headers: ClassVar[bool] = True
    needs_headers: ClassVar[bool] = False
    """True when a server without headers cannot carry its answers."""
    fails: ClassVar[bool] = False
    """True when its answers are errors."""
    holds: ClassVar[bool] = False
    """True when requests wait in a lane until somebody decides; see `recipes.held`."""

    def __init__(self, draft: ReplyDraft) -> None:
        self.draft = draft

    def describe(self, where: str) -> str:
        """What it will do on `where`, to stand after "It"."""
        return f"{self.summary} on {where}"

    def check(self) -> None:  # noqa: B027 - most have nothing to check
        """Raise `InvalidReply` for a field that cannot be answered with."""

    @abstractmethod
    def answer(self, context: ReplyContext) -> RecipeAnswer:
        """The answer to one request; raises `InvalidInput` where the request lacks what it needs.

        Anything that takes time and can be done once belongs into `__init__`.
        """

    def failure(self, words: str = "", code: str = "") -> RecipeAnswer:
        """A service error: the draft's, or one in other words."""
        words = " ".join((words or self.draft.error or ERROR).split())[:_MAX_ERROR]
        code = code or self.draft.error_code or ERROR_CODE
        return RecipeAnswer(headers=((SERVICE_ERROR, words), (SERVICE_ERROR_CODE, code)))

    def named_values(self) -> Iterator[tuple[str, str]]:
        """Values that its answers hold under a name, as written: one may be a secret."""
        return iter(())

    @property
    def texts(self) -> Iterator[str]:
        """What it makes of its own text fields."""
        values = (self.draft.value(field) for field in self.fields)
        return (value for value in values if isinstance(value, str))

    def rendered_headers(self, context: Context) -> Pairs:
        return tuple((name, render(value, context)) for name, value in self.draft.headers)


RECIPES: dict[str, type[RecipeBase]] = {}
"""By name; `engine.responders.recipes` fills it."""


def register(recipe: type[RecipeBase]) -> type[RecipeBase]:
    """Class decorator: makes the recipe one that can be chosen, kept and hosted."""
    RECIPES[recipe.name] = recipe
    return recipe


def guess_type(body: bytes) -> str:
    return content_type(body) if body else ""
