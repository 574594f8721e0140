"""h5py's settings of a process: those that mean something over a wire, and those that are as they are."""

from __future__ import annotations

__all__ = ["Config", "get_config"]


class Config:
    """What holds for all files that this process opens.

    Attributes:
        track_order: whether files, groups and datasets that are made without ``track_order`` remember the order in
            which their links and attributes are made.

    """

    def __init__(self) -> None:
        self.track_order = False

    @property
    def complex_names(self) -> tuple[str, str]:
        """The members of compounds that hold complex numbers."""
        return ("r", "i")

    @property
    def bool_names(self) -> tuple[bytes, bytes]:
        """The names of the enumeration that holds booleans."""
        return (b"FALSE", b"TRUE")

    @property
    def mpi(self) -> bool:
        """Whether processes share a file by MPI: they share it by the server."""
        return False

    def orders(self, asked: bool | None) -> bool:
        """Whether something is made that remembers the order of what is in it."""
        return self.track_order if asked is None else bool(asked)


_CONFIG = Config()


def get_config() -> Config:
    """Return the settings of this process, to be read and changed."""
    return _CONFIG
