"""netCDF over the wire: h5netcdf, and through it xarray, given an open :class:`hdf5_async.File`.

h5netcdf works on h5py's objects; the classes here are its own with ours beneath. It must be installed.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import h5netcdf
import h5netcdf.core
import h5py

from . import _sync
from ._sync import scales

__all__ = ["File", "open_dataset", "save_dataset"]

# h5netcdf asks whether what it is given is an open file.
h5py.File.register(_sync.File)

_H5PY = SimpleNamespace(
    __name__="h5py",
    __version__=h5py.__version__,
    h5ds=scales,
    h5t=h5py.h5t,
    **{name: getattr(_sync, name) for name in _sync.__all__},
)
"""What h5netcdf finds under h5py's name."""


class Variable(h5netcdf.core.Variable):
    """A variable whose dataset is ours."""

    @property
    def _h5type_identifier(self) -> int:
        return int(self._h5ds.id.get_type().get_class())


class _UserType:
    @property
    def _h5type_identifier(self) -> int:
        identifier: Any = self._h5ds.id  # type: ignore[attr-defined]
        return int(identifier.get_class())


class EnumType(_UserType, h5netcdf.core.EnumType):
    """An enumeration that is ours."""


class VLType(_UserType, h5netcdf.core.VLType):
    """A datatype of sequences that is ours."""


class CompoundType(_UserType, h5netcdf.core.CompoundType):
    """A compound datatype that is ours."""


class Group(h5netcdf.core.Group):
    """A group whose members are ours."""

    _variable_cls = Variable
    _enumtype_cls = EnumType
    _vltype_cls = VLType
    _cmptype_cls = CompoundType

    @property
    def _group_cls(self) -> type:
        return Group


class File(h5netcdf.core.File, Group):
    """A netCDF file on an open :class:`hdf5_async.File`, which stays open when this is closed."""

    def __init__(self, file: _sync.File, **options: Any) -> None:
        super().__init__(file, "r" if file.mode == "r" else "a", **options)

    @property
    def _h5py(self) -> Any:
        return _H5PY

    @_h5py.setter
    def _h5py(self, _module: Any) -> None:
        """Keep ours, whatever h5netcdf has chosen."""


def open_dataset(file: _sync.File, group: str | None = None, **options: Any) -> Any:
    """Return an ``xarray.Dataset`` of a file, whose variables are read when they are needed.

    The options are those of ``xarray.open_dataset``.
    """
    import xarray
    from xarray.backends import H5NetCDFStore

    netcdf = File(file)
    return xarray.open_dataset(H5NetCDFStore(netcdf if group is None else netcdf[group]), **options)


def save_dataset(dataset: Any, file: _sync.File, group: str | None = None) -> None:
    """Write an ``xarray.Dataset`` into a file that is open for changes."""
    from xarray.backends import H5NetCDFStore

    netcdf = File(file)
    place: Any = netcdf
    if group is not None:
        place = netcdf[group] if group in netcdf else netcdf.create_group(group)
    dataset.dump_to_store(H5NetCDFStore(place))
    netcdf.flush()
