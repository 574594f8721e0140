"""What all tests share: coroutines as tests, and a server of their own for those that ask."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

import h5py
import pytest
from live_server import LiveServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEST_ENDS_WITHIN_SECONDS = 120


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine function in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), TEST_ENDS_WITHIN_SECONDS))
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to serve, with one empty file ``lab.h5``."""
    folder = tmp_path / "served"
    folder.mkdir()
    h5py.File(folder / "lab.h5", "w").close()
    return folder


@pytest.fixture
def server(folder: Path, request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """A server of ``folder``; a test adds options with ``pytest.mark.options``."""
    marker = request.node.get_closest_marker("options")
    server = LiveServer(folder, *(marker.args if marker else ()))
    server.start()
    yield server
    server.stop()
