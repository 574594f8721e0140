"""How fast 1 GiB of float32 comes into numpy, what memory that takes, and how that compares with the Rust client.

    python benchmarks/read_large.py [MIB]

The Rust client is the program's own `read`, which writes .npy to a pipe that is emptied here. The goals are at least
0.7 of its speed, and at most 1.1 times the array in memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from live_server import TOKEN, LiveServer, binary

MIB = 1024 * 1024
RUNS = 3
SPEED_GOAL, MEMORY_GOAL = 0.7, 1.1

CLIENT = """
import asyncio, resource, sys, time
import numpy as np
import hdf5_async

async def main():
    async with hdf5_async.connect(sys.argv[1]) as client:
        shape = (await client.describe("/x")).dataset.shape
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        values = await client.read("/x")
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert values.shape == tuple(shape) and values[-1, -1] == np.float32(values.size - 1)
        print(seconds, (after - before) * 1024 / values.nbytes)

asyncio.run(main())
"""


def by_python(url: str) -> tuple[float, float]:
    """Return the seconds of the fastest read, and the memory that it took as a multiple of the array."""
    runs = []
    for _ in range(RUNS):
        printed = subprocess.run(
            [sys.executable, "-c", CLIENT, url], check=True, capture_output=True, text=True
        ).stdout
        seconds, memory = map(float, printed.split())
        runs.append((seconds, memory))
    return min(runs)


def by_rust(url: str) -> float:
    """Return the seconds of the fastest read of the command line."""
    command = [str(binary()), "read", f"{url.partition('#')[0]}:/x", "--format", "npy"]
    environment = {**os.environ, "HDF5_ASYNC_TOKEN": TOKEN}
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            while process.stdout.read(MIB):
                pass
        assert process.returncode == 0, command
        times.append(time.perf_counter() - start)
    return min(times)


def main(mib: int = 1024) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(Path(folder) / "large.h5", "w") as file:
            rows = file.create_dataset("x", (mib, MIB // 4), "f4")
            for row in range(mib):
                rows[row] = np.arange(row * MIB // 4, (row + 1) * MIB // 4)
            # float32 cannot count so far: the last says whether everything has come.
            rows[-1, -1] = rows.size - 1
        server = LiveServer(Path(folder))
        server.start()
        try:
            url = server.url("large.h5")
            seconds, memory = by_python(url)
            rust = by_rust(url)
        finally:
            server.stop()
    print(
        f"{mib} MiB: Python {mib / seconds:.0f} MiB/s, Rust {mib / rust:.0f} MiB/s, "
        f"ratio {rust / seconds:.2f} (goal {SPEED_GOAL}), "
        f"memory {memory:.2f} of the array (goal {MEMORY_GOAL})"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
