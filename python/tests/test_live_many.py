"""Several reads and several changes in one request through the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from live_server import LiveServer


async def test_many_datasets_are_read_at_once(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        image = np.arange(400_000, dtype="<f8").reshape(400, 1000)
        await client.write("/image", image)
        await client.write("/title", "chopper")
        rows, title, last = await client.read_many(
            ["/image", "/title", ("/image", np.s_[-1, ::100])]
        )
        np.testing.assert_array_equal(rows, image)
        np.testing.assert_array_equal(last, image[-1, ::100])
        assert title == "chopper"
        with pytest.raises(exceptions.NotFoundError):
            await client.read_many(["/title", "/gone"])
        title, error = await client.read_many(["/title", "/gone"], return_exceptions=True)
        assert title == "chopper"
        assert isinstance(error, exceptions.NotFoundError)
        assert await client.read_many([]) == []


async def test_many_objects_are_described_at_once(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.write("/scan/counts", np.arange(10, dtype="<i4"))
        await client.write_attribute("/scan/counts", "units", "mm")
        group, dataset = await client.describe_many(["/scan", "/scan/counts"])
        assert isinstance(group, hdf5_async.ObjectInfo)
        assert (group.path, group.n_children) == ("/scan", 1)
        assert dataset == await client.describe("/scan/counts")
        assert dataset.attributes[0].name == "units"
        with pytest.raises(exceptions.NotFoundError):
            await client.describe_many(["/scan", "/gone"])
        group, error = await client.describe_many(iter(["/scan", "/gone"]), return_exceptions=True)
        assert group.path == "/scan"
        assert isinstance(error, exceptions.NotFoundError)
        assert await client.describe_many([]) == []
        with pytest.raises(exceptions.InvalidRequestError):
            await client.describe_many(["/scan", ""])


async def test_a_batch_is_done_at_the_end_of_its_block(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        counts = np.arange(10, dtype=">u2")
        async with client.batch() as batch:
            batch.add("create_group", "/scan")
            batch.add("write", "/scan/counts", counts)
            batch.add("update", "/scan/counts", 7, selection=np.s_[::5])
            batch.add("write_attribute", "/scan", "mm", name="units")
            batch.add("append", "/scan/log", np.array([1.5, 2.5]))
            assert not await client.exists("/scan")
        assert batch.replies is not None
        assert batch.replies[1]["shape"] == [10]
        counts[::5] = 7
        np.testing.assert_array_equal(await client.read("/scan/counts"), counts)
        assert await client.read_attribute("/scan", "units") == "mm"

        async def break_off() -> None:
            async with client.batch() as batch:
                batch.add("delete", "/scan")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await break_off()
        assert await client.exists("/scan")
        with pytest.raises(exceptions.NotFoundError) as caught:
            await client.batch().add("list", "/scan").add("delete", "/gone").commit()
        assert caught.value.index == 1
        with pytest.raises(exceptions.InvalidRequestError):
            client.batch().add("launch", "/scan")
        with pytest.raises(exceptions.InvalidRequestError):
            client.batch().add("delete", "/scan", colour="red")
