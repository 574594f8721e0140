"""One connection a server for the whole process, whichever files and threads use it."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from .._client import Client
from .._connection import Connection
from .background import run

if TYPE_CHECKING:
    from .._address import Address

__all__ = ["client_of"]

TIMEOUT_SECONDS = 30.0
"""To wait for a connection, at first and whenever it was lost."""

_clients: dict[tuple[int, str, str | None], Client] = {}
_lock = threading.Lock()


def client_of(address: Address) -> Client:
    """Return this process's connection to a server; a forked child has its own."""
    key = (os.getpid(), address.endpoint, address.token)
    with _lock:
        client = _clients.get(key)
        if client is None:
            client = Client(Connection(address, None, TIMEOUT_SECONDS, True), None)
            run(client._connection.open())
            _clients[key] = client
        return client


@atexit.register
def _close_clients() -> None:
    for (process, _, _), client in list(_clients.items()):
        if process == os.getpid():
            run(client.close())
    _clients.clear()
