"""h5py's arguments of ``File``: which are known, and which contradict each other."""

from __future__ import annotations

from typing import Any

from .._files import FileCreation
from .config import get_config

__all__ = ["SPACE_STRATEGIES", "check_options", "creation_of"]

KNOWN = {
    "driver",
    "libver",
    "userblock_size",
    "swmr",
    "rdcc_nslots",
    "rdcc_nbytes",
    "rdcc_w0",
    "track_order",
    "fs_strategy",
    "fs_persist",
    "fs_threshold",
    "fs_page_size",
    "page_buf_size",
    "min_meta_keep",
    "min_raw_keep",
    "locking",
    "alignment_threshold",
    "alignment_interval",
    "meta_block_size",
}
DRIVER_OPTIONS = {
    "core": {"backing_store", "block_size"},
    "direct": {"alignment", "block_size", "cbuf_size"},
}
DRIVERS = (None, "sec2", "stdio", "core", "direct", "fileobj")
"""Those whose files are ordinary ones; which driver the server uses is its own business."""
CREATING = ("w", "w-", "x")
SPACE_STRATEGIES = {
    "fsm": "free_space_managers",
    "page": "pages",
    "aggregate": "aggregators",
    "none": "file_driver",
}
"""The protocol's name of each strategy, in the order of HDF5's numbers."""


def check_options(mode: str, options: dict[str, Any]) -> None:
    """Refuse what h5py refuses.

    Raises:
        TypeError: for an argument that is none.
        ValueError: for values that are none or do not fit the mode.

    """
    driver = options.get("driver")
    if driver not in DRIVERS:
        raise ValueError(f"Unknown driver type '{driver}'")
    allowed = KNOWN | DRIVER_OPTIONS.get(driver or "", set())
    for name in options:
        if name not in allowed:
            raise TypeError(f"'{name}' is an invalid keyword argument for File")
    _check_userblock(mode, options.get("userblock_size"))
    strategy = options.get("fs_strategy")
    if strategy is not None:
        if mode not in CREATING:
            raise ValueError("Unable to set file space strategy of an existing file")
        if strategy not in SPACE_STRATEGIES:
            raise ValueError("Invalid file space strategy type")
    if options.get("locking") not in (None, True, False, "true", "false", "best-effort"):
        raise ValueError(f"Unsupported locking value: {options['locking']}")
    if options.get("page_buf_size") and mode in CREATING and strategy != "page":
        raise OSError("Unable to create file (page buffering needs fs_strategy='page')")
    if options.get("swmr") and mode in CREATING:
        options["swmr"] = False


def _check_userblock(mode: str, size: Any) -> None:
    if size is None:
        return
    if mode in ("r", "r+"):
        raise ValueError("User block may only be specified when creating a file")
    try:
        size = int(size)
    except (TypeError, ValueError):
        raise ValueError("User block size must be an integer") from None
    if size != 0 and (size < 512 or size & (size - 1)):
        raise ValueError(
            f"User block size ({size}) must be 0, or a power of 2 that is at least 512"
        )


def _format(libver: Any) -> str | None:
    low = libver[0] if isinstance(libver, (tuple, list)) else libver
    return low if low in ("earliest", "v18", None) else "v110"


def creation_of(options: dict[str, Any]) -> FileCreation:
    """Return the properties of a new file that the options of ``File`` ask for."""
    default = FileCreation()
    return FileCreation(
        user_block_bytes=int(options.get("userblock_size") or 0),
        track_order=get_config().orders(options.get("track_order")),
        space_strategy=SPACE_STRATEGIES[options.get("fs_strategy") or "fsm"],
        space_persists=bool(options.get("fs_persist")),
        space_threshold=int(options.get("fs_threshold") or default.space_threshold),
        page_bytes=int(options.get("fs_page_size") or default.page_bytes),
        format=_format(options.get("libver")) or default.format,
    )
