"""The demo's saved requests, run by `natstap run`: `python -m tests.demo_check [SERVICE]`.

A service that is named is broken on purpose: then the run fails, and says why.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from engine.demo.demo import SERVICES, Demo
from engine.server.server import EmbeddedServer

REQUESTS = Path(__file__).parent.parent / "engine" / "demo" / "requests"


async def check(broken: str = "", *words: str) -> int:
    """The exit code of the run; what it prints goes where this process prints."""
    async with EmbeddedServer() as server:
        profile = server.profile()
        demo = await Demo.start(profile, broken)
        try:
            where = profile.servers[0].partition("://")[2]
            url = f"nats://{profile.user}:{profile.password}@{where}"
            command = (sys.executable, "-m", "tui", "run", str(REQUESTS), *words)
            env = {**os.environ, "NATS_URL": url}
            process = await asyncio.create_subprocess_exec(*command, env=env)
            return await process.wait()
        finally:
            await demo.stop()


if __name__ == "__main__":
    named = sys.argv[1] if len(sys.argv) > 1 else ""
    if named and named not in SERVICES:
        sys.exit(f"{named} is not a demo service: try {', '.join(SERVICES)}")
    sys.exit(asyncio.run(check(named)))
