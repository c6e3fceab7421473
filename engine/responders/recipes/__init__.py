"""What a responder can be told to do. Every module of this folder registers its recipes."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from engine.responders.behaviour import InvalidReply

from .recipe import RECIPES, RecipeBase, RecipeField

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft

__all__ = ["RECIPES", "RecipeBase", "RecipeField", "by_place", "load", "recipe_class", "recipe_of"]


def load() -> None:
    """Import every module of this folder: each registers its recipe."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


def by_place() -> list[type[RecipeBase]]:
    """All, in the order in which the form offers them."""
    return sorted(RECIPES.values(), key=lambda recipe: (recipe.place, recipe.title))


def recipe_class(name: str) -> type[RecipeBase]:
    """Raises `InvalidReply` for a name that no recipe has."""
    if name not in RECIPES:
        names = ", ".join(recipe.name for recipe in by_place())
        raise InvalidReply("recipe", f"{name!r} is none of {names}")
    return RECIPES[name]


def recipe_of(draft: ReplyDraft) -> RecipeBase:
    """The draft's recipe, ready to answer; raises `InvalidReply`."""
    return recipe_class(draft.recipe)(draft)


load()
