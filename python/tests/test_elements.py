"""Elements survive the way to the wire and back, and long answers land in one array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hdf5_async._datatype import VARIABLE_STRING
from hdf5_async._json_values import from_json, to_json
from hdf5_async._payload import decode, encode
from hdf5_async._sink import ArraySink
from hdf5_async._transfer import Values
from hdf5_async.exceptions import InvalidValueError, ProtocolError, ShapeMismatchError


def to_payload(array: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """The datatype and the payload with which a client sends an array."""
    elements = Values.of_array(array).as_elements()
    return elements.datatype, encode(elements.array, elements.datatype)


ARRAYS = [
    *(
        np.arange(6, dtype=order + kind).reshape(2, 3)
        for order in "<>"
        for kind in ("i2", "u8", "f2", "f4", "f8")
    ),
    np.array([[True, False], [False, False]]),
    np.array([b"", b"ab", b"abc"]),
    np.array(["", "é", "中文"], object),
    np.array([["a"], ["\udcff"]], object),
    np.array(3.5),
    np.zeros((0, 4), "<i4"),
    np.array([], object),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_arrays_come_back(array: np.ndarray[Any, Any]) -> None:
    datatype, payload = to_payload(array)
    back = decode(payload, datatype, array.shape)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_arrays_are_sent_in_c_order_whatever_their_strides() -> None:
    array = np.arange(24, dtype="<i2").reshape(4, 6)
    for view in (array.T, array[::2, ::-1], np.asfortranarray(array)):
        _, payload = to_payload(view)
        assert bytes(payload) == view.tobytes()


def test_contiguous_arrays_are_not_copied() -> None:
    array = np.zeros(4, "<i4")
    _, payload = to_payload(array)
    array[0] = 1
    assert bytes(payload)[0] == 1


def test_unicode_arrays_are_text_of_any_length() -> None:
    datatype, payload = to_payload(np.array(["one", "zwölf"]))
    assert datatype == VARIABLE_STRING
    assert decode(payload, datatype, (2,)).tolist() == ["one", "zwölf"]


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="neither str nor bytes"):
        to_payload(np.array(["a", 1], object))
    with pytest.raises(InvalidValueError, match="NULL"):
        to_payload(np.array(["a\0b"], object))


def test_payloads_of_the_wrong_size_are_refused() -> None:
    with pytest.raises(ProtocolError, match="7 bytes instead of 8"):
        decode(bytes(7), "<i4", (2,))
    with pytest.raises(ProtocolError, match="instead of"):
        decode(bytes(15), VARIABLE_STRING, (1,))
    slot = (5).to_bytes(8, "little") + (1).to_bytes(8, "little")
    with pytest.raises(ProtocolError, match="outside"):
        decode(slot + b"hello", VARIABLE_STRING, (1,))


def frame(
    offset: list[int], values: np.ndarray[Any, Any], shape: tuple[int, ...]
) -> tuple[Any, Any]:
    datatype, payload = to_payload(values)
    place = {"offset": offset, "shape": list(values.shape)}
    return {"datatype": datatype, "shape": list(shape), "place": place}, memoryview(payload)


@pytest.mark.parametrize("dtype", ["<i4", ">f8", "|S3", "O"])
def test_frames_are_put_in_their_places(dtype: str) -> None:
    whole = np.arange(60).reshape(5, 12).astype(str if dtype in "O|S3" else dtype).astype(dtype)
    seen = []
    sink = ArraySink(progress=lambda done, of: seen.append((done, of)))
    sink.accept(*frame([3, 0], whole[3:], whole.shape))
    with pytest.raises(ProtocolError, match="24 of 60"):
        sink.result()
    sink.accept(*frame([0, 0], whole[:3, :5], whole.shape))
    sink.accept(*frame([0, 5], whole[:3, 5:], whole.shape))
    np.testing.assert_array_equal(sink.result(), whole)
    assert sink.result().dtype == whole.dtype
    assert seen == [(24, 60), (39, 60), (60, 60)]


def test_out_takes_the_values_even_where_it_is_a_view() -> None:
    values = np.arange(6, dtype="<i4").reshape(2, 3)
    target = np.zeros((3, 4))
    sink = ArraySink(out=target.T[:2, :3])
    sink.accept(*frame([0, 0], values, (2, 3)))
    assert sink.result() is not None
    np.testing.assert_array_equal(target.T[:2, :3], values)


def test_out_must_have_room_for_the_values() -> None:
    values = np.zeros(3)
    with pytest.raises(ShapeMismatchError, match=r"out has shape \(2,\)"):
        ArraySink(out=np.zeros(2)).accept(*frame([0], values, (3,)))
    with pytest.raises(InvalidValueError, match="cannot hold"):
        ArraySink(out=np.zeros(3, "<i4")).accept(*frame([0], values, (3,)))


def test_scalars_are_numpy_scalars_and_text_is_str() -> None:
    def result(array: Any, datatype: Any = None) -> Any:
        sink = ArraySink()
        sent_as, payload = to_payload(np.asarray(array))
        sink.accept({"datatype": datatype or sent_as, "shape": []}, memoryview(payload))
        return sink.result()

    assert result(np.float32(0.5)) == np.float32(0.5)
    assert isinstance(result(np.float32(0.5)), np.float32)
    assert result(np.array("né", object)) == "né"
    assert result(np.array(b"mm")) == "mm"
    padded = {"class": "string", "length": 4, "charset": "ascii", "padding": "space_padded"}
    assert result(np.array(b"m   "), padded) == "m"


def test_null_dataspaces_are_none() -> None:
    sink = ArraySink()
    sink.accept({"datatype": "<f8"}, memoryview(b""))
    assert sink.result() is None


def test_plain_values_as_json() -> None:
    assert to_json([1, (2.5, float("nan")), [float("inf"), -float("inf")]]) == [
        1,
        [2.5, "NaN"],
        ["Infinity", "-Infinity"],
    ]
    assert to_json(["é", b"ab", b"\xff", True]) == ["é", "ab", {"base64": "/w=="}, True]
    assert to_json(2**64 - 1) == 2**64 - 1
    assert to_json([np.float64(0.1), np.int8(-1), np.bool_(True)]) == [0.1, -1, True]
    assert to_json([1j, np.complex64(2)]) == [[0.0, 1.0], [2.0, 0.0]]
    assert to_json({"x": [1, b"\xff"]}) == {"x": [1, {"base64": "/w=="}]}
    for value in (None, object(), [1, {}], {1: 2}):
        with pytest.raises(InvalidValueError, match="no value that can be sent"):
            to_json(value)


def test_json_values_without_a_shape_have_that_of_their_lists() -> None:
    array = from_json([[1, 2], [3, 4]], ">i2")
    assert array.dtype == ">i2"
    assert array.tolist() == [[1, 2], [3, 4]]
    assert from_json(7, "<u8") == np.uint64(7)
    assert from_json([], "<f8").shape == (0,)
