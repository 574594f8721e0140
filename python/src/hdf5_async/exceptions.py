"""Everything that can go wrong, as classes that a caller decides on.

:exc:`Hdf5AsyncError`
    :exc:`ConnectionLost` (also :exc:`ConnectionError`)
    :exc:`ProtocolError`
    :exc:`RequestError`: the server answered with an error
        :exc:`UnauthorizedError` (also :exc:`PermissionError`)
        :exc:`ReadOnlyError` (also :exc:`PermissionError`)
        :exc:`FileError` (also :exc:`OSError`)
            :exc:`ServedFileNotFoundError` (also :exc:`FileNotFoundError`)
            :exc:`FileUnreadableError`
            :exc:`FileLockedError`
            :exc:`LogUnusableError`
            :exc:`FileQuarantinedError`
            :exc:`FileChangedError`
            :exc:`WorkerLostError`
            :exc:`DataDamagedError`
            :exc:`StorageFailedError`
                :exc:`StorageFullError`
            :exc:`Hdf5LibraryError`
        :exc:`NotFoundError` (also :exc:`KeyError`)
        :exc:`InvalidRequestError` (also :exc:`ValueError`)
            :exc:`AlreadyExistsError` (also :exc:`FileExistsError`)
            :exc:`InvalidSelectionError` (also :exc:`IndexError`)
            :exc:`InvalidDatatypeError`
            :exc:`InvalidQueryError`
            :exc:`InvalidValueError`
            :exc:`ShapeMismatchError`
        :exc:`ConflictError`
        :exc:`WrongKindError` (also :exc:`TypeError`)
        :exc:`UnsupportedDatatypeError` (also :exc:`TypeError`)
        :exc:`UnsupportedError`
            :exc:`ExternalLinkError`
            :exc:`VersionError`
        :exc:`LimitError`
            :exc:`TooLargeError`
            :exc:`BusyError`
        :exc:`CancelledByServerError`
        :exc:`ShuttingDownError`
        :exc:`ServerFaultError`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AlreadyExistsError",
    "BusyError",
    "CancelledByServerError",
    "ConflictError",
    "ConnectionLost",
    "DataDamagedError",
    "ExternalLinkError",
    "FileChangedError",
    "FileError",
    "FileLockedError",
    "FileQuarantinedError",
    "FileUnreadableError",
    "Hdf5AsyncError",
    "Hdf5LibraryError",
    "InvalidDatatypeError",
    "InvalidQueryError",
    "InvalidRequestError",
    "InvalidSelectionError",
    "InvalidValueError",
    "LimitError",
    "LogUnusableError",
    "NotFoundError",
    "ProtocolError",
    "ReadOnlyError",
    "RequestError",
    "ServedFileNotFoundError",
    "ServerFaultError",
    "ShapeMismatchError",
    "ShuttingDownError",
    "StorageFailedError",
    "StorageFullError",
    "TooLargeError",
    "UnauthorizedError",
    "UnsupportedDatatypeError",
    "UnsupportedError",
    "VersionError",
    "WorkerLostError",
    "WrongKindError",
]


class Hdf5AsyncError(Exception):
    """Everything that this package raises on its own account."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class ConnectionLost(Hdf5AsyncError, ConnectionError):  # noqa: N818 - a state, as in ConnectionReset
    """The connection ended before the answer came.

    ``outcome`` is ``"unknown"`` where the request had been sent and may have been carried out, and
    ``"not_applied"`` where it had not.
    """

    def __init__(self, message: str, *, outcome: str = "unknown") -> None:
        super().__init__(message)
        self.outcome = outcome


class ProtocolError(Hdf5AsyncError):
    """The other side does not speak the protocol."""


class RequestError(Hdf5AsyncError):
    """The server refused a request or failed to carry it out.

    ``code`` is the protocol's word for it, ``path`` the object concerned, ``outcome`` what has become of
    a change (``"not_applied"``, ``"unknown"`` or None where that is no question),
    ``retry_after`` the seconds after which trying again makes sense, ``index`` the command of a batch that failed,
    and ``position`` the place of the mistake in a query, both counted from 0.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        path: str | None = None,
        outcome: str | None = None,
        retry_after: float | None = None,
        index: int | None = None,
        position: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.outcome = outcome
        self.retry_after = retry_after
        self.index = index
        self.position = position


class UnauthorizedError(RequestError, PermissionError):
    """No token, or a wrong one."""


class ReadOnlyError(RequestError, PermissionError):
    """The file or the server is open for reading only."""


class FileError(RequestError, OSError):
    """A served file cannot be used."""


class ServedFileNotFoundError(FileError, FileNotFoundError):
    """No such file is served, or none was named where several are."""


class FileUnreadableError(FileError):
    """The file is not HDF5, is damaged, or cannot be opened."""


class FileLockedError(FileError):
    """Another program or server has the file open, or has left a mark in it that says so."""


class LogUnusableError(FileError):
    """The log beside the file holds changes that cannot be put into it."""


class FileChangedError(FileError):
    """Another program changed the file while the request was under way: send it again."""


class FileQuarantinedError(FileError):
    """The file's worker crashed too often and is not started again for a while."""


class WorkerLostError(FileError):
    """The file's worker ended while the request was under way."""


class DataDamagedError(FileError):
    """A chunk cannot be decoded: a checksum does not fit, or a filter's data are broken."""


class StorageFailedError(FileError):
    """The disk refused."""


class StorageFullError(StorageFailedError):
    """The disk is full; nothing can be changed until there is space."""


class Hdf5LibraryError(FileError):
    """The HDF5 library refused."""


class NotFoundError(RequestError, KeyError):
    """No such object or attribute."""


class InvalidRequestError(RequestError, ValueError):
    """The request makes no sense, whatever is in the file."""


class AlreadyExistsError(InvalidRequestError, FileExistsError):
    """There is a link, an attribute or a file of that name already."""


class InvalidSelectionError(InvalidRequestError, IndexError):
    """The selection does not fit the dataset."""


class InvalidDatatypeError(InvalidRequestError):
    """That is no datatype."""


class InvalidQueryError(InvalidRequestError):
    """The predicate of a query cannot be read, or does not fit the dataset."""


class ConflictError(RequestError):
    """With ``if_seq``: the object was changed since."""


class InvalidValueError(InvalidRequestError):
    """A value does not fit the datatype."""


class ShapeMismatchError(InvalidRequestError):
    """The number or arrangement of values does not fit the selection or dataset."""


class WrongKindError(RequestError, TypeError):
    """The object is of another kind than the command needs."""


class UnsupportedDatatypeError(RequestError, TypeError):
    """The datatype is known but its values do not travel."""


class UnsupportedError(RequestError):
    """A layout, filter or kind of link that the server does not handle."""


class ExternalLinkError(UnsupportedError):
    """The path leads into another file, which the command does not follow."""


class VersionError(UnsupportedError):
    """The server and this client speak different versions of the protocol; the older of the two wants an update."""


class LimitError(RequestError):
    """More than the server's limits allow."""


class TooLargeError(LimitError):
    """A message would be larger than a limit."""


class BusyError(LimitError):
    """The file has more work waiting than it accepts; try again after ``retry_after`` seconds."""


class CancelledByServerError(RequestError):
    """The request was cancelled by another request."""


class ShuttingDownError(RequestError):
    """The server is about to end."""


class ServerFaultError(RequestError):
    """A fault of the server; its log has the details."""


ERROR_CLASSES: dict[str, type[RequestError]] = {
    "invalid_message": InvalidRequestError,
    "unknown_command": InvalidRequestError,
    "invalid_request": InvalidRequestError,
    "unauthorized": UnauthorizedError,
    "read_only": ReadOnlyError,
    "file_not_found": ServedFileNotFoundError,
    "file_unreadable": FileUnreadableError,
    "file_locked": FileLockedError,
    "log_unusable": LogUnusableError,
    "file_changed": FileChangedError,
    "file_quarantined": FileQuarantinedError,
    "not_found": NotFoundError,
    "already_exists": AlreadyExistsError,
    "wrong_kind": WrongKindError,
    "invalid_selection": InvalidSelectionError,
    "invalid_datatype": InvalidDatatypeError,
    "invalid_query": InvalidQueryError,
    "conflict": ConflictError,
    "invalid_value": InvalidValueError,
    "shape_mismatch": ShapeMismatchError,
    "unsupported_datatype": UnsupportedDatatypeError,
    "external_link": ExternalLinkError,
    "unsupported": UnsupportedError,
    "too_large": TooLargeError,
    "message_too_large": TooLargeError,
    "limit_exceeded": LimitError,
    "busy": BusyError,
    "cancelled": CancelledByServerError,
    "worker_lost": WorkerLostError,
    "data_damaged": DataDamagedError,
    "storage_failed": StorageFailedError,
    "storage_full": StorageFullError,
    "hdf5": Hdf5LibraryError,
    "shutting_down": ShuttingDownError,
    "internal": ServerFaultError,
}
"""The class of each error code of protocol version 1; a later code is a plain :exc:`RequestError`."""


def from_wire(message: Mapping[str, Any]) -> RequestError:
    """Make the exception of an error reply."""
    code = str(message.get("code"))
    retry_after_ms = message.get("retry_after_ms")
    return ERROR_CLASSES.get(code, RequestError)(
        str(message.get("message", "")),
        code=code,
        path=message.get("path"),
        outcome=message.get("outcome"),
        retry_after=None if retry_after_ms is None else retry_after_ms / 1000,
        index=message.get("index"),
        position=message.get("position"),
    )
