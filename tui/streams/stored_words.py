"""What is said of stored messages as a whole: how many are shown, and why there are none."""

from __future__ import annotations

from engine.streams.browse import StoredPage
from engine.streams.find import StreamSearch
from engine.streams.pages import Pages
from engine.streams.stored import ALL
from tui.safe import shorten

PART_PROVES_NOTHING = "An empty result proves nothing when only part of the stream was searched."
PARTS = "In quotes, parts of words are found too. "
_EMPTY = ("It holds no messages.",)
_NO_MATCH = ("No message is on that subject.", "", "An empty Go to shows all again.")


def page_hint(pages: Pages, page: StoredPage) -> tuple[str, ...]:
    """An empty result proves nothing where only a part was searched."""
    if pages.subject == ALL:
        return _EMPTY
    if page.begin > pages.state.first:
        return (f"None from sequence {page.begin:,} on.", "", "Page up looks further back.")
    return _NO_MATCH


def page_figures(pages: Pages | None) -> str:
    if pages is None or pages.page is None or not pages.page.messages:
        return ""
    first, last = (pages.page.messages[at].sequence for at in (0, -1))
    return f"{first:,} to {last:,} of {pages.state.last:,}"


def search_hint(search: StreamSearch) -> tuple[str, ...]:
    wanted = shorten(search.wanted, 40)
    if search.failed:
        return (
            f"Only {search.searched:,} of {search.total:,} messages were searched for {wanted}.",
            "",
            PART_PROVES_NOTHING,
        )
    if not search.done:
        return (f"Searching for {wanted}…", "", "Esc stops it.")
    return (
        f"No message has {wanted}.",
        "",
        f"{PARTS}One that comes is shown here. Esc shows all."
        if search.wanted.isalnum()
        else "One that comes is shown here. Esc shows all.",
    )


def search_figures(search: StreamSearch) -> str:
    whole = search.done and not search.full
    of = f"all {search.searched:,}" if whole else f"{search.searched:,} of {search.total:,}"
    return f"{len(search.found):,} found, {of} searched"
