"""The Python side of the live tests: writes what it is told to on standard input, and says what it hears."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import hdf5_async


def say(**fields: object) -> None:
    """Print one JSON object as a line."""
    print(json.dumps(fields), flush=True)


async def main(url: str, file: str) -> None:
    """Serve requests from standard input until it ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    async with hdf5_async.connect(url, name="script.py") as client:
        heard: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

        async def listen(changes: hdf5_async.Subscription) -> None:
            async for event in changes:
                if event.by != "script.py":
                    heard.put_nowait((event.path, time.time() * 1000))

        async with client.subscribe("/", file=file) as changes:
            listening = asyncio.create_task(listen(changes))
            say(ready=True)
            while line := await lines.readline():
                request = json.loads(line)
                if "write" in request:
                    path, selection, value = request["write"]
                    began = time.time() * 1000
                    await client.write(path, value, selection, file=file)
                    say(time=began)
                else:
                    path, at = await heard.get()
                    say(path=path, time=at)
            listening.cancel()


asyncio.run(main(*sys.argv[1:]))
