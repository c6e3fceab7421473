"""nats-py's own JetStream, loaded when somebody asks for it: natstap has its own, and to import
that one takes a third of the start of a program that makes one request.

It is for a process that is natstap's alone, and is called before nats-py is imported there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

LATER = "nats.js"


class _LaterFinder:
    """Finds one package as Python would, and has it run at the first look into it."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == LATER else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def load_jetstream_later() -> None:
    """From now on; nothing changes where nats-py is there already."""
    if "nats" not in sys.modules:
        sys.meta_path.insert(0, _LaterFinder())
