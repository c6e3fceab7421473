"""`natstap record`: what is said on the subjects, into a file that the desk and others open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.words import counted

from .command import Flags, Options
from .exit_codes import Exit
from .message_flags import duration, whole_number
from .output import DIM, WARN, Output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.session import Session

ABOUT = """Record what others say to each other on the subjects until Ctrl+C, --for or --count.

natstap open shows the file, natstap serve answers as it was answered. It is lines of JSON."""
EXAMPLES = """  natstap record session.ndjson.gz 'orders.>' --for 10m
  natstap record nightly.ndjson.gz 'orders.>' 'stock.*' --size 100MB --keep 7
"""
_NAMED = 50
"""Messages whose names are looked at, each time."""
_NAME_WAIT = 3.0
"""Seconds that the end waits for the names of the last ones."""
_LOOK = 0.2
"""Seconds between two looks at how much was recorded."""


def add_flags(parser: Flags) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", help="a new file; .ndjson.gz is usual")
    add("subjects", metavar="SUBJECT", nargs="+", help="what to listen to, wildcards included")
    add("--for", metavar="TIME", type=duration, dest="seconds", help="end after so long")
    words = "end after this many messages"
    add("--count", metavar="N", type=whole_number, default=0, help=words)
    words = "mask the secrets that natstap knows (the default), all that looks like one, or none"
    add("--secrets", choices=("known", "all", "kept"), default="known", help=words)
    add("--size", metavar="SIZE", help="begin another file after this, such as 100MB")
    add("--age", metavar="TIME", help="begin another file after this, such as 1h")
    add("--keep", metavar="N", type=whole_number, default=0, help="keep only the newest N files")


async def run(options: Options, out: Output) -> int:
    from engine.journal import Journal
    from engine.profile.known_places import Place
    from engine.session import Session
    from tui.record_flags import read_record_flags

    from .connecting import chosen_profile

    names = ("secrets", "size", "age", "keep")
    given = {f"record_{name}": getattr(options, name) for name in names}
    recording = read_record_flags({"record": options.file, **given})
    assert recording is not None, "there is a file"
    async with chosen_profile(options, out) as profile:
        session = await Session.open(
            Journal(),
            {},
            {},
            demo=False,
            watch=options.subjects,
            environment="",
            place=Place("", profile),
            secrets=out.secrets,
        )
        try:
            await session.recordings.start(recording)
            out.say(f"recording {recording.words}", DIM)
            await _follow(session, options, out)
        finally:
            await session.close()
    return _finish(session, out)


async def _follow(session: Session, options: Options, out: Output) -> None:
    """Until it is over; however it ends, what was heard is in the file."""
    import asyncio
    from contextlib import suppress

    recorder = session.recorder
    assert recorder is not None, "it was started"
    with suppress(asyncio.CancelledError, TimeoutError):
        async with asyncio.timeout(options.seconds):
            while recorder.running and not 0 < options.count <= recorder.messages:
                out.progress(f"{recorder.messages:,} messages, {recorder.size:,} bytes")
                want_names(session)
                await asyncio.sleep(_LOOK)
    with suppress(TimeoutError):
        async with asyncio.timeout(_NAME_WAIT):
            while want_names(session):
                await asyncio.sleep(_LOOK / 10)


def want_names(session: Session) -> bool:
    """Have the servers asked who took part in the newest exchanges, which the recording keeps;
    False once they told.
    """
    journal, names, wanted = session.journal, session.names, False
    for number in range(max(journal.first, journal.next - _NAMED), journal.next):
        message = journal.message(number)
        if message.reply:
            found = names.asker(message.reply, message.at)
            found = names.listeners(message.subject, message.at) and found
            wanted |= not found and names.looked_at < message.at
    return wanted


def where_it_is(files: Sequence[Path], path: Path) -> str:
    """In which files they are: where only the newest are kept, the first is another one."""
    first, last = files[0], files[-1]
    newest = "" if first == path else ", the newest of them"
    several = f" {len(files)} files, {first.name} to" if len(files) > 1 else ""
    return f"{newest} in{several} {last}"


def _finish(session: Session, out: Output) -> int:
    recorder = session.recorder
    assert recorder is not None, "it was started"
    record = {
        "type": "recording",
        "file": str(recorder.file),
        "files": list(map(str, recorder.files)),
        "messages": recorder.messages,
        "bytes": recorder.size,
        "lost": recorder.lost,
    }
    out.record(record)
    if recorder.trouble:
        out.complain(f"the recording ended early: {recorder.trouble}")
        return Exit.FAILED
    messages = counted(recorder.messages, "message")
    out.say(
        f"{messages}{where_it_is(recorder.files, recorder.path)}", WARN if recorder.lost else DIM
    )
    return Exit.ANSWERED
