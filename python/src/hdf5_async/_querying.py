"""Rows that a predicate is true of, found by the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _requests
from ._payload import decode
from ._selection import selection_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._connection import Connection

__all__ = ["Found", "QueryCommands"]


@dataclass(frozen=True)
class Found:
    """The rows that pass a predicate.

    ``indices`` are their places in the dataset, ``scanned`` is how many rows were looked at, and ``more`` whether
    the search ended at its limit.
    """

    rows: np.ndarray[Any, Any]
    indices: np.ndarray[Any, Any]
    scanned: int
    more: bool


class FoundSink:
    """Takes the frames of a query's answer, each with some of the rows."""

    def __init__(self) -> None:
        self._rows: list[np.ndarray[Any, Any]] = []
        self._indices: list[int] = []
        self._last: Mapping[str, Any] = {}

    def accept(self, header: Mapping[str, Any], values: memoryview) -> None:
        """Take one frame: what its header says, and its values."""
        self._rows.append(decode(values, header["datatype"], header["shape"]))
        self._indices += header["indices"]
        self._last = header

    def result(self) -> Found:
        """Return all rows that have arrived."""
        return Found(
            np.concatenate(self._rows),
            np.array(self._indices, np.int64),
            self._last["scanned"],
            self._last["more"],
        )


class QueryCommands:
    """A part of :class:`hdf5_async.Client`."""

    _connection: Connection
    _file: str | None

    async def query(
        self,
        path: str,
        where: str,
        *,
        selection: Any = None,
        fields: str | Sequence[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
        file: str | None = None,
    ) -> Found:
        """Return the rows of a dataset that a predicate is true of: ``"energy > 5 and detector == 'north'"``.

        Args:
            path: of a dataset with one axis.
            where: the predicate over the members of its compounds; other elements are called ``value``.
            selection: the rows that are looked at.
            fields: the members that are returned: a name for its values, a list for compounds of them.
            offset: so many rows that pass are left out at first.
            limit: the search ends after so many rows.
            file: the file, as everywhere.

        Raises:
            InvalidQueryError: where the predicate cannot be read; ``position`` says where.

        """
        text = None if selection is None else selection_text(selection)
        request = _requests.query(path, where, text, _fields(fields), offset, limit, "binary")
        answered = await self._connection.call(
            "query", request, file=file or self._file, sink=FoundSink()
        )
        found: Found = answered.result
        return found


def _fields(fields: str | Sequence[str] | None) -> str | list[str] | None:
    return fields if fields is None or isinstance(fields, str) else list(fields)
