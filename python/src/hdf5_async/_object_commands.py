"""The client's methods about objects and the links that lead to them."""

from __future__ import annotations

from typing import Any

from . import _requests
from ._asking import Asking
from ._given import to_datatype
from ._messages import Child, Listing, ObjectInfo
from .exceptions import NotFoundError

__all__ = ["ObjectCommands"]

Children = list[Child]


class ObjectCommands(Asking):
    """A part of :class:`hdf5_async.Client`."""

    async def list(
        self, path: str = "/", *, order: str = "name", file: str | None = None
    ) -> Children:
        """Return all links of a group; ``order`` is ``"name"`` or ``"creation"``."""
        children: Children = []
        while True:
            page = await self.list_page(path, offset=len(children), order=order, file=file)
            children += page.children
            if not page.children or len(children) >= page.total:
                return children

    async def list_page(
        self,
        path: str = "/",
        *,
        offset: int = 0,
        limit: int | None = None,
        order: str = "name",
        file: str | None = None,
    ) -> Listing:
        """Return some links of a group, and how many there are."""
        fields = _requests.list_links(path, offset, limit, order)
        return Listing.from_wire(await self._ask("list", fields, file))

    async def describe(self, path: str = "/", *, file: str | None = None) -> ObjectInfo:
        """Return everything about one object."""
        body = await self._ask("describe", _requests.describe(path), file)
        return ObjectInfo.from_wire(body["object"])

    async def exists(self, path: str, *, file: str | None = None) -> bool:
        """Whether there is an object at a path."""
        try:
            await self.describe(path, file=file)
        except NotFoundError:
            return False
        return True

    async def create_group(
        self,
        path: str,
        *,
        exist_ok: bool = False,
        track_order: bool = False,
        file: str | None = None,
    ) -> None:
        """Make a group, and the groups above it that are missing.

        With ``track_order`` it remembers the order in which its links and attributes are made.
        """
        fields = _requests.create_group(path, exist_ok, track_order)
        await self._ask("create_group", fields, file)

    async def create_named_datatype(
        self, path: str, dtype: Any, *, file: str | None = None
    ) -> None:
        """Make a named datatype, for datasets and attributes to share."""
        fields = _requests.create_named_datatype(path, to_datatype(dtype))
        await self._ask("create_named_datatype", fields, file)

    async def link(
        self,
        path: str,
        target: str,
        *,
        kind: str = "hard",
        target_file: str | None = None,
        file: str | None = None,
    ) -> None:
        """Make a link, and the groups above it that are missing; ``kind`` is hard, soft or external."""
        await self._ask("link", _requests.link(path, target, kind, target_file), file)

    async def move(self, path: str, to: str, *, file: str | None = None) -> None:
        """Give the link of an object another place or name."""
        await self._ask("move", _requests.move(path, to), file)

    async def copy(
        self,
        path: str,
        to: str,
        *,
        shallow: bool = False,
        expand_soft: bool = False,
        expand_external: bool = False,
        expand_refs: bool = False,
        without_attrs: bool = False,
        from_file: str | None = None,
        file: str | None = None,
    ) -> None:
        """Copy an object, with all below it, also from another file; the options are h5py's."""
        fields = _requests.copy(
            path,
            to,
            shallow,
            expand_soft,
            expand_refs,
            without_attrs,
            expand_external,
            from_file,
        )
        await self._ask("copy", fields, file)

    async def delete(self, path: str, *, file: str | None = None) -> None:
        """Remove a link, and with the last link the object."""
        await self._ask("delete", _requests.delete(path), file)
