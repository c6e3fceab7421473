"""JetStream without a quorum is said on every screen, and taken back."""

from __future__ import annotations

from helpers.desk import sitting, until
from helpers.systems import jetstream_cluster

from engine.streams.quorum_check import NO_QUORUM, SILENT


async def test_a_cluster_that_loses_its_quorum_says_so_on_the_desk_and_on_other_screens() -> None:
    async with jetstream_cluster(3) as (first, *others):
        user = first.profile()
        flags = {"server": first.url, "user": user.user, "password": user.password}
        async with sitting(demo=False, **flags) as hand:
            session = hand.app.session
            assert session is not None
            for server in others:
                await server.stop()
            await until(hand.pilot, lambda: session.quorum.trouble in (NO_QUORUM, SILENT))
            await hand.see("◌ JetStream")
            await hand.press("escape", "t")
            await hand.see("◌ JetStream")
            for server in others:
                await server.restart()
            await until(hand.pilot, lambda: not session.quorum.trouble)
            await until(hand.pilot, lambda: "◌ JetStream" not in hand.screen)
