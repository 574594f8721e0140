"""The golden messages against the real server: it refuses what it has to, in the words that are pinned."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from golden import golden
from live_server import TOKEN
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from hdf5_async._protocol import SUBPROTOCOL, decode_frame

if TYPE_CHECKING:
    from live_server import LiveServer


async def exchange(server: LiveServer, messages: list[str | bytes]) -> list[dict[str, Any]]:
    """Send messages one after the other, each with the answer to it."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    uri = f"ws://127.0.0.1:{server.port}/ws"
    answers = []
    async with connect(
        uri, additional_headers=headers, subprotocols=[Subprotocol(SUBPROTOCOL)]
    ) as socket:
        assert socket.subprotocol == SUBPROTOCOL
        for message in messages:
            await socket.send(message)
            answer = await socket.recv()
            text = decode_frame(answer)[0] if isinstance(answer, bytes) else answer
            answers.append(json.loads(text))
    return answers


async def test_refused_messages_are_refused_and_the_session_goes_on(server: LiveServer) -> None:
    refused = golden("refused")
    texts = [content.get("text") or json.dumps(content["message"]) for _, content in refused]
    answers = await exchange(server, [*texts, '{"id":"last","command":"ping"}'])
    for (name, content), answer in zip(refused, answers):
        assert answer["status"] == "error", name
        assert answer["code"] == content["code"], name
        assert answer.get("id") == content.get("id"), name
        assert content["mentions"] in answer["message"], name
    assert answers[-1]["status"] == "success"


@pytest.mark.parametrize(
    "nonsense", [b"", b"\x01", b"\xff\xff\xff\xff{}", b"\x02\0\0\0\xff\xfe\0\0"]
)
async def test_binary_nonsense_is_refused(server: LiveServer, nonsense: bytes) -> None:
    refused, ping = await exchange(server, [nonsense, '{"command":"ping"}'])
    assert refused["code"] == "invalid_message"
    assert ping["status"] == "success"


async def test_the_replies_of_the_documentation_are_those_of_the_server(server: LiveServer) -> None:
    """The smallest conversation, as docs/protocol.md shows it."""
    write, read, missing = await exchange(
        server,
        [
            '{"command": "write", "path": "/my_group/my_dataset", "data": [1, 2, 3, 4, 5]}',
            '{"command": "read", "path": "/my_group/my_dataset"}',
            '{"command": "read", "path": "/nope"}',
        ],
    )
    assert {"status": "success", "shape": [5], "datatype": "<i8"}.items() <= write.items()
    assert {"status": "success", "data": [1, 2, 3, 4, 5], "shape": [5]}.items() <= read.items()
    assert (read["epoch"], read["seq"]) == (write["epoch"], write["seq"])
    assert {"status": "error", "code": "not_found", "path": "/nope"}.items() <= missing.items()


@pytest.mark.options("--tcp", "127.0.0.1:0")
async def test_the_plain_tcp_port_asks_for_the_token_first(server: LiveServer) -> None:
    port = urlsplit(server.tcp_address).port

    async def talk(first: dict[str, Any]) -> dict[str, Any]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        encoded = json.dumps(first).encode()
        writer.write(struct.pack(">I", len(encoded)) + encoded)
        (length,) = struct.unpack(">I", await reader.readexactly(4))
        answer: dict[str, Any] = json.loads(await reader.readexactly(length))
        writer.close()
        await writer.wait_closed()
        return answer

    assert (await talk({"command": "ping"}))["code"] == "unauthorized"
    hello = await talk({"command": "hello", "token": TOKEN})
    assert hello["status"] == "success"
    assert "binary" not in hello["capabilities"]
