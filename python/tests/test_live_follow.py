"""Following a dataset against a real server: rows come once and in order, whatever happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from live_server import LiveServer


async def take(rows: AsyncIterator[np.ndarray[Any, Any]], count: int) -> list[Any]:
    """Return the first rows that come, however they are grouped."""
    taken: list[Any] = []
    async for block in rows:
        taken += block.tolist()
        if len(taken) >= count:
            break
    return taken


async def test_rows_that_are_there_and_rows_that_come(server: LiveServer) -> None:
    async with (
        hdf5_async.connect(server.url()) as reader,
        hdf5_async.connect(server.url()) as writer,
    ):
        await writer.append("/log", np.arange(6.0).reshape(3, 2))
        rows = reader.follow("/log", from_start=True)
        assert await take(rows, 3) == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
        await writer.append("/log", [[6.0, 7.0]])
        first = await take(reader.follow("/log", from_start=True), 4)
        assert first[3] == [6.0, 7.0]


async def test_large_blocks_are_read(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        await client.append("/big", np.zeros((1, 1000)))
        rows = client.follow("/big", from_start=True)
        assert (await rows.__anext__()).shape == (1, 1000)
        block = np.random.default_rng(3).random((50, 1000))
        await client.append("/big", block)
        np.testing.assert_array_equal(await rows.__anext__(), block)


async def test_a_replaced_dataset_begins_anew(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        await client.append("/log", [1, 2, 3])
        rows = client.follow("/log", from_start=True)
        assert (await rows.__anext__()).tolist() == [1, 2, 3]
        await client.delete("/log")
        await client.append("/log", [7])
        await client.append("/log", [8])
        assert await take(rows, 2) == [7, 8]


async def test_a_group_has_no_rows(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        with pytest.raises(exceptions.WrongKindError):
            await take(client.follow("/"), 1)


async def test_rows_that_another_program_appends_in_swmr_mode_come_in_order(
    server: LiveServer, folder: Path
) -> None:
    with h5py.File(folder / "run.h5", "w", libver="latest") as file:
        data = file.create_dataset("d", (1,), "<i8", maxshape=(None,), chunks=(16,))
        file.swmr_mode = True
        async with hdf5_async.connect(server.url("run.h5")) as client:
            rows: list[int] = []
            async for more in client.follow("/d", from_start=True):
                rows.extend(more.tolist())
                if len(rows) == 4:
                    break
                data.resize((len(rows) + 1,))
                data[-1] = len(rows)
                data.flush()
            assert rows == [0, 1, 2, 3]
            with pytest.raises(exceptions.ReadOnlyError, match="SWMR"):
                await client.write("/d", [1])
