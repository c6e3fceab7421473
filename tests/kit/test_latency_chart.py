"""The percentiles of latencies stay on one line, however wide their bounds are."""

import pytest

from engine.statistics.histogram import Histogram
from tui.kit.latency_chart import latency_lines


@pytest.mark.parametrize("width", [72, 100, 190])
@pytest.mark.parametrize(("low", "high"), [(0.0006, 0.0027), (0.0, 0.0412), (0.1234, 12.345)])
def test_the_figures_take_one_line(width: int, low: float, high: float) -> None:
    told = Histogram()
    told.add(high, low=low)
    line, *_ = latency_lines(told.snapshot(), width, 9)
    assert line.cell_length <= width
    assert all(name in line.plain for name in ("min", "p50", "p90", "p99", "max"))


def test_what_was_taken_exactly_is_told_exactly() -> None:
    told = Histogram()
    told.add(0.0051)
    line, *_ = latency_lines(told.snapshot(), 72, 9)
    assert "p50 5.1 ms" in line.plain


@pytest.mark.parametrize("width", [32, 44, 54, 66])
def test_where_there_is_less_room_the_figures_that_say_most_are_told(width: int) -> None:
    told = Histogram(values=(0.00068, 0.0051, 2.41))
    line, *_ = latency_lines(told.snapshot(), width, 9)
    assert line.cell_length <= width
    assert all(name in line.plain for name in ("p50", "p99"))
