"""Read, write and watch HDF5 files that a HDF5 Async server owns.

Scripts that await start at :func:`connect`; everything else is reached through the :class:`Client` that it gives.
Scripts written for h5py start at :class:`File`.
"""

from . import events, exceptions
from ._client import Client, connect
from ._messages import (
    AttributeInfo,
    Child,
    DatasetInfo,
    FileInfo,
    Filter,
    Limits,
    Link,
    Listing,
    ObjectInfo,
    Position,
    ServerInfo,
    WriteResult,
)
from ._plain import HDF5Client
from ._subscription import Subscription
from ._sync import *  # noqa: F403 - h5py's names
from ._sync import __all__ as _h5py_names
from .events import Event
from .exceptions import (
    ConnectionLost,
    Hdf5AsyncError,
    NotFoundError,
    RequestError,
)

__all__ = [
    "AttributeInfo",
    "Child",
    "Client",
    "ConnectionLost",
    "DatasetInfo",
    "Event",
    "FileInfo",
    "HDF5Client",
    "Filter",
    "Hdf5AsyncError",
    "Limits",
    "Link",
    "Listing",
    "NotFoundError",
    "ObjectInfo",
    "Position",
    "RequestError",
    "ServerInfo",
    "Subscription",
    "WriteResult",
    "connect",
    "events",
    "exceptions",
    *_h5py_names,
]
