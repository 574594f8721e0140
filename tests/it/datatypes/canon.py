"""What datasets hold, in one form for both files and for what came over the wire."""

import base64
import json

import h5py
import hdf5plugin  # noqa: F401 - makes its filters known to h5py
import numpy as np

t = h5py.h5t


def path_of(file, reference):
    return file[reference].name


def plain(tid):
    """Whether elements are the same bytes in memory and in the file."""
    kind = tid.get_class()
    if kind == t.STRING:
        return not tid.is_variable_str()
    if kind in (t.VLEN, t.REFERENCE):
        return False
    if kind == t.ARRAY:
        return plain(tid.get_super())
    if kind == t.COMPOUND:
        return all(plain(tid.get_member_type(i)) for i in range(tid.get_nmembers()))
    return True


def little(octets, tid):
    return octets[::-1] if tid.get_order() == t.ORDER_BE else octets


def number(octets, tid, signed):
    offset, precision = np.frombuffer(tid.encode()[10:14], "<u2").tolist()
    value = int.from_bytes(little(octets, tid), "little") >> offset
    value &= (1 << precision) - 1
    if signed and value >> (precision - 1):
        value -= 1 << precision
    return value


def of_bytes(octets, tid):
    """The canonical form of one element of fixed size."""
    kind = tid.get_class()
    if kind == t.INTEGER:
        return number(octets, tid, tid.get_sign() == t.SGN_2)
    if kind == t.BITFIELD:
        return number(octets, tid, False)
    if kind == t.ENUM:
        return of_bytes(octets, tid.get_super())
    if kind == t.ARRAY:
        base = tid.get_super()
        size = base.get_size()
        return [
            of_bytes(octets[i : i + size], base) for i in range(0, len(octets), size)
        ]
    if kind == t.COMPOUND:
        members = [
            (tid.get_member_offset(i), tid.get_member_type(i))
            for i in range(tid.get_nmembers())
        ]
        return [of_bytes(octets[at : at + m.get_size()], m) for at, m in members]
    if through == "binary":
        return octets.hex()
    return without_what_json_lacks(octets, tid).hex()


through = "binary"
"""Which form the elements came in that are compared."""


def without_what_json_lacks(octets, tid):
    """Which NaN it is does not travel in JSON, nor what stands behind the end of a text."""
    kind = tid.get_class()
    if kind == t.COMPLEX:
        base, half = tid.get_super(), len(octets) // 2
        return without_what_json_lacks(octets[:half], base) + without_what_json_lacks(
            octets[half:], base
        )
    if kind == t.STRING:
        padding = tid.get_strpad()
        if padding == t.STR_NULLTERM:
            return octets.split(b"\0")[0]
        return octets.rstrip(b" " if padding == t.STR_SPACEPAD else b"\0")
    if kind == t.FLOAT:
        sign, exponent_at, exponent_bits, mantissa_at, mantissa_bits = tid.get_fields()
        bits = int.from_bytes(little(octets, tid), "little")
        exponent = bits >> exponent_at & (1 << exponent_bits) - 1
        digits = mantissa_bits - (tid.get_norm() != t.NORM_IMPLIED)
        if (
            exponent == (1 << exponent_bits) - 1
            and bits >> mantissa_at & (1 << digits) - 1
        ):
            return b"NaN"
        # Nor what stands in bits that no field has.
        fields = [(sign, 1), (exponent_at, exponent_bits), (mantissa_at, mantissa_bits)]
        used = sum((1 << n) - 1 << at for at, n in fields)
        return (bits & used).to_bytes(len(octets), "little")
    return octets


def region_of(file, reference):
    if not reference:
        return None
    space = h5py.h5r.get_region(reference, file.id)
    kind = space.get_select_type()
    name = path_of(file, reference)
    if space.get_simple_extent_type() == h5py.h5s.SCALAR:
        return [name, "scalar"]
    mask = np.zeros(space.shape, bool)
    if kind == h5py.h5s.SEL_POINTS:
        return [name, space.get_select_elem_pointlist().tolist()]
    if kind == h5py.h5s.SEL_ALL:
        mask[...] = True
    elif kind == h5py.h5s.SEL_HYPERSLABS:
        for first, last in space.get_select_hyper_blocklist():
            mask[tuple(slice(a, b + 1) for a, b in zip(first, last))] = True
    return [name, np.flatnonzero(mask).tolist()]


def of_value(value, tid, file):
    """The canonical form of what h5py gives for an element with parts of no fixed size."""
    kind = tid.get_class()
    if kind == t.STRING and tid.is_variable_str():
        return (
            value
            if isinstance(value, bytes)
            else str(value).encode("utf-8", "surrogateescape")
        ).hex()
    if kind == t.REFERENCE:
        if tid.equal(t.STD_REF_DSETREG):
            return region_of(file, value)
        return path_of(file, value) if value else None
    if kind == t.VLEN:
        base = tid.get_super()
        if plain(base):
            # Not by value: h5py leaves sequences of big-endian numbers as they are and calls them native.
            octets, size = value.tobytes(), base.get_size()
            return [
                of_bytes(octets[i : i + size], base)
                for i in range(0, len(octets), size)
            ]
        return [of_value(v, base, file) for v in value]
    if kind == t.ARRAY:
        base, rank = tid.get_super(), len(tid.get_array_dims())
        return [
            of_value(v, base, file)
            for v in np.asarray(value).reshape((-1,) + np.shape(value)[rank:])
        ]
    if kind == t.COMPOUND and not plain(tid):
        return [
            of_value(value[i], tid.get_member_type(i), file)
            for i in range(tid.get_nmembers())
        ]
    return of_bytes(np.asarray(value, tid.dtype).tobytes(), tid)


def canon(d, form="binary"):
    """All elements of a dataset or attribute in C order; None for a null dataspace."""
    global through
    through = form
    tid = d.id.get_type()
    if d.shape is None:
        return None
    n = int(np.prod(d.shape))
    if n == 0:
        return []
    if plain(tid):
        size = tid.get_size()
        data = np.zeros(d.shape, f"V{size}")
        if isinstance(d, h5py.Dataset):
            d.id.read(h5py.h5s.ALL, h5py.h5s.ALL, data, tid)
        else:
            d.id.read(data, tid)
        octets = data.tobytes()
        return [
            of_bytes(octets[i : i + size], tid) for i in range(0, len(octets), size)
        ]
    data = d[()] if isinstance(d, h5py.Dataset) else d.value
    if d.shape == ():
        return [of_value(data, tid, d.file)]
    inner = tid.dtype.shape
    return [of_value(v, tid, d.file) for v in np.asarray(data).reshape((-1,) + inner)]


def wire_size(w):
    if isinstance(w, str):
        return int(w[2:])
    kind = w["class"]
    if kind in ("vlen", "reference") or (kind == "string" and w["length"] is None):
        return 16
    if kind == "string":
        return w["length"]
    if kind == "enum":
        return wire_size(w["base"])
    if kind == "complex":
        return 2 * wire_size(w["base"])
    if kind == "array":
        return wire_size(w["base"]) * int(np.prod(w["dims"]))
    if kind == "compound" and heap(w):
        return sum(wire_size(m["datatype"]) for m in w["members"])
    return w["size"]


def heap(w):
    if isinstance(w, str):
        return False
    kind = w["class"]
    if kind == "array":
        return heap(w["base"])
    if kind == "compound":
        return any(heap(m["datatype"]) for m in w["members"])
    return kind in ("vlen", "reference") or (kind == "string" and w["length"] is None)


def places(w):
    end = 0
    for m in w["members"]:
        at = end if heap(w) else m["offset"]
        end += wire_size(m["datatype"])
        yield at, m["datatype"]


def whole(octets, signed, order):
    return int.from_bytes(octets, "big" if order == ">" else "little", signed=signed)


def of_reference(reference, kind, file):
    content = reference[kind]
    if content is None:
        return None
    if kind == "object":
        return content
    name, shape = content["path"], file[content["path"]].shape
    if shape == ():
        return [name, "scalar"]
    mask = np.zeros(shape, bool)
    if "points" in content:
        if content["points"]:
            return [name, content["points"]]
        return [name, []]
    if "blocks" in content:
        for first, last in content["blocks"]:
            mask[tuple(slice(a, b + 1) for a, b in zip(first, last))] = True
    elif "selection" in content:
        mask[eval(f"np.s_[{content['selection']}]")] = True
    else:
        mask[...] = True
    return [name, np.flatnonzero(mask).tolist()]


def of_slot(slot, w, rest, file):
    """The canonical form of one element of a binary payload."""
    if isinstance(w, str):
        if w[1] in "iub":
            return whole(slot, w[1] == "i", w[0])
        if w[1] == "c":
            half = len(slot) // 2
            return [slot[:half].hex(), slot[half:].hex()]
        return slot.hex()
    kind = w["class"]
    if kind in ("integer", "bitfield"):
        return whole(slot, w.get("signed", False), w["order"])
    if kind == "enum":
        return of_slot(slot, w["base"], rest, file)
    if kind == "array":
        size = wire_size(w["base"])
        return [
            of_slot(slot[i : i + size], w["base"], rest, file)
            for i in range(0, len(slot), size)
        ]
    if kind == "compound":
        return [
            of_slot(slot[at : at + wire_size(m)], m, rest, file) for at, m in places(w)
        ]
    if heap(w):
        first, length = np.frombuffer(slot, "<u8").tolist()
        octets = rest[first : first + length]
        assert len(octets) == length
        if kind == "string":
            return octets.hex()
        if kind == "reference":
            return of_reference(json.loads(octets), w["kind"], file) if octets else None
        size = wire_size(w["base"])
        return [
            of_slot(octets[i : i + size], w["base"], rest, file)
            for i in range(0, length, size)
        ]
    return slot.hex()


def of_payload(payload, w, n, file):
    size = wire_size(w)
    slots, rest = payload[: n * size], payload[n * size :]
    if not heap(w):
        assert not rest
    return [
        of_slot(slots[i : i + size], w, rest, file) for i in range(0, len(slots), size)
    ]


def json_of(slot, w, rest):
    """What one element of a payload is in JSON."""
    if isinstance(w, str):
        if w[1] == "b":
            return slot != b"\0"
        if w[1] in "iu":
            return whole(slot, w[1] == "i", w[0])
        if w[1] == "S":
            return json_text(slot.rstrip(b"\0"))
        half = len(slot) // 2
        if w[1] == "c":
            return [
                json_float(np.frombuffer(part, f"{w[0]}f{half}")[0])
                for part in (slot[:half], slot[half:])
            ]
        return json_float(np.frombuffer(slot, w)[0])
    kind = w["class"]
    if kind in ("integer", "bitfield", "time"):
        return whole(slot, w.get("signed", kind == "time"), w["order"])
    if kind == "float":
        return json_formatted(slot, w)
    if kind == "complex":
        half = len(slot) // 2
        return [json_of(part, w["base"], rest) for part in (slot[:half], slot[half:])]
    if kind == "enum":
        return json_of(slot, w["base"], rest)
    if kind == "opaque":
        return {"base64": base64.b64encode(slot).decode()}
    if kind == "compound":
        return [json_of(slot[at : at + wire_size(m)], m, rest) for at, m in places(w)]
    if kind == "array":
        return nested(
            [
                json_of(part, w["base"], rest)
                for part in parts(slot, wire_size(w["base"]))
            ],
            w["dims"],
        )
    if kind == "string" and w["length"] is not None:
        cut = {
            "null_padded": lambda s: s.rstrip(b"\0"),
            "space_padded": lambda s: s.rstrip(b" "),
            "null_terminated": lambda s: s.split(b"\0")[0],
        }
        return json_text(cut[w["padding"]](slot))
    first, length = np.frombuffer(slot, "<u8").tolist()
    octets = rest[first : first + length]
    if kind == "string":
        return json_text(octets)
    if kind == "reference":
        return json.loads(octets) if octets else {w["kind"]: None}
    return [
        json_of(part, w["base"], rest) for part in parts(octets, wire_size(w["base"]))
    ]


def parts(octets, size):
    return [octets[i : i + size] for i in range(0, len(octets), size)]


def nested(list_, dims):
    for n in reversed(dims[1:]):
        list_ = [list_[i : i + n] for i in range(0, len(list_), n)]
    return list_


def json_text(octets):
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(octets).decode()}


def json_float(value):
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return ["float", float(value).hex(), int(value.dtype.itemsize)]


def json_formatted(slot, w):
    from fractions import Fraction

    form, bits = w["format"], whole(slot, False, w["order"])
    field = lambda at, n: bits >> at & (1 << n) - 1
    exponent, mantissa = (
        field(form["exponent_bit"], form["exponent_bits"]),
        field(form["mantissa_bit"], form["mantissa_bits"]),
    )
    implied = form.get("normalization", "implied") == "implied"
    digits = form["mantissa_bits"] - (not implied)
    sign = "-" if field(form["sign_bit"], 1) else ""
    top = exponent == (1 << form["exponent_bits"]) - 1
    if top and mantissa & (1 << digits) - 1:
        return "NaN"
    if not implied and mantissa >> digits != (exponent > 0):
        # The same number has a usual form, as which it would come back.
        return {"base64": base64.b64encode(slot).decode()}
    if top:
        return sign + "Infinity"
    mantissa += (implied and exponent > 0) << digits
    value = Fraction(mantissa) * Fraction(2) ** (
        max(exponent, 1) - form["exponent_bias"] - digits
    )
    try:
        exact = float(value)
    except OverflowError:
        exact = None
    if exact is None or Fraction(exact) != value:
        return {"base64": base64.b64encode(slot).decode()}
    return ["float", (-exact if sign else exact).hex(), 8]


def same_json(found, expected):
    """Whether JSON that came over the wire is what it must be, floats to the last bit."""
    if isinstance(expected, list) and len(expected) == 3 and expected[0] == "float":
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            return False
        kind = {2: np.float16, 4: np.float32, 8: np.float64}[expected[2]]
        return float(kind(found)).hex() == expected[1]
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(map(same_json, found, expected))
        )
    return type(found) is type(expected) and found == expected


def flattened(data, rank):
    return (
        [data] if rank == 0 else [v for part in data for v in flattened(part, rank - 1)]
    )
