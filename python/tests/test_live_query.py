"""Rows found by the server, members of compounds, and rows appended by key, with numpy's answer beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from pathlib import Path

    from live_server import LiveServer

ROW = np.dtype([("time", "<i8"), ("price", "<f8"), ("side", "S4")])


def prices(times: list[int]) -> np.ndarray:
    rows = np.zeros(len(times), ROW)
    rows["time"] = times
    rows["price"] = rows["time"] / 4
    rows["side"] = np.where(rows["time"] % 2, b"buy", b"sell")
    return rows


@pytest.mark.options("--block-bytes", "2048")
async def test_rows_are_found_by_the_server(server: LiveServer, folder: Path) -> None:
    rows = prices(list(range(2000)))
    with h5py.File(folder / "given.h5", "w") as given:
        given["rows"] = rows
        given["numbers"] = np.arange(1000) % 17
    async with hdf5_async.connect(server.url("given.h5")) as client:
        found = await client.query("/rows", "price >= 100 and side == 'buy'")
        expected = np.flatnonzero((rows["price"] >= 100) & (rows["side"] == b"buy"))
        np.testing.assert_array_equal(found.indices, expected)
        np.testing.assert_array_equal(found.rows["time"], rows["time"][expected])
        assert (found.scanned, found.more) == (2000, False)
        some = await client.query("/rows", "side == 'buy'", fields="price", offset=3, limit=2)
        np.testing.assert_array_equal(some.rows, rows["price"][[7, 9]])
        assert some.more
        numbers = await client.query("/numbers", "value in [3, 5]", selection=np.s_[100:])
        expected = 100 + np.flatnonzero(np.isin((np.arange(1000) % 17)[100:], [3, 5]))
        np.testing.assert_array_equal(numbers.indices, expected)
        nothing = await client.query("/numbers", "value > 100")
        assert nothing.rows.shape == nothing.indices.shape == (0,)
        with pytest.raises(exceptions.InvalidQueryError) as caught:
            await client.query("/rows", "price > 1 and prise < 2")
        assert caught.value.position == 14
        np.testing.assert_array_equal(await client.read("/rows", fields="time"), rows["time"])
        stats = await client.stats("/rows", fields="price")
        assert (stats.min, stats.max) == (0, 499.75)


async def test_overlapping_rows_are_sent_again(server: LiveServer, folder: Path) -> None:
    with h5py.File(folder / "given.h5", "w") as given:
        given.create_dataset("prices", data=prices([1, 2, 5]), maxshape=(None,))
    async with hdf5_async.connect(server.url("given.h5")) as client:
        again = [[2, 0.25, "x"], [3, 0.5, "y"], [7, 1.0, "z"]]
        result = await client.append("/prices", again, unique_on="time")
        assert result.shape == [5]
        times = await client.read("/prices", fields="time")
        assert times.tolist() == [1, 2, 3, 5, 7]
        with pytest.raises(exceptions.InvalidSelectionError):
            await client.append("/prices", again, unique_on="thyme")
