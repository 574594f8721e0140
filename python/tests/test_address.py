"""The forms of address that people paste."""

from __future__ import annotations

import pytest

from hdf5_async._address import Address
from hdf5_async.exceptions import InvalidRequestError


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HDF5_ASYNC_TOKEN", raising=False)


@pytest.mark.parametrize(
    ("url", "endpoint", "token", "file"),
    [
        ("ws://localhost:8080", "ws://localhost:8080/ws", None, None),
        ("ws://localhost:8080/", "ws://localhost:8080/ws", None, None),
        ("ws://localhost:8080/ws", "ws://localhost:8080/ws", None, None),
        ("http://127.0.0.1:9/#token=a%2Bb", "ws://127.0.0.1:9/ws", "a+b", None),
        ("https://lab.example/#token=x", "wss://lab.example/ws", "x", None),
        ("ws://h:1/scans/run%201.h5", "ws://h:1/ws", None, "scans/run 1.h5"),
        ("ws://h:1/run.h5#token=x", "ws://h:1/ws", "x", "run.h5"),
        ("h:1/run.h5", "ws://h:1/ws", None, "run.h5"),
        ("ws://[::1]:7", "ws://[::1]:7/ws", None, None),
    ],
)
def test_forms(url: str, endpoint: str, token: str | None, file: str | None) -> None:
    assert Address.parse(url) == Address(endpoint, token, file)


def test_the_nearest_token_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDF5_ASYNC_TOKEN", "environment")
    assert Address.parse("ws://h:1").token == "environment"
    assert Address.parse("ws://h:1#token=address").token == "address"
    assert Address.parse("ws://h:1#token=address", "argument").token == "argument"


def test_tokens_are_not_shown() -> None:
    assert "secret" not in repr(Address.parse("ws://h:1#token=secret"))


@pytest.mark.parametrize("url", ["ftp://h:1/#token=secret", "ws://", "ws:///run.h5"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        Address.parse(url)
    assert "secret" not in str(raised.value)
