"""The client's methods about the attributes of objects."""

from __future__ import annotations

from typing import Any

from . import _requests
from ._asking import Asking
from ._messages import AttributeInfo, WriteResult
from ._sink import ArraySink
from ._transfer import Values

__all__ = ["AttributeCommands"]


class AttributeCommands(Asking):
    """A part of :class:`hdf5_async.Client`."""

    async def attributes(
        self, path: str = "/", *, file: str | None = None
    ) -> dict[str, AttributeInfo]:
        """Return the attributes of an object by name, with their values where they are small."""
        body = await self._ask("attributes", _requests.attributes(path), file)
        infos = [AttributeInfo.from_wire(info) for info in body["attributes"]]
        return {info.name: info for info in infos}

    async def read_attribute(self, path: str, name: str, *, file: str | None = None) -> Any:
        """Return the value of an attribute as an array or scalar, text as ``str``."""
        answered = await self._connection.call(
            "read_attribute",
            _requests.read_attribute(name, path, "binary"),
            file=file or self._file,
            sink=ArraySink(),
        )
        return answered.result

    async def write_attribute(
        self, path: str, name: str, value: Any, *, dtype: Any = None, file: str | None = None
    ) -> WriteResult:
        """Make an attribute or replace it."""
        fields, payload = Values.of(value, dtype).request()
        answered = await self._connection.call(
            "write_attribute",
            _requests.write_attribute(name, path, **fields),
            file=file or self._file,
            payload=payload,
        )
        return WriteResult.from_wire(answered.body)

    async def rename_attribute(
        self, path: str, name: str, to: str, *, file: str | None = None
    ) -> None:
        """Give an attribute another name."""
        await self._ask("rename_attribute", _requests.rename_attribute(name, to, path), file)

    async def delete_attribute(self, path: str, name: str, *, file: str | None = None) -> None:
        """Remove an attribute."""
        await self._ask("delete_attribute", _requests.delete_attribute(name, path), file)
