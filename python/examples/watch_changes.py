"""Print every change of a file as it happens, with small values, until interrupted.

Run: python watch_changes.py ADDRESS [PATH] [COUNT]
"""

from __future__ import annotations

import asyncio
import sys

import hdf5_async
from hdf5_async import events


async def main(address: str, path: str = "/", count: str = "inf") -> None:
    """Watch ``path``; end after ``count`` changes."""
    left = float(count)
    async with (
        hdf5_async.connect(address, name="watch_changes") as client,
        client.subscribe(path, data=True) as changes,
    ):
        print("watching", path, flush=True)
        async for event in changes:
            print(event.seq, type(event).__name__, *event.paths, event.by or "", flush=True)
            if isinstance(event, events.Written) and event.values is not None:
                print(f"  [{event.region}] = {event.values}", flush=True)
            if isinstance(event, (events.Resync, events.Lagged)):
                print("  some changes were missed: read again what you keep", flush=True)
            left -= 1
            if left <= 0:
                return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
