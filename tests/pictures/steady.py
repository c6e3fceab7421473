"""Drawings without what differs from run to run, and without what nobody sees."""

from __future__ import annotations

import re
from functools import partial

_DROPPED = (
    re.compile(r"@font-face \{.*?\}\s*", re.DOTALL),  # they would be fetched from elsewhere
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r'\s*<clipPath id="terminal-\d+-line-\d+">.*?</clipPath>', re.DOTALL),
    re.compile(r' clip-path="url\(#terminal-\d+-line-\d+\)"'),
    re.compile(r' shape-rendering="crispEdges"'),
    re.compile(r"<text [^>]*>(?:&#160;)*</text>"),
)
_REPLACED = (
    (re.compile(r"terminal-\d+"), "terminal"),
    (re.compile("&#160;"), "\xa0"),
    (re.compile(r"<style>\s*"), "<style>rect { shape-rendering: crispEdges; }\n    "),
)
_NAMED = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:4222"),
    (
        re.compile(r"(?:/[\w.]+)+/state/natstap/history\.jsonl"),
        "~/.local/state/natstap/history.jsonl",
    ),
)


def steady(drawing: str) -> str:
    for dropped in _DROPPED:
        drawing = dropped.sub("", drawing)
    for found, instead in _REPLACED:
        drawing = found.sub(instead, drawing)
    for found, name in _NAMED:
        drawing = found.sub(partial(_as_wide, name), drawing)
    return drawing


def _as_wide(name: str, found: re.Match[str]) -> str:
    """In the cells that there are: an SVG stretches a shorter text."""
    return name.ljust(len(found[0]), "\xa0")
