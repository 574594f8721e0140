"""Filters as h5py and hdf5plugin name them, written through the server and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import hdf5_async

if TYPE_CHECKING:
    from live_server import LiveServer

hdf5plugin: Any = pytest.importorskip("hdf5plugin")


def test_szip_as_h5py_takes_it(server: LiveServer) -> None:
    values = np.arange(1000, dtype="i4").reshape(20, 50)
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        plain = file.create_dataset("plain", data=values, compression="szip")
        coded = file.create_dataset(
            "coded", data=values, compression="szip", compression_opts=("ec", 16), chunks=(5, 50)
        )
        assert (plain.compression, plain.compression_opts) == ("szip", ("nn", 8))
        assert (coded.compression, coded.compression_opts) == ("szip", ("ec", 16))
        assert (coded[...] == values).all()
        assert file.create_dataset_like("alike", coded).compression_opts == ("ec", 16)


@pytest.mark.parametrize(
    "made",
    [
        hdf5plugin.Blosc(cname="zstd"),
        hdf5plugin.Blosc2(),
        hdf5plugin.LZ4(),
        hdf5plugin.Bitshuffle(),
        hdf5plugin.Zstd(clevel=3),
        hdf5plugin.Zfp(reversible=True),
        hdf5_async.Gzip(7),
    ],
    ids=lambda made: type(made).__name__,
)
def test_filters_of_hdf5plugin(server: LiveServer, made: Any) -> None:
    values = np.sin(np.arange(1000).reshape(20, 50))
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        one = file.create_dataset("one", data=values, chunks=(10, 50), compression=made)
        two = file.create_dataset("two", data=values, chunks=(10, 50), shuffle=True, **made)
        assert made.filter_id in one.filter_ids
        assert made.filter_id in two.filter_ids
        assert one[...].tobytes() == two[...].tobytes() == values.tobytes()


def test_zfp_keeps_to_a_tolerance(server: LiveServer) -> None:
    values = np.sin(np.arange(3000).reshape(30, 100))
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        lossy = file.create_dataset("lossy", data=values, **hdf5plugin.Zfp(accuracy=1e-3))
        assert hdf5plugin.ZFP_ID in lossy.filter_ids
        assert np.abs(lossy[...] - values).max() <= 1e-3
