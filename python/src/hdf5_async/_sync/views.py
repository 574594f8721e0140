"""Keys, values and items of groups and attributes that print what they hold."""

from __future__ import annotations

import collections.abc as abc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ItemsView", "KeysView", "ValuesView"]


class KeysView(abc.KeysView[Any]):
    """The names."""

    _mapping: Any

    def __repr__(self) -> str:
        return f"<KeysViewHDF5 {list(self)}>"

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(self._mapping)

    __str__ = __repr__


class ValuesView(abc.ValuesView[Any]):
    """The objects or values."""

    _mapping: Any

    def __contains__(self, value: object) -> bool:
        return any(value == held for held in self)

    def __iter__(self) -> Iterator[Any]:
        for name in self._mapping:
            yield self._mapping.get(name)

    def __reversed__(self) -> Iterator[Any]:
        for name in reversed(self._mapping):
            yield self._mapping.get(name)

    def __repr__(self) -> str:
        return f"<ValuesViewHDF5 {list(self)}>"


class ItemsView(abc.ItemsView[Any, Any]):
    """The names with their objects or values."""

    _mapping: Any

    def __contains__(self, item: object) -> bool:
        if not isinstance(item, tuple) or len(item) != 2:
            return False
        name, value = item
        return name in self._mapping and bool(self._mapping.get(name) == value)

    def __iter__(self) -> Iterator[Any]:
        for name in self._mapping:
            yield (name, self._mapping.get(name))

    def __reversed__(self) -> Iterator[Any]:
        for name in reversed(self._mapping):
            yield (name, self._mapping.get(name))

    def __repr__(self) -> str:
        return f"<ItemsViewHDF5 {list(self)}>"
