"""Which servers and which Pythons the package works with."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hdf5_async
from hdf5_async import _requests, _session, exceptions
from hdf5_async._protocol import PROTOCOL_VERSION

if TYPE_CHECKING:
    from live_server import LiveServer

PACKAGE = Path(hdf5_async.__file__).parent
OLDEST_PYTHON = (3, 9)


async def test_a_server_of_another_version_is_named(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hdf5_async.connect(server.url()) as client:
        assert client.server.version == PROTOCOL_VERSION
    monkeypatch.setattr(_session, "PROTOCOL_VERSION", 99)
    with pytest.raises(exceptions.VersionError, match=r"speaks.*99"):
        await hdf5_async.connect(server.url())
    # A client that does not say its version looks at the server's.
    monkeypatch.setattr(_requests, "hello", lambda **_fields: {})
    with pytest.raises(exceptions.VersionError, match="this client 99"):
        await hdf5_async.connect(server.url())


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_the_oldest_python_can_read_it(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=OLDEST_PYTHON)
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    annotated = [node for node in ast.walk(tree) if isinstance(node, (ast.AnnAssign, ast.arg))]
    # `X | Y` in an annotation is only text there.
    assert not annotated or any(node.module == "__future__" for node in imports)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            assert call.func.id != "zip" or all(word.arg != "strict" for word in call.keywords)
            if call.func.id == "isinstance":
                assert not isinstance(call.args[1], ast.BinOp)
