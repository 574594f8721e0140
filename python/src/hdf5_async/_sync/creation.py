"""Making a dataset: h5py's many options as one request, and the first values behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._json_values import to_json
from .._mapping import datatype_of
from .._newdata import array_for_new_object
from .._reference import Empty
from .._special import check_string_dtype
from . import elements
from .config import get_config
from .external import external_files
from .filters import filters_of
from .identifiers import DatasetID, TypeID
from .selections import select

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["ACCESS_OPTIONS", "create_dataset", "fill_value"]

_FILTER_OPTIONS = (
    "compression",
    "compression_opts",
    "shuffle",
    "fletcher32",
    "scaleoffset",
    "allow_unknown_filter",
)
ACCESS_OPTIONS = ("rdcc_nbytes", "rdcc_w0", "rdcc_nslots", "efile_prefix", "virtual_prefix")
"""About how one process reads a file; they have no meaning for a server."""


def create_dataset(
    file: ServedFile, path: str, shape: Any, dtype: Any, data: Any, options: dict[str, Any]
) -> DatasetID:
    """Make a dataset with h5py's options and return it.

    Raises:
        TypeError: for options that do not go together, or that are none.

    """
    file.check_writable()
    asked = {name: options.pop(name) for name in ACCESS_OPTIONS if name in options}
    datatype, named, wanted = _datatype(dtype)
    array = None
    if isinstance(data, Empty):
        wanted = data.dtype if wanted is None else wanted
        if shape is not None:
            raise ValueError("Shape tuple is incompatible with data")
    elif data is not None:
        array = array_for_new_object(data, wanted)
        wanted = array.dtype if wanted is None else wanted
        shape = _outer_shape(array, wanted) if shape is None else shape
    elif wanted is None:
        if shape is None:
            raise TypeError("One of data, shape or dtype must be specified")
        wanted = np.dtype("f4")
        _warn_about_default()
    dims = _dims(shape)
    if datatype is None:
        datatype = datatype_of(wanted)
    fields: dict[str, Any] = {
        "path": path,
        "datatype": datatype,
        "named_datatype": named,
        "shape": None if dims is None else list(dims),
        **_storage(dims, wanted, options),
    }
    if array is not None and dims is not None:
        if math.prod(dims) * math.prod(wanted.shape) != array.size:
            raise ValueError("Shape tuple is incompatible with data")
        array = array.reshape(dims + wanted.shape)
    file.change("create_dataset", fields)
    made = DatasetID(file, path, asked)
    if array is not None and dims is not None and array.size:
        elements.write(
            made,
            select((), dims),
            elements.converted(array, datatype),
            elements.datatype_to_send(array, datatype),
        )
    return made


def _warn_about_default() -> None:
    import warnings

    warnings.warn(
        "Creating a dataset without passing data or dtype is deprecated; pass dtype='f4' explicitly",
        DeprecationWarning,
        stacklevel=5,
    )


def _datatype(dtype: Any) -> tuple[Any, str | None, np.dtype[Any] | None]:
    """Return the datatype, the path of a named one, and the dtype that a caller means."""
    if dtype is None:
        return None, None, None
    identifier = dtype if isinstance(dtype, TypeID) else getattr(dtype, "id", None)
    if isinstance(identifier, TypeID):
        return identifier.datatype, identifier.path, identifier.dtype
    return None, None, np.dtype(dtype)


def _outer_shape(array: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> tuple[int, ...]:
    inner: tuple[int, ...] = dtype.shape
    if array.shape[array.ndim - len(inner) :] != inner:
        raise TypeError(f"Shape of data {array.shape} does not fit dtype {dtype}")
    outer: tuple[int, ...] = array.shape[: array.ndim - len(inner)]
    return outer


def _dims(shape: Any) -> tuple[int, ...] | None:
    if shape is None:
        return None
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    return tuple(int(length) for length in shape)


def _storage(
    dims: tuple[int, ...] | None, dtype: np.dtype[Any], options: dict[str, Any]
) -> dict[str, Any]:
    """Return the fields about layout, filters and fill value, and take their options out."""
    chunks, maxshape = options.pop("chunks", None), options.pop("maxshape", None)
    steps_given = {name: options.pop(name) for name in _FILTER_OPTIONS if name in options}
    if isinstance(steps_given.get("compression"), Mapping):
        # Of ours or of hdf5plugin; they have the options, too.
        steps_given.update(steps_given["compression"])
    filters = filters_of(dtype, **steps_given)
    unlimited = _max_shape(maxshape, dims)
    external = external_files(options.pop("external", None))
    _check_chunks(dims, chunks, unlimited, filters, external)
    fields: dict[str, Any] = {
        "max_shape": unlimited,
        "filters": filters or None,
        "chunks": None,
        "external_storage": external,
    }
    if chunks is True:
        fields["layout"] = "chunked"
    elif chunks not in (None, False):
        fields["chunks"] = [
            int(length) for length in ((chunks,) if isinstance(chunks, int) else chunks)
        ]
    fields["fill_value"] = fill_value(options.pop("fillvalue", None), dtype)
    fields["fill_time"] = _fill_time(options.pop("fill_time", None))
    track_times = options.pop("track_times", None)
    if track_times not in (None, True, False):
        raise TypeError("track_times must be either True or False")
    fields["track_times"] = track_times or None
    fields["track_order"] = get_config().orders(options.pop("track_order", None)) or None
    if options:
        raise TypeError(
            f"create_dataset() got an unexpected keyword argument {next(iter(options))!r}"
        )
    return fields


def _max_shape(maxshape: Any, dims: tuple[int, ...] | None) -> list[int | None] | None:
    if maxshape is None or maxshape is True:
        return [None] * len(dims or ()) if maxshape is True else None
    given = (maxshape,) if isinstance(maxshape, int) else tuple(maxshape)
    if dims is None:
        raise TypeError("Empty datasets cannot be extended")
    if len(given) != len(dims):
        raise ValueError('"maxshape" must have same rank as dataset shape')
    return [None if length is None else int(length) for length in given]


def _check_chunks(
    dims: tuple[int, ...] | None, chunks: Any, unlimited: Any, filters: Any, external: Any
) -> None:
    needed = [name for name, value in (("maxshape", unlimited), ("filters", filters)) if value]
    if dims is None:
        if chunks not in (None, False) or filters:
            raise TypeError("Empty datasets don't support chunk/filter options")
        return
    if dims == () and (chunks not in (None, False) or needed):
        raise TypeError("Scalar datasets don't support chunk/filter options")
    if chunks is False and needed:
        raise ValueError(f"Chunked format required for given storage options: {', '.join(needed)}")
    if external is not None and (chunks or filters):
        raise ValueError("External datasets have no chunks")
    if chunks in (None, True, False):
        return
    given = (chunks,) if isinstance(chunks, int) else tuple(chunks)
    if len(given) != len(dims):
        raise ValueError("Chunk shape must have the rank of the dataset")
    largest = unlimited or dims
    if any(
        chunk > (length or chunk) for chunk, length in zip(given, largest) if length is not None
    ):
        raise ValueError("Chunk shape must not be greater than data shape in any dimension.")


def fill_value(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return what elements are that were never written, as the protocol has it."""
    if value is None:
        return None
    if check_string_dtype(dtype) is not None:
        return to_json(value)
    try:
        element = np.asarray(value, dtype=dtype.base)[()]
    except TypeError as error:
        raise ValueError(f"the fill value {value!r} is none of dtype {dtype}") from error
    if (
        dtype.names is not None
        and np.ndim(value) == 0
        and not isinstance(value, (np.void, np.ndarray, tuple))
    ):
        raise ValueError(f"the fill value {value!r} is none of dtype {dtype}")
    return to_json(element.tolist() if isinstance(element, np.void) else element)


def _fill_time(name: Any) -> str | None:
    if name is None:
        return None
    if name not in ("alloc", "never", "ifset"):
        raise ValueError(f"fill_time must be one of 'alloc', 'never', 'ifset', not {name!r}")
    return None if name == "ifset" else str(name)
