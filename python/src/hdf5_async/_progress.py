"""How far a long transfer is: told to a function of the caller, or shown as a bar of tqdm where that is installed."""

from __future__ import annotations

import importlib
from typing import Any, Callable, Union

__all__ = ["AnyProgress", "Progress", "progress_of"]

Progress = Callable[[int, int], None]
"""Called with the number of elements or bytes that have arrived or been sent, and of all there are."""

AnyProgress = Union[Progress, bool, None]
"""A function of (done, in all), True for a bar, None for nothing."""


def progress_of(progress: AnyProgress, title: str) -> Progress | None:
    """Return what to tell; nothing where a bar is wanted and tqdm is not installed."""
    if progress is not True:
        return progress or None
    try:
        tqdm = importlib.import_module("tqdm")
    except ImportError:
        return None
    return _Bar(tqdm.tqdm, title)


class _Bar:
    """A bar that appears with the first news and goes with the last."""

    def __init__(self, make: Any, title: str) -> None:
        self._make = make
        self._title = title
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._make(total=total, desc=self._title, unit="", unit_scale=True)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.close()
