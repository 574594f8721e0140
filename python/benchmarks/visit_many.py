"""How long it takes to visit 10,000 small datasets with shapes and attributes: h5py on this disk, and over the wire.

    python benchmarks/visit_many.py [N_GROUPS [N_DATASETS_A_GROUP]]

Prints the best of several runs each, and their ratio; the goal is at most 3.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import h5py

import hdf5_async

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from live_server import LiveServer

RUNS = 3
GOAL = 3.0


def make(path: Path, n_groups: int, n_datasets: int) -> None:
    """Make the file that is visited."""
    with h5py.File(path, "w") as file:
        for outer in range(n_groups):
            group = file.create_group(f"entry_{outer:03}")
            for inner in range(n_datasets):
                dataset = group.create_dataset(f"data_{inner:03}", data=[1.0, 2.0, float(inner)])
                dataset.attrs["units"] = "mm"
                dataset.attrs["offset"] = inner


def visit(file: Any) -> int:
    """Visit everything; return how many objects were seen."""
    seen = []

    def look(name: str, found: Any) -> None:
        seen.append((name, getattr(found, "shape", None), dict(found.attrs)))

    file.visititems(look)
    return len(seen)


def best(open_file: Callable[[], Any]) -> tuple[float, int]:
    """Return the seconds of the fastest of several visits, each with the file opened anew."""
    seconds, count = [], 0
    for _ in range(RUNS):
        with open_file() as file:
            start = time.perf_counter()
            count = visit(file)
            seconds.append(time.perf_counter() - start)
    return min(seconds), count


def main(n_groups: int = 100, n_datasets: int = 100) -> float:
    """Compare, print and return the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.h5"
        make(path, n_groups, n_datasets)
        local, count = best(lambda: h5py.File(path, "r"))
        server = LiveServer(Path(folder))
        server.start()
        try:
            remote, same = best(lambda: hdf5_async.File(server.url("many.h5"), "r"))
        finally:
            server.stop()
    assert count == same == n_groups * (n_datasets + 1), (count, same)
    ratio = remote / local
    print(f"{count} objects: h5py {local:.2f} s, over the wire {remote:.2f} s", end=", ")
    print(f"ratio {ratio:.2f} (goal {GOAL:g})")
    return ratio


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
