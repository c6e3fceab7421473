"""An answer that breaks a pinned shape: not a green tick in the list, and said in Inspect."""

from __future__ import annotations

from dataclasses import replace

from helpers.composer import composer, state, write
from helpers.desk import sitting, until

from engine.drafts.draft import Kind
from engine.journal import State
from engine.responders.reply import ReplyDraft


async def test_a_pinned_shape_is_checked_and_drift_is_shown() -> None:
    async with sitting() as hand:
        session = hand.app.session
        reply = ReplyDraft("shop.get", "canned", b'{"id": 7, "name": "tea"}')
        responder = await session.responders.add(reply)
        await write(hand, Kind.REQUEST, "shop.get", "{}", timeout="30 s")
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        await hand.press("3", "L")
        await until(hand.pilot, lambda: session.schemas.pinned)
        assert session.schemas.pinned["shop.get"]["reply"]["required"] == ["id", "name"]
        await session.responders.remove(responder)
        await session.responders.add(replace(reply, body=b'{"name": "x", "n": 1}'))
        composer(hand).send()
        await hand.see("breaks its schema: id is missing")
        await hand.see("It breaks the pinned shape: id is missing")
        await hand.see("breaks schema")
        await hand.press("3", "L")
        await until(hand.pilot, lambda: not session.schemas.pinned)
        await until(hand.pilot, lambda: not hand.sees("breaks its schema"))
