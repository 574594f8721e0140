"""What the server tells about itself, files and objects, as dataclasses that mirror the wire."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Callable, ClassVar, TypeVar

from ._json_values import from_json
from ._mapping import dtype_of
from .exceptions import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from ._datatype import Datatype

__all__ = [
    "AttributeInfo",
    "Child",
    "DatasetInfo",
    "FileInfo",
    "Filter",
    "Limits",
    "Link",
    "Listing",
    "ObjectInfo",
    "Position",
    "ServerInfo",
    "Stats",
    "Subscribed",
    "WireMessage",
    "WriteResult",
]

Message = TypeVar("Message", bound="WireMessage")


@dataclass(frozen=True)
class WireMessage:
    """A JSON object with known fields; fields of a later server are passed over."""

    _wire_names: ClassVar[dict[str, str]] = {}
    """Python name to wire name, where the wire's is a keyword or misleading."""
    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    """By Python name: what makes the field's value of its JSON."""

    @classmethod
    def from_wire(cls: type[Message], message: Mapping[str, Any]) -> Message:
        """Read the fields.

        Raises:
            ProtocolError: where one is missing.

        """
        values = {}
        for item in fields(cls):
            wire_name = cls._wire_names.get(item.name, item.name)
            if wire_name in message:
                read = cls._read_field.get(item.name)
                value = message[wire_name]
                values[item.name] = value if read is None or value is None else read(value)
            elif item.default is MISSING and item.default_factory is MISSING:
                raise ProtocolError(f"the server left {wire_name!r} out of a {cls.__name__}")
        return cls(**values)

    def to_wire(self) -> dict[str, Any]:
        """Write the fields, without those that have their default."""
        message = {}
        for item in fields(self):
            value = getattr(self, item.name)
            default = (
                item.default_factory() if item.default_factory is not MISSING else item.default
            )
            if value != default:
                message[self._wire_names.get(item.name, item.name)] = _to_wire(value)
        return message


def _to_wire(value: Any) -> Any:
    if isinstance(value, WireMessage):
        return value.to_wire()
    if isinstance(value, (list, tuple)):
        return [_to_wire(element) for element in value]
    return value


def _each(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda values: [read(value) for value in values]


@dataclass(frozen=True)
class Position(WireMessage):
    """A place in the stream of events of one file; within an epoch ``seq`` grows by one an event."""

    epoch: int
    seq: int


@dataclass(frozen=True)
class Limits(WireMessage):
    """What the server allows a client: sizes in bytes, counts per connection."""

    max_message_bytes: int
    max_json_values_bytes: int
    max_inline_value_bytes: int
    max_requests_in_flight: int
    max_subscriptions: int
    max_list_page: int
    max_batch_commands: int


@dataclass(frozen=True)
class ServerInfo(WireMessage):
    """The answer to ``hello``: the server and this connection's session on it."""

    server: str
    server_version: str
    version: int
    session: int
    name: str
    read_only: bool
    commands: list[str]
    capabilities: list[str]
    limits: Limits

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"limits": Limits.from_wire}


@dataclass(frozen=True)
class FileInfo(WireMessage):
    """A served file; ``modified`` in seconds since 1970-01-01 UTC."""

    name: str
    bytes: int
    modified: float
    read_only: bool


@dataclass(frozen=True)
class Link(WireMessage):
    """How a group refers to an object: ``hard``, ``soft``, ``external`` or ``user_defined``."""

    kind: str
    target: str | None = None
    file: str | None = None
    link_class: int | None = None

    _wire_names: ClassVar[dict[str, str]] = {"link_class": "class"}


class _HasDatatype:
    """What everything with a datatype can say in numpy's words."""

    datatype: Datatype | None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of an array that holds the elements."""
        if self.datatype is None:
            raise TypeError("an object without a datatype has no dtype")
        return dtype_of(self.datatype)


@dataclass(frozen=True)
class Child(_HasDatatype, WireMessage):
    """One link of a group and, where it leads to an object, the facts of that object."""

    name: str
    link: Link
    n_attributes: int
    kind: str | None = None
    datatype: Datatype | None = None
    shape: list[int] | None = None
    n_children: int | None = None
    address: int | None = None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"link": Link.from_wire}


@dataclass(frozen=True)
class Listing(WireMessage):
    """A page of a group's links."""

    path: str
    total: int
    offset: int
    children: list[Child]

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"children": _each(Child.from_wire)}


@dataclass(frozen=True)
class Filter(WireMessage):
    """A step of a chunk's filter pipeline, with the options it was set with."""

    name: str
    id: int | None = None
    options: list[int] = field(default_factory=list)
    mandatory: bool | None = None


@dataclass(frozen=True)
class DatasetInfo(_HasDatatype, WireMessage):
    """What the elements are, how many, and how they are stored."""

    datatype: Datatype
    layout: str
    storage_bytes: int
    shape: list[int] | None = None
    max_shape: list[int | None] | None = None
    chunks: list[int] | None = None
    filters: list[Filter] = field(default_factory=list)
    fill_value: Any = None
    named_datatype: str | None = None
    external_storage: list[dict[str, Any]] = field(default_factory=list)
    virtual: list[dict[str, Any]] = field(default_factory=list)
    fill_time: str = "ifset"
    allocation_time: str | None = None
    track_times: bool = False
    track_order: bool = False
    unfiltered_edge_chunks: bool = False
    attribute_phase_change: list[int] | None = None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"filters": _each(Filter.from_wire)}


@dataclass(frozen=True)
class AttributeInfo(_HasDatatype, WireMessage):
    """A named value attached to an object.

    ``json_value`` is the value as the wire has it, None where it is too large to ride along.
    """

    name: str
    datatype: Datatype
    shape: list[int] | None = None
    json_value: Any = None
    named_datatype: str | None = None

    _wire_names: ClassVar[dict[str, str]] = {"json_value": "value"}

    @property
    def value(self) -> Any:
        """The value as an array or scalar; None where it did not come: ask ``read_attribute``."""
        return from_json(self.json_value, self.datatype, self.shape)


@dataclass(frozen=True)
class ObjectInfo(WireMessage):
    """Everything about one group, dataset or named datatype."""

    path: str
    kind: str
    link: Link
    attributes: list[AttributeInfo]
    n_links: int
    address: int | None = None
    modified: int = 0
    n_children: int | None = None
    track_order: bool = False
    dataset: DatasetInfo | None = None
    datatype: Datatype | None = None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "link": Link.from_wire,
        "attributes": _each(AttributeInfo.from_wire),
        "dataset": DatasetInfo.from_wire,
    }


@dataclass(frozen=True)
class WalkedGroup(WireMessage):
    """A group, and some or all of its links."""

    path: str
    children: list[Child]

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"children": _each(Child.from_wire)}


@dataclass(frozen=True)
class WalkPage(WireMessage):
    """An answer to ``walk``; without a cursor it is the last."""

    groups: list[WalkedGroup]
    cursor: int | None = None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "groups": _each(WalkedGroup.from_wire)
    }


@dataclass(frozen=True)
class Finding(WireMessage):
    """An object that a search has found, or one of its attributes with the value as the wire has it."""

    path: str
    link: Link
    kind: str | None = None
    attribute: str | None = None
    value: Any = None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"link": Link.from_wire}


@dataclass(frozen=True)
class SearchPage(WireMessage):
    """An answer to ``search``; without a cursor it is the last."""

    found: list[Finding]
    cursor: int | None = None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"found": _each(Finding.from_wire)}


def _number(number: Any) -> Any:
    """Read a number or None; the wire writes NaN and the infinities as text."""
    return float(number) if isinstance(number, str) else number


@dataclass(frozen=True)
class Stats(WireMessage):
    """Counts of all selected numbers, and the rest of the finite ones: None where there are none.

    ``std`` is of the whole population, as ``numpy.std``.
    """

    count: int
    finite: int
    nan: int
    positive_infinity: int
    negative_infinity: int
    min: float | None
    max: float | None
    sum: float | None
    mean: float | None
    std: float | None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = dict.fromkeys(
        ("min", "max", "sum", "mean", "std"), _number
    )


@dataclass(frozen=True)
class WriteResult(_HasDatatype, WireMessage):
    """What a dataset or attribute is after it was written; ``shape`` is None for a null dataspace.

    Of a virtual dataset with elements in other files, ``sources`` are those that were written, with their positions.
    """

    datatype: Datatype
    shape: list[int] | None = None
    sources: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Subscribed(WireMessage):
    """The answer to ``subscribe``."""

    subscription: int
    resync: bool = False
    object: ObjectInfo | None = None
    children: list[Child] | None = None
    path: str | None = None

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "object": ObjectInfo.from_wire,
        "children": _each(Child.from_wire),
    }
