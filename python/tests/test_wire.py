"""Every golden message is made or read by this client exactly as by the Rust types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from golden import golden

from hdf5_async import _files, _messages, _protocol, _requests, _selection, events, exceptions
from hdf5_async._given import datatype_for, to_datatype
from hdf5_async._json_values import array_from_json, array_to_json, from_json, to_json
from hdf5_async._mapping import dtype_of, has_heap
from hdf5_async._payload import decode, encode
from hdf5_async.exceptions import UnsupportedDatatypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TERMS = ("durability", "request_key", "if_seq", "if_epoch")
ENVELOPE = ("id", "file", "command", *TERMS)
POSITION = ("status", "id", "file", "epoch", "seq", "durability")

REPLY_CLASSES: dict[str, type[_messages.WireMessage]] = {
    "hello": _messages.ServerInfo,
    "file_info": _files.FileDetails,
    "list": _messages.Listing,
    "walk": _messages.WalkPage,
    "search": _messages.SearchPage,
    "stats": _messages.Stats,
    "create_dataset": _messages.WriteResult,
    "write": _messages.WriteResult,
    "update": _messages.WriteResult,
    "append": _messages.WriteResult,
    "insert": _messages.WriteResult,
    "resize": _messages.WriteResult,
    "fill": _messages.WriteResult,
    "write_points": _messages.WriteResult,
    "write_attribute": _messages.WriteResult,
    "subscribe": _messages.Subscribed,
}
EMPTY_REPLIES = {
    "create_file",
    "delete_file",
    "create_group",
    "create_named_datatype",
    "delete",
    "delete_attribute",
    "flush",
    "unsubscribe",
    "cancel",
    "link",
    "move",
    "copy",
    "rename_attribute",
}


def builder(command: str) -> Callable[..., dict[str, Any]]:
    """Return the function that makes the fields of a command."""
    return _requests.BUILDERS[command]


def check_request(golden_file: Mapping[str, Any]) -> None:
    """Build the request from its own fields and send it through the protocol."""
    message = golden_file["message"]
    fields = {name: value for name, value in message.items() if name not in ENVELOPE}
    built = builder(golden_file["command"])(**fields)
    assert built == fields
    protocol = _protocol.Protocol()
    terms = {name: message[name] for name in TERMS if name in message}
    request, text = protocol.request(
        golden_file["command"], {**terms, **built}, file=message.get("file")
    )
    assert isinstance(text, str)
    assert json.loads(text) == {**message, "id": request}


def check_reply(golden_file: Mapping[str, Any]) -> None:
    """Read the reply with the class that the client uses, and write it again."""
    command, message = golden_file["command"], golden_file["message"]
    body = {name: value for name, value in message.items() if name not in POSITION}
    if command in REPLY_CLASSES:
        assert REPLY_CLASSES[command].from_wire(body).to_wire() == body
    elif command in EMPTY_REPLIES:
        assert body == {}
    elif command == "ping":
        assert body == {"time": float(body["time"])}
    elif command == "close_file":
        assert body == {"closed": bool(body["closed"])}
    elif command == "files":
        infos = [_messages.FileInfo.from_wire(info) for info in body["files"]]
        assert {"files": [info.to_wire() for info in infos]} == body
    elif command == "describe":
        assert _messages.ObjectInfo.from_wire(body["object"]).to_wire() == body["object"]
    elif command == "attributes":
        attributes = [_messages.AttributeInfo.from_wire(info) for info in body["attributes"]]
        assert [attribute.to_wire() for attribute in attributes] == body["attributes"]
    elif command == "describe_many":
        for result in body["results"]:
            if result["status"] == "success":
                described = result["object"]
                assert _messages.ObjectInfo.from_wire(described).to_wire() == described
            else:
                assert exceptions.from_wire(result).code == result["code"]
    elif command == "read_many":
        for result in body["results"]:
            if result["status"] == "success":
                check_values_reply(result)
            else:
                assert exceptions.from_wire(result).code == result["code"]
    elif command == "query":
        assert set(body) == {"shape", "datatype", "indices", "scanned", "more", "data"}
        assert body["shape"] == [len(body["indices"])] == [len(body["data"])]
    elif command == "batch":
        assert all(isinstance(reply, dict) for reply in body.get("replies", []))
    else:
        assert command in ("read", "points", "read_attribute", "sample")
        check_values_reply(body)


def check_values_reply(body: Mapping[str, Any]) -> None:
    """Read JSON values; a binary header says where its values lie instead."""
    if "place" in body:
        assert set(body) - {"step"} == {"shape", "datatype", "place", "last"}
        return
    value = from_json(body["data"], body["datatype"], body.get("shape"))
    if body["data"] is None:
        assert value is None
        return
    assert list(np.shape(value)) == body["shape"]
    plain = np.asarray(value, object).tolist()
    assert to_json(plain) == body["data"]


def check_error(golden_file: Mapping[str, Any]) -> None:
    """Make the exception, which knows the code, the path and the outcome."""
    message = golden_file["message"]
    error = exceptions.from_wire(message)
    assert type(error) is exceptions.ERROR_CLASSES.get(message["code"], exceptions.RequestError)
    assert (error.code, str(error)) == (message["code"], message["message"])
    assert (error.path, error.outcome) == (message.get("path"), message.get("outcome"))
    assert (error.index, error.position) == (message.get("index"), message.get("position"))
    assert (error.retry_after is None) == ("retry_after_ms" not in message)


def check_event(golden_file: Mapping[str, Any]) -> None:
    """Read the event and write it again."""
    event = events.from_wire(golden_file["message"])
    assert type(event) is events.EVENT_CLASSES[golden_file["event"]]
    assert events.to_wire(event) == golden_file["message"]


def check_refused(golden_file: Mapping[str, Any]) -> None:
    """The code is known, and the builders do not make such a request where the fields show it."""
    assert issubclass(exceptions.ERROR_CLASSES[golden_file["code"]], ValueError)
    assert ("message" in golden_file) != ("text" in golden_file)
    mentions = golden_file["mentions"]
    if "unknown field" in mentions or "missing field `path`" in mentions:
        message = golden_file["message"]
        fields = {name: value for name, value in message.items() if name not in ENVELOPE}
        with pytest.raises(TypeError):
            builder(message["command"])(**fields)


def check_datatype(golden_file: Mapping[str, Any]) -> None:
    """The datatype and numpy's dtype mean each other."""
    datatype = golden_file["datatype"]
    if not has_array(datatype):
        with pytest.raises(UnsupportedDatatypeError):
            dtype_of(datatype)
        return
    dtype = dtype_of(datatype)
    if golden_file["numpy"] is not None:
        assert dtype.str == golden_file["numpy"]
    if isinstance(datatype, str) and datatype != ">u1":
        assert datatype_for(dtype) == datatype
    if golden_file["slot_bytes"] is not None and not has_heap(datatype):
        assert dtype.itemsize == golden_file["slot_bytes"]
    for written in golden_file["written"]:
        assert dtype_of(to_datatype(written)) == dtype


def has_array(datatype: Any) -> bool:
    """Whether numpy has arrays of such elements: not of times, nor of floats that no machine computes with."""
    if isinstance(datatype, str):
        return True
    kind, layout = datatype["class"], datatype.get("format", {})
    return bool(kind != "time" and layout.get("exponent_bias") != 129)


def check_values(golden_file: Mapping[str, Any]) -> None:
    """The payload and the JSON give the same array, which gives the same payload."""
    datatype, shape = golden_file["datatype"], golden_file["shape"]
    payload = bytes.fromhex(golden_file["payload"])
    if not has_array(datatype):
        with pytest.raises(UnsupportedDatatypeError):
            decode(payload, datatype, shape)
        return
    array = decode(payload, datatype, shape)
    assert list(array.shape[: len(shape)]) == shape
    read = array_from_json(golden_file["data"], datatype, shape)
    assert (read.shape, read.dtype) == (array.shape, array.dtype)
    # As text, because NaN is not equal to itself and sequences are arrays in an array.
    assert repr(read.tolist()) == repr(array.tolist())
    if array.dtype != np.longdouble:
        # A long double is more than JSON's numbers have room for.
        sent = json.loads(json.dumps(array_to_json(array, datatype)))
        assert repr(array_from_json(sent, datatype, shape).tolist()) == repr(array.tolist())
    again = bytes(encode(array, datatype))
    if has_heap(datatype):
        # Where in the heap an element lies is the sender's choice.
        assert repr(decode(again, datatype, shape).tolist()) == repr(array.tolist())
    else:
        assert again == payload


def check_frame(golden_file: Mapping[str, Any]) -> None:
    """The frame comes apart into header and values, and those into the same frame."""
    frame = bytes.fromhex("".join(golden_file["frame"]))
    header, values = _protocol.decode_frame(frame)
    assert json.loads(header) == golden_file["message"]
    assert bytes(values) == bytes.fromhex(golden_file["payload"])
    assert _protocol.encode_frame(header, values) == frame
    carried = {"request": check_request, "reply": check_reply, "error": check_error}
    carried[golden_file["carries"]](golden_file)


def check_selection(golden_file: Mapping[str, Any]) -> None:
    """The text selects as numpy does, and comes back from the index that it means."""
    text, dims = golden_file["selection"], golden_file["dims"]
    if golden_file["shape"] is None:
        with pytest.raises(exceptions.InvalidSelectionError):
            _selection.resolve(text, dims)
        return
    axes = _selection.resolve(text, dims)
    assert list(_selection.result_shape(axes)) == golden_file["shape"]
    index = _selection.index_of_text(text)
    assert _selection.selection_text(index) == text
    if sum(isinstance(axis, list) for axis in index) < 2:
        # numpy pairs several lists up, HDF5 takes their cross product.
        assert list(np.empty(dims)[index].shape) == golden_file["shape"]


CHECKS = {
    "request": check_request,
    "reply": check_reply,
    "error": check_error,
    "event": check_event,
    "refused": check_refused,
    "datatype": check_datatype,
    "values": check_values,
    "frame": check_frame,
    "selection": check_selection,
}


@pytest.mark.parametrize(
    ("name", "content"), golden(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_golden_message(name: str, content: dict[str, Any]) -> None:
    assert content["kind"] in CHECKS, f"{name} is of unknown kind {content['kind']}"
    CHECKS[content["kind"]](content)


def test_every_command_error_and_event_of_this_client_has_its_golden_message() -> None:
    commands = {content["command"] for _, content in golden("request")}
    assert commands == set(_requests.BUILDERS)
    codes = {content["message"]["code"] for _, content in golden("error")} - {"out_of_paper"}
    assert codes == set(exceptions.ERROR_CLASSES)
    names = {content["event"] for _, content in golden("event")}
    assert names == set(events.EVENT_CLASSES)


def test_fields_of_a_later_server_are_passed_over() -> None:
    position = _messages.Position.from_wire({"epoch": 1, "seq": 2, "century": 21})
    assert position == _messages.Position(1, 2)
    with pytest.raises(exceptions.ProtocolError, match="'seq'"):
        _messages.Position.from_wire({"epoch": 1})


def test_event_of_a_later_server_is_shown_as_it_came() -> None:
    message = {"file": "f", "epoch": 1, "seq": 2, "time": 0.5, "event": "printed", "pages": 3}
    event = events.from_wire(message)
    assert isinstance(event, events.UnknownEvent)
    assert event.fields == message
