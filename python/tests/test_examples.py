"""Every example runs as its docstring says, and every code block of the README does."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from live_server import TOKEN

import hdf5_async

if TYPE_CHECKING:
    from live_server import LiveServer

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLES = PROJECT / "examples"
README_BLOCKS = re.findall(
    r"^```python\n(.*?)^```", (PROJECT / "README.md").read_text(), re.M | re.S
)


async def start(name: str, *arguments: object) -> asyncio.subprocess.Process:
    """Start an example as a person does."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        str(EXAMPLES / name),
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finish(process: asyncio.subprocess.Process) -> str:
    """Wait for an example; return what it printed."""
    printed, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    assert complaints == b""
    return printed.decode()


async def test_write_and_read(server: LiveServer) -> None:
    printed = await finish(await start("write_and_read.py", server.address))
    assert "12288 12289 12290 12291" in printed
    assert "frames dataset [10, 64, 64]" in printed
    assert printed.endswith("counts\n")


async def test_append_rows_while_watch_changes_prints_them(server: LiveServer) -> None:
    watching = await start("watch_changes.py", server.address, "/example/measurements", 5)
    assert watching.stdout is not None
    assert await watching.stdout.readline() == b"watching /example/measurements\n"
    appended = await finish(await start("append_rows.py", server.address, 20, 0))
    assert appended.splitlines()[-1] == "rows: 20"
    watched = await finish(watching)
    assert "Created /example/measurements append_rows" in watched
    assert "AttributeWritten /example/measurements append_rows" in watched
    assert "[0:1, 0:3] = [[   0.     20.   1013.25]]" in watched
    again = await finish(await start("append_rows.py", server.address, 1, 0))
    assert again == "rows: 21\n"


async def test_many_writers(server: LiveServer) -> None:
    printed = await finish(await start("many_writers.py", server.address, 6, 40))
    assert printed == "240 of 240 rows are right\n"
    server.stop()
    with h5py.File(server.folder / "lab.h5") as file:
        assert file["/example/shared"][:, 0].tolist() == list(range(240))


@pytest.mark.options("--tcp", "127.0.0.1:0")
async def test_plain_tcp(server: LiveServer) -> None:
    printed = await finish(await start("plain_tcp.py", server.tcp_address, TOKEN))
    hello, write, read, missing = printed.splitlines()
    assert hello == "success"
    assert "'shape': [5], 'datatype': '<i8'" in write
    assert read == "[1, 2, 3, 4, 5]"
    assert '"nope"' in missing


async def test_live_plot(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file.create_dataset("example/measurements", data=np.zeros((1, 3)), maxshape=(None, 3))
    drawing = await start("live_plot.py", server.address, "/example/measurements", 5)
    async with hdf5_async.connect(server.address) as client:
        assert drawing.stdout is not None
        assert (await drawing.stdout.readline()).decode().endswith("1 rows\n")
        for row in range(1, 5):
            await client.append("/example/measurements", [[row, 0.0, 0.0]])
    assert "▂▄▆█ 5 rows" in await finish(drawing)


async def test_pandas_round_trip(server: LiveServer) -> None:
    printed = await finish(await start("pandas_round_trip.py", server.address))
    assert "equal: True" in printed
    assert printed.endswith("counts: [4, 1]\n")


async def test_xarray_file(server: LiveServer) -> None:
    printed = await finish(await start("xarray_file.py", server.address))
    assert printed == "at noon: 15.00 degC\nmean: 10.00\n"


def test_every_example_has_its_test() -> None:
    tested = Path(__file__).read_text()
    names = [path.name for path in EXAMPLES.glob("*.py")]
    assert len(names) == 8
    assert all(f'"{name}"' in tested for name in names)


@pytest.mark.parametrize("block", README_BLOCKS, ids=lambda block: block.splitlines()[0])
def test_readme(
    block: str, server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = block.replace("http://127.0.0.1:8590/#token=...", server.address)
    assert script != block, "a block that connects nowhere shows nothing"
    exec(compile(script, "README.md", "exec"), {"__name__": "__main__"})


def test_the_readme_has_code() -> None:
    assert len(README_BLOCKS) >= 5
