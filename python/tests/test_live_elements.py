"""Inserting, resizing, filling and single points through the real server, against numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import hdf5_async
from hdf5_async import HDF5Client, exceptions

if TYPE_CHECKING:
    from live_server import LiveServer


async def test_elements_change_as_in_numpy(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        expected = np.arange(20, dtype="<f4").reshape(5, 4)
        await client.create_dataset("/d", data=expected, max_shape=(None, None), fill_value=-1)
        added = np.full((2, 4), 0.5, "<f4")
        result = await client.insert("/d", 3, added)
        expected = np.insert(expected, 3, added, axis=0)
        assert result.shape == list(expected.shape)
        await client.insert("/d", -1, [9, 9, 9, 9, 9, 9, 9], axis=1)
        expected = np.insert(expected, -1, 9, axis=1)
        points = np.array([[0, 1], [6, 4], [-2, -1]])
        at = tuple(points.T)
        np.testing.assert_array_equal(await client.points("/d", points), expected[at])
        await client.write_points("/d", points, np.array([1, 2, 3], "<i2"))
        expected[at] = [1, 2, 3]
        await client.fill("/d", 2.5, np.s_[::3, 1:3])
        expected[::3, 1:3] = 2.5
        np.testing.assert_array_equal(await client.read("/d"), expected)
        await client.resize("/d", (3, 6))
        expected = np.pad(expected[:3], ((0, 0), (0, 1)), constant_values=-1)
        await client.fill("/d", selection="0")
        expected[0] = -1
        np.testing.assert_array_equal(await client.read("/d"), expected)
        assert (await client.points("/d", [])).shape == (0,)
        with pytest.raises(exceptions.InvalidSelectionError):
            await client.points("/d", [[3, 0]])
        with pytest.raises(exceptions.InvalidSelectionError):
            await client.points("/d", [1, 2])
        with pytest.raises(exceptions.ShapeMismatchError):
            await client.resize("/d", (3,))
        with pytest.raises(exceptions.InvalidSelectionError):
            await client.insert("/d", 4, [0, 0, 0, 0, 0, 0])


@pytest.mark.options("--max-message-bytes", "20000", "--max-queued-bytes", "40000")
async def test_what_is_larger_than_a_message_is_inserted_in_parts(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.append("/d", np.arange(10))
        many = np.arange(10_000) + 100
        await client.insert("/d", 4, many)
        await client.insert("/d", -2, -many)
        expected = np.insert(np.insert(np.arange(10), 4, many), -2, -many)
        np.testing.assert_array_equal(await client.read("/d"), expected)


@pytest.mark.options("--tcp", "127.0.0.1:0")
@pytest.mark.parametrize("tcp", [False, True], ids=["websocket", "tcp"])
async def test_the_plain_interface_inserts(server: LiveServer, tcp: bool) -> None:
    port = int(server.tcp_address.rpartition(":")[2]) if tcp else server.port
    from live_server import TOKEN

    async with HDF5Client("127.0.0.1", port, token=TOKEN, tcp=tcp) as client:
        assert (await client.insert("/lab/log", 1, [1]))["code"] == "not_found"
        assert (await client.insert("/lab/log", 0, [1, 4]))["status"] == "success"
        assert (await client.insert("/lab/log", 1, np.array([2, 3])))["status"] == "success"
        assert (await client.read("/lab/log"))["data"].tolist() == [1, 2, 3, 4]
