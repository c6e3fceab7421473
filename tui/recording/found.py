"""What the desk found out about exchanges, into a recording and back from one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from engine.diagnosis.case import Heard
from engine.flow.ends import Ends, EndsOf
from engine.journal.states import State
from engine.recording.evidence import (
    Finding,
    FoundAudience,
    FoundDiagnosis,
    FoundEnds,
    FoundPath,
    FoundWord,
)
from tui.inspect.annotations import Known

_STATES = {state.label: state for state in State}


def findings(known: Known, ends: EndsOf | None) -> Iterator[Finding]:
    """All that is known now; only what is new of it is written."""
    for number, stands in known.diagnoses.items():
        yield Finding("diagnosis", number, stands, partial(_diagnosis, number, *stands))
    for number, audience in known.audiences.items():
        yield Finding("audience", number, audience.at, partial(FoundAudience, number, audience))
    for number, path in known.paths.items():
        yield Finding("path", number, path, partial(FoundPath, number, path))
    for number, words in known.acknowledged.items():
        yield Finding("acknowledged", number, words, partial(FoundWord, number, words))
    if ends is not None:
        for number, pair in ends.kept.items():
            yield Finding("ends", number, pair, partial(FoundEnds, number, *pair))


def _diagnosis(number: int, standing: tuple[State, Heard], found: Any) -> FoundDiagnosis:
    state, heard = standing
    return FoundDiagnosis(number, state.label, found, heard.alone, heard.unheard, heard.owner)


def restore(known: Known, ends: EndsOf | None, found: Iterable[Any]) -> None:
    """Know again what was found out then, and nothing else."""
    for kept in (known.diagnoses, known.audiences, known.paths, known.acknowledged):
        kept.clear()
    if ends is not None:
        ends.kept.clear()
    for each in found:
        match each:
            case FoundDiagnosis():
                heard = Heard(each.alone, each.unheard, each.owner)
                state = _STATES.get(each.state, State.NONE)
                known.diagnoses[each.of] = (state, heard), each.diagnosis
            case FoundAudience():
                known.audiences[each.of] = each.audience
            case FoundPath():
                known.paths[each.of] = each.path
            case FoundWord():
                known.acknowledged[each.of] = each.words
            case FoundEnds() if ends is not None:
                ends.kept[each.of] = Ends(each.asker, each.answerer)
