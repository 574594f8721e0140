"""A live writer: append one row of measurements at a time to a dataset that grows.

Run: python append_rows.py ADDRESS [ROWS] [SECONDS_BETWEEN_ROWS]
"""

from __future__ import annotations

import asyncio
import math
import sys

import numpy as np

import hdf5_async

PATH = "/example/measurements"
COLUMNS = ["time", "temperature", "pressure"]


async def main(address: str, rows: int = 100, pause: float = 0.1) -> None:
    """Make the dataset where it is missing, then append."""
    async with hdf5_async.connect(address, name="append_rows") as client:
        if not await client.exists(PATH):
            await client.create_dataset(
                PATH,
                "<f8",
                shape=(0, len(COLUMNS)),
                max_shape=(None, len(COLUMNS)),
                chunks=(1024, len(COLUMNS)),
            )
            await client.write_attribute(PATH, "columns", COLUMNS)
        for number in range(rows):
            row = np.array([number * pause, 20 + math.sin(number / 10), 1013.25])
            written = await client.append(PATH, row)
            print("rows:", written.shape[0] if written.shape else 0, flush=True)
            await asyncio.sleep(pause)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:3]), *map(float, sys.argv[3:4])))
