"""Every datatype that numpy has arrays for through the async client, with h5py as the witness."""

from __future__ import annotations

import base64
import importlib
from array import array
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from pathlib import Path

    from live_server import LiveServer

COLORS = {"RED": 0, "BLUE": 42, "NONE": -1}
POINT = np.dtype(
    {"names": ["x", "y"], "formats": ["<f8", ">i2"], "offsets": [4, 16], "itemsize": 24}
)


def ragged(dtype: Any, *elements: Any) -> np.ndarray[Any, Any]:
    """An object array of exactly these elements."""
    array = np.empty(len(elements), dtype)
    for index, element in enumerate(elements):
        array[index] = element
    return array


def arrays(package: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Values of all kinds, with the special dtypes of one package or the other."""
    text, ints = package.string_dtype(), package.vlen_dtype("<i4")
    enum = package.enum_dtype(COLORS, "<i2")
    row = np.dtype([("name", text), ("at", POINT), ("color", enum), ("samples", ints)])
    inner = package.vlen_dtype(ints)
    return {
        "bool": np.array([[True], [False]]),
        "enum": np.array([0, 42, -1], enum),
        "complex": np.array([1 + 2j, complex("nan-infj")], "<c8"),
        "complex_big": np.array([[-1j]], ">c16"),
        "aligned": np.array([(1, 2.5, b"ab")], np.dtype("i1,f8,S3", align=True)),
        "padded": np.array([(0.1, -5), (1e300, 7)], POINT),
        "nested": np.array([((0.5, 1), [1, 2, 3])], [("at", POINT), ("counts", "<u2", 3)]),
        "row": ragged(
            row,
            ("né", (0.5, 3), 42, np.array([1, 2, 3], "<i4")),
            ("", (-0.5, -3), 0, np.array([], "<i4")),
        ),
        "texts_in_subarray": np.array([(["a", "bc"], 1)], [("names", text, 2), ("n", "<i2")]),
        "sequences": ragged(ints, np.arange(3, dtype="<i4"), np.array([], "<i4")),
        "words": ragged(package.vlen_dtype(text), ragged(text, "a", "né"), ragged(text)),
        "sequences_of_sequences": ragged(
            inner, ragged(ints, np.array([1], "<i4"), np.array([2, 3], "<i4")), ragged(ints)
        ),
        "opaque": np.array([b"\x00\x01\xff", b"abc"], "V3"),
        "dates": np.array(["2026-11-26", "1969-01-01"], "<M8[s]").astype(
            package.opaque_dtype("<M8[s]")
        ),
        "utf8": np.array(["né".encode(), b""], package.string_dtype("utf-8", 5)),
        "long_double": np.array([0.1, -np.inf], np.longdouble),
        "half": np.array([0.1], ">f2"),
    }


OURS, THEIRS = arrays(hdf5_async), arrays(h5py)


def plain(value: Any) -> Any:
    """Nested lists to compare, whatever holds the elements; h5py's text is bytes."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "OV":
        return [plain(element) for element in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "Mm":
        return value.astype("i8").tolist()
    if isinstance(value, np.void) and value.dtype.names:
        return [plain(value[name]) for name in value.dtype.names]
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return repr(value.tolist()) if isinstance(value, (np.ndarray, np.generic)) else value


@pytest.fixture
def given(folder: Path) -> Path:
    """A file with all arrays as h5py writes them, as datasets and as attributes."""
    with h5py.File(folder / "given.h5", "w") as file:
        for name, array in THEIRS.items():
            file.create_dataset(name, data=array, dtype=array.dtype)
            file.attrs.create(name, array, dtype=array.dtype)
        file.create_dataset("pairs", (3,), np.dtype(("<i4", 2)))
        file["pairs"][...] = np.arange(6, dtype="<i4").reshape(3, 2)
    return folder / "given.h5"


@pytest.mark.parametrize("name", THEIRS)
async def test_what_h5py_wrote_is_read(server: LiveServer, given: Path, name: str) -> None:
    expected = THEIRS[name]
    async with hdf5_async.connect(server.url(given.name)) as client:
        for got in (await client.read(f"/{name}"), await client.read_attribute("/", name)):
            assert got.dtype == expected.dtype
            assert got.shape == expected.shape
            assert plain(got) == plain(expected)
        info = await client.describe(f"/{name}")
        assert info.dataset is not None
        assert info.dataset.dtype == expected.dtype
        small = (await client.attributes("/"))[name]
        assert small.dtype == expected.dtype
        assert plain(small.value) == plain(expected)
        one = await client.read(f"/{name}", (0,) * expected.ndim)
        assert plain(one) == plain(expected[(0,) * expected.ndim])


@pytest.mark.parametrize("name", OURS)
async def test_h5py_reads_what_is_written(server: LiveServer, given: Path, name: str) -> None:
    array = OURS[name]
    async with hdf5_async.connect(server.url(given.name)) as client:
        await client.write(f"/made/{name}", array)
        await client.create_dataset(f"/created/{name}", data=array, chunks=list(array.shape))
        await client.write_attribute("/", "made", array)
        await client.write(f"/{name}", array[::-1], np.s_[:])
        await client.flush()
        with server.witness(given.name) as file:
            for dataset in (file["made"][name], file["created"][name]):
                assert dataset.id.get_type() == file[name].id.get_type()
                assert dataset.dtype == file[name].dtype
                assert dataset.dtype.metadata == file[name].dtype.metadata
                assert plain(dataset[()]) == plain(THEIRS[name])
            assert plain(file.attrs["made"]) == plain(THEIRS[name])
            assert plain(file[name][()]) == plain(THEIRS[name][::-1])


async def test_elements_that_are_arrays_are_the_last_axes(server: LiveServer, given: Path) -> None:
    async with hdf5_async.connect(server.url(given.name)) as client:
        pairs = await client.read("/pairs")
        assert pairs.tolist() == [[0, 1], [2, 3], [4, 5]]
        assert (await client.read("/pairs", 1)).tolist() == [2, 3]
        out = np.zeros((3, 2), "<i8")
        await client.read("/pairs", out=out)
        assert out.tolist() == pairs.tolist()
        datatype = (await client.describe("/pairs")).dataset.datatype  # type: ignore[union-attr]
        await client.write("/pairs", [[7, 8]], np.s_[:1], dtype=datatype)
        await client.write("/made", np.arange(4).reshape(2, 2), dtype=np.dtype(("<i2", 2)))
        await client.flush()
        with server.witness(given.name) as file:
            assert file["pairs"][()].tolist() == [[7, 8], [2, 3], [4, 5]]
            assert file["made"].shape == (2,)
            assert file["made"][()].tolist() == [[0, 1], [2, 3]]
        with pytest.raises(exceptions.InvalidValueError, match=r"shape \(2,\)"):
            await client.write("/made", np.arange(6).reshape(2, 3), dtype=np.dtype(("<i2", 2)))
        with pytest.raises(exceptions.ShapeMismatchError, match="out has shape"):
            await client.read("/pairs", out=np.zeros(3, "<i8"))


async def test_members_are_read_and_written_by_name(server: LiveServer) -> None:
    rows = np.array([(1, 2.5, "a"), (2, -1, "né")], "i4,f8,O")
    rows.dtype.names = ("n", "energy", "name")
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.write("/rows", rows)
        assert (await client.read("/rows", fields="name")).tolist() == ["a", "né"]
        some = await client.read("/rows", fields=["name", "n"])
        assert some.dtype.names == ("name", "n")
        assert some.tolist() == [("a", 1), ("né", 2)]
        await client.write("/rows", ["b", "c"], np.s_[:], fields="name")
        turned = np.array([(0.5, 7)], [("energy", "f4"), ("n", "i2")])
        await client.update("/rows", turned, np.s_[1:], fields=["energy", "n"])
        assert (await client.points("/rows", [[1]], fields="n")).tolist() == [7]
        await client.flush()
        with server.witness() as file:
            assert file["rows"][1].tolist() == (7, 0.5, b"c")
        with pytest.raises(exceptions.InvalidSelectionError):
            await client.read("/rows", fields="nope")


async def test_plain_values_of_composed_datatypes(server: LiveServer) -> None:
    kind = np.dtype([("n", "i2"), ("at", "f4", 2), ("name", hdf5_async.string_dtype())])
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.create_dataset(
            "/rows", data=[(1, [0.5, 1], "a"), (2, [2, 3], "b")], dtype=kind
        )
        await client.append("/rows2", [[1, [0, 1], "a"]], dtype=kind)
        await client.append("/rows2", [{"n": 2, "at": [2, 3], "name": "b"}], dtype=kind)
        await client.write("/guessed", [{"x": 1, "y": 0.5}, {"x": 2, "y": 1.5}])
        await client.write("/ragged", [[1, 2, 3], [], [4]], dtype=hdf5_async.vlen_dtype("i4"))
        deep = hdf5_async.vlen_dtype(hdf5_async.vlen_dtype("i4"))
        await client.create_dataset("/deep", data=[[[1], [2, 3]], [[4, 5]]], dtype=deep)
        await client.create_dataset("/square", data=[[[1, 2], [3, 4]], [[5, 6]]], dtype=deep)
        await client.write("/found", ragged(object, np.arange(2), np.arange(3)))
        await client.write("/z", [1 + 2j, 3])
        await client.create_dataset("/filled", "c16", (2,), fill_value=1 - 1j)
        await client.flush()
        with server.witness() as file:
            assert plain(file["rows"][()]) == [["1", "[0.5, 1.0]", "a"], ["2", "[2.0, 3.0]", "b"]]
            assert plain(file["rows2"][()]) == [["1", "[0.0, 1.0]", "a"], ["2", "[2.0, 3.0]", "b"]]
            assert file["guessed"][()].tolist() == [(1, 0.5), (2, 1.5)]
            assert plain(file["ragged"][()]) == ["[1, 2, 3]", "[]", "[4]"]
            assert plain(file["deep"][()]) == [["[1]", "[2, 3]"], ["[4, 5]"]]
            assert plain(file["square"][()]) == [["[1, 2]", "[3, 4]"], ["[5, 6]"]]
            assert plain(file["found"][()]) == ["[0, 1]", "[0, 1, 2]"]
            assert file["z"][()].tolist() == [1 + 2j, 3]
            assert file["filled"][()].tolist() == [1 - 1j, 1 - 1j]


async def test_what_other_libraries_have_arrays_in(server: LiveServer) -> None:
    pandas, xarray = importlib.import_module("pandas"), importlib.import_module("xarray")
    frame = pandas.DataFrame({"n": [1, 2], "name": ["a", "né"], "ok": [True, False]})
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.append("/frame", frame.to_records(index=False))
        await client.append("/frame", frame.to_records(index=False))
        back = pandas.DataFrame(await client.read("/frame"))
        pandas.testing.assert_frame_equal(back[2:].reset_index(drop=True), frame, check_dtype=False)
        for number, (given, expected) in enumerate(
            [
                (frame["name"], ["a", "né"]),
                (frame["n"], [1, 2]),
                (xarray.DataArray([0.5, 1]), [0.5, 1.0]),
                (memoryview(b"ab"), [97, 98]),
                (array("h", [1, -2]), [1, -2]),
                (range(3), [0, 1, 2]),
                ([np.arange(2), np.arange(2)], [[0, 1], [0, 1]]),
            ]
        ):
            await client.write(f"/given/{number}", given)
            assert (await client.read(f"/given/{number}")).tolist() == expected
        with pytest.raises(exceptions.InvalidValueError, match="64 bits"):
            await client.write("/large", [2**64])
        with pytest.raises(exceptions.InvalidValueError, match="no value that can be sent"):
            await client.write("/set", {1, 2})


async def test_references_are_followed_and_written(server: LiveServer, folder: Path) -> None:
    with h5py.File(folder / "given.h5", "w") as file:
        file["group/data"] = np.arange(20).reshape(4, 5)
        data = file["group/data"]
        file["objects"] = ragged(h5py.ref_dtype, file["group"].ref, data.ref, h5py.Reference())
        file["region"] = data.regionref[1:3, ::2]
        file.create_dataset("lists", (1,), h5py.vlen_dtype(h5py.ref_dtype))[0] = [data.ref]
    async with hdf5_async.connect(server.url("given.h5")) as client:
        objects = await client.read("/objects")
        assert [reference.path for reference in objects] == ["/group", "/group/data", None]
        region = await client.read("/region")
        assert isinstance(region, hdf5_async.RegionReference)
        assert region.path is not None
        assert (await client.read(region.path, region.region["selection"])).tolist() == [
            [5, 7, 9],
            [10, 12, 14],
        ]
        (lists,) = await client.read("/lists")
        assert [reference.path for reference in lists] == ["/group/data"]
        await client.write("/made/objects", objects[::-1])
        await client.write("/made/plain", [hdf5_async.Reference("/group"), hdf5_async.Reference()])
        await client.write("/made/region", region)
        await client.write_attribute("/group", "is", hdf5_async.Reference("/group/data"))
        await client.append("/objects2", [hdf5_async.Reference("/group")])
        await client.flush()
        with server.witness("given.h5") as file:
            names = [file[each].name if each else None for each in file["made/objects"]]
            assert names == [None, "/group/data", "/group"]
            assert [bool(each) for each in file["made/plain"]] == [True, False]
            reference = file["made/region"][()]
            assert file[reference][reference].tolist() == [[5, 7, 9], [10, 12, 14]]
            assert file[file["group"].attrs["is"]].name == "/group/data"
            assert file[file["objects2"][0]].name == "/group"
        with pytest.raises(exceptions.RequestError):
            await client.write("/bad", hdf5_async.Reference("/nowhere"))
        assert not await client.exists("/bad")


async def test_scalars_and_empty_arrays_of_all_kinds(server: LiveServer, given: Path) -> None:
    async with hdf5_async.connect(server.url(given.name)) as client:
        for name, array in OURS.items():
            element = array.reshape(-1)[:1].reshape(())
            await client.write(f"/scalar/{name}", element, dtype=array.dtype)
            await client.write(f"/none/{name}", array[:0])
            back = await client.read(f"/none/{name}")
            assert (back.dtype, back.shape) == (array.dtype, array[:0].shape)
        await client.flush()
        with server.witness(given.name) as file:
            for name, array in THEIRS.items():
                dataset = file["scalar"][name]
                assert (dataset.shape, dataset.dtype) == ((), file[name].dtype)
                assert plain(dataset[()]) == plain(array.reshape(-1)[0])
                assert file["none"][name].dtype == file[name].dtype


async def test_events_bring_values_of_all_kinds(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        async with client.subscribe("/", data=True) as changes:
            for name, array in OURS.items():
                await client.write(f"/{name}", array)
                async for event in changes:
                    if isinstance(event, hdf5_async.events.Written):
                        assert plain(event.values) == plain(array)
                        break
        rows = OURS["row"]
        await client.append("/log", rows)
        async for got in client.follow("/log", from_start=True):
            assert plain(got) == plain(rows)
            break


@pytest.mark.options("--max-message-bytes", "20000", "--max-queued-bytes", "40000")
async def test_what_is_larger_than_a_message_goes_in_parts(server: LiveServer) -> None:
    lengths = [0, 1, 2000, 3, 1] * 40
    many = ragged(hdf5_async.vlen_dtype("<i4"), *(np.arange(n, dtype="<i4") for n in lengths))
    kind = np.dtype([("n", "<i4"), ("name", hdf5_async.string_dtype())])
    rows = ragged(kind, *((n, "x" * (n % 700)) for n in range(500)))
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.write("/many", many)
        await client.append("/rows", rows)
        await client.write("/pairs", np.arange(9000).reshape(3000, 3), dtype=np.dtype(("<i4", 3)))
        await client.write("/plain", [[n, "é" * 50] for n in range(400)], dtype=kind)
        await client.write("/specials", [0.5, float("nan")] * 2000)
        await client.flush()
        with server.witness() as file:
            assert plain(file["many"][()]) == plain(many)
            assert plain(file["rows"][()]) == plain(rows)
            assert file["pairs"][2999].tolist() == [8997, 8998, 8999]
            assert plain(file["plain"][399]) == ["399", "é" * 50]
            assert np.isnan(file["specials"][1::2]).all()


async def test_what_cannot_be_written_says_why(server: LiveServer, given: Path) -> None:
    async with hdf5_async.connect(server.url(given.name)) as client:

        async def refused(data: Any, words: str, **options: Any) -> None:
            with pytest.raises(exceptions.RequestError, match=words):
                await client.write("/bad", data, **options)
            assert not await client.exists("/bad")

        await refused(np.array([1, "a"], object), "neither str nor bytes")
        await refused(ragged(object, {1: 2}, {3: 4}), "say with dtype")
        await refused(np.array(["2026-11-26"], "M8[s]"), "cannot be sent")
        await refused([1j], "complex", dtype="f8")
        ascii_only = np.dtype([("f0", "i4"), ("f1", hdf5_async.string_dtype("ascii"))])
        await refused(np.array([(1, "é")], "i4,U1"), "ascii", dtype=ascii_only)
        await refused(
            np.array([(1,)], [("a", "i4")]), "none named 'b'", dtype=np.dtype([("b", "i4")])
        )
        await refused(np.array(["a\0b"], object), "NULL")
        await refused([["a"], [1]], "not a value", dtype=hdf5_async.vlen_dtype("i4"))
        await refused([object()], "no value that can be sent")
        with pytest.raises(exceptions.InvalidValueError, match="cannot hold"):
            await client.read("/padded", out=np.zeros(2))
        encoded = base64.b64encode(b"xyz").decode()
        await client.write("/opaque", [{"base64": encoded}], np.s_[:1], dtype="V3")
        assert (await client.read("/opaque", 0)).tobytes() == b"xyz"
