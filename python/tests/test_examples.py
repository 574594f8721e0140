"""Every example runs as its docstring says, and every code block of the README does."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import pytest
from live_server import TOKEN

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


def test_every_example_has_its_test() -> None:
    tested = Path(__file__).read_text()
    names = [path.name for path in EXAMPLES.glob("*.py")]
    assert len(names) == 5
    assert all(f'"{name}"' in tested for name in names)


@pytest.mark.parametrize("block", README_BLOCKS, ids=lambda block: block.splitlines()[0])
def test_readme(block: str, server: LiveServer) -> None:
    script = block.replace("http://127.0.0.1:8590/#token=...", server.address)
    assert script != block, "a block that connects nowhere shows nothing"
    exec(compile(script, "README.md", "exec"), {"__name__": "__main__"})


def test_the_readme_has_code() -> None:
    assert len(README_BLOCKS) >= 5
