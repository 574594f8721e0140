"""Many clients write into one dataset at the same time, each its own rows; nothing is lost.

Run: python many_writers.py ADDRESS [WRITERS] [ROWS_EACH]
"""

from __future__ import annotations

import asyncio
import sys

import numpy as np

import hdf5_async

PATH = "/example/shared"
COLUMNS = 16


async def write_rows(address: str, writer: int, rows: int) -> None:
    """Fill the rows of one writer over a connection of its own, all requests at once."""
    async with hdf5_async.connect(address, name=f"writer {writer}") as client:
        first = writer * rows
        await asyncio.gather(
            *(
                client.write(PATH, np.full(COLUMNS, row, "<i4"), np.s_[row])
                for row in range(first, first + rows)
            )
        )


async def main(address: str, writers: int = 8, rows: int = 50) -> None:
    """Make the dataset, let all write, look whether every row is right."""
    async with hdf5_async.connect(address) as client:
        await client.write(PATH, np.full((writers * rows, COLUMNS), -1, "<i4"))
        await asyncio.gather(*(write_rows(address, writer, rows) for writer in range(writers)))
        values = await client.read(PATH)
    right = np.all(values == np.arange(writers * rows)[:, np.newaxis], axis=1)
    print(f"{np.count_nonzero(right)} of {len(right)} rows are right")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:4])))
