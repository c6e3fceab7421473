"""`natstap open`: what was recorded, one line for each exchange; the desk is for terminals."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from .command import Flags, Options
from .exit_codes import Exit
from .output import DIM, WARN, Output, is_terminal

if TYPE_CHECKING:
    from engine.filter.lens import Lens
    from engine.flow.ends import EndsOf
    from engine.journal import Journal
    from engine.recording.page import RecordedPage

    from .watched import Described


ABOUT = """Show a recording: on the desk, or as lines with --print or --json and without a terminal.

It reads what natstap records, what nats sub dumps and backs up, a server's trace log, and lines
of JSON. No server is asked."""
EXAMPLES = """  natstap open session.ndjson.gz
  natstap open session.ndjson.gz --print --filter '~e'
  natstap open session.ndjson.gz --json | jq 'select(.state == "timed-out")'
"""
_PRINTS = ("--print", "--json", "--filter", "-h", "--help", "--raw", "-r")


def wants_desk(words: Sequence[str]) -> bool:
    """True where the desk is to show it: on a terminal, unless lines are asked for."""
    asked = any(word.partition("=")[0] in _PRINTS for word in words)
    return not asked and is_terminal(sys.stdin) and is_terminal(sys.stdout)


def add_flags(parser: Flags) -> None:
    add = parser.add_argument
    add("files", metavar="FILE", nargs="+", help="the recording, or all its parts")
    add("--print", action="store_true", help="print lines on a terminal too")
    words = "print only what passes, in the language of the desk's filter"
    add("--filter", metavar="FILTER", default="", help=words)


async def run(options: Options, out: Output) -> int:
    from engine.filter.lens import Lens
    from engine.journal import Journal
    from engine.recording.gathering import parts_of
    from engine.recording.open_file import open_file
    from engine.secrets.known_secrets import KnownSecrets

    out.secrets = KnownSecrets()
    lens, shown = Lens.parse(options.filter), 0
    opened = open_file(*map(Path, options.files))
    for found, journal in parts_of(opened, Journal()):
        shown += print_exchanges(found, journal, lens, out)
        for sentence in found.sentences():
            out.say(sentence, WARN)
    for sentence in opened.sentences():
        out.say(sentence, WARN)
    out.say(f"{shown:,} shown", DIM)
    return Exit.ANSWERED


def ends_in(page: RecordedPage, journal: Journal) -> EndsOf:
    """Who asked whom, as far as that was recorded."""
    from engine.clients.names import Names
    from engine.flow.ends import Ends, EndsOf
    from engine.recording.evidence import FoundEnds, teach

    ends = EndsOf(journal, Names())
    teach(ends.names, page.findings)
    for finding in page.findings:
        if isinstance(finding, FoundEnds):
            ends.kept[finding.of] = Ends(finding.asker, finding.answerer)
    return ends


def print_exchanges(page: RecordedPage, journal: Journal, lens: Lens, out: Output) -> int:
    """Those that pass; how many they are."""
    from .watched import exchange_record, print_exchange

    shown = 0
    for described in recorded_exchanges(page, journal, lens, out):
        out.record(exchange_record(described, out))
        print_exchange(out, described)
        shown += 1
    return shown


def recorded_exchanges(
    page: RecordedPage, journal: Journal, lens: Lens, out: Output
) -> Iterator[Described]:
    """Those of a page that pass, as they were recorded."""
    from engine.diagnosis.case import Heard
    from engine.filter.state_terms import ALONE, UNHEARD
    from engine.journal import ExchangeKind
    from engine.journal.view import View
    from engine.recording.evidence import FoundDiagnosis, teach_schemas
    from engine.schemas.schemas import Schemas

    from .contents import breach, hearsay, settings_of
    from .watched import Described, seen_in

    kinds = (ExchangeKind.REQUEST, ExchangeKind.PUBLISH, ExchangeKind.WATCHED_SYSTEM)
    ends, (alone, unheard) = ends_in(page, journal), hearsay_in(page)
    look = {**dict.fromkeys(unheard, UNHEARD), **dict.fromkeys(alone, ALONE)}
    diagnoses = {
        (found.of, found.state, found.alone, found.unheard): found.diagnosis
        for found in page.findings
        if isinstance(found, FoundDiagnosis)
    }
    schemas = Schemas(lambda: settings_of(out))
    teach_schemas(schemas, page.findings)
    known = hearsay(
        journal,
        out,
        schemas,
        lambda number: ends.of(number).answerer,
        lambda number: look.get(number, 0),
    )
    view = View(journal, lens.on(journal, known))
    view.catch_up(inf)
    for at in range(len(view)):
        number = view[at]
        if journal.glances.of(number).kind in kinds:
            breaks = breach(journal, number, schemas)
            heard = Heard(number in alone, number in unheard, breach=breaks)
            seen, found = seen_in(journal, number, heard)
            told = diagnoses.get((number, seen.state.label, heard.alone, heard.unheard))
            yield Described(seen, *ends.of(number), told or found)


def hearsay_in(page: RecordedPage) -> tuple[set[int], set[int]]:
    """Requests that only natstap heard, and those whose answer it may not have heard."""
    from engine.recording.evidence import FoundHearsay

    heard = [finding for finding in page.findings if isinstance(finding, FoundHearsay)]
    return {each for found in heard for each in found.alone}, {
        each for found in heard for each in found.unheard
    }
