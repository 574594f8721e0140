"""Libraries that expect h5py's objects and are given ours: dask."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from live_server import TOKEN

import hdf5_async

if TYPE_CHECKING:
    from live_server import LiveServer


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_dask_from_array(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch, scheduler: str
) -> None:
    array = importlib.import_module("dask.array")
    monkeypatch.setenv("HDF5_ASYNC_TOKEN", TOKEN)
    values = np.random.default_rng(5).random((64, 32))
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        dataset = file.create_dataset("values", data=values, chunks=(16, 32))
        lazy = array.from_array(dataset, chunks=dataset.chunks)
        assert lazy.chunks == ((16, 16, 16, 16), (32,))
        total = (lazy**2).sum().compute(scheduler=scheduler, num_workers=2)
    np.testing.assert_allclose(total, (values**2).sum())
