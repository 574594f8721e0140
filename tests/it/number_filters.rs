//! Filters for numbers, with h5py's libraries as the oracle: read what they write, and write what they read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py, h5py_with};
use serde_json::{Value, json};

/// Datasets with szip: every width and byte order, both codings, and chunks that blocks and lines do not divide.
const SZIP: &str = "
rng = np.random.default_rng(23)
t = h5py.h5t
types = {o + k: t.py_create(np.dtype(o + k)) for o in '<>' for k in ('i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f2', 'f4', 'f8')}
types |= {'i1': t.STD_I8LE, 'u1': t.STD_U8LE, 'bool': t.py_create(np.dtype(bool), logical=True),
          'enum': t.py_create(h5py.enum_dtype({'A': 0, 'B': 5}, 'i2'), logical=True),
          'array': t.array_create(t.STD_I16BE, (2,)), 'bitfield': t.STD_B32LE}
def odd(base, precision, offset=0):
    made = base.copy()
    made.set_precision(precision)
    made.set_offset(offset)
    return made
types |= {'12of16': odd(t.STD_U16LE, 12), '17of32be': odd(t.STD_U32BE, 17), '20of32': odd(t.STD_I32LE, 20),
          '28of32': odd(t.STD_I32LE, 28), '40of64': odd(t.STD_U64LE, 40), '7of8': odd(t.STD_U8LE, 7),
          '12at3of16': odd(t.STD_U16LE, 12, 3)}
shapes = [((33,), (33,)), ((8,), (8,)), ((1000,), (301,)), ((9, 40), (5, 33)), ((64, 5), (64, 5)),
          ((3, 5, 7), (3, 4, 7)), ((5000,), (5000,)), ((2, 4100), (2, 4100))]
kinds = ['zeros', 'random', 'ramp', 'noisy', 'rare']
options = [(32, n) for n in (2, 8, 10, 32)] + [(4, 8), (4, 16)]
def numbers(kind, n):
    return {'zeros': np.zeros(n), 'random': rng.integers(0, 256, n), 'ramp': np.arange(n) // 3,
            'noisy': np.cumsum(rng.integers(-2, 3, n)) + 500, 'rare': (rng.random(n) < 0.002) * 7}[kind]
number = 0
for name, tid in types.items():
    for shape, chunks in shapes:
        mask, pixels = options[number % len(options)]
        kind = kinds[number // 2 % len(kinds)]
        number += 1
        if np.prod(chunks) < pixels:
            pixels = 8
        p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        p.set_chunk(chunks)
        if number % 7 == 0 and 'of' not in name:
            p.set_shuffle()
        p.set_szip(mask, pixels)
        if number % 3 == 0:
            p.set_fletcher32()
        if number % 11 == 0:
            p.set_deflate(3)
        lcpl = h5py.h5p.create(h5py.h5p.LINK_CREATE)
        lcpl.set_create_intermediate_group(True)
        path = f\"{name}/{'x'.join(map(str, shape))}_{kind}_{mask}_{pixels}_{number}\"
        d = h5py.Dataset(h5py.h5d.create(f.id, path.encode(), tid, h5py.h5s.create_simple(shape), p, lcpl))
        n = int(np.prod(shape))
        base = d.dtype.base if d.dtype.subdtype else d.dtype
        size = n * (d.dtype.itemsize // base.itemsize)
        if base.kind == 'f' and kind == 'random' or name.startswith(('<', '>')) and kind == 'random':
            values = np.frombuffer(rng.bytes(size * base.itemsize), base)
        else:
            values = (numbers(kind, size) % 100).astype(base if base.kind != 'b' else '?')
        whole = np.ascontiguousarray(values)
        memory = h5py.h5t.py_create(d.dtype, logical=True)
        d.id.write(h5py.h5s.ALL, h5py.h5s.ALL, whole.reshape(shape + (d.dtype.shape or ())) if d.dtype.subdtype else whole.reshape(shape), memory)
f.create_dataset('high/nn', data=np.arange(1000), chunks=(100,), compression='szip')
f.create_dataset('high/ec', data=np.arange(1000, dtype='f4'), chunks=(100,), compression='szip', compression_opts=('ec', 16))
";

/// Datasets with ZFP in all of its modes, and the same numbers below `plain` as they were.
const ZFP: &str = "
import hdf5plugin as hp
rng = np.random.default_rng(29)
modes = {'rate_4': {'rate': 4}, 'rate_16': {'rate': 16}, 'rate_0.3': {'rate': 0.3}, 'rate_60': {'rate': 60},
         'precision_1': {'precision': 1}, 'precision_20': {'precision': 20}, 'precision_40': {'precision': 40},
         'tolerance_1': {'accuracy': 1.0}, 'tolerance_0.001': {'accuracy': 1e-3}, 'tolerance_0': {'accuracy': 0},
         'reversible': {'reversible': True}, 'default': {},
         'limits': {'minbits': 10, 'maxbits': 500, 'maxprec': 20, 'minexp': -20},
         'no_limits': {'minbits': 1, 'maxbits': 16657, 'maxprec': 64, 'minexp': -1074}}
shapes = [((1000,), (301,)), ((3,), (3,)), ((37, 41), (20, 13)), ((4, 2), (4, 2)), ((7, 9, 30), (7, 5, 30)),
          ((5, 6, 7, 9), (5, 6, 7, 9)), ((1, 5, 1, 6), (1, 5, 1, 6)), ((2, 3, 2, 3), (1, 3, 2, 3))]
def numbers(kind, shape, dtype):
    n = int(np.prod(shape))
    if dtype.kind == 'f':
        values = {'smooth': np.sin(np.arange(n) / 50) * 100, 'zeros': np.zeros(n), 'constant': np.full(n, 3.25),
                  'noise': rng.normal(size=n) * 10.0 ** rng.integers(-5, 6, n),
                  'large': rng.normal(size=n) * (1e37 if dtype.itemsize == 4 else 1e306)}[kind]
    else:
        most = 2 ** (8 * dtype.itemsize - 2)
        values = {'smooth': np.sin(np.arange(n) / 50) * (most / 3), 'zeros': np.zeros(n), 'constant': np.full(n, 77),
                  'noise': rng.integers(-1000, 1000, n), 'large': rng.integers(-most, most, n)}[kind]
    return values.astype(dtype).reshape(shape)
kinds = ['smooth', 'noise', 'zeros', 'constant', 'large']
number = 0
for mode, options in modes.items():
    for dtype in map(np.dtype, ['<f4', '<f8', '<i4', '<i8', '<u4'] + (['>f4', '>i8'] if mode == 'reversible' else [])):
        for shape, chunks in shapes:
            kind = kinds[number % len(kinds)]
            number += 1
            values = numbers(kind, shape, dtype)
            path = f\"{mode}/{dtype.str[0].replace('<', 'le').replace('>', 'be')}{dtype.str[1:]}/{'x'.join(map(str, shape))}_{kind}\"
            f.create_dataset(path, data=values, chunks=chunks, **hp.Zfp(**options))
            f.create_dataset('plain/' + path, data=values)
bits = np.frombuffer(rng.bytes(3000 * 8), '<f8')
f.create_dataset('reversible/bits', data=bits, chunks=(1000,), **hp.Zfp(reversible=True))
f.create_dataset('plain/reversible/bits', data=bits)
";

/// Every dataset in the file's own bytes, and whether its chunks went through all of its filters.
const READ_ALL: &str = "
import hdf5plugin
result = {}
def add(name, d):
    if isinstance(d, h5py.Dataset) and not name.startswith('plain/'):
        masks = {d.id.get_chunk_info(i).filter_mask for i in range(d.id.get_num_chunks())}
        result[name] = [bytes_of(d), sorted(masks)]
def bytes_of(d):
    tid = d.id.get_type()
    if tid.get_class() == h5py.h5t.INTEGER:
        # Numbers of odd precision travel as those of the whole width.
        tid = h5py.h5t.py_create(tid.dtype)
    buffer = np.empty(d.shape, f'V{tid.get_size()}')
    d.id.read(h5py.h5s.ALL, h5py.h5s.ALL, buffer, tid)
    return base64.b64encode(buffer.tobytes()).decode()
h5py.File(path).visititems(add)
";

/// Compares the datasets of two files: elements, datatypes and filters with their options.
const TWINS: &str = "
import hdf5plugin
one, two = h5py.File(path), h5py.File(given)
result, count = [], 0
def bytes_of(d):
    tid = d.id.get_type()
    buffer = np.empty(d.shape, f'V{tid.get_size()}')
    d.id.read(h5py.h5s.ALL, h5py.h5s.ALL, buffer, tid)
    return buffer.tobytes()
def filters(d):
    plist = d.id.get_create_plist()
    return [plist.get_filter(i)[:3] for i in range(plist.get_nfilters())]
def compare(name, d):
    if not isinstance(d, h5py.Dataset) or name.startswith('plain/'):
        return
    twin = two[name]
    if bytes_of(d) != bytes_of(twin):
        result.append([name, 'elements'])
    if not d.id.get_type().equal(twin.id.get_type()) or (d.shape, d.chunks) != (twin.shape, twin.chunks):
        result.append([name, 'facts'])
    if filters(d) != filters(twin):
        result.append([name, str(filters(d)), str(filters(twin))])
one.visititems(compare)
";

/// Reads every dataset bit by bit, makes each again from its description and its elements, which are below `plain` as
/// they were before the filter, and has h5py compare.
async fn read_and_made_again(setup: Setup, n_at_least: usize, plain: &str) {
    let setup = setup.file("twin.h5", "");
    let expected = h5py(&setup.path("all.h5"), READ_ALL);
    let expected = expected.as_object().unwrap();
    assert!(expected.len() >= n_at_least, "{}", expected.len());
    let filtered = expected.values().filter(|found| found[1] == json!([0])).count();
    assert!(filtered > n_at_least / 2, "{filtered} of {} went through the filter", expected.len());
    let mut server = setup.start().await;
    let client = server.client("test").await;
    let (file, twin) = (client.file("all.h5"), client.file("twin.h5"));
    let mut socket = RawSocket::connect(&server).await;
    for (path, found) in expected {
        let values =
            file.read(path, "").await.unwrap_or_else(|error| panic!("{path}: {error}")).reply;
        assert_eq!(BASE64.encode(&values.payload), found[0].as_str().unwrap(), "{path}");
        let describe = json!({"command": "describe", "path": path, "file": "all.h5"});
        let described = socket.ok(describe).await["object"]["dataset"].clone();
        let mut create = json!({"command": "create_dataset", "path": path, "file": "twin.h5"});
        for field in ["datatype", "shape", "chunks", "filters"] {
            create[field] = described[field].clone();
        }
        socket.ok(create).await;
        let values = file.read(&format!("{plain}/{path}"), "").await.unwrap().reply;
        twin.write(path, &values).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    assert!(server.terminate().await.success());
    let twin = server.path("twin.h5");
    let differences = h5py_with(&server.path("all.h5"), &json!(twin.to_str().unwrap()), TWINS);
    assert_eq!(differences, json!([]));
    let written = h5py(&twin, READ_ALL);
    let written = written.as_object().unwrap().values().filter(|found| found[1] == json!([0]));
    assert!(written.count() >= filtered, "the server stored chunks without the filter");
}

#[tokio::test]
async fn szip_is_read_and_written_as_libaec_does() {
    read_and_made_again(Setup::new().file("all.h5", SZIP), 250, "").await;
}

#[tokio::test]
async fn szip_is_made_from_its_name_and_refused_for_what_is_no_number() {
    let (mut server, mut socket) = TestServer::with_empty_file().await;
    socket
        .ok(json!({
            "command": "create_dataset", "path": "/short", "datatype": "<u2", "shape": [4, 10],
            "chunks": [4, 10], "filters": ["szip"], "data": vec![vec![7; 10]; 4],
        }))
        .await;
    for (datatype, options) in [
        (json!("|S4"), json!([32, 8])),
        (json!("<c8"), json!([32, 8])),
        (json!("<i4"), json!([32, 9])),
        (json!("<i4"), json!([32, 64])),
        (json!("<i4"), json!([3, 8])),
        (json!("<i4"), json!([32])),
        (json!("<i4"), json!([32, 32])),
    ] {
        let filter = json!({"name": "szip", "options": options});
        let request = json!({
            "command": "create_dataset", "path": "/x", "datatype": datatype, "shape": [16],
            "chunks": [16], "filters": [filter],
        });
        let error = socket.ask(&request).await;
        assert_eq!(error["code"], "unsupported", "{datatype} {options}: {error}");
        assert!(error["message"].as_str().unwrap().contains("szip"), "{error}");
    }
    assert!(server.terminate().await.success());
    let script = "
        d = h5py.File(path)['short']
        result = [d.compression, list(d.compression_opts), d[...].tolist() == [[7] * 10] * 4]
    ";
    let found: Value = h5py(&server.path("a.h5"), script);
    assert_eq!(found, json!(["szip", ["nn", 8], true]));
}

#[tokio::test]
async fn zfp_is_read_and_written_as_its_plugin_does() {
    read_and_made_again(Setup::new().file("all.h5", ZFP), 550, "/plain").await;
}

#[tokio::test]
async fn zfp_is_refused_for_what_it_cannot_keep() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    for (datatype, options, chunks) in [
        (json!("<f2"), json!([5]), json!([4, 4])),
        (json!("|S4"), json!([5]), json!([4, 4])),
        (json!("<c8"), json!([5]), json!([4, 4])),
        (json!(">f4"), json!([2, 0, 9]), json!([4, 4])),
        (json!("<f4"), json!([2, 0, 99]), json!([4, 4])),
        (json!("<f4"), json!([17]), json!([4, 4])),
        (json!("<f4"), json!([5]), json!([1, 1])),
    ] {
        let filter = json!({"name": "zfp", "options": options});
        let request = json!({
            "command": "create_dataset", "path": "/x", "datatype": datatype, "shape": [4, 4],
            "chunks": chunks, "filters": [filter],
        });
        let error = socket.ask(&request).await;
        assert_eq!(error["code"], "unsupported", "{datatype} {options}: {error}");
        assert!(error["message"].as_str().unwrap().contains("zfp"), "{error}");
    }
    let filter = json!({"name": "zfp", "options": [2, 0, 16], "mandatory": true});
    socket
        .ok(json!({
            "command": "create_dataset", "path": "/x", "datatype": "<f4", "shape": [4],
            "chunks": [4], "filters": [filter], "data": [1, 2, 3, 4],
        }))
        .await;
    let error = socket
        .ask(&json!({"command": "update", "path": "/x", "selection": "1", "data": "NaN"}))
        .await;
    assert_eq!(error["status"], "error", "{error}");
    assert!(error["message"].as_str().unwrap().contains("zfp takes finite numbers"), "{error}");
    assert_eq!(
        socket.ok(json!({"command": "read", "path": "/x"})).await["data"],
        json!([1.0, 2.0, 3.0, 4.0])
    );
    drop(server);
}
