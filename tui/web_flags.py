"""The flags of `natstap serve-web`; those of the desk stand behind them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

SERVE_WEB = "serve-web"
ABOUT = "use natstap in the browser, on this machine, behind a token (natstap[web])"
_MISSING = "natstap serve-web needs an extra: pip install 'natstap[web]'"
MAX_SESSIONS = 8
EXAMPLES = """examples:
  natstap serve-web
  natstap serve-web --port 8080 --demo
  natstap serve-web -- --context prod --read-only
"""


def web_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "natstap serve-web",
        usage="natstap serve-web [--port PORT] [--sessions N] [flags of natstap]",
        description="Serve natstap to browsers on 127.0.0.1. It prints an address with a token, "
        "without which nobody gets in. Each page has a natstap of its own.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_port, default=0, help="the port; without it a free one")
    words = "how many pages may be open at the same time: %(default)s"
    parser.add_argument("--sessions", type=_count, metavar="N", default=MAX_SESSIONS, help=words)
    return parser


def _port(written: str) -> int:
    if not written.isdecimal() or int(written) > 65_535:
        raise argparse.ArgumentTypeError(f"{written} is not a port: try 8080")
    return int(written)


def _count(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= 100:
        raise argparse.ArgumentTypeError(f"{written} is not between 1 and 100")
    return int(written)


def run_serve_web(words: Sequence[str]) -> int:
    """Run it until Ctrl+C; the exit code."""
    parser = web_parser()
    options, rest = parser.parse_known_args(list(words))
    try:
        from tui.web.serve_web import serve_web
    except ModuleNotFoundError as error:
        if error.name not in ("aiohttp", "textual_serve"):
            raise
        print(_MISSING, file=sys.stderr)
        return 2
    return serve_web(options, [word for word in rest if word != "--"])
