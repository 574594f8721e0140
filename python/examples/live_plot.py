"""Draw a dataset while others append to it: a window with matplotlib, a line of text without.

Run: python live_plot.py ADDRESS PATH [STOP_AFTER_ROWS]
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import sys
from typing import Any, Callable

import numpy as np

import hdf5_async

BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 60


def text_plot() -> Callable[[np.ndarray[Any, Any]], None]:
    """Return what draws the newest values as bars on one line."""

    def draw(values: np.ndarray[Any, Any]) -> None:
        newest = values[-WIDTH:]
        spread = float(np.ptp(newest)) or 1.0
        heights = ((newest - newest.min()) / spread * (len(BARS) - 1)).astype(int)
        print("".join(BARS[height] for height in heights), f"{len(values)} rows", flush=True)

    return draw


def window_plot() -> Callable[[np.ndarray[Any, Any]], None]:
    """Return what draws all values as a curve in a window.

    Raises:
        ImportError: without matplotlib.

    """
    plot = importlib.import_module("matplotlib.pyplot")
    figure, axes = plot.subplots()
    (curve,) = axes.plot([])
    plot.show(block=False)

    def draw(values: np.ndarray[Any, Any]) -> None:
        curve.set_data(np.arange(len(values)), values)
        axes.relim()
        axes.autoscale_view()
        figure.canvas.draw_idle()
        figure.canvas.flush_events()

    return draw


async def main(address: str, path: str, stop_after: int) -> None:
    """Follow the dataset from its first row and draw its first column."""
    draw = text_plot()
    if "DISPLAY" in os.environ:
        with contextlib.suppress(ImportError):
            draw = window_plot()
    values = np.empty(0)
    async with hdf5_async.connect(address, name="live_plot") as client:
        async for rows in client.follow(path, from_start=True):
            column = np.asarray(rows, float).reshape(len(rows), -1)[:, 0]
            values = np.concatenate([values, column])
            if len(column):
                draw(values)
            if len(values) >= stop_after:
                return


if __name__ == "__main__":
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else sys.maxsize
    asyncio.run(main(sys.argv[1], sys.argv[2], rows))
