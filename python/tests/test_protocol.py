"""The protocol without a socket: what it sends, and what it makes of what arrives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hdf5_async import events
from hdf5_async._protocol import Answered, Failed, Happened, Protocol, decode_frame, encode_frame
from hdf5_async.exceptions import NotFoundError, ProtocolError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT = {"event": "deleted", "file": "f", "epoch": 1, "seq": 2, "time": 0.0, "path": "/a"}


class Collected:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def accept(self, header: Mapping[str, Any], values: memoryview) -> None:
        """Keep the values, or fail where the header says so."""
        if header.get("poison"):
            raise RuntimeError("no room")
        self.values.append(bytes(values))

    def result(self) -> bytes:
        """Return all of them."""
        return b"".join(self.values)


def success(request: int, **fields: Any) -> str:
    return json.dumps({"status": "success", "id": request, **fields})


def test_requests_have_ids_of_their_own() -> None:
    protocol = Protocol()
    first, text = protocol.request("ping", {})
    second, other = protocol.request("list", {"path": "/ä"}, file="f.h5")
    assert first != second
    assert text == f'{{"id":{first},"command":"ping"}}'
    assert other == f'{{"id":{second},"file":"f.h5","command":"list","path":"/ä"}}'
    assert list(protocol.waiting) == [first, second]


def test_answers_may_overtake_each_other() -> None:
    protocol = Protocol()
    first, _ = protocol.request("ping", {})
    second, _ = protocol.request("ping", {})
    for request in (second, first):
        received = protocol.receive(success(request, time=1.5))
        assert isinstance(received, Answered)
        assert received.request == request
        assert received.body["time"] == 1.5
    assert not list(protocol.waiting)


def test_errors_go_to_their_request() -> None:
    protocol = Protocol()
    request, _ = protocol.request("read", {"path": "/a"})
    received = protocol.receive(
        json.dumps({"status": "error", "id": request, "code": "not_found", "message": "no /a"})
    )
    assert isinstance(received, Failed)
    assert received.request == request
    assert isinstance(received.error, NotFoundError)
    assert isinstance(received.error, KeyError)
    assert str(received.error) == "no /a"
    assert not list(protocol.waiting)


def test_a_complaint_without_id_is_nobodys_answer() -> None:
    protocol = Protocol()
    request, _ = protocol.request("ping", {})
    received = protocol.receive('{"status":"error","code":"message_too_large","message":"!"}')
    assert isinstance(received, Failed)
    assert received.request is None
    assert list(protocol.waiting) == [request]


def test_events_come_through_between_answers() -> None:
    received = Protocol().receive(json.dumps(EVENT))
    assert isinstance(received, Happened)
    assert received.event == events.Deleted("f", 1, 2, 0.0, None, None, None, "/a")


def test_long_answers_are_whole_with_their_last_frame() -> None:
    protocol = Protocol()
    sink = Collected()
    request, _ = protocol.request("read", {"path": "/a"}, sink=sink)
    assert protocol.receive(encode_frame(success(request, last=False), b"one")) is None
    assert protocol.receive(json.dumps(EVENT)) is not None
    assert list(protocol.waiting) == [request]
    received = protocol.receive(encode_frame(success(request, last=True), b"two"))
    assert isinstance(received, Answered)
    assert received.result == b"onetwo"
    assert not list(protocol.waiting)


def test_an_error_ends_a_long_answer() -> None:
    protocol = Protocol()
    request, _ = protocol.request("read", {"path": "/a"}, sink=Collected())
    protocol.receive(encode_frame(success(request, last=False), b"one"))
    error = json.dumps({"status": "error", "id": request, "code": "hdf5", "message": "broken"})
    received = protocol.receive(encode_frame(error, b""))
    assert isinstance(received, Failed)
    assert received.error.message == "broken"
    assert not list(protocol.waiting)


def test_a_sink_that_fails_ends_its_request_only() -> None:
    protocol = Protocol()
    request, _ = protocol.request("read", {"path": "/a"}, sink=Collected())
    other, _ = protocol.request("ping", {})
    received = protocol.receive(encode_frame(success(request, last=False, poison=True), b"one"))
    assert isinstance(received, Failed)
    assert received.request == request
    assert "no room" in str(received.error)
    assert protocol.receive(encode_frame(success(request, last=True), b"two")) is None
    assert list(protocol.waiting) == [other]


def test_what_comes_for_an_abandoned_request_is_dropped() -> None:
    protocol = Protocol()
    sink = Collected()
    request, _ = protocol.request("read", {"path": "/a"}, sink=sink)
    protocol.receive(encode_frame(success(request, last=False), b"one"))
    assert protocol.abandon(request)
    assert not protocol.abandon(request)
    assert protocol.receive(encode_frame(success(request, last=False), b"two")) is None
    cancelled = {"status": "error", "id": request, "code": "cancelled", "message": ""}
    assert protocol.receive(json.dumps(cancelled)) is None
    assert sink.values == [b"one"]
    # The server says `cancelled` once; a second answer would be a fault of its own.
    with pytest.raises(ProtocolError, match="was not asked"):
        protocol.receive(success(request))


def test_a_message_above_the_limit_is_not_sent() -> None:
    protocol = Protocol()
    protocol.max_message_bytes = 100
    with pytest.raises(TooLargeError, match="the server takes 100") as raised:
        protocol.request("write", {"path": "/a", "data": "é" * 50})
    assert raised.value.outcome == "not_applied"
    with pytest.raises(TooLargeError):
        protocol.request("write", {"path": "/a"}, payload=bytes(90))
    protocol.request("write", {"path": "/a"}, payload=bytes(40))
    assert len(tuple(protocol.waiting)) == 1


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[]",
        "{",
        success(99),
        b"",
        b"\x01",
        b"\xff\xff\xff\xff{}",
        b"\x02\0\0\0\xff\xfe\0\0",
    ],
)
def test_nonsense_is_a_protocol_error(message: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        Protocol().receive(message)


@pytest.mark.parametrize("header", ["{}", '{"a":1}', '{"aé":123}', "0123456789ab"])
def test_values_start_on_a_multiple_of_eight(header: str) -> None:
    frame = encode_frame(header, b"\x01\x02\x03")
    assert (len(frame) - 3) % 8 == 0
    text, values = decode_frame(frame)
    assert (text, bytes(values)) == (header, b"\x01\x02\x03")
