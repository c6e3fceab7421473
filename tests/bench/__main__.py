"""Speed, as ratios against the peers in the same run: `python -m tests.bench [rounds] [part…]`."""

from __future__ import annotations

import asyncio
import sys

from engine.server.server import EmbeddedServer

from . import (
    asking,
    commands,
    crowd,
    drawing,
    filtering,
    finding,
    living,
    loading,
    pairs,
    questions,
    quiet,
    recording,
    starting,
    watching,
)
from .sockets import Plain

PARTS = {
    "watching": watching.measure,
    "pairs": pairs.measure,
    "asking": asking.measure,
    "loading": loading.measure,
    "drawing": drawing.measure,
    "filtering": filtering.measure,
    "finding": finding.measure,
    "starting": starting.measure,
    "questions": questions.measure,
    "living": living.measure,
    "quiet": quiet.measure,
    "crowd": crowd.measure,
    "commands": commands.measure,
    "recording": recording.measure,
}


async def run(rounds: int, parts: list[str]) -> None:
    async with EmbeddedServer() as server:
        profile = server.profile()
        plain = Plain(server.port, profile.user, profile.password)
        for name in parts or PARTS:
            print("\n".join(await PARTS[name](profile, plain, rounds)), flush=True)
        plain.close()


if __name__ == "__main__":
    words = sys.argv[1:]
    rounds = int(words.pop(0)) if words and words[0].isdigit() else 7
    if unknown := set(words) - set(PARTS):
        sys.exit(f"no such part: {', '.join(unknown)}; parts: {', '.join(PARTS)}")
    asyncio.run(run(rounds, words))
