"""A pytest plugin that runs h5py's own test-suite against a live server, with our classes in place of h5py's.

``not_passing.txt`` names every test that does not pass, and why: a failure that is not listed fails the run, and so
does a listed test that passes.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "python" / "tests"))

from live_server import TOKEN, LiveServer
from stand_ins import put_in_place

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST = HERE / "not_passing.txt"
UNEXPLAINED = "?"
"""Begins the line of a test whose reason nobody has looked into; there are none in a finished list."""
TEST_ENDS_WITHIN_SECONDS = 60
UPDATE_VARIABLE = "UPDATE_NOT_PASSING"


def listed() -> dict[str, str]:
    """Return the reason of each test that is known not to pass, by its name."""
    reasons = {}
    for line in LIST.read_text().splitlines() if LIST.is_file() else []:
        if line and not line.startswith("#"):
            name, _, reason = line.partition("  ")
            reasons[name] = reason.strip()
    return reasons


def name_of(nodeid: str) -> str:
    """Return a test's name without the folder that h5py is installed in."""
    return nodeid[nodeid.rindex("/") + 1 :] if "/" in nodeid else nodeid


class Conformance:
    """Serves a folder in which all temporary files of the suite lie."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="conformance-")).resolve()
        folder = self.home / "served"
        folder.mkdir()
        self.data_files = folder / "data_files"
        self.server = LiveServer(
            folder, "--max-open-files", "1000", "--allow-delete-files"
        )
        self.reasons = listed()
        self.not_passed: dict[str, str] = {}
        self.passed: set[str] = set()

    def start(self) -> None:
        """Start the server, and point everything at it."""
        self.server.start()
        os.environ["HDF5_ASYNC_URL"] = self.server.url()
        os.environ["HDF5_ASYNC_TOKEN"] = TOKEN
        os.environ["HDF5_ASYNC_FOLDER"] = str(self.server.folder)
        os.environ["TMPDIR"] = str(self.server.folder)
        tempfile.tempdir = str(self.server.folder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Expect of every listed test that it does not pass."""
        if os.environ.get(UPDATE_VARIABLE):
            return
        for item in items:
            reason = self.reasons.get(name_of(item.nodeid))
            if reason is not None:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        """Fail a test that does not end."""

        def too_late(*_: Any) -> None:
            raise TimeoutError(
                f"the test did not end within {TEST_ENDS_WITHIN_SECONDS} s"
            )

        signal.signal(signal.SIGALRM, too_late)
        signal.alarm(TEST_ENDS_WITHIN_SECONDS)
        yield
        signal.alarm(0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what passed and what did not."""
        name = name_of(report.nodeid)
        if report.passed and report.when == "call" and not hasattr(report, "wasxfail"):
            self.passed.add(name)
        elif report.failed:
            lines = str(report.longrepr).strip().splitlines()
            self.not_passed.setdefault(name, lines[-1] if lines else "")

    def _reason(self, name: str, said: str) -> str:
        known = self.reasons.get(name, UNEXPLAINED)
        return f"{UNEXPLAINED} {said}" if known.startswith(UNEXPLAINED) else known

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say how much of h5py works over the wire."""
        passed = len(self.passed - set(self.not_passed))
        terminalreporter.write_line(f"h5py's suite over the wire: {passed} tests pass")

    def pytest_sessionfinish(self) -> None:
        """Stop the server, and write the list anew where that is asked for."""
        if os.environ.get(UPDATE_VARIABLE):
            lines = [
                f"{name}  {self._reason(name, said)}\n"
                for name, said in sorted(self.not_passed.items())
            ]
            LIST.write_text("".join(lines))
        self.server.stop()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server before h5py's tests are imported."""
    conformance = Conformance()
    conformance.start()
    config.option.basetemp = conformance.server.folder / "pytest"
    put_in_place(conformance.data_files)
    config.pluginmanager.register(conformance, "conformance")
