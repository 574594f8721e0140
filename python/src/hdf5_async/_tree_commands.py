"""The client's methods that go through everything below a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _requests
from ._asking import Asking
from ._messages import Finding, SearchPage, WalkedGroup, WalkPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["TreeCommands"]


class TreeCommands(Asking):
    """A part of :class:`hdf5_async.Client`."""

    async def walk(
        self,
        path: str = "/",
        *,
        depth: int | None = None,
        limit: int | None = None,
        file: str | None = None,
    ) -> AsyncIterator[WalkedGroup]:
        """Yield the groups at and below one, each with its links; a large group in several parts.

        A group that several hard links lead to comes once. The server is asked for more, ``limit`` links at a
        time, as they are taken.
        """
        cursor: int | None = None
        while True:
            fields = _requests.walk(path, depth, limit, cursor)
            answered = await self._connection.call("walk", fields, file=file or self._file)
            page = WalkPage.from_wire(answered.body)
            for group in page.groups:
                yield group
            if (cursor := page.cursor) is None:
                return

    async def search(
        self,
        pattern: str | None = None,
        *,
        path: str = "/",
        attribute: str | None = None,
        value: str | None = None,
        kind: str | None = None,
        ignore_case: bool = False,
        limit: int | None = None,
        file: str | None = None,
    ) -> AsyncIterator[Finding]:
        """Yield the objects at and below a group that fit all the patterns given; with ``limit`` at most so many.

        ``pattern`` is for the name, or with a ``/`` inside for the whole path; ``attribute`` and ``value`` are
        for an attribute, and yield each that fits. ``*`` is anything within a name, ``**`` anything, ``?`` one
        character, ``[a-z]`` one of some.
        """
        cursor: int | None = None
        left = limit
        while left is None or left > 0:
            fields = _requests.search(
                path, pattern, attribute, value, kind, ignore_case, left, cursor
            )
            answered = await self._connection.call("search", fields, file=file or self._file)
            page = SearchPage.from_wire(answered.body)
            for found in page.found[:left]:
                yield found
            left = None if left is None else left - len(page.found)
            if (cursor := page.cursor) is None:
                return
