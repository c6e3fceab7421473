"""The columns of a table: they share the width by what they hold, and go by rank."""

from __future__ import annotations

import pytest

from tui.exchanges.exchange_rows import COLUMNS as EXCHANGES
from tui.kit.columns import Column, cells_of, fitted, measure
from tui.services.service_rows import ENDPOINTS, SERVICE_COLUMNS
from tui.statistics.stat_rows import COLUMNS as SUBJECTS
from tui.streams.stream_rows import MESSAGES, STREAM_COLUMNS
from tui.table.word_table import aligned

NAMES = (Column("name", 6), Column("subject", 8, grow=True), Column("n", 3, right=True, rank=1))


def test_no_name_is_cut_beside_blanks() -> None:
    rows = [("CatalogService", "catalog.get", "7"), ("x", "a", "1,000,000")]
    assert fitted(NAMES, 60, measure(NAMES, rows)) == ((0, 14), (1, 33), (2, 9))


def test_what_is_cut_is_the_longest() -> None:
    rows = [("CatalogService", "catalog." * 20, "7")]
    assert dict(fitted(NAMES, 40, measure(NAMES, rows))) == {0: 14, 1: 19, 2: 3}


def test_the_highest_rank_goes_first() -> None:
    assert [at for at, _ in fitted(NAMES, 18)] == [0, 1]


@pytest.mark.parametrize(
    "columns", [EXCHANGES, SUBJECTS, SERVICE_COLUMNS, ENDPOINTS, STREAM_COLUMNS, MESSAGES]
)
def test_from_what_they_need_at_least_the_columns_take_all_of_the_width(
    columns: tuple[Column, ...],
) -> None:
    for width in range(60, 240):
        assert cells_of(fitted(columns, width)) == width + 1


def test_lines_of_words_are_as_wide_as_they_need() -> None:
    columns = (Column("client", 6, grow=True), Column("cid", 6, grow=True))
    assert aligned(columns, [("shop-1", "7"), ("a", "12")], 80) == [
        "client  cid",
        "shop-1  7",
        "a       12",
    ]
