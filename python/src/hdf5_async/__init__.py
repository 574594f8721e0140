"""Read, write and watch HDF5 files that a HDF5 Async server owns.

Start at :func:`connect`; everything else is reached through the :class:`Client` that it gives.
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
    Stats,
    WriteResult,
)
from ._subscription import Subscription
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
    "Stats",
    "Subscription",
    "WriteResult",
    "connect",
    "events",
    "exceptions",
]
