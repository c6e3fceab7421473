"""What a screen of things once made gives back: a message to send again."""

from __future__ import annotations

from typing import NamedTuple

from engine.drafts.draft import Draft


class Again(NamedTuple):
    draft: Draft
    send: bool
    """True to send it as it is, False to put it into the composer."""
    name: str = ""
    """What it is called in the collection, if it came from there."""
