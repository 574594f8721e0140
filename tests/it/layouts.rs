//! Layouts and creation properties: a dataset made from a description is stored the same, and read whatever its layout.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py, h5py_with};
use serde_json::{Value, json};

/// Datasets of every layout with every property that can be set, in several ranks and datatypes; `libver` decides
/// which index the chunks have.
const MAKE: &str = "
from itertools import product
rng = np.random.default_rng(5)
low = h5py.h5p
def dataset(name, shape, dtype, layout, maxshape=None, **options):
    p = low.create(low.DATASET_CREATE)
    for method, arguments in options.items():
        getattr(p, method)(*arguments)
    if layout is not None and 'set_chunk' not in options:
        p.set_layout(layout)
    lcpl = low.create(low.LINK_CREATE)
    lcpl.set_create_intermediate_group(True)
    space = h5py.h5s.create_simple(shape, maxshape) if shape is not None else h5py.h5s.create(h5py.h5s.NULL)
    d = h5py.Dataset(h5py.h5d.create(f.id, name.encode(), h5py.h5t.py_create(np.dtype(dtype)), space, p, lcpl))
    if shape is not None and 0 not in shape:
        n = int(np.prod(shape)) * d.dtype.itemsize
        d[...] = np.frombuffer(rng.bytes(n), d.dtype).reshape(shape)
    return d
fill = {'none': {}, 'set': {'set_fill_value': (np.array(7),)}}
times = {'alloc': (h5py.h5d.FILL_TIME_ALLOC,), 'never': (h5py.h5d.FILL_TIME_NEVER,), 'ifset': (h5py.h5d.FILL_TIME_IFSET,)}
allocations = {'early': (h5py.h5d.ALLOC_TIME_EARLY,), 'late': (h5py.h5d.ALLOC_TIME_LATE,), 'incremental': (h5py.h5d.ALLOC_TIME_INCR,)}
U = h5py.h5s.UNLIMITED
for (value, more), (time, fill_time), shape, dtype in product(fill.items(), times.items(), [(5,), (3, 4), (2, 3, 4)], ['<i4', '>f8']):
    where = f\"{value}_{time}_{len(shape)}_{dtype[1:]}\"
    chunk = {'set_chunk': (tuple(max(1, n - 1) for n in shape),)}
    common = more | {'set_fill_time': fill_time}
    dataset(f'compact/{where}', shape, dtype, h5py.h5d.COMPACT, **common)
    dataset(f'contiguous/{where}', shape, dtype, h5py.h5d.CONTIGUOUS, **common)
    for name, maxshape in {'fixed': None, 'extensible': (U,) + shape[1:], 'btree': (U,) * len(shape), 'bounded': tuple(n * 2 for n in shape)}.items():
        dataset(f'{name}/{where}', shape, dtype, None, maxshape, **chunk, **common)
    dataset(f'single/{where}', shape, dtype, None, set_chunk=(shape,), **common)
    dataset(f'implicit/{where}', shape, dtype, None, set_alloc_time=allocations['early'], **chunk, **common)
for name, time in allocations.items():
    if name != 'incremental':
        dataset(f'allocated/contiguous_{name}', (9,), '<i2', h5py.h5d.CONTIGUOUS, set_alloc_time=time)
    dataset(f'allocated/chunked_{name}', (9,), '<i2', None, set_chunk=((4,),), set_alloc_time=time)
dataset('tracked/times', (3,), '<i2', h5py.h5d.CONTIGUOUS, set_obj_track_times=(True,))
dataset('tracked/no_times', (3,), '<i2', h5py.h5d.CONTIGUOUS, set_obj_track_times=(False,))
dataset('tracked/order', (3,), '<i2', h5py.h5d.CONTIGUOUS, set_attr_creation_order=(low.CRT_ORDER_TRACKED | low.CRT_ORDER_INDEXED,))
dataset('phase', (3,), '<i2', h5py.h5d.CONTIGUOUS, set_attr_phase_change=(20, 3))
dataset('empty', (0, 3), '<i2', None, (U, 3), set_chunk=((2, 3),))
dataset('null', None, '<i2', None)
";

/// The properties that a dataset is made with.
const FIELDS: [&str; 16] = [
    "datatype",
    "shape",
    "max_shape",
    "layout",
    "chunks",
    "filters",
    "fill_value",
    "fill_time",
    "allocation_time",
    "track_times",
    "track_order",
    "unfiltered_edge_chunks",
    "attribute_phase_change",
    "virtual",
    "external_storage",
    "data",
];

const PATHS: &str = "
result = {}
h5py.File(path).visititems(lambda name, d: result.update({name: raw(elements(d)) if d.shape is not None else ''}) if isinstance(d, h5py.Dataset) else None)
";

/// Compares the datasets of two files: their creation property lists as HDF5 compares them, and elements.
const TWINS: &str = "
one, two = h5py.File(path), h5py.File(given['twin'])
result = []
def compare(name, d):
    if not isinstance(d, h5py.Dataset):
        return
    twin = two[name]
    if (d.dtype, d.shape, d.maxshape) != (twin.dtype, twin.shape, twin.maxshape):
        result.append([name, 'facts', str(d), str(twin)])
    a, b = d.id.get_create_plist(), twin.id.get_create_plist()
    if not a.equal(b):
        result.append([name, 'creation properties'])
    if given['elements'] and d.shape is not None and elements(d).tobytes() != elements(twin).tobytes():
        result.append([name, 'elements'])
one.visititems(compare)
";

/// Makes every dataset of one file in another, from its description alone.
async fn make_twins(server: &TestServer, paths: &Value, from: &str, to: &str) {
    let mut socket = RawSocket::connect(server).await;
    for path in paths.as_object().unwrap().keys() {
        let describe = json!({"command": "describe", "path": path, "file": from});
        let described = socket.ok(describe).await["object"]["dataset"].clone();
        let mut create = json!({"command": "create_dataset", "path": path, "file": to});
        for field in FIELDS {
            if let Some(value) = described.get(field) {
                create[field] = value.clone();
            }
        }
        let answer = socket.ask(&create).await;
        assert_eq!(answer["status"], "success", "{create}: {answer}");
    }
}

#[tokio::test]
async fn every_layout_is_read_and_made_again_from_its_description() {
    for libver in ["earliest", "latest"] {
        let setup = Setup::new().file("twin.h5", "");
        let script = format!("f = h5py.File(path, 'w', libver='{libver}')\n{MAKE}\nf.close()");
        h5py(&setup.path("all.h5"), &script);
        let paths = h5py_with(&setup.path("all.h5"), &Value::Null, PATHS);
        let expected = paths.as_object().unwrap();
        assert!(expected.len() > 290, "{}", expected.len());
        let mut server = setup.start().await;
        let client = server.client("test").await;
        let (file, twin) = (client.file("all.h5"), client.file("twin.h5"));
        make_twins(&server, &paths, "all.h5", "twin.h5").await;
        for (path, elements) in expected {
            let values = file.read(path, "").await.unwrap().reply;
            assert_eq!(BASE64.encode(&values.payload), elements.as_str().unwrap(), "{path}");
            if values.shape.is_some() {
                twin.write(path, &values).await.unwrap();
            }
        }
        assert!(server.terminate().await.success());
        let given = json!({"twin": server.path("twin.h5"), "elements": true});
        let differences = h5py_with(&server.path("all.h5"), &given, TWINS);
        assert_eq!(differences, json!([]), "{libver}");
    }
}

#[tokio::test]
async fn properties_that_cannot_be_are_refused() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    for more in [
        json!({"allocation_time": "incremental", "layout": "contiguous"}),
        json!({"allocation_time": "late", "layout": "compact"}),
        json!({"unfiltered_edge_chunks": true, "layout": "contiguous"}),
        json!({"attribute_phase_change": [1, 9]}),
        json!({"fill_value": null, "fill_time": "alloc"}),
        json!({"external_storage": [{"file": "/etc/passwd", "offset": 0, "bytes": 16}]}),
        json!({"layout": "virtual", "chunks": [2]}),
        json!({"layout": "contiguous", "virtual": [{"selection": "0:4", "file": "b.h5", "path": "x",
               "source_selection": "0:4", "source_shape": [4]}]}),
        json!({"layout": "virtual", "virtual": [{"selection": "0:4", "file": "b.h5", "path": "x",
               "source_selection": "0:3", "source_shape": [4]}]}),
        json!({"layout": "virtual", "virtual": [{"selection": {"start": [0], "stride": [1], "count": [null],
               "block": [1]}, "file": "b.h5", "path": "x", "source_selection": "0:4", "source_shape": [4]}]}),
        json!({"layout": "virtual", "virtual": [{"selection": {"boxes": [[[0], [4]]]}, "file": "b.h5", "path": "x",
               "source_selection": "0:4", "source_shape": [4]}]}),
    ] {
        let mut request =
            json!({"command": "create_dataset", "path": "/x", "datatype": "<i4", "shape": [4]});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(socket.refused(request).await, "unsupported", "{more}");
        assert_eq!(socket.ok(json!({"command": "list"})).await["total"], 0, "after {more}");
    }
    for more in [json!({"fill_time": "sometimes"}), json!({"track_times": 3})] {
        let mut request =
            json!({"command": "create_dataset", "path": "/x", "datatype": "<i4", "shape": [4]});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(socket.refused(request).await, "invalid_request", "{more}");
    }
    drop(server);
}

#[tokio::test]
async fn external_storage_is_described_and_never_opened() {
    let server = Setup::new()
        .file(
            "a.h5",
            "f.create_dataset('raw', (4,), '<i4', external=[('/etc/passwd', 3, 8), ('more.bin', 0, h5py.h5f.UNLIMITED)])",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let described = socket.ok(json!({"command": "describe", "path": "/raw"})).await;
    let files = &described["object"]["dataset"]["external_storage"];
    let expected = json!([
        {"file": "/etc/passwd", "offset": 3, "bytes": 8}, {"file": "more.bin", "offset": 0, "bytes": null}
    ]);
    assert_eq!(files, &expected);
    for request in [
        json!({"command": "read", "path": "/raw"}),
        json!({"command": "update", "path": "/raw", "selection": "0", "data": 1}),
    ] {
        assert_eq!(socket.refused(request).await, "unsupported");
    }
}
