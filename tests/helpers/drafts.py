"""Drafts of every kind, to be copied and pasted."""

from __future__ import annotations

from dataclasses import replace

from engine.drafts.draft import Draft, Kind


def as_written(draft: Draft) -> Draft:
    """Headers that natstap adds are given ones where the correlation id is, and so are fields
    that the form does not show: a command says no more than that.
    """
    draft = draft.as_shown()
    if not draft.correlation_id:
        return replace(draft, adds_headers=bool(draft.added_headers()))
    return replace(draft, headers=(*draft.added_headers(), *draft.headers), adds_headers=False)


DRAFTS = {
    "request": Draft(
        "ask.a", b'{"item": "tea", "n": [1, 2.5, null]}', headers=(("X", "it's"),), timeout=3
    ),
    "text": Draft("ask.a", "tea, é".encode(), correlation_id="c-1", timeout=3),
    "odd": Draft("ask.a", b'{"a":1,"a":2}', headers=(("content-type", "x/y"),), timeout=3),
    "bytes": Draft("ask.a", b"\xff\x00'\"", timeout=3),
    "repeated": Draft("ask.a", b"1", headers=(("X", "1"), ("X", "2")), timeout=3),
    "empty": Draft("ask.a", timeout=3),
    "many": Draft("ask.a", b"x", Kind.MANY, timeout=3, replies=2, gap=1, until_empty=True),
    "publish": Draft("ask.a", b"x", Kind.PUBLISH, reply_to="ask.reply", headers=(("X", "1"),)),
    "stored": Draft("kept.a", b"x", Kind.STREAM_PUBLISH, stream="KEPT", message_id="m", timeout=3),
    "stored, repeated": Draft(
        "kept.a", b"x", Kind.STREAM_PUBLISH, stream="KEPT", headers=(("X", "1"), ("X", "2"))
    ),
    "streamed": Draft("kept.a", b"x", Kind.STREAM_REQUEST, stream="KEPT", timeout=3),
    "template": Draft("ask.{{Count}}", b"{{Count}}", templates=True, timeout=3),
}
