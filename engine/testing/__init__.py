"""For tests: a private real nats-server, and services that answer as they are told.

    async with server() as nats, Stub(nats, "orders.create", {"id": 7}) as orders:
        ...
        call = await orders.wait_call()

The pytest fixture `nats_server` is in `engine.testing.fixtures`.
"""

from .private_server import TestServer, server
from .stub import Stub

__all__ = ["Stub", "TestServer", "server"]
