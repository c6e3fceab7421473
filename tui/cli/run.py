"""`natstap run`: saved requests in order, each judged by what it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Flags, Options
from .message_flags import add_variable_flags

if TYPE_CHECKING:
    from .output import Output

ABOUT = """Run the saved requests of a collection, and check what came back.

A request that expects nothing passes when it was answered. What it needs is run before it.
0: all passed. 11: something is not as expected. Else the code of the first that failed."""
EXAMPLES = """  natstap run                              # all of ./natstap
  natstap run orders login -e staging      # a folder and a request, with variables
  natstap run -c checks --junit report.xml --github
  natstap run orders/create --against prod # there too, compared
  natstap run shop/price --instances       # each instance of who answers, compared
"""
TIMEOUT = "longest wait for the connection, and for each reply instead of its own"


def add_flags(parser: Flags) -> None:
    add = parser.add_argument
    add("names", metavar="NAME", nargs="*", help="a request, a folder of these, or a collection")
    add_variable_flags(parser)
    add("-x", "--stop", action="store_true", help="stop at the first that does not pass")
    add("--junit", metavar="FILE", help="write a report as JUnit XML")
    add("--github", action="store_true", help="print annotations for GitHub's runner")
    words = "run there too, and compare: a context; may be repeated"
    add("--against", metavar="CONTEXT", action="append", default=[], help=words)
    words = "send each request until every instance has answered it, and compare"
    add("--instances", action="store_true", help=words)


async def run(options: Options, out: Output) -> int:
    from .run_targets import run_targets

    return await run_targets(options, out)
