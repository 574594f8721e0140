//! h5py as the oracle: every datatype that travels, in every layout and rank, both ways, bit by bit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_client::File;
use hdf5_async_client::protocol::message::command::CreateDataset;
use hdf5_async_client::protocol::model::ObjectPath;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py, h5py_with};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Makes `/{datatype}/{layout}/{shape}` for all that can be combined, filled with random bits.
const MAKE: &str = "
rng = np.random.default_rng(7)
texts = ['', 'a', 'hello', 'ä', '日本語', 'x' * 300, 'tab\\tquote\"', 'back\\\\slash', '\\u2028', '🜚']
numbers = ['|i1', '|u1'] + [o + k for o in '<>' for k in ['i2', 'i4', 'i8', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8']]
types = {t.replace('|', ''): np.dtype(t) for t in numbers}
types['bool'] = np.dtype(bool)
types['S1'], types['S7'] = np.dtype('S1'), np.dtype('S7')
types['fixed_utf8'] = h5py.string_dtype('utf-8', 12)
types['utf8'], types['ascii'] = h5py.string_dtype('utf-8'), h5py.string_dtype('ascii')
shapes = [(), (1,), (0,), (7,), (3, 4), (2, 0), (2, 3, 5), (2, 1, 3, 2), (2, 2, 2, 2, 3)]
def values(dtype, shape):
    n = int(np.prod(shape))
    info = h5py.check_string_dtype(dtype)
    if info is not None and info.length is None:
        picked = [texts[i] for i in rng.integers(0, len(texts), n)]
        if info.encoding == 'ascii':
            picked = [t.encode('ascii', 'ignore').decode() for t in picked]
        return np.array(picked, dtype=object).reshape(shape)
    if info is not None and info.encoding == 'utf-8':
        picked = [t.encode()[:3] if t.startswith('日') else t.encode()[:2] for t in texts]
        return np.array([picked[i] for i in rng.integers(0, len(picked), n)], dtype=dtype).reshape(shape)
    if dtype.kind == 'S':
        letters = rng.integers(32, 127, n * dtype.itemsize, dtype='u1').tobytes()
        return np.frombuffer(letters, dtype=dtype).reshape(shape)
    if dtype == bool:
        return rng.integers(0, 2, n).astype(bool).reshape(shape)
    return np.frombuffer(rng.bytes(n * dtype.itemsize), dtype=dtype).reshape(shape)
def layouts(dtype, shape):
    yield 'contiguous', {}
    if shape and 0 not in shape:
        chunks = tuple(max(1, (n + 1) // 2) for n in shape)
        yield 'chunked', {'chunks': chunks}
        if not dtype.hasobject:
            yield 'gzip', {'chunks': chunks, 'compression': 'gzip', 'shuffle': True, 'fletcher32': True}
            yield 'lzf', {'chunks': shape, 'compression': 'lzf'}
        yield 'growing', {'chunks': chunks, 'maxshape': (None,) * len(shape)}
for name, dtype in types.items():
    for shape in shapes:
        for layout, options in layouts(dtype, shape):
            path = f\"{name}/{layout}/{'x'.join(map(str, shape)) or 'scalar'}\"
            f.create_dataset(path, shape, dtype, data=values(dtype, shape), **options)
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        compact_path = f\"{name}/compact/{'x'.join(map(str, shape)) or 'scalar'}\"
        f.require_group(f'{name}/compact')
        d = h5py.Dataset(h5py.h5d.create(f.id, compact_path.encode(), h5py.h5t.py_create(dtype, logical=True),
                                         h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR),
                                         compact))
        if 0 not in shape:
            d[...] = values(dtype, shape)
";

/// Compares what came over the wire (`given`: path to JSON and base64) with the file, and names differences.
const COMPARE: &str = "
def texts_of(dataset):
    return [v if isinstance(v, bytes) else v.encode() for v in elements(dataset).ravel().tolist()]
def heap(payload, n):
    slots = np.frombuffer(payload[:n * 16], dtype='<u8').reshape(n, 2)
    return [payload[n * 16 + a:n * 16 + a + b] for a, b in slots.tolist()]
def flat(x):
    return [y for item in x for y in flat(item)] if isinstance(x, list) else [x]
def text(v):
    return base64.b64decode(v['base64']) if isinstance(v, dict) else v.encode()
def number(v):
    return {'NaN': float('nan'), 'Infinity': float('inf'), '-Infinity': float('-inf')}.get(v, v) if isinstance(v, str) else v
def differences(path, wire):
    d = f[path]
    payload, shape = base64.b64decode(wire['binary']), tuple(wire['shape'])
    if shape != d.shape:
        yield f'shape {shape} instead of {d.shape}'
    info = h5py.check_string_dtype(d.dtype)
    values = [] if d.size == 0 else flat(wire['json'])
    if info is not None:
        expected = texts_of(d)
        if info.length is None:
            if heap(payload, d.size) != expected:
                yield 'binary texts'
        elif payload != elements(d).tobytes():
            yield 'binary strings'
        if [text(v) for v in values] != [e.rstrip(b'\\0') for e in expected]:
            yield f'json texts {values[:3]} instead of {expected[:3]}'
        return
    expected = elements(d)
    if payload != expected.tobytes():
        yield 'binary bits'
    if expected.dtype.kind == 'f':
        with np.errstate(over='ignore'):
            found = np.array([number(v) for v in values], dtype='<f8').astype(expected.dtype).reshape(expected.shape)
        # Which NaN it is does not travel in JSON.
        same = (found == expected) & (np.signbit(found) == np.signbit(expected)) | np.isnan(found) & np.isnan(expected)
        if not same.all():
            yield 'json floats'
    elif values != expected.ravel().tolist():
        yield f'json {values[:3]} instead of {expected.ravel().tolist()[:3]}'
f = h5py.File(path)
result = [[path, difference] for path, wire in given.items() for difference in differences(path, wire)]
";

/// Compares the datasets of two files, datatype and bits.
const TWINS: &str = "
one, two = h5py.File(path), h5py.File(given)
result = []
def compare(name, d):
    if not isinstance(d, h5py.Dataset):
        return
    for part in ['binary', 'json']:
        twin = two[f'{part}/{name}']
        if part == 'binary' and (twin.dtype != d.dtype or h5py.check_string_dtype(twin.dtype) != h5py.check_string_dtype(d.dtype)):
            result.append([name, part, str(d.dtype), str(twin.dtype)])
        a, b = elements(d), elements(twin)
        same = a.tolist() == b.tolist() if a.dtype.hasobject else a.tobytes() == b.tobytes()
        if not same and a.dtype.kind == 'f' and part == 'json':
            nan = np.isnan(a) & np.isnan(b)
            same = (np.where(nan, 0, a).tobytes() == np.where(nan, 0, b).tobytes())
        if a.shape != b.shape or not same:
            result.append([name, part, a.ravel()[:4].tolist().__repr__(), b.ravel()[:4].tolist().__repr__()])
one.visititems(compare)
";

const PATHS: &str = "
result = []
h5py.File(path).visititems(lambda name, item: result.append(name) if isinstance(item, h5py.Dataset) else None)
";

async fn server_with_everything() -> (TestServer, Vec<String>) {
    let server = Setup::new().file("all.h5", MAKE).file("twin.h5", "").start().await;
    let paths: Vec<String> = serde_json::from_value(h5py(&server.path("all.h5"), PATHS)).unwrap();
    assert!(paths.len() > 1000, "{}", paths.len());
    (server, paths)
}

async fn read_both(socket: &mut RawSocket, file: &File, path: &str) -> Value {
    let name = file.name().unwrap();
    let read = socket.ok(json!({"command": "read", "path": path, "file": name})).await;
    let values = file.read(path, "").await.unwrap().reply;
    assert_eq!(json!(values.datatype), read["datatype"], "{path}");
    json!({"json": read["data"], "shape": values.shape, "binary": BASE64.encode(&values.payload)})
}

#[tokio::test]
async fn what_h5py_writes_is_read_bit_by_bit() {
    let (mut server, paths) = server_with_everything().await;
    let file = server.file("all.h5").await;
    let mut socket = RawSocket::connect(&server).await;
    let mut wire = serde_json::Map::new();
    for path in paths {
        let read = read_both(&mut socket, &file, &path).await;
        wire.insert(path, read);
    }
    assert!(server.terminate().await.success());
    let differences = h5py_with(&server.path("all.h5"), &Value::Object(wire), COMPARE);
    assert_eq!(differences, json!([]));
}

#[tokio::test]
async fn what_the_server_writes_is_equal_for_h5py() {
    let (mut server, paths) = server_with_everything().await;
    let client = server.client("test").await;
    let (file, twin) = (client.file("all.h5"), client.file("twin.h5"));
    let mut socket = RawSocket::connect(&server).await;
    for path in paths {
        let values = file.read(&path, "").await.unwrap().reply;
        twin.write(&format!("/binary/{path}"), &values).await.unwrap();
        let read = json!({"command": "read", "path": path, "file": "all.h5"});
        let text = socket.ok(read).await["data"].to_string();
        let create = CreateDataset {
            shape: values.shape.clone(),
            data: Some(RawValue::from_string(text).unwrap()),
            ..CreateDataset::new(
                ObjectPath::new(&format!("/json/{path}")).unwrap(),
                values.datatype.clone(),
            )
        };
        twin.call(create).await.unwrap();
    }
    assert!(server.terminate().await.success());
    let twin = server.path("twin.h5");
    let differences = h5py_with(&server.path("all.h5"), &json!(twin.to_str().unwrap()), TWINS);
    assert_eq!(differences, json!([]));
}
