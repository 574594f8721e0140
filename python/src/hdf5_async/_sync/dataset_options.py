"""How a dataset is stored: chunks, filters, fill value, as properties of the dataset."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._json_values import from_json
from .._mapping import dtype_of
from .._special import check_string_dtype
from .objects import HLObject

__all__ = ["CreationOptions"]

_FILTER_IDS = {
    "deflate": 1,
    "shuffle": 2,
    "fletcher32": 3,
    "szip": 4,
    "nbit": 5,
    "scaleoffset": 6,
    "lzf": 32000,
}
_COMPRESSIONS = {"deflate": "gzip", "lzf": "lzf", "szip": "szip"}
_SZIP_CODINGS = {4: "ec", 32: "nn"}


class CreationOptions(HLObject):
    """The properties that a dataset was created with."""

    @property
    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = self._id.described()["dataset"]
        return facts

    @property
    def maxshape(self) -> tuple[int | None, ...] | None:
        """How far each axis may grow, None for without limit."""
        shape = self._facts.get("shape")
        if shape is None:
            return None
        return tuple(self._facts.get("max_shape") or shape)

    @property
    def chunks(self) -> tuple[int, ...] | None:
        """The dims of a chunk; None where the dataset has no chunks."""
        chunks = self._facts.get("chunks")
        return None if chunks is None else tuple(chunks)

    @property
    def _steps(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = self._facts.get("filters", [])
        return steps

    @property
    def _filters(self) -> dict[str, tuple[int, ...]]:
        """The options of each filter; under their number where h5py has no name for it."""
        named = {}
        for step in self._steps:
            name = {"deflate": "gzip"}.get(step["name"], step["name"])
            known = step["name"] in _FILTER_IDS
            named[name if known else str(step["id"])] = tuple(step.get("options", ()))
        return named

    @property
    def filter_ids(self) -> tuple[int, ...]:
        """The numbers of the filters, in their order."""
        return tuple(step.get("id", _FILTER_IDS.get(step["name"], 0)) for step in self._steps)

    @property
    def filter_names(self) -> tuple[str, ...]:
        """The names of the filters, in their order."""
        return tuple(step["name"] for step in self._steps)

    @property
    def compression(self) -> str | None:
        """The name of the compression, None without one."""
        for step in self._steps:
            if step["name"] in _COMPRESSIONS:
                return _COMPRESSIONS[step["name"]]
            if step["name"] not in _FILTER_IDS:
                return "unknown"
        return None

    @property
    def compression_opts(self) -> Any:
        """The options of the compression: gzip's level, szip's coding and pixels."""
        filters = self._filters
        if "gzip" in filters:
            return filters["gzip"][0]
        if "szip" in filters:
            mask, pixels = filters["szip"][:2]
            coding = next((name for bit, name in _SZIP_CODINGS.items() if mask & bit), None)
            return (coding, pixels)
        return None

    @property
    def shuffle(self) -> bool:
        """Whether bytes are shuffled before they are compressed."""
        return "shuffle" in self._filters

    @property
    def fletcher32(self) -> bool:
        """Whether chunks have checksums."""
        return "fletcher32" in self._filters

    @property
    def scaleoffset(self) -> int | None:
        """The bits of integers or the decimal digits of floats that are kept; None without that filter."""
        options = self._filters.get("scaleoffset")
        return None if options is None else options[1]

    @property
    def fillvalue(self) -> Any:
        """What elements are that were never written."""
        dtype = dtype_of(self._facts["datatype"])
        value = self._facts.get("fill_value")
        text = check_string_dtype(dtype)
        if value is None:
            if text is not None:
                return b"" if text.length is None else np.bytes_(b"")
            return np.zeros((), dtype)[()]
        if text is not None:
            if isinstance(value, str):
                octets = value.encode("utf-8", "surrogateescape")
                return octets if text.length is None else np.bytes_(octets)
            return from_json(value, self._facts["datatype"], [])
        if dtype.names is not None:
            return np.array(tuple(value), dtype)[()]
        return from_json(value, dtype.str, []) if dtype.kind == "f" else np.array(value, dtype)[()]

    @property
    def external(self) -> list[tuple[str, int, int]] | None:
        """The files that hold the elements, with offset and bytes; None where the file itself does."""
        listed = self._facts.get("external_storage") or None
        if not isinstance(listed, list):
            return None
        return [(entry["file"], entry["offset"], entry["bytes"]) for entry in listed]

    @property
    def is_virtual(self) -> bool:
        """Whether the elements are those of other datasets."""
        return bool(self._facts["layout"] == "virtual")

    def virtual_sources(self) -> list[Any]:
        """Return where the elements of a virtual dataset are.

        Raises:
            RuntimeError: where the dataset is not virtual.

        """
        from .virtual import sources_of

        if not self.is_virtual:
            raise RuntimeError("Not a virtual dataset")
        return sources_of(self._facts.get("virtual", []))
