"""h5py's manners for elements that are compounds or text, against a real server with h5py as the witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

import hdf5_async

if TYPE_CHECKING:
    from pathlib import Path

    from live_server import LiveServer

ROW = np.dtype([("n", "<i4"), ("at", "<f8", 2), ("name", hdf5_async.string_dtype())])


def rows_of(*elements: Any) -> np.ndarray[Any, Any]:
    """Rows as an array."""
    return np.array(list(elements), ROW)


def test_members_by_name_leave_the_others_alone(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        rows = file.create_dataset("rows", data=rows_of((1, [0, 1], "a"), (2, [2, 3], "b")))
        rows["n", 0] = 7
        rows["at", 1:] = [[8, 9]]
        rows["name"] = ["né", ""]
        assert rows["n"].tolist() == [7, 2]
        assert rows["at"].tolist() == [[0, 1], [8, 9]]
        assert rows[1:]["name"].tolist() == [b""]
        some = rows["name", "n", 0]
        assert some.dtype.names == ("name", "n")
        assert some.tolist() == ("né".encode(), 7)
        picked = rows.fields(["at", "n"])[...]
        assert picked.dtype.names == ("at", "n")
        assert rows["n", np.array([False, True])].tolist() == [2]
        rows["n", np.array([True, False])] = 5
        rows[1] = np.array((6, 3), [("n", "i8"), ("unknown", "i4")])[["n"]]
        assert rows["n"].tolist() == [5, 6]
        with pytest.raises(ValueError, match="nope"):
            rows["nope"] = 1
    with server.witness() as witness:
        assert witness["rows"]["at"].tolist() == [[0, 1], [8, 9]]
        assert witness["rows"]["name"].tolist() == ["né".encode(), b""]


def test_two_who_write_two_members_do_not_undo_each_other(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as mine:
        mine["rows"] = np.zeros(4, "i4,f8")
        with hdf5_async.File(server.url("lab.h5"), "r+") as other:
            asked: list[str] = []
            call = mine._file.call

            def counted(command: str, *args: object, **options: object) -> object:
                asked.append(command)
                return call(command, *args, **options)  # type: ignore[arg-type]

            mine._file.call = counted  # type: ignore[method-assign,assignment]
            mine["rows"]["f0", :] = 1
            assert "read" not in asked
            other["rows"]["f1"] = 2.5
            assert mine["rows"][:].tolist() == [(1, 2.5)] * 4


def test_compounds_are_assigned_by_name_as_hdf5_does(server: LiveServer) -> None:
    turned = np.array([(0.5, 1), (1.5, 2)], [("y", "f4"), ("x", "i8")])
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        for package_file in (file, h5py.File("other.h5", "w", driver="core", backing_store=False)):
            data = package_file.create_dataset("d", (2,), [("x", "i4"), ("y", "f8")])
            data[...] = turned
            assert data[...].tolist() == [(1, 0.5), (2, 1.5)]
            data[0] = turned[1, ...]
            assert data[0].tolist() == (2, 1.5)
            # A numpy.void goes by the places of its members, in numpy and therefore in h5py.
            data[0] = turned[1]
            assert data[0].tolist() == (1, 2)


def make(file: h5py.File, name: str, padding: int, raw: list[bytes]) -> None:
    """Make a dataset of compounds with text of 4 bytes as other programs pad it."""
    text = h5py.h5t.C_S1.copy()
    text.set_size(4)
    text.set_strpad(padding)
    compound = h5py.h5t.create(h5py.h5t.COMPOUND, 6)
    compound.insert(b"text", 0, text)
    compound.insert(b"n", 4, h5py.h5t.STD_I16LE)
    dataset = h5py.h5d.create(file.id, name.encode(), compound, h5py.h5s.create_simple((len(raw),)))
    values = np.array([(octets, 1) for octets in raw], [("text", "S4"), ("n", "<i2")])
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values, compound)


@pytest.mark.parametrize("padding", ["STR_SPACEPAD", "STR_NULLTERM", "STR_NULLPAD"])
def test_text_inside_compounds_loses_and_gets_its_padding(
    server: LiveServer, folder: Path, padding: str
) -> None:
    fill = b" " if padding == "STR_SPACEPAD" else b"\0"
    raw = [octets.ljust(4, fill) for octets in (b"a", b" b c", b"")]
    with h5py.File(folder / "given.h5", "w") as given:
        make(given, "padded", getattr(h5py.h5t, padding), raw)
        expected = given["padded"]["text"].tolist()
    with hdf5_async.File(server.url("given.h5"), "r+") as file:
        assert file["padded"]["text"].tolist() == expected
        assert file["padded"][...]["text"].tolist() == expected
        file["padded"][1] = (b"xy", 2)
        file["padded"]["text", 2] = b"z"
    with server.witness("given.h5") as witness:
        dataset = witness["padded"]
        assert dataset["text"].tolist() == [b"a", b"xy", b"z"]
        stored = np.zeros(3, [("text", "V4"), ("n", "<i2")])
        dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, stored, dataset.id.get_type())
        assert [each.tobytes() for each in stored["text"][1:]] == [
            octets.ljust(4, fill) for octets in (b"xy", b"z")
        ]


@pytest.mark.options("--max-message-bytes", "20000", "--max-queued-bytes", "40000")
def test_rows_of_very_different_lengths_go_in_parts(server: LiveServer) -> None:
    rows = rows_of(*((n, [n, n], "x" * (6000 if n % 100 == 99 else 1)) for n in range(300)))
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["rows"] = rows
        assert file["rows"]["n"].tolist() == list(range(300))
        assert file["rows"][99]["name"] == b"x" * 6000


def test_unicode_arrays_are_text_where_the_dataset_says_so(server: LiveServer) -> None:
    words = np.array(["a", "né"])
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        text = file.create_dataset("text", (2,), hdf5_async.string_dtype())
        text[:] = words
        text[0] = np.array("w")
        assert text.asstr()[:].tolist() == ["w", "né"]
        file.attrs.create("words", words, dtype=hdf5_async.string_dtype())
        assert file.attrs["words"].tolist() == ["a", "né"]
        rows = file.create_dataset("rows", (2,), ROW)
        rows["name"] = words
        assert rows["name"].tolist() == [b"a", "né".encode()]
        fixed = file.create_dataset("fixed", (2,), hdf5_async.string_dtype(length=4))
        with pytest.raises(TypeError, match="No conversion path"):
            fixed[:] = words
        with pytest.raises(TypeError, match="No conversion path"):
            file["guessed"] = words


def test_fractions_are_cut_off_and_what_is_too_large_is_refused(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        numbers = file.create_dataset("numbers", (3,), "i1")
        numbers[:] = np.array([1.7, -2.9, 127.9])
        assert numbers[:].tolist() == [1, -2, 127]
        for large in (np.array([300, 0, 0]), np.array([0, 1e9, 0]), np.array([np.nan, 0, 0])):
            with pytest.raises(ValueError, match="does not fit"):
                numbers[:] = large
        assert numbers[:].tolist() == [1, -2, 127]
