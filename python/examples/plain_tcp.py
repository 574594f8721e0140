"""The TCP port with nothing but Python's standard library: 4 bytes of length, then JSON.

Start the server with ``--tcp 127.0.0.1:8591``.

Run: python plain_tcp.py HOST:PORT [TOKEN] [FILE]
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from typing import Any


def receive_exactly(connection: socket.socket, n_bytes: int) -> bytes:
    """Receive as many bytes as are announced; a socket gives them in pieces."""
    received = bytearray()
    while len(received) < n_bytes:
        piece = connection.recv(n_bytes - len(received))
        if not piece:
            raise ConnectionError("the server closed the connection")
        received += piece
    return bytes(received)


def ask(connection: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
    """Send one request and wait for its answer."""
    message = json.dumps(request).encode()
    connection.sendall(struct.pack(">I", len(message)) + message)
    (n_bytes,) = struct.unpack(">I", receive_exactly(connection, 4))
    answer: dict[str, Any] = json.loads(receive_exactly(connection, n_bytes))
    return answer


def main(address: str, token: str | None = None, file: str | None = None) -> None:
    """Say hello, write, read, and ask for something that is not there."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    named = {"file": file} if file else {}
    with socket.create_connection((host, int(port))) as connection:
        hello = {"command": "hello", "name": "plain_tcp"}
        print(ask(connection, {**hello, "token": token} if token else hello)["status"])
        dataset = {"path": "/my_group/my_dataset", **named}
        print(ask(connection, {"command": "write", "data": [1, 2, 3, 4, 5], **dataset}))
        print(ask(connection, {"command": "read", **dataset})["data"])
        print(ask(connection, {"command": "read", "path": "/nope", **named})["message"])


if __name__ == "__main__":
    main(*sys.argv[1:4])
