"""Whether a dataset that is there is the one that a script requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["check_required"]


def check_required(
    found: Dataset, shape: Any, dtype: np.dtype[Any], *, exact: bool, maxshape: Any
) -> None:
    """Compare a dataset with what is required.

    Raises:
        TypeError: where it is another.

    """
    wanted = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if found.shape != wanted and maxshape is None:
        raise TypeError(f"Shapes do not match (existing {found.shape} vs new {wanted})")
    if maxshape is not None:
        largest = (maxshape,) if isinstance(maxshape, int) else tuple(maxshape)
        if found.maxshape != largest:
            raise TypeError(f"Max shapes do not match (existing {found.maxshape} vs new {largest})")
    if exact:
        if dtype != found.dtype:
            raise TypeError(
                f"Datatypes do not exactly match (existing {found.dtype} vs new {dtype})"
            )
    elif not np.can_cast(dtype, found.dtype):
        raise TypeError(f"Datatypes cannot be safely cast (existing {found.dtype} vs new {dtype})")
