"""Headers that are known by how they are called."""

from __future__ import annotations

import pytest

from engine.known_headers import correlation_id


@pytest.mark.parametrize(
    "name",
    [
        "correlation_id",
        "correlation-id",
        "Correlation-ID",
        "CorrelationId",
        "X-Correlation-Id",
        "x_correlation_id",
        "Acme-Correlation-ID",
    ],
)
def test_a_correlation_id_is_found_by_any_of_its_names(name: str) -> None:
    pairs = [("content-type", "a"), ("correlation_id", ""), (name, "c-1"), (name, "c-2")]
    assert correlation_id(pairs) == "c-1"


@pytest.mark.parametrize("name", ["X-Correlation", "correlation_ids", "Nats-Msg-Id", ""])
def test_other_headers_are_none(name: str) -> None:
    assert correlation_id([(name, "c-1")]) == ""
