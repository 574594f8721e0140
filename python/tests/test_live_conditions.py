"""Changes bound to nothing having changed, through the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from live_server import LiveServer


async def test_the_slower_of_two_writers_is_told(server: LiveServer) -> None:
    async with (
        hdf5_async.connect(server.url("lab.h5")) as ann,
        hdf5_async.connect(server.url("lab.h5")) as ben,
    ):
        await ann.write("/count", 1)
        await ann.write("/other", 1)
        position = await ann.position()
        count = await ann.read("/count")
        await ben.write("/other", 2)
        await ann.if_unchanged(position).write("/count", count + 1)
        with pytest.raises(exceptions.ConflictError) as caught:
            await ben.if_unchanged(position).write("/count", count + 5)
        assert (caught.value.outcome, caught.value.path) == ("not_applied", "/count")
        assert await ben.read("/count") == 2
        batch = ben.if_unchanged(position).batch()
        batch.add("write", "/new", 1).add("delete", "/other")
        with pytest.raises(exceptions.ConflictError):
            await batch.commit()
        assert not await ben.exists("/new")
        now = await ben.position()
        await ben.if_unchanged(now).delete("/count")
