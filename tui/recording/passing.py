"""What passes a filter in a page of a recording, known as well as on the desk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import inf

from engine.clients.names import Names
from engine.content.by_subject import SubjectSettings
from engine.filter.lens import Lens
from engine.filter.state_terms import Hearsay
from engine.flow.ends import EndsOf
from engine.journal import Journal
from engine.journal.view import View
from engine.recording.evidence import FoundHearsay
from engine.recording.gathering import Wanted
from engine.recording.page import RecordedPage
from engine.schemas.schemas import Schemas
from tui.inspect.annotations import Known

from .found import restore


def passing(lens: Lens, schemas: Schemas, settings: SubjectSettings) -> Wanted:
    return partial(_pass, lens, schemas, settings)


def _pass(
    lens: Lens, schemas: Schemas, settings: SubjectSettings, journal: Journal, page: RecordedPage
) -> Iterable[int]:
    heard = [found for found in page.findings if isinstance(found, FoundHearsay)]
    alone = {number for found in heard for number in found.alone}
    unheard = {number for found in heard for number in found.unheard}
    known = Known(alone=alone.__contains__, unheard=unheard.__contains__)
    ends = EndsOf(journal, Names())
    restore(known, ends, page.findings)
    hearsay = Hearsay(
        lambda number: known.answerers(journal, number) or ends.of(number).answerer,
        known.look,
        lambda number: schemas.find_breach(journal, journal.exchange(number)),
        lambda: settings,
    )
    view = View(journal, lens.on(journal, hearsay))
    view.catch_up(inf)
    return [view[at] for at in range(len(view))]
