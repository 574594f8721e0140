"""A DataFrame becomes a dataset of compound elements, and such a dataset a DataFrame.

Run: python pandas_round_trip.py ADDRESS
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import hdf5_async

PATH = "example/table"


def main(address: str) -> None:
    """Write a table, read it back, and read one column of some rows."""
    frame = pd.DataFrame(
        {
            "time": np.arange(5) * 0.5,
            "counts": np.array([3, 1, 4, 1, 5], "int32"),
            "valid": [True, False, True, True, False],
        }
    )
    with hdf5_async.File(address, "a") as file:
        if PATH in file:
            del file[PATH]
        file.create_dataset(PATH, data=frame.to_records(index=False), maxshape=(None,))
        back = pd.DataFrame(file[PATH][:])
        print(back)
        print("equal:", back.equals(frame))
        print("counts:", file[PATH]["counts", 2:4].tolist())


if __name__ == "__main__":
    main(sys.argv[1])
