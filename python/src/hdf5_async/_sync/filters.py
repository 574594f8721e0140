"""What h5py calls compression and its kin, as the filters that the protocol knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["FilterRefBase", "Gzip", "filters_of"]

DEFLATE = 1
LEGACY_GZIP_LEVELS: tuple[int, ...] = tuple(range(10))
"""Numbers that mean gzip of that level where no options are given, not the filter of that number."""
_BY_NUMBER = {
    1: "deflate",
    4: "szip",
    32000: "lzf",
    32001: "blosc",
    32004: "lz4",
    32008: "bitshuffle",
    32013: "zfp",
    32015: "zstd",
    32026: "blosc2",
}
_SZIP = {"ec": 4, "nn": 32}


class FilterRefBase(Mapping[str, Any]):
    """A compression with its options as one object, also to be unpacked: ``**Gzip(8)``."""

    filter_id: int
    filter_options: tuple[Any, ...] = ()

    def __getitem__(self, name: str) -> Any:
        if name == "compression":
            return self.filter_id
        if name == "compression_opts":
            return self.filter_options
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(("compression", "compression_opts"))

    def __len__(self) -> int:
        return 2

    def __hash__(self) -> int:
        return hash((self.filter_id, self.filter_options))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FilterRefBase)
            and self.filter_id == other.filter_id
            and self.filter_options == other.filter_options
        )


class Gzip(FilterRefBase):
    """Deflate at a level."""

    filter_id = DEFLATE

    def __init__(self, level: int = 4) -> None:
        self.filter_options = (level,)


def filters_of(
    dtype: np.dtype[Any],
    *,
    compression: Any = None,
    compression_opts: Any = None,
    shuffle: bool | None = None,
    fletcher32: bool | None = None,
    scaleoffset: Any = None,
    allow_unknown_filter: bool = False,
) -> list[dict[str, Any]]:
    """Return the filters of a new dataset, in the order in which h5py sets them.

    Raises:
        ValueError: where options make no sense.

    """
    steps: list[dict[str, Any]] = []
    if scaleoffset is not None and scaleoffset is not False:
        if fletcher32:
            raise ValueError("fletcher32 cannot be used with potentially lossy scale/offset filter")
        steps.append(_scaleoffset(dtype, scaleoffset))
    if shuffle:
        steps.append({"name": "shuffle"})
    if compression is not None and compression is not False:
        steps.append(_compression(compression, compression_opts, allow_unknown_filter))
    elif compression_opts is not None:
        raise TypeError("Compression method must be specified")
    if fletcher32:
        steps.append({"name": "fletcher32"})
    return steps


def _scaleoffset(dtype: np.dtype[Any], factor: Any) -> dict[str, Any]:
    if factor is not True and (not isinstance(factor, (int, np.integer)) or factor < 0):
        raise ValueError("scale factor must be >= 0")
    if dtype.kind == "f":
        if factor is True:
            raise ValueError("integer scaleoffset must be provided for floating point types")
        return {"name": "scaleoffset", "options": [0, int(factor)]}
    if dtype.kind in "iu":
        return {"name": "scaleoffset", "options": [2, 0 if factor is True else int(factor)]}
    raise TypeError("scale/offset filter only supported for integer and floating-point types")


def _compression(compression: Any, options: Any, allow_unknown: bool) -> dict[str, Any]:
    if isinstance(compression, FilterRefBase):
        compression, options = compression.filter_id, compression.filter_options
    if compression is True:
        compression = "gzip"
    if isinstance(compression, (int, np.integer)):
        if compression in LEGACY_GZIP_LEVELS and options is None:
            compression, options = "gzip", int(compression)
        elif compression < 0 or compression > 65535:
            raise ValueError(f"Invalid filter {compression}")
        elif compression in _BY_NUMBER:
            name = _BY_NUMBER[int(compression)]
            if name == "deflate" and not options:
                raise IndexError("the filter deflate needs its level in compression_opts")
            return {"name": name, "options": [int(option) for option in options or ()]}
        elif not allow_unknown:
            raise ValueError(f"Unknown compression filter number: {compression}")
        else:
            return {
                "name": str(compression),
                "id": int(compression),
                "options": list(options or ()),
            }
    if compression == "gzip":
        level = 4 if options is None else options
        if level not in range(10):
            raise ValueError("GZIP setting must be an integer from 0-9, not " + repr(level))
        return {"name": "deflate", "options": [int(level)]}
    if compression == "lzf":
        if options is not None:
            raise ValueError("LZF compression filter accepts no options")
        return {"name": "lzf"}
    if compression == "szip":
        return _szip(options)
    raise ValueError(f'Compression filter "{compression}" is unavailable')


def _szip(options: Any) -> dict[str, Any]:
    coding, pixels = options if options is not None else ("nn", 8)
    if coding not in _SZIP:
        raise ValueError("SZIP encoding method must be either 'ec' or 'nn'")
    if not (0 < pixels <= 32 and pixels % 2 == 0):
        raise ValueError("SZIP pixels-per-block must be even number 2-32")
    return {"name": "szip", "options": [_SZIP[coding], int(pixels)]}
