"""`natstap demo [FLOW]`: the private server with its demo services, and a guided flow on it."""

from __future__ import annotations

from collections.abc import Sequence

DEMO = "demo"
ABOUT = "learn NATS RPC by guided flows on a private server; natstap demo FLOW begins one"


def split_demo(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The flow after `demo`, "" for the list of them, and the words that are left; None for
    another command.
    """
    if not words or words[0] != DEMO:
        return None, list(words)
    if len(words) > 1 and not words[1].startswith("-"):
        return words[1], list(words[2:])
    return "", list(words[1:])


def missing_flow(name: str, collection: str) -> str:
    """Why there is no flow of that name; "" where there is, or where none is named."""
    if not name:
        return ""
    from difflib import get_close_matches
    from pathlib import Path

    from engine.guides.reading import guides_in, own_guides

    known = [guide.name for guide in (*own_guides(), *guides_in(Path(collection))[0])]
    if name in known:
        return ""
    near = get_close_matches(name, known, 3, 0.4) or known
    return f"demo: {name} is not a flow: try {', '.join(near)}"
