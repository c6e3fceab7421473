"""Parts of nats-py that are loaded when somebody asks for them: natstap has its own JetStream and
its own WebSocket. To import those of nats-py takes a third of the start of a program that makes one
request, and aiohttp, where it is installed, three times as long again.

It is for a process that is natstap's alone, and is called before nats-py is imported there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

LATER = frozenset({"nats.js", "aiohttp", "multidict"})


class _LaterFinder:
    """Finds these packages as Python would, and has each run at the first look into it."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in LATER else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def load_parts_later() -> None:
    """From now on; nothing changes where nats-py is there already."""
    if "nats" not in sys.modules:
        sys.meta_path.insert(0, _LaterFinder())
