"""The first steps: write an image stack and an attribute, read a part back, look around.

Run: python write_and_read.py ADDRESS [FILE]
"""

from __future__ import annotations

import asyncio
import sys

import numpy as np

import hdf5_async


async def main(address: str, file: str | None = None) -> None:
    """Write, read and list."""
    async with hdf5_async.connect(address, name="write_and_read") as client:
        frames = np.arange(10 * 64 * 64, dtype="<u2").reshape(10, 64, 64)
        await client.write("/example/frames", frames, file=file)
        await client.write_attribute("/example/frames", "units", "counts", file=file)

        corner = await client.read("/example/frames", np.s_[3, :2, :4], file=file)
        print(corner)

        for child in await client.list("/example", file=file):
            print(child.name, child.kind, child.shape)
        print(await client.read_attribute("/example/frames", "units", file=file))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
