"""Events, cancelling and lost connections with the real server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

import hdf5_async
from hdf5_async import events, exceptions

if TYPE_CHECKING:
    from pathlib import Path

    from live_server import LiveServer


async def test_a_cancelled_read_stops_and_the_connection_goes_on(
    server: LiveServer, folder: Path
) -> None:
    with h5py.File(folder / "big.h5", "w") as file:
        file.create_dataset("data", shape=(512, 1024, 128), dtype="f8")
    async with hdf5_async.connect(server.url("big.h5")) as client:
        seen: list[int] = []
        started = asyncio.Event()

        def progress(done: int, _total: int) -> None:
            seen.append(done)
            started.set()

        reading = asyncio.create_task(client.read("/data", progress=progress))
        await started.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        arrived = len(seen)
        assert (await client.read("/data", np.s_[0, 0, :3])).tolist() == [0, 0, 0]
        assert len(seen) == arrived
        assert seen[-1] < 512 * 1024 * 128


async def test_a_subscription_goes_on_in_the_file_that_a_link_leads_to(
    server: LiveServer, folder: Path
) -> None:
    with h5py.File(folder / "one.h5", "w") as one, h5py.File(folder / "two.h5", "w") as two:
        one["link"] = h5py.ExternalLink("two.h5", "/g")
        two["g/x"] = [1, 2]
    async with (
        hdf5_async.connect(server.url("one.h5")) as client,
        client.subscribe("/link", snapshot=True) as changes,
    ):
        assert changes.object is not None
        assert changes.object.path == "/g"
        await client.write("/link/x", [3, 4])
        event = await changes.__anext__()
        assert isinstance(event, events.Written)
        assert (event.file, event.path) == ("two.h5", "/g/x")


async def test_events_tell_what_others_do_in_order(server: LiveServer) -> None:
    async with (
        hdf5_async.connect(server.url(), name="watcher") as watcher,
        hdf5_async.connect(server.url(), name="writer") as writer,
    ):
        async with watcher.subscribe("/", data=True) as changes:
            await writer.create_group("/entry")
            await writer.create_dataset("/entry/log", "<i4", (0,), max_shape=(None,))
            await writer.append("/entry/log", np.array([1, 2], "<i4"))
            await writer.write("/entry/log", [5], np.s_[1:2])
            await writer.write_attribute("/entry", "title", "x")
            await writer.delete_attribute("/entry", "title")
            await writer.delete("/entry/log")
            got: list[events.Event] = []
            async for event in changes:
                got.append(event)
                if isinstance(event, events.Deleted):
                    break
        assert [event.seq for event in got] == list(range(got[0].seq, got[0].seq + len(got)))
        assert {(event.file, event.by) for event in got} == {("lab.h5", "writer")}
        assert {event.session for event in got} == {writer.server.session}
        told = [(type(event).__name__, *event.paths) for event in got]
        assert told[:2] == [("Created", "/entry"), ("Created", "/entry/log")]
        written = [event for event in got if isinstance(event, events.Written)]
        assert written[0].shape == [2]
        assert written[0].old_shape == [0]
        assert written[0].values.tolist() == [1, 2]
        assert written[-1].values.tolist() == [5]
        assert np.arange(2)[written[-1].index].tolist() == [1]
        assert told[-3:] == [
            ("AttributeWritten", "/entry"),
            ("AttributeDeleted", "/entry"),
            ("Deleted", "/entry/log"),
        ]


async def test_a_subscription_hears_only_of_its_path_and_ends(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url()) as client:
        await client.write("/a/x", [1, 2, 3])
        async with client.subscribe("/a", snapshot=True) as changes:
            assert changes.object is not None
            assert changes.object.n_children == 1
            assert changes.children is not None
            assert [child.name for child in changes.children] == ["x"]
            await client.write("/b", [1])
            await client.write("/a/x", [9], np.s_[0:1])
            event = await changes.__anext__()
            assert isinstance(event, events.Written)
            assert event.path == "/a/x"
            since = changes.position
        with pytest.raises(StopAsyncIteration):
            await changes.__anext__()
        await client.write("/a/x", [8], np.s_[1:2])
        await client.write("/a/x", [7], np.s_[2:3])
        async with client.subscribe("/a/x", since=since) as again:
            regions = [(await again.__anext__()), (await again.__anext__())]
        assert [event.region for event in regions if isinstance(event, events.Written)] == [
            "1:2",
            "2:3",
        ]


async def test_what_is_under_way_when_the_server_dies_is_told_so(
    server: LiveServer, folder: Path
) -> None:
    with h5py.File(folder / "big.h5", "w") as file:
        file.create_dataset("data", shape=(512, 1024, 128), dtype="f8")
    client = await hdf5_async.connect(server.url("big.h5"), reconnect=False)
    with pytest.raises(exceptions.ConnectionLost) as raised:
        await client.read("/data", progress=lambda _done, _total: server.kill())
    assert isinstance(raised.value, ConnectionError)
    assert raised.value.outcome == "unknown"
    with pytest.raises(exceptions.ConnectionLost):
        await client.ping()
    await client.close()


async def test_a_client_survives_the_restart_of_the_server(server: LiveServer) -> None:
    async with hdf5_async.connect(server.url(), timeout=30) as client:
        await client.write("/a", [1, 2, 3])
        async with client.subscribe("/", data=True) as changes:
            await client.write("/a", [4], np.s_[0:1])
            assert isinstance(await changes.__anext__(), events.Written)
            port = server.port
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start, port)
            # The request waits for the new session.
            assert (await client.read("/a")).tolist() == [4, 2, 3]
            await client.write("/a", [5], np.s_[0:1])
            got = [await changes.__anext__()]
            while not isinstance(got[-1], events.Written):
                got.append(await changes.__anext__())
            assert isinstance(got[0], events.Resync)
            assert got[-1].values.tolist() == [5]


async def test_a_client_gives_up_where_its_token_is_not_valid_any_more(server: LiveServer) -> None:
    async with (
        hdf5_async.connect(server.url(), timeout=30) as client,
        client.subscribe() as changes,
    ):
        port = server.port
        await asyncio.to_thread(server.stop)
        server.options = ("--token", "another-token-of-the-tests")
        await asyncio.to_thread(server.start, port)
        with pytest.raises(exceptions.UnauthorizedError):
            async for _ in changes:
                pass
        with pytest.raises(exceptions.UnauthorizedError):
            await client.ping()


async def test_the_list_of_files_is_watched_over_lost_connections(
    server: LiveServer, folder: Path
) -> None:
    def make(name: str) -> None:
        h5py.File(folder / name, "w").close()

    async with hdf5_async.connect(server.url()) as client:
        before = {info.name for info in await client.files()}
        lists = client.watch_files()

        async def names() -> set[str]:
            found = await asyncio.wait_for(lists.__anext__(), 30)
            return {info.name for info in found} - before

        assert await names() == set()
        make("new.h5")
        assert await names() == {"new.h5"}
        port = server.port
        server.kill()
        make("newer.h5")
        server.start(port)
        assert await names() == {"new.h5", "newer.h5"}
        make("newest.h5")
        assert await names() == {"new.h5", "newer.h5", "newest.h5"}
