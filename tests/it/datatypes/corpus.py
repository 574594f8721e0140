"""Writes every datatype in every kind of dataspace, layout and filter into `f`; h5py is the oracle."""

# ruff: noqa: F821 - whoever runs this has opened `f`.
import h5py
import hdf5plugin
import numpy as np

rng = np.random.default_rng(11)
t = h5py.h5t


def integer(size, signed, order, precision=None, offset=0):
    made = (t.STD_I64LE if signed else t.STD_U64LE).copy()
    made.set_size(size)
    made.set_precision(size * 8 if precision is None else precision)
    made.set_offset(offset)
    made.set_order(t.ORDER_BE if order == ">" else t.ORDER_LE)
    return made


def bfloat16():
    made = t.IEEE_F32LE.copy()
    made.set_fields(15, 7, 8, 0, 7)
    made.set_size(2)
    made.set_ebias(127)
    return made


def tiny(mantissa_bits, exponent_bits, bias):
    made = t.IEEE_F16LE.copy()
    made.set_fields(7, mantissa_bits, exponent_bits, 0, mantissa_bits)
    made.set_size(1)
    made.set_ebias(bias)
    return made


def compound(size, *members):
    made = t.create(t.COMPOUND, size)
    for name, offset, member in members:
        made.insert(name.encode(), offset, member)
    return made


def opaque(size, tag):
    made = t.create(t.OPAQUE, size)
    made.set_tag(tag.encode())
    return made


def text(length, charset, padding):
    made = t.C_S1.copy()
    made.set_size(t.VARIABLE if length is None else length)
    made.set_cset(charset)
    made.set_strpad(padding)
    return made


def enumeration(base, **values):
    made = t.enum_create(base)
    for name, value in values.items():
        made.enum_insert(name.encode(), value)
    return made


def bits(size, order, precision, offset):
    # h5py cannot make such; it differs from an integer in the class that its encoding begins with.
    encoded = bytearray(integer(size, False, order, precision, offset).encode())
    encoded[2] = encoded[2] & 0xF0 | t.BITFIELD
    return t.decode(bytes(encoded))


def array(base, *dims):
    return t.array_create(base, dims)


plain = {
    f"{o}{k}": t.py_create(np.dtype(o + k))
    for o in "<>"
    for k in ["i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8"]
}
plain |= {
    "i1": t.STD_I8LE,
    "u1": t.STD_U8BE,
    "bool": t.py_create(np.dtype(bool), logical=True),
}
odd = {
    f"{o}{s}{p}at{b}in{z}": integer(z, s == "i", o, p, b)
    for o in "<>"
    for s, p, b, z in [
        ("i", 17, 3, 4),
        ("u", 12, 0, 2),
        ("i", 1, 0, 1),
        ("u", 33, 31, 8),
        ("i", 24, 0, 3),
        ("u", 40, 0, 5),
    ]
}
floats = {
    "float8_e4m3": tiny(3, 4, 7),
    "float8_e5m2": tiny(2, 5, 15),
    "long_double": t.NATIVE_LDOUBLE,
    "bfloat16": bfloat16(),
    "binary128": t.IEEE_F128LE,
    "binary128be": t.IEEE_F128BE,
}
bitfields = {
    "b8": t.STD_B8LE,
    "b64be": t.STD_B64BE,
    "b12of16": bits(2, "<", 12, 2),
    "b20of32be": bits(4, ">", 20, 5),
}
times = {"time32": t.UNIX_D32LE, "time32be": t.UNIX_D32BE, "time64": t.UNIX_D64LE}
strings = {
    f"S{n}_{c}_{p}": text(n, charset, padding)
    for n in [1, 7]
    for c, charset in [("ascii", t.CSET_ASCII), ("utf8", t.CSET_UTF8)]
    for p, padding in [
        ("term", t.STR_NULLTERM),
        ("nulls", t.STR_NULLPAD),
        ("spaces", t.STR_SPACEPAD),
    ]
}
others = {
    "opaque": opaque(5, "a tag"),
    "opaque_untagged": opaque(3, ""),
    "complex64": t.py_create(np.dtype("<c8")),
    "complex128be": t.py_create(np.dtype(">c16")),
    "native_complex": t.COMPLEX_IEEE_F64LE,
    "native_complex_half_be": t.COMPLEX_IEEE_F16BE,
    "native_complex_long": t.NATIVE_LDOUBLE_COMPLEX,
    "enum_i4": enumeration(t.STD_I32LE, LOW=-5, HIGH=2**31 - 1),
    "enum_u8be": enumeration(t.STD_U64BE, ZERO=0, ALL=7),
    "enum_false": enumeration(t.STD_U8LE, TRUE=1, FALSE=0),
    "array": array(t.STD_I16BE, 2, 3),
    "array_of_array": array(array(t.IEEE_F32LE, 2), 3),
    "array_of_text": array(text(4, t.CSET_UTF8, t.STR_NULLPAD), 2),
}
flat = {
    "compound": compound(
        16, ("x", 0, t.IEEE_F64LE), ("n", 8, t.STD_I32BE), ("flag", 12, plain["bool"])
    ),
    "padded": compound(
        40,
        ("a", 3, t.STD_U8LE),
        ("b", 8, t.IEEE_F64BE),
        ("odd", 20, odd["<i17at3in4"]),
        ("end", 30, opaque(4, "end")),
    ),
    "out_of_order": compound(
        12, ("second", 8, t.STD_I32LE), ("first", 0, t.IEEE_F64LE)
    ),
    "nested": compound(
        32,
        (
            "in",
            0,
            compound(
                12, ("deep", 2, t.STD_U16LE), ("list", 4, array(t.STD_I16LE, 2, 2))
            ),
        ),
        ("s", 12, strings["S7_utf8_nulls"]),
        ("e", 20, others["enum_i4"]),
        ("c", 24, others["complex64"]),
    ),
    "a_b": compound(2, ('a, "b"', 0, t.STD_U8LE), ("ü", 1, t.STD_U8LE)),
}
raw_types = plain | odd | floats | bitfields | times | strings | others | flat

utf8, ascii_ = (
    text(None, t.CSET_UTF8, t.STR_NULLTERM),
    text(None, t.CSET_ASCII, t.STR_NULLTERM),
)
sequence = t.vlen_create
heap_types = {
    "utf8": utf8,
    "ascii": ascii_,
    "utf8_spaces": text(None, t.CSET_UTF8, t.STR_SPACEPAD),
    "vlen_i4": sequence(t.STD_I32LE),
    "vlen_f8be": sequence(t.IEEE_F64BE),
    "vlen_compound": sequence(flat["compound"]),
    "vlen_vlen": sequence(sequence(t.STD_U16LE)),
    "vlen_text": sequence(utf8),
    "object": t.STD_REF_OBJ,
    "region": t.STD_REF_DSETREG,
    "vlen_object": sequence(t.STD_REF_OBJ),
    "array_of_utf8": array(utf8, 2),
    "array_of_object": array(t.STD_REF_OBJ, 2),
    "mixed": compound(
        48,
        ("n", 0, t.STD_I32LE),
        ("s", 8, utf8),
        ("v", 16, sequence(t.STD_I16BE)),
        ("r", 32, t.STD_REF_OBJ),
        ("f", 40, t.IEEE_F64LE),
    ),
    "dimension_list": compound(
        12, ("dataset", 0, t.STD_REF_OBJ), ("dimension", 8, t.STD_I32LE)
    ),
    "region_member": compound(
        20, ("region", 0, t.STD_REF_DSETREG), ("n", 12, t.STD_I64LE)
    ),
}

texts = [
    "",
    "a",
    "héllo",
    "日本語",
    "x" * 300,
    'tab\tquote"',
    "back\\slash",
    "\u2028",
    b"\xff\xfe",
    b"\x80",
]
f["target/one"] = np.arange(24).reshape(4, 6)
f["target/scalar"] = 5
f.create_group("target/group/inner")
one = f["target/one"]
regions = [
    one.regionref[0:2, 3],
    one.regionref[...],
    one.regionref[::2, 1:5:3],
    one.regionref[[0, 3], 2],
    h5py.RegionReference(),
    f["target/scalar"].regionref[()],
]
points = h5py.h5s.create_simple((4, 6))
points.select_elements([(3, 5), (0, 1), (2, 2)])
regions.append(h5py.h5r.create(f.id, b"target/one", h5py.h5r.DATASET_REGION, points))
blocks = h5py.h5s.create_simple((4, 6))
blocks.select_hyperslab((0, 0), (1, 1), block=(2, 2))
blocks.select_hyperslab((2, 3), (1, 1), block=(1, 3), op=h5py.h5s.SELECT_OR)
regions.append(h5py.h5r.create(f.id, b"target/one", h5py.h5r.DATASET_REGION, blocks))
nothing = h5py.h5s.create_simple((4, 6))
nothing.select_none()
regions.append(h5py.h5r.create(f.id, b"target/one", h5py.h5r.DATASET_REGION, nothing))
objects = [
    f.ref,
    one.ref,
    f["target/group"].ref,
    f["target/group/inner"].ref,
    h5py.Reference(),
]


def pick(list_):
    return list_[int(rng.integers(len(list_)))]


def random_value(tid):
    kind = tid.get_class()
    if kind == t.STRING and tid.is_variable_str():
        value = pick(texts)
        if tid.get_cset() == t.CSET_ASCII and isinstance(value, str):
            value = value.encode("ascii", "ignore")
        return value
    if kind == t.VLEN:
        base = tid.get_super()
        size = int(rng.integers(0, 4))
        out = np.empty(size, base.dtype)
        for i in range(size):
            out[i] = random_value(base)
        return out
    if kind == t.REFERENCE:
        return pick(regions if tid.equal(t.STD_REF_DSETREG) else objects)
    if kind == t.ARRAY:
        dims, base = tid.get_array_dims(), tid.get_super()
        out = np.empty(dims, base.dtype)
        for index in np.ndindex(dims):
            out[index] = random_value(base)
        return out
    if kind == t.COMPOUND and tid.dtype.hasobject:
        names = [tid.get_member_name(i).decode() for i in range(tid.get_nmembers())]
        return tuple(random_value(tid.get_member_type(i)) for i in range(len(names)))
    raw = np.frombuffer(raw_bytes(tid, 1), tid.dtype)
    return raw[0]


def raw_bytes(tid, n):
    size = tid.get_size()
    if tid.get_class() == t.STRING:
        letters = rng.integers(0, 256, (n, size), dtype="u1")
        letters[rng.random((n, size)) < 0.3] = 0
        if tid.get_strpad() == t.STR_NULLTERM:
            letters[:, -1] = 0
        return letters.tobytes()
    out = bytearray(rng.bytes(n * size))
    edges = [
        b"\0" * size,
        b"\xff" * size,
        b"\0" * (size - 1) + b"\x80",
        b"\xff" * (size - 1) + b"\x7f",
        b"\0" * (size - 2) + b"\xf0\x7f",
    ]
    for i in range(n):
        if i % 3 == 1:
            out[i * size : (i + 1) * size] = pick(edges)[:size].ljust(size, b"\0")
    tame(tid, out, n, 0, size)
    return bytes(out)


def tame(tid, out, n, at, stride):
    """Leaves only bytes that are values: of truth values zero and one."""
    kind = tid.get_class()
    if kind == t.ENUM and tid.equal(plain["bool"]):
        for i in range(n):
            out[at + i * stride] &= 1
    if kind == t.COMPOUND:
        for m in range(tid.get_nmembers()):
            tame(tid.get_member_type(m), out, n, at + tid.get_member_offset(m), stride)


def numbers_of(tid):
    """The class of numbers without bits that are not in use."""
    kind = tid.get_class()
    known = kind in (t.INTEGER, t.FLOAT) and tid.get_size() <= 8
    return kind if known and tid.get_precision() == 8 * tid.get_size() else None


def filters_for(tid):
    """Yields a name and what sets the filters, for each that fits."""

    def plugin(made):
        flags = h5py.h5z.FLAG_OPTIONAL
        return lambda p: p.set_filter(made.filter_id, flags, made.filter_options)

    def checked(p):
        p.set_shuffle()
        p.set_deflate(4)
        p.set_fletcher32()

    yield "checked", checked
    yield "lzf", lambda p: p.set_filter(h5py.h5z.FILTER_LZF, h5py.h5z.FLAG_OPTIONAL, ())
    yield "lz4", plugin(hdf5plugin.LZ4())
    yield "zstd", plugin(hdf5plugin.Zstd())
    yield "blosc", plugin(hdf5plugin.Blosc())
    yield "blosc2", plugin(hdf5plugin.Blosc2())
    yield "bitshuffle", plugin(hdf5plugin.Bitshuffle())
    kind = numbers_of(tid)
    if kind is not None or tid.get_class() in (t.INTEGER, t.COMPOUND, t.ARRAY):
        yield "nbit", lambda p: p.set_filter(5, h5py.h5z.FLAG_OPTIONAL, ())
    if kind == t.INTEGER and tid.get_size() in (1, 2, 4, 8):
        yield "scaleoffset", lambda p: p.set_scaleoffset(h5py.h5z.SO_INT, 0)
    if kind is not None and tid.get_size() in (1, 2, 4, 8):
        yield "szip", lambda p: p.set_szip(32, 2)
    if kind is not None and tid.get_size() in (4, 8):
        yield "zfp", plugin(hdf5plugin.Zfp(reversible=True))


def storages(name, tid, space_name, shape):
    """Yields layouts and filters: a name, a creation property list and how far the dataset may grow."""

    def creation():
        return h5py.h5p.create(h5py.h5p.DATASET_CREATE)

    yield "contiguous", creation(), shape
    if space_name in ("scalar", "most"):
        compact = creation()
        compact.set_layout(h5py.h5d.COMPACT)
        yield "compact", compact, shape
    if not shape or (0 in shape and space_name != "none"):
        return

    def chunked():
        made = creation()
        made.set_chunk(tuple(max(1, (n + 1) // 2) for n in shape))
        return made

    if space_name in ("none", "box"):
        yield "growing", chunked(), (h5py.h5s.UNLIMITED,) * len(shape)
    if 0 in shape:
        return
    yield "chunked", chunked(), shape
    if name not in raw_types or space_name not in ("line", "box"):
        return
    filters = list(filters_for(tid))
    if space_name != "box":
        filters = [pick(filters)]
    for filter_name, set_filters in filters:
        made = chunked()
        set_filters(made)
        yield filter_name, made, shape


spaces = {
    "null": None,
    "scalar": (),
    "line": (4,),
    "box": (2, 3),
    "cube": (2, 3, 4),
    "none": (0,),
    "flat": (2, 0),
    "deep": (1,) * 8,
    "most": (1,) * 30 + (3, 1),
}
for name, tid in (raw_types | heap_types).items():
    for space_name, shape in spaces.items():
        if space_name == "most" and name in heap_types:
            # Of more elements h5py's library makes a division by zero.
            shape = (1,) * 32
        for storage, creation, limits in storages(name, tid, space_name, shape):
            space = (
                h5py.h5s.create(h5py.h5s.NULL)
                if shape is None
                else h5py.h5s.create_simple(shape, limits)
                if shape
                else h5py.h5s.create(h5py.h5s.SCALAR)
            )
            f.require_group(f"{name}/{space_name}")
            path = f"{name}/{space_name}/{storage}".encode()
            d = h5py.Dataset(h5py.h5d.create(f.id, path, tid, space, creation))
            if shape is None or 0 in shape:
                continue
            n = int(np.prod(shape))
            if name in raw_types:
                data = np.frombuffer(raw_bytes(tid, n), f"V{tid.get_size()}").reshape(
                    shape
                )
                d.id.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array(data), tid)
                continue
            whole = np.empty(shape, tid.dtype)
            for index in np.ndindex(shape):
                whole[index] = random_value(tid)
            d.id.write(h5py.h5s.ALL, h5py.h5s.ALL, whole, h5py.h5t.py_create(tid.dtype))
