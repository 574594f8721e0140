"""Objects, attributes, errors and the door of the real server, with h5py as the witness of the file."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from live_server import TOKEN, LiveServer

import hdf5_async
from hdf5_async import exceptions


async def test_objects_are_listed_and_described(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url(), name="tester") as client:
        assert client.server.name == "tester"
        assert (await client.hello("renamed")).name == "renamed"
        assert await client.ping() > 1.6e9
        assert [info.name for info in await client.files()] == ["lab.h5"]
        await client.create_group("/entry/instrument")
        await client.create_group("/entry", exist_ok=True)
        result = await client.create_dataset(
            "/entry/frames",
            "<u2",
            (0, 8, 8),
            max_shape=(None, 8, 8),
            chunks=(1, 8, 8),
            filters=["shuffle", hdf5_async.Filter("deflate", options=[4])],
            fill_value=7,
        )
        assert result.shape == [0, 8, 8]
        children = await client.list("/entry")
        assert [(child.name, child.kind) for child in children] == [
            ("frames", "dataset"),
            ("instrument", "group"),
        ]
        page = await client.list_page("/entry", offset=1, limit=1)
        assert (page.total, [child.name for child in page.children]) == (2, ["instrument"])
        info = await client.describe("/entry/frames")
        assert info.dataset is not None
        assert (info.dataset.shape, info.dataset.max_shape) == ([0, 8, 8], [None, 8, 8])
        assert (info.dataset.layout, info.dataset.chunks) == ("chunked", [1, 8, 8])
        assert [step.name for step in info.dataset.filters] == ["shuffle", "deflate"]
        assert await client.exists("/entry/frames")
        await client.append("/entry/frames", np.ones((8, 8), "<u2"))
        await client.append("/entry/frames", np.full((2, 8, 8), 2, "<u2"))
        await client.delete("/entry/instrument")
        assert not await client.exists("/entry/instrument")
        await client.flush()
        with server.witness() as file:
            frames = file["/entry/frames"]
            assert frames.shape == (3, 8, 8)
            assert frames[:, 0, 0].tolist() == [1, 2, 2]
            assert (frames.compression, frames.compression_opts, frames.shuffle) == (
                "gzip",
                4,
                True,
            )
            assert frames.fillvalue == 7
            assert list(file["/entry"]) == ["frames"]


async def test_attributes(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        await client.create_group("/entry")
        await client.write_attribute("/entry", "title", "Spectrum")
        await client.write_attribute("/entry", "offset", np.array([1, 2], ">i4"))
        await client.write_attribute("/entry", "flag", True)
        await client.write_attribute("/entry", "gone", 1.5)
        await client.write_attribute("/entry", "large", np.arange(5000.0))
        await client.delete_attribute("/entry", "gone")
        attributes = await client.attributes("/entry")
        assert sorted(attributes) == ["flag", "large", "offset", "title"]
        assert attributes["title"].value == "Spectrum"
        assert attributes["offset"].value.tolist() == [1, 2]
        assert attributes["offset"].dtype == np.dtype(">i4")
        assert attributes["flag"].value
        assert attributes["large"].value is None
        large = await client.read_attribute("/entry", "large")
        np.testing.assert_array_equal(large, np.arange(5000.0))
        assert await client.read_attribute("/entry", "title") == "Spectrum"
        described = {info.name for info in (await client.describe("/entry")).attributes}
        assert described == set(attributes)
        await client.flush()
        with server.witness() as file:
            attrs = file["/entry"].attrs
            assert attrs["title"] == "Spectrum"
            assert attrs["offset"].tolist() == [1, 2]
            assert attrs["offset"].dtype == np.dtype(">i4")
            assert bool(attrs["flag"]) is True


async def test_errors_are_typed_and_the_connection_goes_on(
    server: LiveServer, folder: Path
) -> None:
    (folder / "broken.h5").write_bytes(b"this is not HDF5" * 100)
    with h5py.File(folder / "given.h5", "w") as given:
        space = h5py.h5s.create_simple((2,))
        h5py.h5d.create(given.id, b"times", h5py.h5t.UNIX_D32LE, space)
        given.create_group("group")
        given["data"] = np.arange(4)
    async with hdf5_async.connect(server.url("given.h5")) as client:

        async def refused(kind: type[Exception], call: Any) -> exceptions.RequestError:
            with pytest.raises(kind) as raised:
                await call
            assert isinstance(raised.value, exceptions.RequestError)
            assert str(raised.value)
            return raised.value

        error = await refused(KeyError, client.read("/nope"))
        assert isinstance(error, exceptions.NotFoundError)
        assert (error.code, error.path) == ("not_found", "/nope")
        await refused(exceptions.NotFoundError, client.read_attribute("/data", "nope"))
        await refused(exceptions.WrongKindError, client.read("/group"))
        await refused(exceptions.AlreadyExistsError, client.create_group("/group"))
        await refused(IndexError, client.read("/data", 4))
        await refused(exceptions.InvalidSelectionError, client.read("/data", np.s_[0, 0]))
        await refused(exceptions.UnsupportedDatatypeError, client.read("/times"))
        await refused(exceptions.ShapeMismatchError, client.write("/data", [1, 2, 3], np.s_[0:2]))
        await refused(ValueError, client.write("/data", [1.5], np.s_[0:1]))
        await refused(exceptions.InvalidRequestError, client.delete("/"))
        await refused(FileNotFoundError, client.describe(file="nope.h5"))
        await refused(OSError, client.describe(file="broken.h5"))
        assert (await client.read("/data")).tolist() == [0, 1, 2, 3]


@pytest.mark.options("--read-only")
async def test_a_read_only_server_lets_nobody_change_anything(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        assert client.server.read_only
        with pytest.raises(exceptions.ReadOnlyError):
            await client.create_group("/a")
        with pytest.raises(PermissionError):
            await client.write("/a", [1])
        assert await client.list() == []


async def test_nobody_enters_without_the_token(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = f"ws://127.0.0.1:{server.port}"
    for token in (None, "a-wrong-token-of-the-tests"):
        with pytest.raises(exceptions.UnauthorizedError):
            await hdf5_async.connect(bare, token=token)
    monkeypatch.setenv("HDF5_ASYNC_TOKEN", TOKEN)
    client = await hdf5_async.connect(bare)
    assert await client.ping() > 0
    await client.close()
    with pytest.raises(exceptions.ConnectionLost, match="closed") as raised:
        await client.ping()
    assert raised.value.outcome == "not_applied"
    printed = await hdf5_async.connect(server.address)
    await printed.close()


async def test_many_requests_are_under_way_at_once(server: LiveServer) -> None:
    async with (
        hdf5_async.connect(server.url()) as first,
        hdf5_async.connect(server.url()) as second,
    ):
        writes = [
            client.write(f"/{which}/{number}", np.full(50, number * 2 + which, "<i8"))
            for number in range(100)
            for which, client in enumerate((first, second))
        ]
        await asyncio.gather(*writes)
        # Each reads what the other wrote.
        reads = [
            client.read(f"/{1 - which}/{number}")
            for number in range(100)
            for which, client in enumerate((first, second))
        ]
        got = await asyncio.gather(*reads)
        expected = [number * 2 + 1 - which for number in range(100) for which in (0, 1)]
        assert [int(values[0]) for values in got] == expected
        assert all(np.all(values == values[0]) for values in got)


def workers(server: LiveServer) -> list[int]:
    """Return the ids of the server's worker processes."""
    assert server.process is not None
    threads = Path(f"/proc/{server.process.pid}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


async def test_a_change_is_made_once_whenever_its_worker_is_killed(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        await client.append("/numbers", [0])
        for number in range(1, 60):
            appending = asyncio.create_task(client.append("/numbers", [number]))
            if number in (20, 40):
                await asyncio.sleep(0)
                for worker in workers(server):
                    os.kill(worker, signal.SIGKILL)
            await appending
        assert (await client.read("/numbers")).tolist() == list(range(60))
