"""The exceptions are where h5py's users expect them, and the docstring draws them as they are."""

from __future__ import annotations

import builtins
import re

import hdf5_async
from hdf5_async import exceptions
from hdf5_async.exceptions import ERROR_CLASSES, from_wire


def test_the_drawing_is_the_hierarchy() -> None:
    drawn = re.findall(r"^( *):exc:`(\w+)`(.*)$", str(exceptions.__doc__), re.MULTILINE)
    above: list[str] = []
    for indent, name, also in drawn:
        above = [*above[: len(indent) // 4], name]
        made = getattr(exceptions, name)
        if len(above) > 1:
            assert issubclass(made, getattr(exceptions, above[-2])), name
        for builtin in re.findall(r"`(\w+)`", also):
            assert issubclass(made, getattr(builtins, builtin)), (name, builtin)
    assert sorted(name for _, name, _ in drawn) == sorted(exceptions.__all__)


def test_every_class_is_made_with_its_facts() -> None:
    for code, made in ERROR_CLASSES.items():
        error = from_wire(
            {
                "code": code,
                "message": "what",
                "path": "/a",
                "outcome": "unknown",
                "retry_after_ms": 250,
            }
        )
        assert type(error) is made
        assert str(error) == "what"
        assert (error.code, error.path, error.outcome) == (code, "/a", "unknown")
        assert error.retry_after == 0.25


def test_exported_names_are_sorted_and_there() -> None:
    for module in (hdf5_async, exceptions, hdf5_async.events):
        # Constants come first.
        in_order = sorted(module.__all__, key=lambda name: (not name.isupper(), name))
        assert in_order == module.__all__
        assert all(hasattr(module, name) for name in module.__all__)
