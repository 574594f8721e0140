"""The file itself: h5py's ``File``, opened on a server instead of a disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..exceptions import AlreadyExistsError, ServedFileNotFoundError, UnsupportedError
from .file_object import FileObject, is_file_object, new_name
from .file_options import check_options
from .group import Group
from .identifiers import FileID
from .locating import locate
from .locking import OPEN_FILES, check_locking
from .served import ServedFile

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["File"]

MODES = ("r", "r+", "w", "w-", "x", "a")


class File(Group):
    """A served file, which is also its root group.

    Args:
        name: ``ws://host:port/run_1.h5`` or the address as the server printed it with the file's name behind the
            port, which may be left out where it serves only one; or just a name, for the server that the variable
            ``HDF5_ASYNC_URL`` names; or a binary file object, whose content that server holds until it is closed.
        mode: ``r`` to read (the default), ``r+`` to change what is there, ``a`` to make it where it is missing,
            ``w`` to begin anew, ``w-`` or ``x`` to begin only where there is none.
        token: to enter with; otherwise the address's, otherwise the variable ``HDF5_ASYNC_TOKEN``.
        options: h5py's other arguments; those that are about how one process uses a disk mean nothing here.

    """

    def __init__(
        self, name: Any, mode: str = "r", *, token: str | None = None, **options: Any
    ) -> None:
        if mode not in MODES:
            raise ValueError("Invalid mode; must be one of r, r+, w, w-, x, a")
        if is_file_object(name):
            if options.setdefault("driver", "fileobj") not in (None, "fileobj"):
                raise ValueError('Driver must be "fileobj" for file-like object if specified.')
            options["driver"] = "fileobj"
        elif options.get("driver") == "fileobj":
            raise TypeError(f"the driver fileobj needs a binary file object, not {name!r}")
        check_options(mode, options)
        if options.get("driver") == "fileobj":
            address, served_name, _ = locate(new_name(), token)
            file = ServedFile(address, served_name, repr(name))
            file.file_object = FileObject(name)
        else:
            address, served_name, shown = locate(name, token)
            file = ServedFile(address, served_name, shown)
        file.options = options
        _open(file, mode)
        super().__init__(FileID(file, "/"))

    @classmethod
    def _of(cls, identifier: FileID) -> File:
        """Return a File of an open file."""
        made = cls.__new__(cls)
        Group.__init__(made, identifier)
        return made

    @property
    def filename(self) -> str:
        """The name that the file was opened by, without a token."""
        return self._file.filename

    @property
    def mode(self) -> str:
        """``r`` or ``r+``."""
        self._file.check_open()
        return "r+" if self._file.writable else "r"

    @property
    def attrs(self) -> Any:
        """The attributes of the root group."""
        from .attributes import AttributeManager

        return AttributeManager(self)

    @property
    def driver(self) -> str:
        """The driver that was asked for; which one reads the file is the server's business."""
        return str(self._file.options.get("driver") or "sec2")

    @property
    def libver(self) -> tuple[str, str]:
        """The bounds of the file format that were asked for."""
        asked = self._file.options.get("libver")
        if asked is None:
            return ("earliest", "v200")
        low, high = (asked, "latest") if isinstance(asked, str) else asked
        newest = "v200"
        return (newest if low == "latest" else low, newest if high == "latest" else high)

    @property
    def userblock_size(self) -> int:
        """The bytes before the HDF5 part of the file."""
        return self._file.creation().user_block_bytes

    @property
    def swmr_mode(self) -> bool:
        """Whether many may read while one writes: asked for here, and always so on a server."""
        return bool(self._file.options.get("swmr"))

    @swmr_mode.setter
    def swmr_mode(self, value: bool) -> None:
        if not value:
            raise ValueError("It is not possible to forcibly switch SWMR mode off.")
        if not self._file.writable:
            raise ValueError("a file that was opened for reading cannot switch to SWMR writing")
        self._file.options["swmr"] = True

    def flush(self) -> None:
        """Hand what the server has in memory to the operating system, and what it has to a file object."""
        self._file.call("flush")
        self._file.bring_back()

    def close(self) -> None:
        """Close the file here; all objects of it are of no use any more."""
        self._file.close()

    def __enter__(self) -> File:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> Any:
        """Pickle by name: the file is opened again where it is unpickled, with the token of that process."""
        return (_reopen, (self._file.url, self.mode))

    def __repr__(self) -> str:
        if not self._id:
            return "<Closed HDF5 file>"
        name = os.path.basename(self.filename.rstrip("/"))  # noqa: PTH119 - of a URL
        return f'<HDF5 file "{name}" (mode {self.mode})>'


def _reopen(url: str, mode: str) -> File:
    return File(url, mode)


def _open(file: ServedFile, mode: str) -> None:
    """Make the file where the mode says so, and see that it can be used."""
    check_locking(file)
    if file.options.get("driver") == "core" and file.options.get("backing_store") is False:
        _check_temporary(file, mode)
    try:
        if file.file_object is not None:
            file.file_object.send(file, mode)
        elif mode in ("w", "w-", "x"):
            file.create(replace=mode == "w")
        elif mode == "a":
            try:
                file.describe("/")
            except ServedFileNotFoundError:
                file.create(replace=False)
    except AlreadyExistsError as error:
        raise FileExistsError(f"Unable to create file (file exists: {file.filename!r})") from error
    if mode not in ("w", "w-", "x"):
        file.describe("/")
    if mode != "r" and file.is_read_only():
        raise PermissionError(
            f"Unable to open file for writing: {file.filename!r} is served read-only"
        )
    file.writable = mode != "r"
    _check_user_block(file, mode)
    file.watch()
    OPEN_FILES.add(file)


def _check_user_block(file: ServedFile, mode: str) -> None:
    asked = file.options.get("userblock_size")
    if asked is None or mode != "a":
        return
    present = file.creation().user_block_bytes
    if present != int(asked):
        raise ValueError(
            f"Requested userblock size ({asked}) does not match that of existing file ({present})"
        )


def _check_temporary(file: ServedFile, mode: str) -> None:
    """See that a file without a backing store can be made and removed again."""
    if mode in ("r+", "a"):
        raise UnsupportedError(
            "changes to a served file cannot be kept from its disk; open it without backing_store",
            code="unsupported",
        )
    if mode != "r" and "delete_file" not in file.client.server.capabilities:
        raise UnsupportedError(
            "a file without a backing store is removed when it is closed, "
            "but this server was started without --allow-delete-files",
            code="unsupported",
        )
    file.is_temporary = mode != "r"
