"""One HTTP request against servers that misbehave, as no server of ours can be made to."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from hdf5_async import exceptions
from hdf5_async._address import Address
from hdf5_async._http import Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

REFUSAL = json.dumps({"status": "error", "code": "too_large", "message": "far too large"}).encode()
REFUSED = b"HTTP/1.1 413 Too Large\r\nContent-Length: %d\r\n\r\n%b" % (len(REFUSAL), REFUSAL)


@contextlib.contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[Address]:
    """Serve one connection in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    yield Address(f"ws://127.0.0.1:{listener.getsockname()[1]}/ws")
    thread.join()
    listener.close()


async def test_a_refusal_is_told_even_if_the_rest_cannot_be_sent() -> None:
    closed = threading.Event()
    more = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        more.wait()
        connection.sendall(REFUSED)
        # With bytes that nobody has read the connection is not closed but broken.
        connection.close()
        closed.set()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        # Blocks the loop, so that it cannot see the answer before it writes on.
        more.set()
        closed.wait()
        yield b"x" * 100_000
        yield b"x" * 100_000

    with server(answer) as address:
        async with Exchange(address, 10) as exchange:
            await exchange.begin("PUT", "/upload/x.h5", {"Expect": "100-continue"})
            head = await exchange.send_body(pieces(), chunked=True)
            with pytest.raises(exceptions.TooLargeError, match="far too large"):
                await exchange.document(head)


async def test_a_refusal_that_was_read_in_part_is_told_even_if_the_rest_cannot_be_sent() -> None:
    closed = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(REFUSED)
        connection.close()
        closed.set()

    with server(answer) as address:
        async with Exchange(address, 10) as exchange:
            await exchange.begin("PUT", "/upload/x.h5", {})
            head = await exchange.head()
            closed.wait()
            with pytest.raises(exceptions.ConnectionLost):
                await send_without_end(exchange)
            with pytest.raises(exceptions.TooLargeError, match="far too large"):
                await exchange.document(head)


async def send_without_end(exchange: Exchange) -> None:
    while True:
        await exchange._send(b"x" * 100_000)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (b"", exceptions.ConnectionLost, "before an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", exceptions.ConnectionLost, "7 of 10"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", exceptions.ProtocolError, "not answer in HTTP"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", exceptions.ProtocolError, "status 502"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 3 + b"\r\n[]", exceptions.ProtocolError, "200"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            exceptions.ProtocolError,
            "chunk",
        ),
        (REFUSED, exceptions.TooLargeError, "far too large"),
    ],
)
async def test_answers_that_are_none(said: bytes, kind: type[Exception], words: str) -> None:
    with server(lambda connection: connection.sendall(said)) as address:
        async with Exchange(address, 10) as exchange:
            with pytest.raises(kind, match=words):
                await asked(exchange)


async def asked(exchange: Exchange) -> Any:
    """The document of an answer."""
    await exchange.begin("GET", "/download/x.h5", {})
    return await exchange.document(await exchange.head())


async def test_a_body_in_chunks() -> None:
    said = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4;x=y\r\n":1}\r\n0\r\n\r\n'
    with server(lambda connection: connection.sendall(said)) as address:
        async with Exchange(address, 10) as exchange:
            assert await asked(exchange) == {"a": 1}


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(exceptions.ConnectionLost, match="no connection"):
        async with Exchange(Address(f"ws://127.0.0.1:{port}/ws"), 10):
            pass
