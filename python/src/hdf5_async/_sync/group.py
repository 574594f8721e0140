"""A group: a mapping from names to objects, and what makes objects in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._reference import Reference
from . import paths
from .config import get_config
from .copying import copy_object
from .creation import ACCESS_OPTIONS, create_dataset
from .dataset import Dataset
from .finding import exists, find, link_at
from .identifiers import DatasetID, GroupID
from .links import ExternalLink, SoftLink, link_of
from .objects import HLObject, open_object
from .paths import Name
from .requiring import check_required
from .unnamed import new_place
from .views import ItemsView, KeysView, ValuesView
from .visiting import visit, visit_links

if TYPE_CHECKING:
    from collections.abc import Callable

    from .virtual import VirtualLayout

__all__ = ["Group"]


class Group(HLObject, MutableMapping[Name, Any]):
    """A group of a served file."""

    def __init__(self, bind: GroupID) -> None:
        if not isinstance(bind, GroupID):
            raise ValueError(f"{bind} is not a GroupID")
        super().__init__(bind)

    def _join(self, name: Name) -> str:
        return paths.join(self._path, name)

    def create_group(self, name: Name | None, track_order: bool | None = None) -> Group:
        """Make a group, and the groups above it that are missing."""
        self._file.check_writable()
        path = new_place(self._file) if name is None else self._join(name)
        self._file.change(
            "create_group", {"path": path, "track_order": get_config().orders(track_order) or None}
        )
        return Group(GroupID(self._file, path))

    def require_group(self, name: Name) -> Group:
        """Return the group of a name, and make it where it is missing."""
        if name not in self:
            return self.create_group(name)
        found = self[name]
        if not isinstance(found, Group):
            raise TypeError(f"Incompatible object ({type(found).__name__}) already exists")
        return found

    def create_dataset(
        self,
        name: Name | None,
        shape: Any = None,
        dtype: Any = None,
        data: Any = None,
        **options: Any,
    ) -> Dataset:
        """Make a dataset, and the groups above it that are missing; the options are h5py's."""
        path = new_place(self._file) if name is None else self._join(name)
        return Dataset(create_dataset(self._file, path, shape, dtype, data, options))

    def require_dataset(
        self, name: Name, shape: Any, dtype: Any, exact: bool = False, **options: Any
    ) -> Dataset:
        """Return the dataset of a name, shape and dtype, and make it where it is missing."""
        if name not in self:
            return self.create_dataset(name, shape, dtype, **options)
        found = self[name]
        if not isinstance(found, Dataset):
            raise TypeError(f"Incompatible object ({type(found).__name__}) already exists")
        check_required(found, shape, np.dtype(dtype), exact=exact, maxshape=options.get("maxshape"))
        asked = {name: options[name] for name in ACCESS_OPTIONS if name in options}
        return Dataset(DatasetID(self._file, found._path, asked))

    def create_dataset_like(self, name: Name, other: Dataset, **options: Any) -> Dataset:
        """Make a dataset with another's shape, dtype and storage, but not its values."""
        present = {
            "shape": other.shape,
            "dtype": other.dtype,
            "chunks": other.chunks,
            "compression": other.compression if other.compression != "unknown" else None,
            "compression_opts": other.compression_opts
            if other.compression in ("gzip", "szip")
            else None,
            "shuffle": other.shuffle or None,
            "fletcher32": other.fletcher32 or None,
            "scaleoffset": other.scaleoffset,
            "fillvalue": other._facts.get("fill_value") and other.fillvalue,
            "track_times": other._facts.get("track_times"),
        }
        if other.maxshape != other.shape:
            present["maxshape"] = other.maxshape
        given = {key: value for key, value in present.items() if value is not None}
        given.update(options)
        return self.create_dataset(name, **given)

    def create_virtual_dataset(
        self, name: Name, layout: VirtualLayout, fillvalue: Any = None
    ) -> Dataset:
        """Make a dataset whose elements are those of other datasets."""
        from .virtual import create

        return Dataset(create(self._file, self._join(name), layout, fillvalue))

    @contextlib.contextmanager
    def build_virtual_dataset(
        self, name: Name, shape: Any, dtype: Any, maxshape: Any = None, fillvalue: Any = None
    ) -> Iterator[VirtualLayout]:
        """Give a layout to fill; the dataset is made at the end of the block."""
        from .virtual import VirtualLayout

        layout = VirtualLayout(shape, dtype, maxshape)
        yield layout
        self.create_virtual_dataset(name, layout, fillvalue)

    def __getitem__(self, name: Name | Reference) -> Any:
        if isinstance(name, Reference):
            if not name or name.path is None:
                raise ValueError("Invalid HDF5 object reference")
            return find(self._file, name.path)
        if isinstance(name, (str, bytes)) and not name:
            raise KeyError("Unable to open object (its name is empty)")
        return find(self._file, self._join(name))

    def get(
        self,
        name: Name,
        default: Any = None,
        getclass: bool = False,
        getlink: bool = False,
        **elink: Any,
    ) -> Any:
        """Return an object, or its class, or its link; ``default`` where there is none."""
        if not (getclass or getlink):
            try:
                return find(self._file, self._join(name), **elink)
            except KeyError:
                return default
        if not exists(self._file, self._join(name)):
            return default
        if getlink:
            link = link_of(link_at(self._file, self._join(name)))
            return type(link) if getclass else link
        return type(find(self._file, self._join(name), **elink))

    def __setitem__(self, name: Name, value: Any) -> None:
        self._file.check_writable()
        path = self._join(name)
        if isinstance(value, HLObject) and value._id.place in self._file.unnamed:
            self._file.unnamed.discard(value._id.place)
            self.move(value._id.place, path)
        elif isinstance(value, HLObject):
            self._file.change("link", {"path": path, "target": value._id.place})
        elif isinstance(value, SoftLink):
            self._file.change("link", {"path": path, "kind": "soft", "target": value.path})
        elif isinstance(value, ExternalLink):
            link = {"kind": "external", "target_file": value.filename, "target": value.path}
            self._file.change("link", {"path": path, **link})
        elif isinstance(value, np.dtype):
            from .._mapping import datatype_of

            self._file.change(
                "create_named_datatype", {"path": path, "datatype": datatype_of(value)}
            )
        else:
            self.create_dataset(name, data=value)

    def __delitem__(self, name: Name) -> None:
        self._file.check_open()
        if not self._file.writable:
            raise KeyError("Couldn't delete link (no write intent on file)")
        self._file.change("delete", {"path": self._join(name)})

    def __len__(self) -> int:
        if self._file.unnamed and self._path == "/":
            return len(self._names())
        return int(self._id.described()["n_children"])

    def _names(self) -> list[str]:
        return [child["name"] for child in self._file.children(self._path)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names())

    def __contains__(self, name: object) -> bool:
        if not self._id or not isinstance(name, (str, bytes)):
            return False
        return len(name) > 0 and exists(self._file, self._join(name))

    def keys(self) -> Any:
        """Return a view of the names."""
        return KeysView(self)

    def values(self) -> Any:
        """Return a view of the objects."""
        return ValuesView(self)

    def items(self) -> Any:
        """Return a view of the names and objects."""
        return ItemsView(self)

    def visit(self, func: Callable[[str], Any]) -> Any:
        """Call something with the name of every object below, until it returns one that is not None."""
        return visit(self._file, self._path, lambda name, _kind: func(name))

    def visititems(self, func: Callable[[str, Any], Any]) -> Any:
        """Call something with the name of every object below and the object."""
        return visit(
            self._file,
            self._path,
            lambda name, kind: func(name, open_object(self._file, self._join(name), kind)),
            described=True,
        )

    def visit_links(self, func: Callable[[str], Any]) -> Any:
        """Call something with the name of every link below."""
        return visit_links(self._file, self._path, lambda name, _link: func(name))

    def visititems_links(self, func: Callable[[str, Any], Any]) -> Any:
        """Call something with the name of every link below and the link."""
        return visit_links(self._file, self._path, lambda name, link: func(name, link_of(link)))

    def copy(
        self,
        source: Any,
        dest: Any,
        name: Name | None = None,
        shallow: bool = False,
        expand_soft: bool = False,
        expand_external: bool = False,
        expand_refs: bool = False,
        without_attrs: bool = False,
    ) -> None:
        """Copy an object, with all below it, within the file or into another, also of another server."""
        options = {
            "shallow": shallow,
            "expand_soft": expand_soft,
            "expand_external": expand_external,
            "expand_refs": expand_refs,
            "without_attrs": without_attrs,
        }
        copy_object(self, source, dest, name, options)

    def move(self, source: Name, dest: Name) -> None:
        """Give the link of an object another place or name."""
        start, target = self._join(source), self._join(dest)
        if start == target:
            return
        self._file.change("move", {"path": start, "to": target})
        self._file.follow(start, target)

    def _ipython_key_completions_(self) -> list[str]:
        return sorted(self._names())

    def __repr__(self) -> str:
        if not self._id:
            return "<Closed HDF5 group>"
        name = "(anonymous)" if self.name is None else f'"{self.name}"'
        if self._is_gone():
            return f"<Deleted HDF5 group {name}>"
        return f"<HDF5 group {name} ({len(self)} members)>"

    __eq__ = HLObject.__eq__
    __hash__ = HLObject.__hash__
