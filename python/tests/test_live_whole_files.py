"""Whole files to a real server and from it: streamed, gone on with, broken off, refused."""

from __future__ import annotations

import io
import os
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from between import Between

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from pathlib import Path

    from live_server import LiveServer

VALUES = np.random.default_rng(5).random(400_000)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file of more than 3 MB on this machine."""
    with h5py.File(tmp_path / "given.h5", "w") as file:
        file["values"] = VALUES
    return tmp_path / "given.h5"


def content(octets: bytes) -> Any:
    """The values in a file's bytes."""
    with h5py.File(io.BytesIO(octets), "r") as file:
        return file["values"][()]


async def test_files_are_sent_from_paths_and_objects(server: LiveServer, given: Path) -> None:
    told: list[tuple[int, int]] = []
    async with hdf5_async.connect(server.url()) as client:
        info = await client.upload(given, progress=lambda done, of: told.append((done, of)))
        assert (info.name, info.bytes) == ("given.h5", given.stat().st_size)
        assert told[-1] == (info.bytes, info.bytes)
        assert told == sorted(told)
        assert len(told) > 10
        with given.open("rb") as file:
            await client.upload(file, "second.h5")
        behind = io.BytesIO(b"other" + given.read_bytes())
        behind.seek(5)
        await client.upload(behind, "third one.h5")
        reader, writer = os.pipe()
        feeder = threading.Thread(target=feed, args=(writer, given.read_bytes()))
        feeder.start()
        with os.fdopen(reader, "rb") as pipe:
            await client.upload(pipe, "fourth.h5", progress=lambda *done: told.append(done))
        feeder.join()
        assert told[-1] == (info.bytes, info.bytes)
        for name in ("given.h5", "second.h5", "third one.h5", "fourth.h5"):
            np.testing.assert_array_equal(await client.read("/values", file=name), VALUES)
            assert (server.folder / name).read_bytes() == given.read_bytes()


def feed(writer: int, octets: bytes) -> None:
    """Write into a pipe and close it."""
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(octets)


async def test_files_are_fetched_with_all_that_was_acknowledged(
    server: LiveServer, given: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    async with hdf5_async.connect(server.url("given.h5")) as client:
        await client.upload(given)
        await client.write("/values", np.array([-1.0]), np.s_[:1])
        expected = VALUES.copy()
        expected[0] = -1
        target = tmp_path / "fetched.h5"
        length = await client.download(target, progress=lambda *done: told.append(done))
        assert target.stat().st_size == length
        assert told[-1] == (length, length)
        np.testing.assert_array_equal(content(target.read_bytes()), expected)
        taken = io.BytesIO(b"before")
        taken.seek(6)
        assert await client.download(taken) == length
        assert taken.getvalue() == b"before" + target.read_bytes()
        folder = tmp_path / "folder"
        folder.mkdir()
        await client.download(folder)
        assert (folder / "given.h5").read_bytes() == target.read_bytes()
        assert sorted(path.name for path in folder.iterdir()) == ["given.h5"]
        with pytest.raises(FileExistsError, match="replace=True"):
            await client.download(target)
        await client.write("/values", np.array([-2.0]), np.s_[:1])
        await client.download(str(target), replace=True)
        assert content(target.read_bytes())[0] == -2


async def test_a_download_that_broke_off_goes_on(
    server: LiveServer, given: Path, tmp_path: Path
) -> None:
    target, part = tmp_path / "fetched.h5", tmp_path / "fetched.h5.part"
    async with Between(server) as between, hdf5_async.connect(between.url("given.h5")) as client:
        await client.upload(given)
        await client.write_attribute("/", "title", "one")
        between.cut_down = 1_000_000
        with pytest.raises(exceptions.ConnectionLost, match="did not come"):
            await client.download(target)
        have = part.stat().st_size
        assert 900_000 < have < 1_000_000
        assert not target.exists()
        between.cut_down, between.came_down = None, 0
        told: list[tuple[int, int]] = []
        length = await client.download(target, progress=lambda *done: told.append(done))
        assert length == target.stat().st_size
        assert between.came_down < length - 900_000
        assert told[0][0] > have
        assert told[-1] == (length, length)
        np.testing.assert_array_equal(content(target.read_bytes()), VALUES)
        assert sorted(path.name for path in tmp_path.glob("fetched*")) == ["fetched.h5"]


async def test_a_download_of_what_has_changed_begins_anew(
    server: LiveServer, given: Path, tmp_path: Path
) -> None:
    target = tmp_path / "fetched.h5"
    async with Between(server) as between, hdf5_async.connect(between.url("given.h5")) as client:
        await client.upload(given)
        await client.write_attribute("/", "title", "one")
        between.cut_down = 1_000_000
        with pytest.raises(exceptions.ConnectionLost):
            await client.download(target)
        await client.write("/values", -VALUES, np.s_[:])
        between.cut_down, between.came_down = None, 0
        length = await client.download(target)
        assert between.came_down > length
        np.testing.assert_array_equal(content(target.read_bytes()), -VALUES)
        target.unlink()
        between.cut_down = 1_000_000
        with pytest.raises(exceptions.ConnectionLost):
            await client.download(target, resume=False)
        assert list(tmp_path.glob("fetched*")) == []


async def test_an_upload_that_broke_off_leaves_nothing(server: LiveServer, given: Path) -> None:
    async with Between(server) as between, hdf5_async.connect(between.url()) as client:
        between.cut_up = 1_000_000
        with pytest.raises(exceptions.ConnectionLost) as lost:
            await client.upload(given)
        assert lost.value.outcome == "not_applied"
        between.cut_up = None

        class Failing(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if self.tell() > 500_000:
                    raise OSError("the tape is torn")
                return super().read(size)

        with pytest.raises(OSError, match="torn"):
            await client.upload(Failing(given.read_bytes()), "failing.h5")

        class Short(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                return b"" if self.tell() > 500_000 else super().read(size)

        with pytest.raises(OSError, match="ended after"):
            await client.upload(Short(given.read_bytes()), "short.h5")
        assert [info.name for info in await client.files()] == ["lab.h5"]
        await client.upload(given)


@pytest.mark.parametrize("resume", [True, False])
async def test_a_download_that_did_not_begin_leaves_what_was_there(
    server: LiveServer, tmp_path: Path, resume: bool
) -> None:
    target, part = tmp_path / "fetched.h5", tmp_path / "fetched.h5.part"
    part.write_bytes(b"somebody's own")
    async with hdf5_async.connect(server.url()) as client:
        with pytest.raises(exceptions.ServedFileNotFoundError):
            await client.download(target, "nope.h5", resume=resume)
        server.stop()
        with pytest.raises(exceptions.ConnectionLost):
            await client.download(target, "lab.h5", resume=resume)
    assert part.read_bytes() == b"somebody's own"
    assert sorted(path.name for path in tmp_path.glob("fetched*")) == ["fetched.h5.part"]


async def test_what_the_server_refuses_is_typed(server: LiveServer, given: Path) -> None:
    async with hdf5_async.connect(server.url()) as client:
        with pytest.raises(exceptions.AlreadyExistsError):
            await client.upload(given, "lab.h5")
        with pytest.raises(exceptions.ReadOnlyError, match="allow-delete-files"):
            await client.upload(given, "lab.h5", replace=True)
        with pytest.raises(exceptions.InvalidRequestError):
            await client.upload(given, "../outside.h5")
        with pytest.raises(exceptions.FileUnreadableError):
            await client.upload(io.BytesIO(b"no HDF5" * 1000), "text.h5")
        with pytest.raises(exceptions.InvalidRequestError, match="no name"):
            await client.upload(io.BytesIO(given.read_bytes()))
        with pytest.raises(exceptions.ServedFileNotFoundError):
            await client.upload(given, "nowhere/given.h5")
        with pytest.raises(FileNotFoundError):
            await client.upload(given.with_name("nope.h5"))
        taken = io.BytesIO()
        with pytest.raises(exceptions.ServedFileNotFoundError):
            await client.download(taken, "nope.h5")
        assert taken.getvalue() == b""
        target = given.with_name("fetched.h5")
        with pytest.raises(FileNotFoundError):
            await client.download(target, "nope.h5")
        assert list(given.parent.glob("fetched*")) == []
        assert [info.name for info in await client.files()] == ["lab.h5"]
        client._connection._address = hdf5_async._address.Address(
            client._connection.address.endpoint, "a-wrong-token"
        )
        with pytest.raises(exceptions.UnauthorizedError):
            await client.download(taken, "lab.h5")
        with pytest.raises(exceptions.UnauthorizedError):
            await client.upload(given, "other.h5")


@pytest.mark.options("--max-upload-bytes", "1000000", "--max-downloads", "1")
async def test_files_that_are_too_large(server: LiveServer, given: Path) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        with pytest.raises(exceptions.TooLargeError, match="max_upload_bytes"):
            await client.upload(given)
        reader, writer = os.pipe()
        feeder = threading.Thread(target=feed_until_closed, args=(writer, given.read_bytes()))
        feeder.start()
        with os.fdopen(reader, "rb") as pipe, pytest.raises(exceptions.TooLargeError):
            await client.upload(pipe, "piped.h5")
        feeder.join()
        assert [info.name for info in await client.files()] == ["lab.h5"]


def feed_until_closed(writer: int, octets: bytes) -> None:
    """Write into a pipe that nobody may read to its end."""
    try:
        feed(writer, octets)
    except BrokenPipeError:
        return


@pytest.mark.options("--allow-delete-files")
async def test_a_file_is_replaced_while_it_is_used(server: LiveServer, given: Path) -> None:
    async with hdf5_async.connect(server.url("lab.h5")) as client:
        await client.write("/old", [1])
        info = await client.upload(given, "lab.h5", replace=True)
        assert info.bytes == given.stat().st_size
        assert [child.name for child in await client.list("/")] == ["values"]


@pytest.mark.options("--read-only")
async def test_a_server_for_reading_takes_no_files(server: LiveServer, given: Path) -> None:
    async with hdf5_async.connect(server.url()) as client:
        with pytest.raises(exceptions.ReadOnlyError):
            await client.upload(given)
        assert await client.download(io.BytesIO(), "lab.h5") > 0


async def test_files_go_over_tls(
    server: LiveServer, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key)]
    subprocess.run(
        [*make.split(), *names, "-out", str(certificate)], check=True, capture_output=True
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    async with Between(server, tls) as between:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with hdf5_async.connect(between.url("given.h5")) as client:
            await client.upload(given)
            taken = io.BytesIO()
            await client.download(taken)
            assert taken.getvalue() == given.read_bytes()
            monkeypatch.delenv("SSL_CERT_FILE")
            with pytest.raises(exceptions.ConnectionLost, match="certificate"):
                await client.download(taken)


def test_scripts_that_do_not_await(
    server: LiveServer, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = hdf5_async.upload(given, server.url())
    assert info.name == "given.h5"
    hdf5_async.upload(given, server.url("named.h5"))
    with hdf5_async.File(server.url("named.h5"), "r+") as file:
        file["values"][0] = 7
        hdf5_async.download(server.url("named.h5"), tmp_path / "fetched.h5")
        with h5py.File(tmp_path / "fetched.h5") as fetched:
            assert fetched["values"][0] == 7
    monkeypatch.setenv("HDF5_ASYNC_URL", server.url())
    with pytest.raises(FileExistsError):
        hdf5_async.download("given.h5", tmp_path)
    taken = io.BytesIO()
    told: list[tuple[int, int]] = []
    hdf5_async.download("given.h5", taken, progress=lambda *done: told.append(done))
    assert taken.getvalue() == given.read_bytes()
    assert told[-1][0] == len(taken.getvalue())
    with pytest.raises(exceptions.AlreadyExistsError):
        hdf5_async.upload(given, "named.h5")
