"""`natstap watch`: what others say to each other, one line for each exchange that ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Flags, Options
from .exit_codes import Exit
from .message_flags import duration, whole_number
from .output import DIM, WARN, Output

if TYPE_CHECKING:
    from engine.profile.profile import Profile
    from engine.rpc.broker import Broker
    from engine.watching.feed import ExchangeFeed

    from .watched import WatchOptions

ABOUT = """Print each exchange on the subjects when it has ended: who asked whom, how long it took,
and what became of it. It ends with 0 at --count, at --for, at --until, or at Ctrl+C.

5: --for was over before --count or --until had what they wait for."""
EXAMPLES = """  natstap watch 'orders.>'
  natstap watch 'orders.>' --for 60s --filter '~e' --json
  natstap watch 'orders.>' 'stock.*' --until '~s no' --for 5m
"""


def add_flags(parser: Flags) -> None:
    add = parser.add_argument
    add("subjects", metavar="SUBJECT", nargs="+", help="what to listen to, wildcards included")
    add("--for", metavar="TIME", type=duration, dest="seconds", help="end after so long")
    add("--count", metavar="N", type=whole_number, default=0, help="end after this many")
    words = "print only what passes, in the language of the desk's filter"
    add("--filter", metavar="FILTER", default="", help=words)
    add("--until", metavar="FILTER", default="", help="end with the first exchange that passes")
    words = "seconds without a reply after which a request counts as unanswered: 5s"
    add("--reply-timeout", metavar="TIME", type=duration, help=words)


async def run(options: Options, out: Output) -> int:
    import asyncio
    from contextlib import suppress

    from engine.filter.lens import Lens
    from engine.rpc.broker import Broker

    from .connecting import chosen_profile
    from .watched import WatchOptions

    wanted = WatchOptions(Lens.parse(options.filter), Lens.parse(options.until), options.count)
    async with chosen_profile(options, out) as profile, Broker(profile) as broker:
        feed, ended = _feed(options, profile), False
        with suppress(asyncio.CancelledError):  # Ctrl+C is how one ends it
            with suppress(TimeoutError):
                async with asyncio.timeout(options.seconds), feed:
                    out.say(feed.disturbs, WARN)
                    await _follow(feed, broker, out, wanted)
                    ended = True
            return _finish(out, feed, wanted, ended)
        return _finish(out, feed, wanted, True)


def _feed(options: Options, profile: Profile) -> ExchangeFeed:
    from engine.durations import FEED_REPLY_WAIT
    from engine.watching.feed import ExchangeFeed

    wait = options.reply_timeout or FEED_REPLY_WAIT
    return ExchangeFeed(profile, tuple(options.subjects), reply_wait=wait)


def _finish(out: Output, feed: ExchangeFeed, wanted: WatchOptions, ended: bool) -> int:
    still = f", {feed.unfinished:,} had not ended" if feed.unfinished else ""
    out.say(f"{wanted.printed:,} shown{still}", DIM)
    if ended or not wanted.waits:
        return Exit.ANSWERED
    missing = "what --until waits for did not come" if not wanted.until.empty else "fewer came"
    out.complain(f"{missing} within the time")
    return Exit.TIMED_OUT


async def _follow(feed: ExchangeFeed, broker: Broker, out: Output, wanted: WatchOptions) -> None:
    """Until count or filter end it."""
    from .watched import describe, exchange_record, passes, print_exchange

    async for described in describe(feed, broker, out):
        if passes(wanted.shown, feed, described, out):
            wanted.printed += 1
            out.record(exchange_record(described, out))
            print_exchange(out, described)
        if wanted.ends(feed, described, out):
            return
