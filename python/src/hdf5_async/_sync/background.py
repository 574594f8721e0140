"""The thread with the event loop on which the async client runs for everybody who does not await."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["run", "start_task"]

Result = TypeVar("Result")

# Reentrant: what is collected as garbage while it is held may need the loop, too.
_lock = threading.RLock()
_loop: asyncio.AbstractEventLoop | None = None
_process = 0
"""The process that `_loop` runs in; a forked child has the object, but not its thread."""


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop, _process
    with _lock:
        if _loop is None or _process != os.getpid():
            _loop = asyncio.new_event_loop()
            _process = os.getpid()
            threading.Thread(
                target=_loop.run_forever, name="hdf5-async event loop", daemon=True
            ).start()
        return _loop


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on the background loop and wait for it; an interrupt cancels it."""
    future = asyncio.run_coroutine_threadsafe(coroutine, _running_loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def start_task(coroutine: Coroutine[Any, Any, None]) -> Callable[[], None]:
    """Run a coroutine on the background loop without waiting for it; return what cancels it."""
    future = asyncio.run_coroutine_threadsafe(coroutine, _running_loop())

    def stop() -> None:
        future.cancel()

    return stop
