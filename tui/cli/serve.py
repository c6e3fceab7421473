"""`natstap serve`: the responders of a collection, all of them or those that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import InvalidInput

from .command import Flags, Options
from .exit_codes import Exit
from .message_flags import add_variable_flags, duration, whole_number
from .output import Output

if TYPE_CHECKING:
    from engine.collection.collection import Collection
    from engine.responders.reply import ReplyDraft

ABOUT = """Host the responders that are saved in a folder until Ctrl+C, --for or --count.

A file is a recording: each request is then answered as it was when it was recorded."""
EXAMPLES = """  natstap serve                       # those of ./natstap
  natstap serve mocks --for 10m
  natstap serve mocks stock/check orders/create
  natstap serve session.ndjson.gz --match subject --speed 0
  natstap serve session.ndjson.gz --pass-to 'real.{subject}'
"""


def add_flags(parser: Flags) -> None:
    add = parser.add_argument
    add("folder", metavar="FOLDER", nargs="?", help="a collection, else that of -c; or a recording")
    add("names", metavar="NAME", nargs="*", help="only these responders of it")
    add("--for", metavar="TIME", type=duration, dest="seconds", help="end after so long")
    words = "end after this many requests"
    add("--count", metavar="N", type=whole_number, default=0, help=words)
    words = "of a recording: which answer fits, as subject, body, or headers and fields: body"
    add("--match", metavar="WHAT", default="body", help=words)
    words = "of a recording: which of several answers that fit: in-order"
    add("--pick", choices=("in-order", "at-random"), default="in-order", help=words)
    words = "of a recording: what a request gets that it does not have: no-responders"
    add("--unseen", choices=("no-responders", "silence"), default="no-responders", help=words)
    words = "of a recording: where such requests go instead, as real.{subject}"
    add("--pass-to", metavar="SUBJECT", default="", help=words)
    words = "of a recording: 1 answers as late as then, 0 at once: 1"
    add("--speed", metavar="FACTOR", type=float, default=1.0, help=words)
    add_variable_flags(parser)


async def run(options: Options, out: Output) -> int:
    from engine.collection.collection import Collection

    from .connecting import connected
    from .hosting import host

    if options.folder is not None and is_file(options.folder):
        return await _serve_recording(options, out)
    from .message_flags import variables_of

    options.collection = options.folder or options.collection
    named = saved_responders(Collection(options.collection), options.names)
    given = variables_of(options)
    async with connected(options, out) as broker:
        await host(
            broker,
            named,
            out,
            variables=lambda: given,
            seconds=options.seconds,
            count=options.count,
        )
    return Exit.ANSWERED


async def _serve_recording(options: Options, out: Output) -> int:
    from pathlib import Path

    from engine.playback.answer_choice import Pick
    from engine.playback.recorded_answers import Matching
    from engine.playback.stub_set import StubOptions, Unseen

    from .connecting import connected
    from .contents import read_content_settings
    from .stubbing import recorded_answers, serve_recording

    stubs = StubOptions(
        Matching.parse(options.match),
        Pick(options.pick.replace("-", " ")),
        Unseen.PASS_ON if options.pass_to else Unseen(options.unseen.replace("-", " ")),
        options.pass_to,
        options.speed,
    )
    answers = recorded_answers([Path(name) for name in (options.folder, *options.names)])
    settings = read_content_settings(out)
    async with connected(options, out) as broker:
        limits = {"seconds": options.seconds, "count": options.count}
        await serve_recording(broker, answers, out, stubs, settings=settings, **limits)
    return Exit.ANSWERED


def is_file(name: str) -> bool:
    from pathlib import Path

    return Path(name).is_file()


def saved_responders(collection: Collection, names: list[str]) -> list[tuple[str, ReplyDraft]]:
    """Those with the names, else all; raises `InvalidInput` where there is none."""
    from engine.responders.reply import ReplyDraft

    if not collection.folder.is_dir():
        raise InvalidInput(f"{collection.folder}: there is no such folder: name a collection")
    if not names:
        loaded = collection.load()
        if loaded.errors:
            raise loaded.errors[0]
        found = [(each.name, each.what) for each in loaded.saved]
    else:
        found = [(name, collection.read(name)) for name in names]
    responders = [(name, what) for name, what in found if isinstance(what, ReplyDraft)]
    if len(responders) < len(names) or not responders:
        raise InvalidInput(f"{collection.folder}: no responder is saved there: use natstap reply")
    return responders
