"""An xarray dataset is saved into a served file as netCDF-4, and opened from there: only what is selected travels.

Run: python xarray_file.py ADDRESS
"""

from __future__ import annotations

import sys

import numpy as np
import xarray

import hdf5_async
from hdf5_async import netcdf

GROUP = "weather"


def main(address: str) -> None:
    """Save a variable with its coordinate, and select from it by label."""
    hours = np.arange(24.0)
    temperature = 10 - 5 * np.cos(hours / 24 * 2 * np.pi)
    weather = xarray.Dataset(
        {"temperature": ("hour", temperature, {"units": "degC"})}, coords={"hour": hours}
    )
    with hdf5_async.File(address, "a") as file:
        if GROUP in file:
            del file[GROUP]
        netcdf.save_dataset(weather, file, GROUP)
        served = netcdf.open_dataset(file, GROUP)
        noon = served["temperature"].sel(hour=12.0)
        print("at noon:", f"{float(noon):.2f}", noon.attrs["units"])
        print("mean:", f"{float(served['temperature'].mean()):.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
