"""A recipe as it stands in the folder of recipes: one file, and no other is touched."""

from __future__ import annotations

from engine.responders.recipes.recipe import (
    RecipeAnswer,
    RecipeBase,
    RecipeField,
    ReplyContext,
    register,
)


@register
class Counter(RecipeBase):
    """Answers with a number that grows."""

    name = "counter"
    title = "Counter: a number that grows"
    hint = "Each reply is larger by the step."
    fields = (
        RecipeField("step", "Step", 1, "1", 1000),
        RecipeField("unit", "Unit", "", "none"),
        RecipeField("since", "Since", 0.0),
        RecipeField("down", "Down", False, "it counts down"),
    )

    def describe(self, where: str) -> str:
        return f"answers {where} in steps of {self.draft.value(self.fields[0])}"

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        step, unit, _, down = (self.draft.value(field) for field in self.fields)
        number = context.count * int(step) * (-1 if down else 1)
        return RecipeAnswer(f"{number} {unit}".encode())
