"""Rendering a draft so that it can be made a template again: each variable back in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from engine.drafts.draft import TEXTS, Draft, Pairs
from engine.drafts.template import Context, Template, TemplateError, escape
from engine.message import raw_bytes, text

from .missing_variables import wanted_variables


@dataclass(frozen=True, slots=True)
class RenderedApart:
    """What a draft became, and the same with its hidden variables still in it; None when it
    names none of them.
    """

    draft: Draft
    kept: Draft | None = None


def render_apart(draft: Draft, context: Context, hidden: Mapping[str, str]) -> RenderedApart:
    """Render once, so that both say the same. Raises `TemplateError`."""
    wanted = [name for name in wanted_variables(draft) if name in hidden]
    if not wanted:
        return RenderedApart(draft.rendered(context))
    own = token_hex(8)  # nobody can have written it before
    marks = {name: f"\ue000{own}.{place}\ue001" for place, name in enumerate(wanted)}
    marked = draft.rendered(replace(context, variables={**context.variables, **marks}))
    values = {marks[name]: context.variables[name] for name in wanted}
    sources = _sources(draft)
    actions = {marks[name]: sources[name] for name in wanted}
    return RenderedApart(_filled(marked, values), _filled(_as_template(marked, own), actions))


def restored(again: Draft, rendered: RenderedApart) -> Draft:
    """A draft of what was seen on the wire, its hidden variables back in their places."""
    before, kept = rendered.draft, rendered.kept
    if kept is None or (again.subject, again.body) != (before.subject, before.body):
        return again
    pairs = dict(zip(reversed(before.outgoing), reversed(kept.outgoing), strict=False))
    headers: Pairs = tuple(pairs.get(pair, (pair[0], escape(pair[1]))) for pair in again.headers)
    texts: dict[str, Any] = {
        name: getattr(kept, name)
        for name in TEXTS
        if getattr(again, name) and getattr(again, name) == getattr(before, name)
    }
    return replace(again.as_template(), **texts, headers=headers, body=kept.body)


def _sources(draft: Draft) -> dict[str, str]:
    """How each variable is asked for there."""
    texts = (*(getattr(draft, name) for name in TEXTS), *(value for _, value in draft.headers))
    sources: dict[str, str] = {}
    for written in (*texts, text(draft.body)):
        try:
            actions = Template.parse(written).actions
        except TemplateError:
            continue
        for action in actions:
            if action.variable:
                plain = action.source.replace("{{- ", "{{").replace(" -}}", "}}")
                sources.setdefault(action.variable, plain)
    return sources


def _as_template(marked: Draft, own: str) -> Draft:
    """Braces mean themselves, also one that touches a variable."""
    return _filled(marked.as_template(), {f"{{\ue000{own}": f'{{{{"{{"}}}}\ue000{own}'})


def _filled(draft: Draft, words: Mapping[str, str]) -> Draft:
    def fill(written: str) -> str:
        for word, meaning in words.items():
            written = written.replace(word, meaning)
        return written

    texts: dict[str, Any] = {name: fill(getattr(draft, name)) for name in TEXTS}
    headers = tuple((name, fill(value)) for name, value in draft.headers)
    return replace(draft, **texts, headers=headers, body=raw_bytes(fill(text(draft.body))))
