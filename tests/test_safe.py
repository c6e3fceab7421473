"""Whatever comes from the network is shown as what it is, and can do nothing."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.message import text
from tui.safe import abridge, clean, clean_block, fit, is_simple, shorten

ANY = st.text(alphabet=st.characters(codec=None))
HOSTILE = st.text(
    alphabet="\x00\x1b\x7f\x9b\r\n\t\u202e\u200b\ufeff\ufe0f\U000e0041\udc80 a日e\u0301[]/@"
)
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b]0;PWNED\x07", "␛]0;PWNED␇"),
        ("a\nb\tc\rd", "a␊b␉c␍d"),
        ("\x7f", "␡"),
        ("\x9b2J", "⟨009B⟩2J"),
        ("user\u202egpj.exe", "user⟨202E⟩gpj.exe"),
        ("zero\u200bwidth\ufeff", "zero⟨200B⟩width⟨FEFF⟩"),
        ("\u2028", "⟨2028⟩"),
        ("\U000e0041", "⟨E0041⟩"),
        ("\ud800", "⟨D800⟩"),
        (text(b"caf\xe9 \xff"), "caf\\xe9 \\xff"),
        ("[/] [@click=app.quit] \\[x]", "[/] [@click=app.quit] \\[x]"),
        ("naïve 日本語 e\u0301 🎉", "naïve 日本語 e\u0301 🎉"),
    ],
)
def test_one_line(given: str, shown: str) -> None:
    assert clean(given) == shown


def test_a_block_keeps_its_lines_and_expands_its_tabs() -> None:
    assert clean_block("a\tb\r\nc\rd\n\x1b") == "a   b\nc␍d\n␛"


@given(ANY | HOSTILE)
def test_nothing_hidden_is_left_and_cleaning_twice_changes_nothing(given: str) -> None:
    for shown in (clean(given), clean_block(given).replace("\n", "")):
        assert not [char for char in shown if unicodedata.category(char) in HIDDEN]
        assert clean(shown) == shown


@given(ANY | HOSTILE, st.integers(-1, 40))
def test_short_text_never_takes_more_cells_than_allowed(given: str, cells: int) -> None:
    short = shorten(given, cells)
    assert cell_len(short) <= max(0, cells)
    if cell_len(clean(given)) <= cells and len(given) < 40:
        assert short == clean(given)


@given(ANY | HOSTILE, st.integers(-1, 40), st.booleans())
def test_fitted_text_takes_exactly_its_cells(given: str, cells: int, right: bool) -> None:
    assert cell_len(fit(given, cells, right)) == max(0, cells)


def test_a_simple_character_is_shown_as_it_is_and_takes_one_cell() -> None:
    simple = [char for char in map(chr, range(sys.maxunicode + 1)) if is_simple(char)]
    assert {"a", "~", "é", "ж", "→", "▸", "✓", "█", "…"} <= {*simple}
    assert [char for char in simple if cell_len(char) != 1 or clean(char) != char] == []


def test_cut_text_ends_in_an_ellipsis_even_inside_a_wide_character() -> None:
    assert shorten("日本語", 4) == "日…"
    assert fit("日本語", 4) == "日… "
    assert fit("日本語", 8, right=True) == "  日本語"
    assert shorten("orders.create", 8) == "orders.…"


def test_large_text_is_quick() -> None:
    plain, worst = "a line of text\n" * 70_000, "\x1b" * 1_000_000
    assert _seconds(plain) < 0.5
    assert _seconds(worst) < 5
    begin = time.process_time()
    assert len(fit(worst, 20)) == 20
    assert time.process_time() - begin < 0.2


def _seconds(given: str) -> float:
    begin = time.process_time()
    clean_block(given)
    return time.process_time() - begin


@given(st.one_of(ANY, HOSTILE).filter(lambda one: "…" not in one), st.integers(-1, 60))
def test_an_abridged_text_keeps_both_its_ends(text: str, cells: int) -> None:
    short = abridge(text, cells)
    assert cell_len(short) <= max(0, cells)
    assert clean(short) == short
    whole = clean(text)
    if cell_len(whole) <= cells:
        assert short == whole
    elif cells >= 12:
        begin, _, end = short.partition("…")
        assert whole.startswith(begin)
        assert whole.endswith(end)


def test_subjects_stay_apart_when_they_are_cut() -> None:
    long = "team.orders.eu-west-1.warehouse.12.item.created"
    assert abridge(long, 24) == "team.ord…12.item.created"
