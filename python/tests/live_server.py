"""A real server on a free port, serving a temporary folder, for the tests that need one."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import h5py

REPOSITORY = Path(__file__).resolve().parents[2]
TOKEN = "a-token-for-the-tests-only"
STARTS_WITHIN_SECONDS = 30


def binary() -> Path:
    """Return the server to test: ``HDF5_ASYNC_BINARY``, else the release build."""
    named = os.environ.get("HDF5_ASYNC_BINARY")
    path = Path(named) if named else REPOSITORY / "target" / "release" / "hdf5-async"
    if not path.is_file():
        raise AssertionError(
            f"the tests need the server, but {path} does not exist; build it with "
            "'cargo build --release' or name one with HDF5_ASYNC_BINARY"
        )
    return path


class LiveServer:
    """A server process; ``folder`` holds the files it serves."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.address = ""
        self.tcp_address = ""
        self.process: subprocess.Popen[str] | None = None

    @property
    def port(self) -> int:
        """The port that the running server listens on."""
        port = urlsplit(self.address).port
        assert port is not None
        return port

    def url(self, file: str = "") -> str:
        """The WebSocket address with the token, with or without a default file."""
        return f"ws://127.0.0.1:{self.port}/{file}#token={TOKEN}"

    def witness(self, name: str = "lab.h5") -> h5py.File:
        """Open a file as any other HDF5 program does, while the server has it open."""
        return h5py.File(self.folder / name, "r", locking=False)

    def start(self, port: int = 0) -> None:
        """Start the server and wait until it has printed its address."""
        self.address = ""
        command = [str(binary()), "serve", str(self.folder), "--bind", f"127.0.0.1:{port}"]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HDF5_ASYNC_")
        }
        environment["HDF5_ASYNC_TOKEN"] = TOKEN
        log = (self.folder.parent / "server.log").open("a")
        self.process = subprocess.Popen(
            [*command, *self.options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
        )
        log.close()
        assert self.process.stdout is not None
        watchdog = threading.Timer(STARTS_WITHIN_SECONDS, self.process.kill)
        watchdog.start()
        for line in self.process.stdout:
            if line.startswith("tcp://"):
                self.tcp_address = line.strip()
            if line.startswith("http://"):
                self.address = line.strip()
                break
        watchdog.cancel()
        if not self.address:
            self.kill()
            said = (self.folder.parent / "server.log").read_text()
            raise AssertionError(f"the server printed no address; its log:\n{said}")

    def stop(self) -> None:
        """End the server as a person does, and wait until its files are closed."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server without a goodbye."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process = self.process
        if process is None:
            return
        self.process = None
        process.send_signal(how)
        process.wait(timeout=STARTS_WITHIN_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
