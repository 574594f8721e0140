"""What a subscription yields: one class for each thing that can happen to a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, ClassVar

from ._json_values import from_json
from ._messages import Link, Position, WireMessage
from ._selection import index_of_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AttributeDeleted",
    "AttributeWritten",
    "Created",
    "Deleted",
    "Event",
    "FileChanged",
    "FileClosed",
    "FileOpened",
    "FilesChanged",
    "Lagged",
    "Moved",
    "Resized",
    "Resync",
    "UnknownEvent",
    "Written",
]


@dataclass(frozen=True)
class Event(WireMessage):
    """A change of ``file``, its place in the file's order of events, and who made it.

    ``by`` is the name that a client gave, ``session`` the server's number of its connection; both are None for
    changes that no client made. ``time`` is in seconds since 1970-01-01 UTC. ``durability`` is ``"applied"`` for
    a change that was announced before it was safe, and None for one that is safe.
    """

    file: str
    epoch: int
    seq: int
    time: float
    by: str | None
    session: int | None
    durability: str | None

    @property
    def position(self) -> Position:
        """The place in the file's order; hand it to ``subscribe`` as ``since`` to go on from here."""
        return Position(self.epoch, self.seq)

    @property
    def paths(self) -> tuple[str, ...]:
        """The objects concerned; none where the whole file is."""
        names = (getattr(self, name, None) for name in ("path", "to"))
        return tuple(name for name in names if name is not None)


@dataclass(frozen=True)
class Created(Event):
    """A new link: hard, to a new object, where ``link`` is None.

    ``kind`` is that of the object, None where the link leads nowhere or to another file.
    """

    path: str
    kind: str | None
    link: Link | None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "link": lambda link: None if link is None else Link.from_wire(link)
    }


@dataclass(frozen=True)
class Deleted(Event):
    """The link at ``path`` is gone, and all below it."""

    path: str


@dataclass(frozen=True)
class Moved(Event):
    """The link at ``path`` is at ``to`` now."""

    path: str
    to: str


@dataclass(frozen=True)
class WithValues(Event):
    """An event that may carry the written values, for subscribers that asked for ``data``."""

    path: str
    json_values: Mapping[str, Any] | None

    _wire_names: ClassVar[dict[str, str]] = {"json_values": "values"}

    @property
    def values(self) -> Any:
        """The written values as an array or scalar; None where they did not come along."""
        if self.json_values is None:
            return None
        return from_json(self.json_values["data"], self.json_values["datatype"])


@dataclass(frozen=True)
class Written(WithValues):
    """Elements of a dataset changed inside ``region``; ``shape`` is the one after the write."""

    region: str
    old_shape: list[int] | None
    shape: list[int]

    @property
    def index(self) -> tuple[Any, ...]:
        """The region as an index of a numpy array of the dataset's shape."""
        return index_of_text(self.region)


@dataclass(frozen=True)
class Resized(Event):
    """A dataset has other dims; elements that it kept are unchanged."""

    path: str
    old_shape: list[int]
    shape: list[int]


@dataclass(frozen=True)
class AttributeWritten(WithValues):
    """The attribute ``name`` of an object is new or has another value."""

    name: str


@dataclass(frozen=True)
class AttributeDeleted(Event):
    """The attribute ``name`` of an object is gone."""

    path: str
    name: str


@dataclass(frozen=True)
class FileOpened(Event):
    """The server opened the file."""


@dataclass(frozen=True)
class FileClosed(Event):
    """The server closed the file."""


@dataclass(frozen=True)
class FileChanged(Event):
    """Something changed that the server cannot tell in detail: read again what you show.

    ``reason`` is ``"written"``, ``"replaced"``, ``"deleted"``, ``"writer_opened"``, ``"writer_closed"`` or
    ``"writer_lost"`` for what other programs did, ``"emptied"`` or ``"worker_lost"`` for what happened in the
    server; ``message`` says what is in the way and what to do, if anything is.
    """

    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class FilesChanged(Event):
    """Files have appeared in the served folders or vanished; ``file`` is empty.

    Both lists are None where they would be too long: ask for the files again.
    """

    appeared: list[str] | None
    vanished: list[str] | None


@dataclass(frozen=True)
class Lagged(Event):
    """The events ``first`` to ``last`` (``seq``, inclusive) did not arrive: read again what you show."""

    first: int
    last: int

    _wire_names: ClassVar[dict[str, str]] = {"first": "from", "last": "to"}


@dataclass(frozen=True)
class Resync(Event):
    """Made by this client: the stream could not be continued where it stopped, read again what you show.

    It comes first after a reconnect when the server does not hold the missed events any more, and when a file's
    events start anew.
    """


@dataclass(frozen=True)
class UnknownEvent(Event):
    """An event of a later protocol version; ``fields`` is the whole message."""

    fields: Mapping[str, Any]


EVENT_CLASSES: dict[str, type[Event]] = {
    "created": Created,
    "deleted": Deleted,
    "moved": Moved,
    "written": Written,
    "resized": Resized,
    "attribute_written": AttributeWritten,
    "attribute_deleted": AttributeDeleted,
    "file_opened": FileOpened,
    "file_closed": FileClosed,
    "file_changed": FileChanged,
    "files_changed": FilesChanged,
    "lagged": Lagged,
}

_OPTIONAL = (
    "by",
    "session",
    "durability",
    "values",
    "old_shape",
    "kind",
    "link",
    "appeared",
    "vanished",
)


def from_wire(message: Mapping[str, Any]) -> Event:
    """Make the event of a message with ``event``."""
    whole: dict[str, Any] = {**dict.fromkeys(_OPTIONAL), **message}
    event_class: Callable[[Mapping[str, Any]], Event]
    if message["event"] in EVENT_CLASSES:
        event_class = EVENT_CLASSES[message["event"]].from_wire
    else:
        whole["fields"] = message
        event_class = UnknownEvent.from_wire
    return event_class(whole)


def to_wire(event: Event) -> dict[str, Any]:
    """Write an event as the server does."""
    name = next(name for name, made in EVENT_CLASSES.items() if type(event) is made)
    present = {key: value for key, value in event.to_wire().items() if value is not None}
    return {"event": name, **present}


def concerns(event: Event, prefix: str) -> bool:
    """Whether a subscriber to ``prefix`` is told: of what lies at or below it, and of what removes it."""
    if isinstance(event, FilesChanged):
        return False
    if not event.paths:
        return True
    if any(_is_within(path, prefix) for path in event.paths):
        return True
    moves_links = isinstance(event, (Created, Deleted, Moved))
    return moves_links and any(_is_within(prefix, path) for path in event.paths)


def _is_within(path: str, ancestor: str) -> bool:
    return ancestor == "/" or path == ancestor or path.startswith(ancestor + "/")
