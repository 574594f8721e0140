"""What files, groups, datasets and named datatypes have in common, in h5py's manners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._reference import Reference
from ..exceptions import NotFoundError
from . import paths
from .attributes import AttributeManager
from .identifiers import FileID, ObjectID, identifier_of
from .unnamed import is_unnamed

if TYPE_CHECKING:
    from .file import File
    from .served import ServedFile

__all__ = ["HLObject", "open_object"]


class HLObject:
    """An object of a served file."""

    def __init__(self, identifier: ObjectID) -> None:
        self._id = identifier

    @property
    def id(self) -> Any:
        """The identifier, for the few things that only h5py's low-level interface has."""
        return self._id

    @property
    def _file(self) -> ServedFile:
        return self._id.file

    @property
    def _path(self) -> str:
        return self._id.place

    @property
    def name(self) -> str | None:
        """The absolute path of the object, None where it has none."""
        if not self._id.valid:
            return None
        path = self._id.path
        return None if path is None or is_unnamed(path) else path

    @property
    def file(self) -> File:
        """The file of the object."""
        from .file import File

        self._file.check_open()
        return File._of(FileID(self._file, "/"))

    @property
    def parent(self) -> Any:
        """The group that holds the object."""
        if self._id.path is None or is_unnamed(self._id.path):
            raise ValueError("Parent of an anonymous object is undefined")
        return open_object(self._file, paths.parent_of(self._path), "group")

    @property
    def attrs(self) -> AttributeManager:
        """The attributes of the object."""
        return AttributeManager(self)

    @property
    def ref(self) -> Reference:
        """A reference to the object, to be stored in the file or used as an index of it."""
        return Reference(self._path)

    def _is_gone(self) -> bool:
        """Whether somebody has deleted the path by which the object is known here."""
        try:
            self._id.described()
        except NotFoundError:
            return True
        return False

    def __bool__(self) -> bool:
        return bool(self._id)

    def __hash__(self) -> int:
        return hash(self._id)

    def __eq__(self, other: object) -> Any:
        return self._id == other._id if isinstance(other, HLObject) else NotImplemented

    def __reduce__(self) -> Any:
        """Pickle by name: where it is unpickled the object is opened again."""
        return (_reopened, (self.file, self._path))


def _reopened(file: File, path: str) -> Any:
    return file[path]


def open_object(file: ServedFile, path: str, kind: str, described: Any = None) -> Any:
    """Return the object of a known kind at a path."""
    from .dataset import Dataset
    from .datatype import Datatype
    from .group import Group

    classes: dict[str, Any] = {"group": Group, "dataset": Dataset, "named_datatype": Datatype}
    return classes[kind](identifier_of(file, path, kind, described))
