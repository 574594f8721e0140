"""h5py's manners over the wire: files, groups and datasets for scripts that do not await."""

from .._reference import AnyReference, AttributeReference, Empty, Reference, RegionReference
from .._special import (
    anyref_dtype,
    check_complex_dtype,
    check_dtype,
    check_enum_dtype,
    check_opaque_dtype,
    check_ref_dtype,
    check_string_dtype,
    check_vlen_dtype,
    complex_compat_dtype,
    enum_dtype,
    opaque_dtype,
    ref_dtype,
    regionref_dtype,
    special_dtype,
    string_dtype,
    vlen_dtype,
)
from .attributes import AttributeManager
from .chunks import ChunkIterator
from .config import get_config
from .dataset import Dataset
from .datatype import Datatype
from .file import File
from .filters import FilterRefBase, Gzip
from .group import Group
from .links import ExternalLink, HardLink, SoftLink
from .objects import HLObject
from .selections import MultiBlockSlice
from .virtual import UNLIMITED, VirtualLayout, VirtualSource
from .whole import download, is_hdf5, upload

__all__ = [
    "UNLIMITED",
    "AnyReference",
    "AttributeManager",
    "AttributeReference",
    "ChunkIterator",
    "Dataset",
    "Datatype",
    "Empty",
    "ExternalLink",
    "File",
    "FilterRefBase",
    "Group",
    "Gzip",
    "HLObject",
    "HardLink",
    "MultiBlockSlice",
    "Reference",
    "RegionReference",
    "SoftLink",
    "VirtualLayout",
    "VirtualSource",
    "anyref_dtype",
    "check_complex_dtype",
    "check_dtype",
    "check_enum_dtype",
    "check_opaque_dtype",
    "check_ref_dtype",
    "check_string_dtype",
    "check_vlen_dtype",
    "complex_compat_dtype",
    "download",
    "enum_dtype",
    "get_config",
    "is_hdf5",
    "opaque_dtype",
    "ref_dtype",
    "regionref_dtype",
    "special_dtype",
    "string_dtype",
    "upload",
    "vlen_dtype",
]
