"""What numpy and h5py make of the same requests: one JSON request a line in, one answer a line out."""

import json
import sys

import h5py
import numpy as np


def axes_of(shape, text):
    """Return the indices that a selection takes on each axis, and which axes it drops."""
    parts = list(eval(f"np.s_[{text},]")) if text.strip() else []
    named = sum(part is not Ellipsis for part in parts)
    if named > len(shape):
        raise IndexError("too many axes")
    at = next((n for n, part in enumerate(parts) if part is Ellipsis), len(parts))
    parts[at : at + 1] = [slice(None)] * (len(shape) - named)
    axes, kept = [], []
    for part, length in zip(parts, shape):
        if isinstance(part, slice):
            indices = np.arange(length)[part]
        else:
            indices = np.array([part] if isinstance(part, int) else part, np.int64)
            if np.any(indices < -length) or np.any(indices >= length):
                raise IndexError("outside")
            indices = indices % length if length else indices
        axes.append(indices)
        kept.append(not isinstance(part, int))
    return axes, kept


def select(array, text):
    """Return what a selection takes of an array."""
    axes, kept = axes_of(array.shape, text)
    taken = array[np.ix_(*axes)] if axes else array
    return taken.reshape([len(axis) for axis, keep in zip(axes, kept) if keep])


def put(array, text, values):
    """Write values, broadcast, where a selection says."""
    axes, kept = axes_of(array.shape, text)
    shape = [len(axis) for axis, keep in zip(axes, kept) if keep]
    # An assignment drops leading axes of one element, which broadcasting alone does not.
    while values.ndim > len(shape) and values.shape[0] == 1:
        values = values[0]
    values = np.broadcast_to(values, shape)
    if axes:
        array[np.ix_(*axes)] = values.reshape([len(axis) for axis in axes])
    else:
        array[...] = values


class Twin:
    """A file that is changed through h5py as the server has changed its own."""

    def __init__(self, path):
        self.file = h5py.File(path, "w")

    def make(self, path, array):
        """Make a dataset that can take every later change, in place of one that is there."""
        attributes = {}
        if path in self.file:
            attributes = dict(self.file[path].attrs)
            del self.file[path]
        limits = (None,) * array.ndim if array.ndim else None
        made = self.file.create_dataset(path, data=array, maxshape=limits)
        for name, value in attributes.items():
            made.attrs[name] = value

    def do(self, request, reply):
        """Do what the server did; its reply tells the datatype that it chose."""
        path, command = request.get("path"), request["command"]
        data = request.get("data")
        if data is not None and "datatype" in reply:
            data = np.array(data, reply["datatype"])
        getattr(self, command)(path, data, request)

    def create_group(self, path, data, request):
        self.file.require_group(path)

    def create_dataset(self, path, data, request):
        self.make(path, np.zeros(request["shape"], request["datatype"]))

    def write(self, path, data, request):
        if "selection" not in request:
            return self.make(path, data)
        array = self.file[path][()]
        array = np.asarray(array, self.file[path].dtype)
        put(array, request["selection"], data)
        self.file[path][...] = array

    update = write

    def append(self, path, data, request):
        if path not in self.file:
            return self.make(path, np.atleast_1d(data))
        self.insert(
            path, data, {**request, "index": self.file[path].shape[request["axis"]]}
        )

    def insert(self, path, data, request):
        if path not in self.file:
            return self.make(path, np.atleast_1d(data))
        old, axis = self.file[path][()], request["axis"]
        if data.ndim == old.ndim - 1 and data.shape != (0,):
            data = np.expand_dims(data, axis)
        if data.shape == (0,) and old.ndim != 1:
            return None
        index = request["index"]
        index += old.shape[axis] if index < 0 else 0
        before, after = np.split(old, [index], axis)
        new = np.concatenate([before, data, after], axis)
        self.file[path].resize(new.shape)
        self.file[path][...] = new

    def resize(self, path, data, request):
        self.file[path].resize(request["shape"])

    def fill(self, path, data, request):
        array = np.asarray(self.file[path][()], self.file[path].dtype)
        put(array, request["selection"], data)
        self.file[path][...] = array

    def write_points(self, path, data, request):
        array = self.file[path][()]
        values = np.broadcast_to(data, len(request["points"]))
        for point, value in zip(request["points"], values):
            array[tuple(point)] = value
        self.file[path][...] = array

    def delete(self, path, data, request):
        del self.file[path]

    def move(self, path, data, request):
        self.file.move(path, request["to"])

    def copy(self, path, data, request):
        self.file.copy(path, request["to"])

    def write_attribute(self, path, data, request):
        self.file[path].attrs[request["name"]] = data

    def delete_attribute(self, path, data, request):
        del self.file[path].attrs[request["name"]]


def shown(value):
    """Return an array or attribute as JSON has it."""
    array = np.asarray(value)
    return [array.dtype.str, list(array.shape), array.tolist()]


def dump(group):
    """Return all that is in a group."""
    found = {"attributes": {name: shown(value) for name, value in group.attrs.items()}}
    if isinstance(group, h5py.Dataset):
        return {
            **found,
            "values": [group.dtype.str, list(group.shape), group[()].tolist()],
        }
    return {**found, "links": {name: dump(group[name]) for name in sorted(group)}}


def answer(request):
    """Do one request."""
    if "open" in request:
        answer.twin = Twin(request["open"])
        return None
    if "dump" in request:
        answer.twin.file.flush()
        with h5py.File(request["dump"], "r", locking=False) as file:
            return [dump(file), dump(answer.twin.file)]
    if "select" in request:
        array = np.arange(int(np.prod(request["dims"]))).reshape(request["dims"])
        try:
            if "values" in request:
                put(array, request["select"], np.array(request["values"]))
                return array.tolist()
            taken = select(array, request["select"])
        except (IndexError, ValueError):
            return "refused"
        return {"shape": list(taken.shape), "data": taken.tolist()}
    answer.twin.do(request["request"], request["reply"])
    return None


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
