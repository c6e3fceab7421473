"""A home without settings, history and memory, for what runs natstap outside of the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory


@contextmanager
def own_home() -> Iterator[None]:
    """Gone when it ends."""
    before = dict(os.environ)
    with TemporaryDirectory() as folder:
        os.environ.update(XDG_STATE_HOME=f"{folder}/state", XDG_CONFIG_HOME=f"{folder}/config")
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
