"""A paste may be anything: it is a draft, or an `InvalidInput` that says why it is none."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from engine.commands.paste import paste
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.subject import check_publish

NINES = "9" * 5000
PIECES = [
    "nats", "req", "pub", "reply", "request", "-H", "--header", "--count", "--replies", "--timeout",
    "--jetstream", "-J", "--reply", "--queue", "--send-on", "--sleep", "orders.create", ">", "*",
    "$'\\U7fffffff'", "$'\\ud800'", "$'\\xff'", "$'\\0'", "'Nats-Expected-Last-Sequence: " + NINES
    + "'", "Nats-Expected-Stream:S", "A:b\r\nC:d", "'A:\x00'", NINES, "1e400", "-1", "\ud83d",
    "\udcff", "\x00", "\x1b[2J", "{{Count}}", "{{", "|", "<<EOF\nx\nEOF", "<", "$(id)", "`id`",
    "printf '%s' x |", "echo -e '\\U110000' |", "&&", ";", '"', "'", "\\", "\n", "",
]  # fmt: skip


def is_harmless(draft: Draft) -> None:
    """Sizing and checking read all of it; what is wrong is said by an `InvalidInput`."""
    draft.size()
    check_publish(draft.subject)


@example("nats req a $'\\U7fffffff'")
@example("nats req a $'\\ud800'")
@example(f"nats pub a b -J -H 'Nats-Expected-Last-Sequence: {NINES}'")
@example(f"nats req a b --timeout {NINES}")
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=8).map(lambda words: " ".join(("nats", *words)))
)
def test_a_paste_is_a_draft_or_says_why_not(written: str) -> None:
    with suppress(InvalidInput):
        made = paste(written).what
        if isinstance(made, Draft):
            is_harmless(made)
