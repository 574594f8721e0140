"""Reads a dataset whole through the Python client, and prints its number of elements and their sum."""

import asyncio
import sys

import hdf5_async


async def main(url: str, file: str, path: str) -> None:
    async with hdf5_async.connect(url) as client:
        values = await client.read(path, file=file)
    print(values.size, int(values.sum()))


asyncio.run(main(*sys.argv[1:]))
