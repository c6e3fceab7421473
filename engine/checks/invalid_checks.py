"""What is wrong with an expectation, a take or a need."""

from __future__ import annotations

from engine.errors import InvalidInput


class InvalidChecks(InvalidInput):
    """`field` is where it stands, such as expect.latency."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why
