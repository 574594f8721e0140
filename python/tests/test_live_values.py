"""Values of every kind and size through the real server, with h5py as the witness of what is in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from pathlib import Path

    from live_server import LiveServer

NUMBERS = [
    *(
        order + kind
        for order in "<>"
        for kind in ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8")
    ),
    "|i1",
    "|u1",
    "|b1",
]


def extremes(dtype: str) -> np.ndarray[Any, Any]:
    """Values that show a lost bit, sign or byte order."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return np.array([[True, False, True], [False, False, True]])
    if kind == "f":
        info = np.finfo(dtype)
        return np.array([[0.1, -0.0, np.nan], [np.inf, info.max, info.tiny]], dtype)
    limits = np.iinfo(dtype)
    return np.array([[limits.min, limits.max, 0], [1, 2, 3]], dtype)


async def test_numbers_come_through_exactly(server: LiveServer, folder: Path) -> None:
    with h5py.File(folder / "given.h5", "w") as given:
        for dtype in NUMBERS:
            given[dtype.strip("|")] = extremes(dtype)
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        for dtype in NUMBERS:
            path, expected = f"/numbers/{dtype.strip('|')}", extremes(dtype)
            result = await client.write(path, expected)
            assert (result.shape, result.dtype) == ([2, 3], np.dtype(dtype))
            given_back = await client.read(path.replace("/numbers", ""), file="given.h5")
            for back in (await client.read(path), given_back):
                assert back.dtype == np.dtype(dtype)
                assert back.tobytes() == expected.tobytes()
        await client.flush()
        with server.witness() as file:
            for dtype in NUMBERS:
                dataset = file[f"/numbers/{dtype.strip('|')}"]
                assert dataset.dtype == np.dtype(dtype)
                assert dataset[()].tobytes() == extremes(dtype).tobytes()


async def test_text_comes_through_exactly(server: LiveServer) -> None:
    variable = np.array(["", "né", "中文", "a" * 1000], object)
    fixed = np.array([b"", b"ab", b"abcd"])
    async with hdf5_async.connect(server.url()) as client:
        await client.write("/variable", variable)
        await client.write("/list", ["one", "zwölf"])
        await client.write("/unicode", np.array([["x"], ["yy"]]))
        await client.write("/fixed", fixed)
        await client.write("/scalar", "Chopper spectrum")
        assert (await client.read("/variable")).tolist() == variable.tolist()
        assert (await client.read("/list")).tolist() == ["one", "zwölf"]
        assert (await client.read("/unicode")).tolist() == [["x"], ["yy"]]
        back = await client.read("/fixed")
        assert back.dtype == fixed.dtype
        assert back.tolist() == fixed.tolist()
        assert await client.read("/scalar") == "Chopper spectrum"
        await client.flush()
        with server.witness() as file:
            assert file["variable"].asstr()[()].tolist() == variable.tolist()
            assert file["fixed"].dtype == fixed.dtype
            assert file["fixed"][()].tolist() == fixed.tolist()
            assert file["scalar"].asstr()[()] == "Chopper spectrum"


def make_padded(file: h5py.File, name: str, padding: int, raw: bytes, size: int) -> None:
    """Make a dataset of fixed-length text with the padding that other programs use."""
    datatype = h5py.h5t.C_S1.copy()
    datatype.set_size(size)
    datatype.set_strpad(padding)
    space = h5py.h5s.create_simple((len(raw) // size,))
    dataset = h5py.h5d.create(file.id, name.encode(), datatype, space)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.frombuffer(raw, f"S{size}"), datatype)


async def test_text_of_other_programs_loses_its_padding(server: LiveServer, folder: Path) -> None:
    with h5py.File(folder / "given.h5", "w") as given:
        make_padded(given, "spaces", h5py.h5t.STR_SPACEPAD, b" a  abcd", 4)
        make_padded(given, "nulls", h5py.h5t.STR_NULLTERM, b"abc\0a\0\0\0", 4)
        given["ascii"] = np.array(["x", "yz"], h5py.string_dtype("ascii"))
        given["latin"] = np.array([b"\xe9"], h5py.string_dtype("utf-8"))
    async with hdf5_async.connect(server.url("given.h5")) as client:
        assert (await client.read("/spaces")).tolist() == [b" a", b"abcd"]
        assert (await client.read("/nulls")).tolist() == [b"abc", b"a"]
        assert (await client.read("/ascii")).tolist() == ["x", "yz"]
        latin = await client.read("/latin")
        assert latin[0].encode("utf-8", "surrogateescape") == b"\xe9"
        await client.write("/copy", latin)
        await client.flush()
        with server.witness("given.h5") as file:
            assert file["copy"][0] == b"\xe9"


async def test_scalars_and_what_holds_no_elements(server: LiveServer, folder: Path) -> None:
    with h5py.File(folder / "given.h5", "w") as given:
        given["null"] = h5py.Empty("f4")
        given["none"] = np.zeros((0, 3), "i2")
        given["flag"] = True
        given["number"] = np.float32(0.1)
    async with hdf5_async.connect(server.url("given.h5")) as client:
        assert await client.read("/null") is None
        none = await client.read("/none")
        assert (none.shape, none.dtype) == ((0, 3), np.dtype("<i2"))
        flag, number = await client.read("/flag"), await client.read("/number")
        assert isinstance(flag, np.bool_)
        assert flag
        assert isinstance(number, np.float32)
        assert number == np.float32(0.1)
        await client.create_dataset("/made/null", float)
        await client.write("/made/none", np.zeros((2, 0), "<u2"))
        assert await client.read("/made/null") is None
        assert (await client.read("/made/none")).shape == (2, 0)


async def test_plain_values_travel_as_json(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        await client.write("/integers", [[1, 2], [3, 2**62 + 1]])
        await client.write("/large", [2**64 - 1])
        await client.write("/special", [0.1, float("nan"), float("-inf")])
        await client.write("/flags", [True, False])
        await client.write("/short", [1, 2, 3], dtype="<i2")
        assert (await client.read("/integers")).tolist() == [[1, 2], [3, 2**62 + 1]]
        assert (await client.read("/large"))[0] == 2**64 - 1
        np.testing.assert_array_equal(await client.read("/special"), [0.1, np.nan, -np.inf])
        assert (await client.read("/flags")).dtype == np.bool_
        assert (await client.read("/short")).dtype == np.dtype("<i2")


SELECTIONS: list[Any] = [
    np.s_[...],
    np.s_[3],
    np.s_[-1, 2:5],
    np.s_[::3, ..., -2],
    np.s_[2:9:2, 1, :],
    np.s_[[0, 4, 4, 2]],
    np.s_[1:3, [5, 0], 2],
    np.s_[7:3],
    np.s_[2, 3, 4],
    np.s_[:, np.array([True, False, True, False, False, True])],
]


async def test_selections_select_what_numpy_selects(server: LiveServer) -> None:
    data = np.arange(10 * 6 * 7, dtype="<i4").reshape(10, 6, 7)
    async with hdf5_async.connect(server.url()) as client:
        await client.create_dataset("/cube", data=data, chunks=[3, 4, 7])
        for number, index in enumerate(SELECTIONS):
            got = await client.read("/cube", index)
            np.testing.assert_array_equal(got, data[index])
            if isinstance(index, list):
                continue
            values = -np.arange(data[index].size, dtype="<i4").reshape(data[index].shape) - number
            if len(set(np.ravel(np.arange(data.size).reshape(data.shape)[index]))) == values.size:
                data[index] = values
                await client.write("/cube", values, index)
        await client.write("/cube", 99, np.s_[0, :, 1])
        data[0, :, 1] = 99
        await client.update("/cube", np.array([[7]], "<i4"), np.s_[5:7, 5])
        data[5:7, 5] = 7
        await client.flush()
        with server.witness() as file:
            np.testing.assert_array_equal(file["cube"][()], data)


async def test_write_makes_the_dataset_the_values(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        await client.write("/a/b/c", np.arange(3))
        await client.write_attribute("/a/b/c", "units", "mm")
        await client.write("/a/b/c", np.full((2, 2), 0.5, "<f4"))
        back = await client.read("/a/b/c")
        assert (back.shape, back.dtype) == ((2, 2), np.dtype("<f4"))
        assert await client.read_attribute("/a/b/c", "units") == "mm"
        with pytest.raises(exceptions.NotFoundError):
            await client.update("/a/b/d", [1])


@pytest.mark.options("--max-message-bytes", "65536")
async def test_big_values_are_sent_in_parts(server: LiveServer) -> None:
    cube = np.random.default_rng(7).integers(0, 1000, (20, 100, 150)).astype("<i4")
    names = np.array([f"name {number}" * (number % 50) for number in range(4000)], object)
    rows = np.arange(3 * 50_000, dtype="<f8").reshape(3, 50_000)
    seen = []
    async with hdf5_async.connect(server.url()) as client:
        assert client.server.limits.max_message_bytes == 65536
        result = await client.write(
            "/cube", cube, progress=lambda done, of: seen.append((done, of))
        )
        assert result.shape == [20, 100, 150]
        assert seen[-1] == (cube.size, cube.size)
        assert len(seen) >= cube.nbytes // 65536
        await client.write("/names", names)
        await client.write("/long", list(range(30_000)))
        await client.append("/rows", rows, axis=1)
        part = cube[3:18:2, :, ::-1] + 1
        await client.write("/cube", part, np.s_[3:18:2, 0:100])
        await client.write("/cube", np.int32(5), np.s_[19])
        cube[3:18:2] = part
        cube[19] = 5
        np.testing.assert_array_equal(await client.read("/cube"), cube)
        assert (await client.read("/names")).tolist() == names.tolist()
        assert (await client.read("/long")).tolist() == list(range(30_000))
        np.testing.assert_array_equal(await client.read("/rows"), rows)
        with pytest.raises(exceptions.ShapeMismatchError, match="cannot make it"):
            await client.write("/cube", cube[:10])
        with pytest.raises(exceptions.TooLargeError):
            await client.write_attribute("/cube", "large", np.zeros(10_000))
        assert await client.ping() > 0
        await client.flush()
        with server.witness() as file:
            np.testing.assert_array_equal(file["cube"][()], cube)
            np.testing.assert_array_equal(file["rows"][()], rows)


async def test_a_long_read_fills_one_array(server: LiveServer, folder: Path) -> None:
    data = np.random.default_rng(1).random((64, 1024, 128))
    with h5py.File(folder / "big.h5", "w") as file:
        file.create_dataset("data", data=data, chunks=(4, 256, 128))
    seen: list[tuple[int, int]] = []
    async with hdf5_async.connect(server.url("big.h5")) as client:
        out = np.empty(data.shape)
        got = await client.read("/data", out=out, progress=lambda done, of: seen.append((done, of)))
        assert got is out
        np.testing.assert_array_equal(out, data)
        assert len(seen) > 10
        assert seen == sorted(seen)
        assert seen[-1] == (data.size, data.size)
        narrow = np.zeros((64, 2), "<f4")
        await client.read("/data", np.s_[:, 5, 3:5], out=narrow)
        np.testing.assert_array_equal(narrow, data[:, 5, 3:5].astype("<f4"))
        with pytest.raises(exceptions.ShapeMismatchError):
            await client.read("/data", out=np.empty(3))
        assert await client.ping() > 0


async def test_statistics_and_samples_are_numpys(server: LiveServer) -> None:
    image = np.arange(600.0).reshape(20, 30)
    image[3, 3] = np.nan
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.write("/image", image)
        stats = await client.stats("/image", np.s_[:10])
        assert (stats.count, stats.nan, stats.min, stats.max) == (300, 1, 0.0, 299.0)
        assert stats.mean == pytest.approx(np.nanmean(image[:10]))
        assert stats.std == pytest.approx(np.nanstd(image[:10]))
        small = await client.sample("/image", [4, 5], method="mean")
        np.testing.assert_allclose(small, np.nanmean(image.reshape(4, 5, 5, 6), axis=(1, 3)))
        line = await client.sample("/image", 3, np.s_[0], method="min_max")
        assert line.tolist() == [[0.0, 9.0], [10.0, 19.0], [20.0, 29.0]]
        assert (await client.sample("/image", (2, 2))).tolist() == [[0.0, 15.0], [300.0, 315.0]]


@pytest.mark.options("--max-message-bytes", "65536")
async def test_a_row_that_is_too_large_says_what_to_do(server: LiveServer) -> None:
    row = np.arange(10_000.0)
    async with hdf5_async.connect(server.url()) as client:
        for axis, shape in enumerate([(0, 10_000), (10_000, 0)]):
            path = f"/along{axis}"
            limits = tuple(length or None for length in shape)
            await client.create_dataset(path, "<f8", shape=shape, max_shape=limits)
            one = np.expand_dims(row, axis)
            for values in (row, row.tolist(), one, np.concatenate([one, one], axis)):
                with pytest.raises(exceptions.TooLargeError, match=r"\[10000\].*resize") as refused:
                    await client.append(path, values, axis=axis)
                assert refused.value.outcome == "not_applied"
            with pytest.raises(
                exceptions.TooLargeError, match="larger max_message_bytes"
            ) as refused:
                await client.insert(path, 0, row, axis=axis)
            assert "resize" not in str(refused.value)
            assert (await client.read(path)).shape == shape
            await client.resize(path, [length or 1 for length in shape])
            await client.update(path, row, (0,) if axis == 0 else np.s_[:, 0])
            assert (await client.read(path)).reshape(-1).tolist() == row.tolist()
        await client.create_dataset(
            "/deep", "<f8", shape=(0, 2, 10_000), max_shape=(None, 2, 10_000)
        )
        with pytest.raises(exceptions.ShapeMismatchError, match="3 axes; values with 1"):
            await client.append("/deep", row)
        with pytest.raises(exceptions.TooLargeError):
            await client.append("/new", np.stack([row, row]))
        with pytest.raises(exceptions.NotFoundError):
            await client.describe("/new")
        await client.append("/points", row)
        await client.insert("/points", 0, row)
        assert (await client.read("/points")).tolist() == [*row, *row]
