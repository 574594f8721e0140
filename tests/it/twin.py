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
        values = values.reshape(values.shape[1:])
    values = np.broadcast_to(values, shape)
    if axes:
        array[np.ix_(*axes)] = values.reshape([len(axis) for axis in axes])
    else:
        array[...] = values


def dtype_of(datatype):
    """Return the dtype of a datatype as the protocol writes it."""
    if isinstance(datatype, str):
        return np.dtype(datatype)
    if datatype["class"] == "string":
        return h5py.string_dtype(datatype["charset"], datatype["length"])
    members = datatype["members"]
    return np.dtype(
        {
            "names": [member["name"] for member in members],
            "formats": [dtype_of(member["datatype"]) for member in members],
            "offsets": [member["offset"] for member in members],
            "itemsize": datatype["size"],
        }
    )


def array_of(data, dtype):
    """Return nested lists of elements, where a row is an object or a list of members, as an array."""
    shape, inner = [], data
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    if dtype.names and shape and shape[-1] and not isinstance(inner, dict):
        shape.pop()
    array = np.zeros(shape, dtype)
    for index in np.ndindex(*shape):
        value = data
        for position in index:
            value = value[position]
        if isinstance(value, dict):
            value = [value[name] for name in dtype.names]
        elif dtype.kind == "S":
            value = value.encode()
        array[index] = tuple(value) if dtype.names else value
    return array


def nothing(dtype):
    """Return the fill value that elements have when none is set."""
    if dtype.names:
        return tuple(nothing(dtype[name]) for name in dtype.names)
    return b"" if dtype.kind in "OS" else 0


class Twin:
    """A file that is changed through h5py as the server has changed its own."""

    def __init__(self, path):
        self.file = h5py.File(path, "w")

    def values(self, path):
        """Return all elements in the dataset's own dtype."""
        dataset = self.file[path]
        array = np.zeros(dataset.shape, dataset.dtype)
        if dataset.size:
            array[...] = dataset[()]
        return array

    def store(self, path, array):
        """Write all elements."""
        if array.size:
            self.file[path][...] = array

    def behind(self, path):
        """Return where the soft links lead that a path ends with."""
        link = self.file.get(path, getlink=True, default=None)
        while isinstance(link, h5py.SoftLink):
            above = path.rpartition("/")[0]
            path = link.path if link.path.startswith("/") else f"{above}/{link.path}"
            link = self.file.get(path, getlink=True, default=None)
        return path

    def has_name(self, datatype):
        """Return whether a link leads to a datatype: the server finds it by its path only."""
        if not datatype.committed():
            return False
        address = h5py.h5o.get_info(datatype).addr
        same = lambda _, item: h5py.h5o.get_info(item.id).addr == address or None
        return bool(self.file.visititems(same))

    def make(self, path, array):
        """Make a dataset that can take every later change, in place of one that is there."""
        path = self.behind(path)
        attributes, dtype = {}, array.dtype
        if path in self.file:
            old = self.file[path]
            for name, value in old.attrs.items():
                attributes[name] = (value, old.attrs.get_id(name).dtype)
            shared = old.id.get_type()
            if self.has_name(shared) and old.dtype == dtype:
                dtype = h5py.Datatype(shared)
            del self.file[path]
        limits = (None,) * array.ndim if array.ndim else None
        made = self.file.create_dataset(path, array.shape, dtype, maxshape=limits)
        self.store(path, array)
        for name, (value, dtype) in attributes.items():
            made.attrs.create(name, value, dtype=dtype)

    def do(self, request, reply, before):
        """Do what the server did; its reply tells the datatype that it chose."""
        path, command = request.get("path"), request["command"]
        if command == "batch":
            for step, its_reply in zip(request["commands"], reply["replies"]):
                self.do(step, its_reply, None)
            return
        data = request.get("data")
        if "datatype" in reply and "data" in request:
            data = array_of(data, dtype_of(reply["datatype"]))
        if command == "write":
            self.write(path, data, reply, before)
        else:
            getattr(self, command)(path, data, request)

    def create_group(self, path, data, request):
        self.file.require_group(path)

    def create_named_datatype(self, path, data, request):
        self.file[path] = dtype_of(request["datatype"])

    def create_dataset(self, path, data, request):
        shape = tuple(request["shape"])
        limits = (None,) * len(shape) if shape else None
        named = request.get("named_datatype")
        dtype = self.file[named] if named else dtype_of(request["datatype"])
        self.file.create_dataset(path, shape, dtype, maxshape=limits)

    def write(self, path, data, reply, before):
        """Write in place where the server could, otherwise replace."""
        if before and before.get("shape") is not None:
            shape, limits = before["shape"], before["max_shape"]
            fits = len(shape) == data.ndim and all(
                old == new
                or limit is None
                or (before["layout"] == "chunked" and new <= limit)
                for old, new, limit in zip(shape, data.shape, limits)
            )
            if fits and before["datatype"] == reply["datatype"]:
                if list(data.shape) != shape:
                    self.file[path].resize(data.shape)
                return self.store(path, data)
        return self.make(path, data)

    def update(self, path, data, request):
        array = self.values(path)
        put(array, request["selection"], data)
        self.store(path, array)

    def append(self, path, data, request):
        if path not in self.file:
            return self.make(path, np.atleast_1d(data))
        index = self.file[path].shape[request["axis"]]
        return self.insert(path, data, {**request, "index": index})

    def insert(self, path, data, request):
        if path not in self.file:
            return self.make(path, np.atleast_1d(data))
        old, axis = self.values(path), request["axis"]
        if data.ndim == old.ndim - 1 and data.shape != (0,):
            data = np.expand_dims(data, axis)
        if data.shape == (0,) and old.ndim != 1:
            return None
        index = request["index"]
        index += old.shape[axis] if index < 0 else 0
        before, after = np.split(old, [index], axis)
        new = np.concatenate([before, data, after], axis)
        self.file[path].resize(new.shape)
        return self.store(path, new.astype(old.dtype))

    def resize(self, path, data, request):
        self.file[path].resize(request["shape"])

    def fill(self, path, data, request):
        array = self.values(path)
        if "data" not in request:
            data = np.zeros((), array.dtype)
            data[()] = nothing(array.dtype)
        put(array, request["selection"], data)
        self.store(path, array)

    def write_points(self, path, data, request):
        array = self.values(path)
        values = np.broadcast_to(data, len(request["points"]))
        for point, value in zip(request["points"], values):
            array[tuple(point)] = value
        self.store(path, array)

    def link(self, path, data, request):
        kind, target = request["kind"], request["target"]
        if kind == "hard":
            self.file[path] = self.file[target]
        elif kind == "soft":
            self.file[path] = h5py.SoftLink(target)
        else:
            self.file[path] = h5py.ExternalLink(request["target_file"], target)

    def delete(self, path, data, request):
        del self.file[path]

    def move(self, path, data, request):
        self.file.move(path, request["to"])

    def copy(self, path, data, request):
        options = {name: request[name] for name in ("shallow", "without_attrs")}
        above, _, name = request["to"].rpartition("/")
        # H5Ocopy fails where a path leads to the place of the copy through a soft link, and it makes the groups
        # above a copy when the copy is whole: it may lie inside of what is copied.
        self.file.copy(path, self.file, "under way", **options)
        place = self.file.require_group(above or "/")
        self.file.id.links.move(b"under way", place.id, name.encode())

    def write_attribute(self, path, data, request):
        self.file[path].attrs.create(request["name"], data, dtype=data.dtype)

    def rename_attribute(self, path, data, request):
        item = self.file[path]
        h5py.h5a.rename(item.id, request["name"].encode(), request["to"].encode())

    def delete_attribute(self, path, data, request):
        del self.file[path].attrs[request["name"]]


def kind_of(dtype):
    """Return all that h5py says of a dtype."""
    if dtype.names:
        fields = [
            [name, kind_of(dtype[name]), dtype.fields[name][1]] for name in dtype.names
        ]
        return [fields, dtype.itemsize]
    text = h5py.check_string_dtype(dtype)
    return [dtype.str, text and list(text)]


def plain(value):
    """Return elements as JSON has them."""
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def shown(value, dtype):
    """Return a dataset's or attribute's elements."""
    array = np.asarray(value)
    return [kind_of(dtype), list(array.shape), plain(array.tolist())]


def dump(item, path, seen):
    """Return all that is at and below an object; an object that was met before is only named."""
    address = h5py.h5o.get_info(item.id).addr
    if address in seen:
        return {"same": seen[address]}
    seen[address] = path
    attributes = {}
    for name in item.attrs:
        attributes[name] = shown(item.attrs[name], item.attrs.get_id(name).dtype)
    found = {"attributes": attributes}
    if isinstance(item, h5py.Datatype):
        return {**found, "named": kind_of(item.dtype)}
    if isinstance(item, h5py.Dataset):
        committed = item.id.get_type().committed()
        return {**found, "values": shown(item[()], item.dtype), "committed": committed}
    links = {}
    for name in sorted(item):
        link = item.get(name, getlink=True)
        if isinstance(link, h5py.HardLink):
            links[name] = dump(item[name], f"{path}/{name}", seen)
        else:
            links[name] = [type(link).__name__, *vars(link).values()]
    return {**found, "links": links}


def answer(request):
    """Do one request."""
    if "open" in request:
        answer.twin = Twin(request["open"])
        return None
    if "dump" in request:
        answer.twin.file.flush()
        with h5py.File(request["dump"], "r", locking=False) as file:
            return [dump(file["/"], "", {}), dump(answer.twin.file["/"], "", {})]
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
    answer.twin.do(request["request"], request["reply"], request["before"])
    return None


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
