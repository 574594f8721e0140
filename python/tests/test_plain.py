"""The plain interface over both ports: what is asked, and that every reply is a dict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from live_server import TOKEN

import hdf5_async
from hdf5_async import HDF5Client

if TYPE_CHECKING:
    from live_server import LiveServer


def client_of(server: LiveServer, *, tcp: bool) -> HDF5Client:
    port = int(server.tcp_address.rpartition(":")[2]) if tcp else server.port
    return HDF5Client("127.0.0.1", port, token=TOKEN, tcp=tcp)


@pytest.mark.options("--tcp", "127.0.0.1:0")
@pytest.mark.parametrize("tcp", [False, True], ids=["websocket", "tcp"])
async def test_every_method(server: LiveServer, tcp: bool) -> None:
    client = client_of(server, tcp=tcp)
    assert (await client.connect())["status"] == "success"
    assert (await client.create_group("/lab"))["status"] == "success"
    values = np.random.default_rng(1).random((10, 5))
    written = await client.write("/lab/values", values)
    assert written == {"status": "success", "data": None, "message": "wrote /lab/values"}
    read = await client.read("/lab/values")
    assert read["status"] == "success"
    np.testing.assert_array_equal(read["data"], values)
    await client.update("/lab/values", [1, 2, 3])
    assert (await client.read("/lab/values"))["data"].tolist() == [1, 2, 3]
    await client.append("/lab/log", [1.5])
    await client.append("/lab/log", [2.5])
    assert (await client.read("/lab/log"))["data"].tolist() == [1.5, 2.5]
    inserted = await client.insert("/lab/log", 1, [2.0, 2.25])
    assert inserted["message"] == "inserted into /lab/log"
    assert (await client.read("/lab/log"))["data"].tolist() == [1.5, 2.0, 2.25, 2.5]
    assert (await client.insert("/lab/log", 9, [1.0]))["status"] == "error"
    assert (await client.list("/lab"))["data"] == ["log", "values"]
    await client.write("/lab/title", "chopper")
    assert (await client.read("/lab/title"))["data"] == "chopper"
    await client.delete("/lab/values")
    assert (await client.list("/lab"))["data"] == ["log", "title"]
    assert (await client.close())["status"] == "success"


@pytest.mark.options("--tcp", "127.0.0.1:0")
@pytest.mark.parametrize("tcp", [False, True], ids=["websocket", "tcp"])
async def test_arrays_of_all_kinds(server: LiveServer, tcp: bool) -> None:
    rows = np.array([(1, [0.5, 1], b"ab", 1j)], "i4,(2,)f8,S2,c16")
    ragged = np.empty(2, hdf5_async.vlen_dtype("i2"))
    ragged[:] = [np.array([1, 2], "i2"), np.array([], "i2")]
    async with client_of(server, tcp=tcp) as client:
        for name, given in {
            "rows": rows,
            "opaque": np.array([b"\x00\xff", b"ab"], "V2"),
            "text": np.array(["a", "né"]),
            "empty": rows[:0],
            "references": [hdf5_async.Reference("/"), hdf5_async.Reference()],
        }.items():
            assert (await client.write(f"/{name}", given))["status"] == "success"
            back = (await client.read(f"/{name}"))["data"]
            assert repr(back.tolist()) == repr(np.asarray(given).tolist())
        await client.write("/ragged", ragged)
        back = (await client.read("/ragged"))["data"]
        assert [each.tolist() for each in back] == [[1, 2], []]
        assert (await client.append("/log", rows))["status"] == "success"
        assert (await client.append("/log", rows))["status"] == "success"
        assert len((await client.read("/log"))["data"]) == 2


@pytest.mark.options("--tcp", "127.0.0.1:0")
@pytest.mark.parametrize("tcp", [False, True], ids=["websocket", "tcp"])
async def test_what_the_server_refuses_is_a_reply(server: LiveServer, tcp: bool) -> None:
    async with client_of(server, tcp=tcp) as client:
        missing = await client.read("/nope")
        assert (missing["status"], missing["code"], missing["data"]) == ("error", "not_found", None)
        assert '"nope"' in missing["message"]
        refused = await client.update("/nope", [1])
        assert refused["code"] == "not_found"
        assert (await client.write("/a", {1: "no name"}))["code"] == "invalid_value"
    after = await client.read("/a")
    assert (after["status"], after["code"]) == ("error", "connection_lost")


@pytest.mark.options("--tcp", "127.0.0.1:0")
async def test_a_wrong_token_and_a_wrong_port(server: LiveServer) -> None:
    wrong = HDF5Client(
        "127.0.0.1", int(server.tcp_address.rpartition(":")[2]), token="no", tcp=True
    )
    assert (await wrong.connect())["code"] == "unauthorized"
    nobody = HDF5Client("127.0.0.1", 1, tcp=True)
    assert (await nobody.connect())["code"] == "connection_lost"
