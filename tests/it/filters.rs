//! Chunk filters, with h5py and hdf5plugin as the oracle: read what they write, write what they read, and hostile chunks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, h5py_with};
use serde_json::{Value, json};

/// Makes a dataset for every filter with every option that matters, in several ranks, datatypes and kinds of values.
const MAKE: &str = "
rng = np.random.default_rng(11)
filters = {'deflate0': {'compression': 'gzip', 'compression_opts': 0}, 'deflate9': {'compression': 'gzip', 'compression_opts': 9},
           'shuffle': {'shuffle': True}, 'fletcher32': {'fletcher32': True}, 'lzf': {'compression': 'lzf', 'shuffle': True},
           'all': {'compression': 'gzip', 'shuffle': True, 'fletcher32': True}}
filters |= {f'lz4_{n}': hp.LZ4(nbytes=n) for n in (0, 100)}
filters |= {f'bitshuffle_{c}_{n}': hp.Bitshuffle(nelems=n, cname=c) for c in BITSHUFFLE for n in (0, 16)}
filters |= {f'blosc_{c}_{s}_{l}': hp.Blosc(cname=c, clevel=l, shuffle=s) for c in BLOSC for s in (0, 1, 2) for l in (0, 5)}
filters |= {f'blosc2_{c}_{s}_{l}': hp.Blosc2(cname=c, clevel=l, filters=s) for c in BLOSC2 for s in (0, 1, 2, 3) for l in (0, 5)}
filters |= MORE
shapes = [((1000,), (1000,)), ((40007,), (20011,)), ((37, 41), (20, 13)), ((7, 9, 30), (7, 5, 30))]
kinds = ['zeros', 'random', 'ramp', 'constant']
def values(kind, shape, dtype):
    n = int(np.prod(shape))
    if kind == 'random':
        return np.frombuffer(rng.bytes(n * np.dtype(dtype).itemsize), dtype).reshape(shape)
    numbers = {'zeros': np.zeros(n), 'ramp': np.cumsum(rng.integers(0, 3, n)), 'constant': np.full(n, 3)}[kind]
    return numbers.astype(dtype).reshape(shape)
for name, options in filters.items():
    for shape, chunks in shapes:
        dtype = rng.choice(['u1', '<i2', '<f4', '>i4', '<f8', 'S7'])
        kind = kinds[int(rng.integers(4))]
        path = f\"{name}/{'x'.join(map(str, shape))}_{dtype[-2:]}_{kind}\"
        f.create_dataset(path, data=values(kind, shape, dtype), chunks=chunks, **options)
for factor in (0, 3):
    f.create_dataset(f'scaleoffset/integers_{factor}', data=rng.integers(0, 7, 1000, dtype='<i4'), chunks=(300,), scaleoffset=factor)
f.create_dataset('scaleoffset/floats', data=np.round(rng.random((30, 30)), 2), chunks=(30, 10), scaleoffset=2)
bits = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
bits.set_chunk((100,))
bits.set_filter(5, h5py.h5z.FLAG_OPTIONAL, ())
d = h5py.Dataset(h5py.h5d.create(f.id, b'nbit', h5py.h5t.STD_I32LE, h5py.h5s.create_simple((250,)), bits))
d[...] = rng.integers(-9, 9, 250)
strict = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
strict.set_chunk((100,))
strict.set_filter(2, h5py.h5z.FLAG_MANDATORY, ())
strict.set_filter(1, h5py.h5z.FLAG_MANDATORY, (3,))
d = h5py.Dataset(h5py.h5d.create(f.id, b'mandatory', h5py.h5t.STD_I32LE, h5py.h5s.create_simple((250,)), strict))
d[...] = rng.integers(-9, 9, 250)
";

/// What the server has compiled in, put before [`MAKE`].
const AVAILABLE: &str = "
import hdf5plugin as hp
BITSHUFFLE, MORE = ('none', 'lz4', 'zstd'), {f'zstd_{l}': hp.Zstd(clevel=l) for l in (-5, 1, 3, 22)}
BLOSC, BLOSC2 = ('blosclz', 'lz4', 'lz4hc', 'snappy', 'zlib', 'zstd'), ('blosclz', 'lz4', 'lz4hc', 'zlib', 'zstd')
";

const READ_ALL: &str = "
import hdf5plugin
result = {}
h5py.File(path).visititems(lambda name, d: result.update({name: raw(elements(d))}) if isinstance(d, h5py.Dataset) else None)
";

/// Compares the datasets of two files: elements and creation properties.
const TWINS: &str = "
import hdf5plugin
one, two = h5py.File(path), h5py.File(given)
result = []
def filters(d):
    # The name of a filter is what the program that wrote it calls it.
    plist = d.id.get_create_plist()
    return [plist.get_filter(i)[:3] for i in range(plist.get_nfilters())]
def compare(name, d):
    if not isinstance(d, h5py.Dataset):
        return
    twin = two[name]
    if elements(d).tobytes() != elements(twin).tobytes():
        result.append([name, 'elements'])
    if (d.dtype, d.shape, d.maxshape, d.chunks) != (twin.dtype, twin.shape, twin.maxshape, twin.chunks):
        result.append([name, 'facts'])
    if filters(d) != filters(twin):
        result.append([name, str(filters(d)), str(filters(twin))])
one.visititems(compare)
";

fn setup() -> Setup {
    Setup::new().file("all.h5", &format!("{AVAILABLE}{MAKE}")).file("twin.h5", "")
}

#[tokio::test]
async fn what_hdf5plugin_compresses_is_read_bit_by_bit() {
    let setup = setup();
    let expected = h5py_with(&setup.path("all.h5"), &Value::Null, READ_ALL);
    let server = setup.start().await;
    let file = server.file("all.h5").await;
    let expected = expected.as_object().unwrap();
    assert!(expected.len() >= 300, "{}", expected.len());
    for (path, elements) in expected {
        let values = file.read(path, "").await.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(BASE64.encode(&values.reply.payload), elements.as_str().unwrap(), "{path}");
    }
}

#[tokio::test]
async fn a_dataset_made_from_a_description_has_the_same_filters_and_hdf5plugin_reads_it() {
    let mut server = setup().start().await;
    let client = server.client("test").await;
    let (file, twin) = (client.file("all.h5"), client.file("twin.h5"));
    let mut socket = RawSocket::connect(&server).await;
    let paths = h5py_with(&server.path("all.h5"), &Value::Null, READ_ALL);
    for path in paths.as_object().unwrap().keys() {
        let describe = json!({"command": "describe", "path": path, "file": "all.h5"});
        let described = socket.ok(describe).await["object"]["dataset"].clone();
        let mut create = json!({"command": "create_dataset", "path": path, "file": "twin.h5"});
        for field in ["datatype", "shape", "max_shape", "layout", "chunks", "filters", "fill_value"]
        {
            create[field] = described[field].clone();
        }
        let fields = create.as_object_mut().unwrap();
        fields.retain(|_, value| !value.is_null());
        socket.ok(create).await;
        let values = file.read(path, "").await.unwrap().reply;
        twin.write(path, &values).await.unwrap();
    }
    assert!(server.terminate().await.success());
    let twin = server.path("twin.h5");
    let differences = h5py_with(&server.path("all.h5"), &json!(twin.to_str().unwrap()), TWINS);
    assert_eq!(differences, json!([]));
}

#[tokio::test]
async fn a_filter_that_is_not_there_is_named_and_the_rest_of_the_file_is_read() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            import hdf5plugin as hp
            f.create_dataset('foreign', data=np.arange(100), chunks=(100,), **hp.BZip2())
            f.create_dataset('plain', data=np.arange(100), chunks=(100,), **hp.LZ4())",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let described = socket.ok(json!({"command": "describe", "path": "/foreign"})).await;
    assert_eq!(described["object"]["dataset"]["filters"][0]["name"], "bzip2");
    for request in [
        json!({"command": "read", "path": "/foreign"}),
        json!({"command": "update", "path": "/foreign", "selection": "0", "data": 1}),
        json!({"command": "create_dataset", "path": "/n", "datatype": "<i4", "shape": [9], "filters": ["bzip2"]}),
    ] {
        let error = socket.ask(&request).await;
        assert_eq!(error["code"], "unsupported", "{error}");
        assert!(error["message"].as_str().unwrap().contains("bzip2"), "{error}");
    }
    let plain = socket.ok(json!({"command": "read", "path": "/plain", "selection": "98:"})).await;
    assert_eq!(plain["data"], json!([98, 99]));
}

#[tokio::test]
async fn options_that_a_filter_does_not_take_are_refused() {
    let (server, mut socket) = hdf5_async_tests::TestServer::with_empty_file().await;
    for (name, options) in [
        ("deflate", json!([10])),
        ("bitshuffle", json!([7, 2])),
        ("bitshuffle", json!([0, 9])),
        ("scaleoffset", json!([7, 1])),
        ("blosc", json!([0, 0, 0, 0, 12, 1, 1])),
        ("blosc", json!([0, 0, 0, 0, 5, 9, 1])),
        ("blosc2", json!([0, 0, 0, 0, 5, 1, 77])),
    ] {
        let filter = json!({"name": name, "options": options});
        let request = json!({
            "command": "create_dataset", "path": "/x", "datatype": "<i4", "shape": [64], "chunks": [64],
            "filters": [filter], "data": 5,
        });
        let error = socket.ask(&request).await;
        assert_eq!(error["code"], "unsupported", "{name} {options}: {error}");
        assert!(error["message"].as_str().unwrap().contains(name), "{error}");
        assert_eq!(socket.ok(json!({"command": "list"})).await["total"], 0);
    }
    drop(server);
}

/// Small chunks that claim to be, or would become, hundreds of megabytes or more.
const BOMBS: &str = "
import hdf5plugin as hp, struct, zlib
def bomb(name, chunk, **options):
    d = f.create_dataset(name, shape=(1000,), dtype='u1', chunks=(1000,), **options)
    d.id.write_direct_chunk((0,), chunk)
deflate = zlib.compressobj(9)
bomb('deflate', b''.join(deflate.compress(bytes(1 << 20)) for _ in range(160)) + deflate.flush(), compression='gzip')
bomb('lzf', b'\\0\\0' + b'\\xe0\\xff\\0' * (1 << 20), compression='lzf')
bomb('lz4', struct.pack('>QI', 1 << 40, 1 << 30) + bytes(100), **hp.LZ4())
bomb('szip', struct.pack('<I', 1 << 31) + bytes(100), compression='szip')
bomb('bitshuffle', struct.pack('>QI', 1 << 30, 8192) + bytes(100), **hp.Bitshuffle(cname='lz4'))
bomb('blosc', struct.pack('<BBBBIII', 2, 1, 0x21, 1, 1 << 30, 1 << 20, 116) + bytes(100), **hp.Blosc())
one = np.zeros(1000, 'u1')
d = f.create_dataset('blosc2', data=one, chunks=(1000,), **hp.Blosc2())
frame = bytearray(d.id.read_direct_chunk((0,))[1])
frame[30:38] = struct.pack('>Q', 1 << 30)
d.id.write_direct_chunk((0,), bytes(frame))
";

#[tokio::test]
async fn a_chunk_that_would_become_too_large_is_refused() {
    let server = Setup::new().file("a.h5", BOMBS).start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "list"})).await;
    let worker = server.worker("a.h5");
    for name in ["deflate", "lzf", "lz4", "szip", "bitshuffle", "blosc", "blosc2"] {
        let error = socket.ask(&json!({"command": "read", "path": name})).await;
        assert_eq!(error["code"], "too_large", "{name}: {error}");
        assert!(error["message"].as_str().unwrap().contains(name), "{error}");
    }
    assert!(worker.peak_resident_bytes() < 400 << 20, "{} bytes", worker.peak_resident_bytes());
    assert_eq!(server.worker("a.h5"), worker, "a bomb has ended the worker");
}

/// For each filter a dataset with one byte of its chunk changed, and one with its chunk cut off.
const DAMAGED: &str = "
import hdf5plugin as hp
rng = np.random.default_rng(3)
filters = {'deflate': {'compression': 'gzip'}, 'fletcher32': {'fletcher32': True}, 'lzf': {'compression': 'lzf'}, 'lz4': hp.LZ4(), 'szip': {'compression': 'szip'}, 'zfp': hp.Zfp(reversible=True),
           'bitshuffle': hp.Bitshuffle(cname='lz4'), 'blosc': hp.Blosc(), 'blosc2': hp.Blosc2(cname='lz4')}
values = np.cumsum(rng.integers(0, 3, 5000)).astype('<i4')
for name, options in filters.items():
    for how in ('cut', 'changed'):
        for i in range(20):
            d = f.create_dataset(f'{how}/{name}/{i}', data=values, chunks=(5000,), **options)
            chunk = bytearray(d.id.read_direct_chunk((0,))[1])
            at = int(rng.integers(len(chunk)))
            if how == 'changed':
                chunk[at] ^= 1 << int(rng.integers(8))
            d.id.write_direct_chunk((0,), bytes(chunk) if how == 'changed' else bytes(chunk[:at]))
f['good'] = values
";

#[tokio::test]
async fn damaged_chunks_are_typed_errors_and_harm_nothing_else() {
    let server = Setup::new().file("a.h5", DAMAGED).start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "list"})).await;
    let worker = server.worker("a.h5");
    let mut damaged = 0;
    for name in
        ["deflate", "fletcher32", "lzf", "lz4", "szip", "zfp", "bitshuffle", "blosc", "blosc2"]
    {
        for how in ["cut", "changed"] {
            for number in 0..20 {
                let path = format!("/{how}/{name}/{number}");
                let answer = socket.ask(&json!({"command": "read", "path": path})).await;
                let code = answer["code"].as_str().unwrap_or("read");
                // Without a checksum a changed byte may be another value; a checksum misses nothing.
                let expected: &[&str] = match (name, how) {
                    ("fletcher32", "changed") => &["data_damaged"],
                    _ => &["read", "data_damaged", "too_large", "unsupported", "hdf5"],
                };
                assert!(expected.contains(&code), "{path}: {answer}");
                damaged += u32::from(code == "data_damaged");
            }
        }
    }
    assert!(damaged > 100, "{damaged}");
    let fletcher = socket.ask(&json!({"command": "read", "path": "/changed/fletcher32/0"})).await;
    assert!(fletcher["message"].as_str().unwrap().contains("Fletcher32"), "{fletcher}");
    assert_eq!(
        socket.ok(json!({"command": "read", "path": "/good"})).await["shape"],
        json!([5000])
    );
    assert_eq!(server.worker("a.h5"), worker, "a damaged chunk has ended the worker");
}
