"""Readers: the consumers that get what a stream stores of a subject, and may answer it later."""

from __future__ import annotations

from engine.api_subjects import consumers_of
from engine.errors import NatstapError
from engine.fields import Fields, number, part, parts, texts, words
from engine.rpc.jetstream import JetStream
from engine.subject import matches


async def find_readers(api: JetStream, stream: str, subject: str) -> tuple[str, ...] | None:
    """Names of a stream's consumers that get messages on the subject; None when not known.

    One page of consumers is looked at: where none of these reads it, those beyond may.
    """
    try:
        found = await api.api(consumers_of(stream), stream=stream)
    except NatstapError:
        return None
    given = parts(found, "consumers")
    readers = tuple(words(one, "name") for one in given if _reads(part(one, "config"), subject))
    return readers if readers or number(found, "total") <= len(given) else None


def _reads(config: Fields, subject: str) -> bool:
    only = (words(config, "filter_subject"), *texts(config, "filter_subjects"))
    filters = [one for one in only if one]
    return not filters or any(matches(one, subject) for one in filters)
