"""What several ask at once is asked once, for nobody in particular."""

from __future__ import annotations

from contextvars import ContextVar
from weakref import ref

from engine.rpc.shared_answers import Recent

ASKER: ContextVar[Asker] = ContextVar("asker")


class Asker:
    """Stands for an app, and for the connection that the answers are kept of."""


async def test_an_answer_keeps_nothing_alive_that_its_asker_knew() -> None:
    recent: Recent[str] = Recent()
    connection, asker = Asker(), Asker()
    token = ASKER.set(asker)

    async def ask() -> str:
        return "nine"

    assert await recent.get(connection, "how many", ask) == "nine"
    ASKER.reset(token)
    gone = ref(asker)
    del token, asker
    assert gone() is None
