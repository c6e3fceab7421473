"""`natstap mcp`: the engine for a coding agent, over standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import InvalidInput

from .command import Flags, Options
from .exit_codes import Exit

if TYPE_CHECKING:
    from .output import Output

ABOUT = """Serve the engine to a coding agent by the Model Context Protocol, over stdio.

An agent may look: who listens, what services and streams there are, what others say to each other
for a while. It may send requests only to the subjects that --allow-send names."""
EXAMPLES = """  natstap mcp
  natstap mcp --context staging --allow-send 'orders.>' --allow-send shop.price
"""
MISSING = "natstap mcp needs a package more: install natstap[mcp]"


def add_flags(parser: Flags) -> None:
    words = "let it send requests there; wildcards are fine; may be repeated"
    add = parser.add_argument
    add("--allow-send", metavar="SUBJECT", action="append", default=[], help=words)


async def run(options: Options, out: Output) -> int:
    from importlib.util import find_spec

    from engine.subject import check_subscribe

    for pattern in options.allow_send:
        check_subscribe(pattern)
    if find_spec("mcp") is None:
        raise InvalidInput(MISSING)
    from .agent_server import serve

    await serve(options, out)
    return Exit.ANSWERED
