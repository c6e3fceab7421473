"""Which saved requests are run, and in which order: what one needs goes before it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.collection.collection import LoadedCollection, Saved
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.words import short


class InvalidPlan(InvalidInput):
    """A request that is not there, or that needs itself."""


def plan_run(loaded: LoadedCollection, names: Sequence[str] = ()) -> tuple[Saved, ...]:
    """The requests with the names or below folders of these names, all without names; each once.

    Raises `InvalidPlan`, and the `InvalidCollection` of a file that is to be run.
    """
    requests = {saved.name: saved for saved in loaded.saved if isinstance(saved.what, Draft)}
    wanted = [name for given in names for name in _named(given, requests, loaded)]
    if not names:
        for error in loaded.errors:
            raise error
        wanted = list(requests)
    ordered: dict[str, Saved] = {}
    for name in wanted:
        _add(name, requests, loaded, ordered, ())
    return tuple(ordered.values())


def _named(given: str, requests: Mapping[str, Saved], loaded: LoadedCollection) -> Iterable[str]:
    if given in requests:
        return [given]
    folder = given.rstrip("/") + "/"
    below = [name for name in requests if name.startswith(folder)]
    if not below:
        _refuse(given, requests, loaded)
    return below


def _add(
    name: str,
    requests: Mapping[str, Saved],
    loaded: LoadedCollection,
    ordered: dict[str, Saved],
    way: tuple[str, ...],
) -> None:
    if name in ordered:
        return
    if name in way:
        raise InvalidPlan(f"{' needs '.join((*way, name))}: take one of these needs away")
    if name not in requests:
        _refuse(name, requests, loaded, way)
    for needed in requests[name].checks.needs:
        _add(needed, requests, loaded, ordered, (*way, name))
    ordered[name] = requests[name]


def _refuse(
    name: str, requests: Mapping[str, Saved], loaded: LoadedCollection, way: tuple[str, ...] = ()
) -> None:
    for error in loaded.errors:
        if error.path.with_suffix("").as_posix().endswith(name):
            raise error
    who = f"{way[-1]} needs {short(name)}, and there" if way else "there"
    near = ", ".join(_nearest(name, requests))
    advice = f"try {near}" if near else "save one on the desk, or choose another folder with -c"
    raise InvalidPlan(f"{who} is no saved request {short(name)!r}: {advice}")


def _nearest(name: str, requests: Mapping[str, Saved]) -> Iterator[str]:
    from difflib import get_close_matches

    yield from get_close_matches(name, requests, 3, 0.4) or list(requests)[:3]
