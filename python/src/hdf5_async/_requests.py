"""The fields of every command, one function each; what is None is left to the server's default.

The functions mirror ``shared/src/message/command.rs``: a field that is not an argument here does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .exceptions import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._datatype import Datatype

__all__ = ["BUILDERS", "CHANGES", "Fields"]

Fields = dict[str, Any]


def _present(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def _checked_path(path: str | None) -> str | None:
    if path == "":
        raise InvalidRequestError(
            'the path is empty; the root group is "/"', code="invalid_request"
        )
    return path


def hello(
    version: int | None = None,
    name: str | None = None,
    token: str | None = None,
    durability: str | None = None,
) -> Fields:
    """Say who the client is and learn what the server is."""
    return _present({"version": version, "name": name, "token": token, "durability": durability})


def ping() -> Fields:
    """Ask whether the server is there."""
    return {}


def files(*, watch: bool | None = None) -> Fields:
    """Ask for the files that are served, and perhaps to be told when others are."""
    return _present({"watch": watch})


def create_file(replace: bool | None = None, creation: Fields | None = None) -> Fields:
    """Make a file."""
    return _present({"replace": replace, "creation": creation})


def file_info() -> Fields:
    """Ask for a file's size and for what it was made with."""
    return {}


def close_file() -> Fields:
    """Let go of a file that nobody watches."""
    return {}


def delete_file() -> Fields:
    """Remove a file from disk."""
    return {}


def list_links(
    path: str | None = None,
    offset: int | None = None,
    limit: int | None = None,
    order: str | None = None,
) -> Fields:
    """Ask for a page of a group's links."""
    path = _checked_path(path)
    return _present({"path": path, "offset": offset, "limit": limit, "order": order})


def describe(path: str | None = None) -> Fields:
    """Ask for everything about one object."""
    return _present({"path": _checked_path(path)})


def describe_many(paths: Sequence[str]) -> Fields:
    """Ask for everything about several objects."""
    return {"paths": [_checked_path(path) for path in paths]}


def walk(
    path: str | None = None,
    depth: int | None = None,
    limit: int | None = None,
    cursor: int | None = None,
) -> Fields:
    """Ask for the links at and below a group."""
    fields = {"depth": depth, "limit": limit, "cursor": cursor}
    return _present({"path": _checked_path(path), **fields})


def search(
    path: str | None = None,
    pattern: str | None = None,
    attribute: str | None = None,
    value: str | None = None,
    kind: str | None = None,
    ignore_case: bool | None = None,
    limit: int | None = None,
    cursor: int | None = None,
) -> Fields:
    """Ask for the objects at and below a group that fit patterns."""
    fields = {
        "pattern": pattern,
        "attribute": attribute,
        "value": value,
        "kind": kind,
        "ignore_case": ignore_case or None,
        "limit": limit,
        "cursor": cursor,
    }
    return _present({"path": _checked_path(path), **fields})


def read(
    path: str,
    selection: str | None = None,
    encoding: str | None = None,
    fields: str | Sequence[str] | None = None,
) -> Fields:
    """Ask for elements of a dataset."""
    asked = {"selection": selection, "fields": fields, "encoding": encoding}
    return _present({"path": _checked_path(path), **asked})


def query(
    path: str,
    where: str,
    selection: str | None = None,
    fields: str | Sequence[str] | None = None,
    offset: int | None = None,
    limit: int | None = None,
    encoding: str | None = None,
) -> Fields:
    """Ask for the rows that a predicate is true of."""
    asked = {"where": where, "selection": selection, "fields": fields, "offset": offset or None}
    return _present({"path": _checked_path(path), **asked, "limit": limit, "encoding": encoding})


def read_many(reads: Sequence[Fields], encoding: str | None = None) -> Fields:
    """Ask for elements of several datasets."""
    return _present({"reads": reads, "encoding": encoding})


def batch(commands: Sequence[Fields]) -> Fields:
    """Do several commands, or none of them."""
    return {"commands": commands}


def stats(path: str, selection: str | None = None, fields: str | None = None) -> Fields:
    """Ask for minimum, maximum, mean and the like of the selected numbers."""
    return _present({"path": _checked_path(path), "selection": selection, "fields": fields})


def sample(
    path: str,
    size: Sequence[int],
    selection: str | None = None,
    method: str | None = None,
    encoding: str | None = None,
    fields: str | Sequence[str] | None = None,
) -> Fields:
    """Ask for a selection made smaller for a plot."""
    asked = {"selection": selection, "fields": fields, "size": size, "method": method}
    return _present({"path": _checked_path(path), **asked, "encoding": encoding})


def create_group(
    path: str, exist_ok: bool | None = None, track_order: bool | None = None
) -> Fields:
    """Make a group, and the groups above it that are missing."""
    fields = {"exist_ok": exist_ok or None, "track_order": track_order or None}
    return _present({"path": _checked_path(path), **fields})


def create_named_datatype(path: str, datatype: Datatype) -> Fields:
    """Make a named datatype, for datasets and attributes to share."""
    return {"path": _checked_path(path), "datatype": datatype}


def create_dataset(
    path: str,
    datatype: Datatype,
    shape: Sequence[int] | None = None,
    max_shape: Sequence[int | None] | None = None,
    chunks: Sequence[int] | None = None,
    layout: str | None = None,
    filters: Sequence[str | Mapping[str, Any]] | None = None,
    data: Any = None,
    named_datatype: str | None = None,
    **properties: Any,
) -> Fields:
    """Make a dataset, and the groups above it that are missing.

    ``properties`` are sent as they are: a ``fill_value`` of ``None`` is one of them, and not the same as none.
    """
    fields = _present(
        {
            "path": _checked_path(path),
            "datatype": datatype,
            "named_datatype": named_datatype,
            "shape": shape,
            "max_shape": max_shape,
            "chunks": chunks,
            "layout": layout,
            "filters": filters,
            "data": data,
        }
    )
    return {**fields, **properties}


def write(
    path: str,
    selection: str | None = None,
    data: Any = None,
    datatype: Datatype | None = None,
    shape: Sequence[int] | None = None,
    fields: str | Sequence[str] | None = None,
) -> Fields:
    """Put values into a dataset, or make the dataset of them."""
    part = {"selection": selection, "fields": fields}
    return _present(
        {"path": _checked_path(path), **part, "data": data, "datatype": datatype, "shape": shape}
    )


def append(
    path: str,
    axis: int | None = None,
    data: Any = None,
    datatype: Datatype | None = None,
    shape: Sequence[int] | None = None,
    unique_on: str | None = None,
) -> Fields:
    """Put values behind the last along one axis, or in the order of their keys."""
    fields = {
        "axis": axis,
        "unique_on": unique_on,
        "data": data,
        "datatype": datatype,
        "shape": shape,
    }
    return _present({"path": _checked_path(path), **fields})


def insert(
    path: str,
    index: int,
    axis: int | None = None,
    data: Any = None,
    datatype: Datatype | None = None,
    shape: Sequence[int] | None = None,
) -> Fields:
    """Put values before those at an index along one axis."""
    fields = {"axis": axis, "data": data, "datatype": datatype, "shape": shape}
    return _present({"path": _checked_path(path), "index": index, **fields})


def resize(path: str, shape: Sequence[int]) -> Fields:
    """Give a dataset other dims."""
    return _present({"path": _checked_path(path), "shape": shape})


def fill(
    path: str,
    selection: str | None = None,
    data: Any = None,
    datatype: Datatype | None = None,
) -> Fields:
    """Put one value into many elements."""
    fields = {"selection": selection, "data": data, "datatype": datatype}
    return _present({"path": _checked_path(path), **fields})


def points(
    path: str,
    points: Sequence[Sequence[int]],
    encoding: str | None = None,
    fields: str | Sequence[str] | None = None,
) -> Fields:
    """Ask for single elements."""
    asked = {"points": points, "fields": fields, "encoding": encoding}
    return _present({"path": _checked_path(path), **asked})


def write_points(
    path: str,
    points: Sequence[Sequence[int]],
    data: Any = None,
    datatype: Datatype | None = None,
    shape: Sequence[int] | None = None,
) -> Fields:
    """Put values into single elements."""
    fields = {"points": points, "data": data, "datatype": datatype, "shape": shape}
    return _present({"path": _checked_path(path), **fields})


def link(path: str, target: str, kind: str | None = None, target_file: str | None = None) -> Fields:
    """Make a link, and the groups above it that are missing."""
    fields = {"kind": kind, "target": target, "target_file": target_file}
    return _present({"path": _checked_path(path), **fields})


def move(path: str, to: str) -> Fields:
    """Give a link another place or name."""
    return {"path": _checked_path(path), "to": _checked_path(to)}


def copy(
    path: str,
    to: str,
    shallow: bool | None = None,
    expand_soft: bool | None = None,
    expand_refs: bool | None = None,
    without_attrs: bool | None = None,
    expand_external: bool | None = None,
    from_file: str | None = None,
) -> Fields:
    """Copy an object, with all below it."""
    options = {
        "from_file": from_file,
        "expand_external": expand_external or None,
        "shallow": shallow or None,
        "expand_soft": expand_soft or None,
        "expand_refs": expand_refs or None,
        "without_attrs": without_attrs or None,
    }
    return _present({"path": _checked_path(path), "to": _checked_path(to), **options})


def delete(path: str) -> Fields:
    """Remove the link at a path."""
    return _present({"path": _checked_path(path)})


def attributes(path: str | None = None) -> Fields:
    """Ask for the attributes of an object."""
    return _present({"path": _checked_path(path)})


def read_attribute(name: str, path: str | None = None, encoding: str | None = None) -> Fields:
    """Ask for the value of an attribute."""
    return _present({"path": _checked_path(path), "name": name, "encoding": encoding})


def write_attribute(
    name: str,
    path: str | None = None,
    data: Any = None,
    datatype: Datatype | None = None,
    shape: Sequence[int] | None = None,
    named_datatype: str | None = None,
) -> Fields:
    """Make an attribute or replace it."""
    fields = {"name": name, "data": data, "datatype": datatype, "shape": shape}
    fields["named_datatype"] = named_datatype
    return _present({"path": _checked_path(path), **fields})


def rename_attribute(name: str, to: str, path: str | None = None) -> Fields:
    """Give an attribute another name."""
    return _present({"path": _checked_path(path), "name": name, "to": to})


def delete_attribute(name: str, path: str | None = None) -> Fields:
    """Remove an attribute."""
    return _present({"path": _checked_path(path), "name": name})


def flush() -> Fields:
    """Hand everything that HDF5 holds in memory to the operating system."""
    return {}


def subscribe(
    path: str | None = None,
    data: bool | None = None,
    snapshot: bool | None = None,
    since: Mapping[str, int] | None = None,
    max_rate: float | None = None,
) -> Fields:
    """Ask to be told of every later change at or below a path."""
    return _present(
        {
            "path": _checked_path(path),
            "data": data or None,
            "snapshot": snapshot or None,
            "since": since,
            "max_rate": max_rate,
        }
    )


def unsubscribe(subscription: int) -> Fields:
    """End a subscription."""
    return {"subscription": subscription}


def cancel(request: int | str) -> Fields:
    """Stop a request that is waiting or sending a long answer."""
    return {"request": request}


BUILDERS: dict[str, Callable[..., Fields]] = {
    "hello": hello,
    "ping": ping,
    "files": files,
    "create_file": create_file,
    "file_info": file_info,
    "close_file": close_file,
    "delete_file": delete_file,
    "list": list_links,
    "describe": describe,
    "describe_many": describe_many,
    "walk": walk,
    "search": search,
    "read": read,
    "read_many": read_many,
    "query": query,
    "stats": stats,
    "sample": sample,
    "create_group": create_group,
    "create_named_datatype": create_named_datatype,
    "create_dataset": create_dataset,
    "write": write,
    "update": write,
    "append": append,
    "insert": insert,
    "resize": resize,
    "fill": fill,
    "points": points,
    "write_points": write_points,
    "link": link,
    "move": move,
    "copy": copy,
    "delete": delete,
    "batch": batch,
    "attributes": attributes,
    "read_attribute": read_attribute,
    "write_attribute": write_attribute,
    "rename_attribute": rename_attribute,
    "delete_attribute": delete_attribute,
    "flush": flush,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "cancel": cancel,
}
"""By the name of the command."""

CHANGES = frozenset(
    {
        "create_group",
        "create_dataset",
        "write",
        "update",
        "append",
        "insert",
        "resize",
        "fill",
        "write_points",
        "link",
        "move",
        "copy",
        "delete",
        "batch",
        "write_attribute",
        "rename_attribute",
        "delete_attribute",
    }
)
"""The commands that change the inside of a file."""
