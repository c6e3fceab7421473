"""Responders that are ready to be hosted: for demos, and to begin one's own with."""

from __future__ import annotations

from typing import NamedTuple

from .behaviour import Recipe
from .delay_spread import Spread
from .reply import ReplyDraft


class Premade(NamedTuple):
    name: str
    draft: ReplyDraft


PREMADE = (
    Premade("echo", ReplyDraft("svc.echo")),
    Premade("canned", ReplyDraft("svc.canned", Recipe.CANNED, b'{"ok": true}')),
    Premade(
        "greeting",
        ReplyDraft(
            "greet.*",
            Recipe.TEMPLATE,
            b'{"hello": "{{1}}", "number": {{Count}}, "at": "{{TimeStamp}}"}',
            (("x-subject", "{{Subject}}"),),
        ),
    ),
    Premade(
        "order",
        ReplyDraft(
            "shop.order",
            Recipe.REPLACED,
            b'status = "accepted"\nid = "{{ID}}"\nreceipt.number = {{Count}}',
        ),
    ),
    Premade(
        "flaky",
        ReplyDraft(
            "svc.flaky",
            least_delay=0.01,
            most_delay=0.4,
            error="out of order",
            error_code="503",
            fail_chance=0.2,
            silent_chance=0.1,
            duplicate_chance=0.1,
        ),
    ),
    Premade(
        "slow",
        ReplyDraft("svc.slow", spread=Spread.NORMAL, mean_delay=2.0, deviation=0.5),
    ),
    Premade(
        "several",
        ReplyDraft(
            "svc.several",
            Recipe.CANNED,
            b'{"part": 1}',
            more=(b'{"part": 2}', b'{"part": 3}'),
            replies=3,
            pause=0.2,
            end_mark=True,
        ),
    ),
    Premade(
        "failing",
        ReplyDraft("svc.failing", Recipe.FAILING, error="out of order", error_code="500"),
    ),
    Premade("nobody", ReplyDraft("svc.nobody", Recipe.NO_RESPONDERS)),
    Premade("silent", ReplyDraft("svc.silent", no_reply=True)),
    Premade("oversize", ReplyDraft("svc.oversize", Recipe.OVERSIZE)),
    Premade(
        "service",
        ReplyDraft(
            "shop.prices",
            Recipe.CANNED,
            b'{"tea": 4.2, "coffee": 6.9, "cake": 3.5}',
            service="prices",
            version="1.0.0",
            description="What things cost",
        ),
    ),
)
"""Each with a subject of its own, so that all of them can be hosted at once."""
