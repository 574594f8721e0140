//! Virtual datasets: read as h5py reads them, made as they are described, and kept within the served folders.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py, h5py_with};
use serde_json::{Value, json};

/// Sources of many kinds and, in `all.h5`, virtual datasets of them; `path` is that of `all.h5`.
const MAKE: &str = "
import os
folder = os.path.dirname(path)
os.makedirs(f'{folder}/raw')
rng = np.random.default_rng(23)
def source(name, **datasets):
    with h5py.File(f'{folder}/{name}', 'w') as f:
        for key, values in datasets.items():
            f.create_dataset(key, data=values, chunks=values.shape, maxshape=(None,) * values.ndim, compression='gzip')
numbers = lambda *shape: rng.integers(-9999, 9999, shape, dtype='<i4')
for i in range(3):
    source(f'raw/part_{i}.h5', frames=numbers(4, 5, 6), line=numbers(10))
source('beside.h5', line=numbers(10), table=numbers(8, 6))
for i in range(4):
    source(f'block_{i}.h5', x=numbers(1, 6))
U = h5py.h5s.UNLIMITED
with h5py.File(path, 'w') as f:
    f['own'] = numbers(10)
    stacked = h5py.VirtualLayout((12, 5, 6), '<i4')
    for i in range(3):
        stacked[4 * i:4 * i + 4] = h5py.VirtualSource(f'raw/part_{i}.h5', 'frames', (4, 5, 6))
    f.create_virtual_dataset('stacked', stacked)
    woven = h5py.VirtualLayout((30,), '<i4')
    woven[0::3] = h5py.VirtualSource('beside.h5', 'line', (10,))
    woven[1::3] = h5py.VirtualSource('.', 'own', (10,))
    woven[2::3] = h5py.VirtualSource('raw/part_1.h5', 'line', (10,))
    f.create_virtual_dataset('woven', woven)
    part = h5py.VirtualLayout((4, 3), '<f8')
    part[...] = h5py.VirtualSource('beside.h5', 'table', (8, 6))[0::2, 1:4]
    f.create_virtual_dataset('converted', part)
    holes = h5py.VirtualLayout((40,), '<i4')
    holes[0:10] = h5py.VirtualSource('missing.h5', 'line', (10,))
    holes[10:20] = h5py.VirtualSource('beside.h5', 'no_such', (10,))
    holes[20:30] = h5py.VirtualSource('no/such/folder.h5', 'line', (10,))
    holes[30:40] = h5py.VirtualSource(f'{folder}/beside.h5', 'line', (10,))
    f.create_virtual_dataset('holes', holes, fillvalue=-7)
    nested = h5py.VirtualLayout((6,), '<i4')
    nested[...] = h5py.VirtualSource('.', 'woven', (30,))[0:12:2]
    f.create_virtual_dataset('nested', nested)
    def low(name, dims, maxdims, mappings):
        p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        p.set_fill_value(np.array(5, '<i4'))
        for select, file, dataset, source_dims, source_max, source_select in mappings:
            space = h5py.h5s.create_simple(dims, maxdims)
            space.select_hyperslab(*select)
            there = h5py.h5s.create_simple(source_dims, source_max)
            there.select_hyperslab(*source_select)
            p.set_virtual(space, file, dataset, there)
        h5py.h5d.create(f.id, name, h5py.h5t.STD_I32LE, h5py.h5s.create_simple(dims, maxdims), p)
    low(b'growing', (8, 6), (U, 6), [(((0, 0), (1, 1), (1, 1), (U, 6)), b'beside.h5', b'table', (8, 6), (U, U), ((0, 0), (1, 1), (1, 1), (U, 6)))])
    low(b'numbered', (4, 6), (U, 6), [(((0, 0), (U, 1), (1, 1), (1, 6)), b'block_%b.h5', b'x', (1, 6), (1, 6), ((0, 0), (1, 1), (1, 1), (1, 6)))])
    low(b'spaced', (12,), (12,), [(((1,), (4,), (3,), (2,)), b'beside.h5', b'line', (10,), (10,), ((2,), (1,), (1,), (8,)))])
";

const PATHS: &str = "
result = {}
h5py.File(path).visititems(lambda name, d: result.update({name: [list(d.shape), raw(elements(d))]}) if isinstance(d, h5py.Dataset) else None)
";

fn setup() -> Setup {
    let setup = Setup::new();
    h5py(&setup.path("all.h5"), MAKE);
    setup.file("twin.h5", "")
}

#[tokio::test]
async fn virtual_datasets_are_read_as_h5py_reads_them() {
    let setup = setup();
    let expected = h5py_with(&setup.path("all.h5"), &Value::Null, PATHS);
    let server = setup.start().await;
    let file = server.file("all.h5").await;
    let mut socket = RawSocket::connect(&server).await;
    for (path, expected) in expected.as_object().unwrap() {
        let values = file.read(path, "").await.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(json!(values.reply.shape), expected[0], "{path}");
        assert_eq!(BASE64.encode(&values.reply.payload), expected[1].as_str().unwrap(), "{path}");
        let describe = json!({"command": "describe", "path": path, "file": "all.h5"});
        let described = socket.ok(describe).await;
        assert_eq!(described["object"]["dataset"]["shape"], expected[0], "{path}");
    }
}

/// Compares the creation property lists of virtual datasets, and what is read through them.
const TWINS: &str = "
one, two = h5py.File(path), h5py.File(given)
result = []
for name, d in one.items():
    twin = two[name]
    if not d.id.get_create_plist().equal(twin.id.get_create_plist()):
        a, b = d.id.get_create_plist(), twin.id.get_create_plist()
        spaces = lambda p: [(repr(v.get_regular_hyperslab()), v.get_simple_extent_dims(), v.get_simple_extent_dims(True)) for i in range(p.get_virtual_count()) for v in (p.get_virtual_vspace(i), p.get_virtual_srcspace(i))]
        facts = lambda p: [p.get_fill_time(), p.get_alloc_time(), p.get_obj_track_times(), p.get_attr_creation_order(), p.fill_value_defined(), spaces(p)]
        result.append([name, 'creation properties', str(facts(a)), str(facts(b))])
    if name not in ('own', 'woven', 'nested') and elements(d).tobytes() != elements(twin).tobytes():
        result.append([name, 'elements'])
";

#[tokio::test]
async fn a_virtual_dataset_made_from_a_description_is_the_same() {
    let mut server = setup().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let list = socket.ok(json!({"command": "list", "file": "all.h5"})).await;
    for child in list["children"].as_array().unwrap() {
        let path = format!("/{}", child["name"].as_str().unwrap());
        let describe = json!({"command": "describe", "path": path, "file": "all.h5"});
        let described = socket.ok(describe).await["object"]["dataset"].clone();
        let mut create = json!({"command": "create_dataset", "path": path, "file": "twin.h5"});
        for field in [
            "datatype",
            "shape",
            "max_shape",
            "layout",
            "fill_value",
            "virtual",
            "fill_time",
            "allocation_time",
            "track_times",
        ] {
            if let Some(value) = described.get(field) {
                create[field] = value.clone();
            }
        }
        let answer = socket.ask(&create).await;
        assert_eq!(answer["status"], "success", "{create}: {answer}");
    }
    assert!(server.terminate().await.success());
    let twin = server.path("twin.h5");
    let differences = h5py_with(&server.path("all.h5"), &json!(twin.to_str().unwrap()), TWINS);
    assert_eq!(differences, json!([]));
}

#[tokio::test]
async fn what_was_just_written_to_a_source_is_read_through_a_virtual_dataset() {
    let server = setup().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let woven =
        json!({"command": "read", "path": "/woven", "file": "all.h5", "selection": "0:30:3"});
    socket.ok(woven.clone()).await;
    for round in 0..5 {
        let data: Vec<i32> = (0..10).map(|number| number * 10 + round).collect();
        let write = json!({"command": "write", "path": "/line", "file": "beside.h5", "data": data});
        socket.ok(write).await;
        assert_eq!(socket.ok(woven.clone()).await["data"], json!(data));
    }
    let append = json!({"command": "append", "path": "/table", "file": "beside.h5", "data": [[1, 2, 3, 4, 5, 6]]});
    socket.ok(append).await;
    let last = json!({"command": "read", "path": "/growing", "file": "all.h5", "selection": "-1"});
    assert_eq!(socket.ok(last).await["data"], json!([1, 2, 3, 4, 5, 6]));
}

/// All elements in one list.
async fn flat(socket: &mut RawSocket, path: &str) -> Vec<i64> {
    let read = json!({"command": "read", "path": path, "file": "all.h5"});
    let mut numbers = Vec::new();
    let mut rest = vec![socket.ok(read).await["data"].clone()];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(values) => rest.extend(values.into_iter().rev()),
            value => numbers.push(value.as_i64().unwrap()),
        }
    }
    numbers
}

/// As many numbers as an array of this shape has, nested as it is.
fn numbered(shape: &[u64], next: &mut i64) -> Value {
    match shape {
        [] => {
            *next += 1;
            json!(*next)
        }
        [count, below @ ..] => (0..*count).map(|_| numbered(below, next)).collect(),
    }
}

#[tokio::test]
async fn elements_are_written_through_to_their_sources_in_other_files() {
    let mut server = setup().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let mut next = 1_000_000;
    for (path, selection, files) in [
        ("/stacked", "2:7, 1, ::2", json!(["raw/part_0.h5", "raw/part_1.h5"])),
        ("/stacked", "-1", json!(["raw/part_2.h5"])),
        (
            "/stacked",
            "[9, 0, 5], 1:3, [5, 0]",
            json!(["raw/part_0.h5", "raw/part_1.h5", "raw/part_2.h5"]),
        ),
        ("/woven", "4:19", json!(["beside.h5", "all.h5", "raw/part_1.h5"])),
        ("/woven", "1::3", json!(["all.h5"])),
        ("/spaced", "2:3", json!(["beside.h5"])),
        ("/holes", "33:36", json!(["beside.h5"])),
        ("/stacked", "3:3", json!([])),
    ] {
        let before = flat(&mut socket, path).await;
        let read =
            json!({"command": "read", "path": path, "file": "all.h5", "selection": selection});
        let shape = socket.ok(read.clone()).await["shape"].clone();
        let shape: Vec<u64> = serde_json::from_value(shape).unwrap();
        let data = numbered(&shape, &mut next);
        let update = json!({"command": "update", "path": path, "file": "all.h5", "selection": selection,
            "data": data, "datatype": "<i4", "shape": shape});
        let update = if shape.contains(&0) { with(update, &json!({"data": 0})) } else { update };
        let answer = socket.ok(update).await;
        let written: Vec<&Value> = answer["sources"]
            .as_array()
            .map_or(Vec::new(), |sources| sources.iter().map(|source| &source["file"]).collect());
        assert_eq!(json!(written), files, "{path} {selection}");
        assert_eq!(socket.ok(read).await["data"], data, "{path} {selection}");
        let after = flat(&mut socket, path).await;
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
        assert_eq!(changed as u64, shape.iter().product::<u64>(), "{path} {selection}");
    }
    // The whole of it, in binary, and one value for all.
    let values: Vec<u8> = (0..360_i32).flat_map(i32::to_le_bytes).collect();
    let header = json!({"command": "write", "path": "/stacked", "file": "all.h5", "datatype": "<i4", "shape": [12, 5, 6]});
    socket.binary(hdf5_async_client::protocol::frame::encode(&header.to_string(), &values)).await;
    assert_eq!(socket.json().await["sources"].as_array().unwrap().len(), 3);
    assert_eq!(flat(&mut socket, "/stacked").await, (0..360).collect::<Vec<i64>>());
    let one = json!({"command": "update", "path": "/converted", "file": "all.h5", "selection": "1:3", "data": 7});
    assert_eq!(socket.ok(one).await["sources"][0]["file"], "beside.h5");
    let expected = flat(&mut socket, "/woven").await;
    assert!(server.terminate().await.success());
    let script = "
        f = h5py.File(path)
        result = [f['woven'][()].tolist(), f['stacked'][()].ravel().tolist() == list(range(360)),
                  f['converted'][1:3].tolist() == [[7.0] * 3] * 2, f['stacked'].is_virtual]";
    let found = h5py_with(&server.path("all.h5"), &Value::Null, script);
    assert_eq!(found, json!([expected, true, true, true]));
}

fn with(mut request: Value, fields: &Value) -> Value {
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

#[tokio::test]
async fn a_source_tells_of_what_is_written_through_and_repeats_it_no_more() {
    let server = setup().start().await;
    let mut listener = RawSocket::connect(&server).await;
    listener.ok(json!({"command": "subscribe", "file": "beside.h5", "data": true})).await;
    let mut socket = RawSocket::connect(&server).await;
    let update = json!({"command": "update", "path": "/woven", "file": "all.h5", "selection": "3:6",
        "data": [5, 6, 7], "request_key": "once"});
    let answer = socket.ok(update.clone()).await;
    let event = listener.json().await;
    assert_eq!(
        (&event["path"], &event["region"], &event["values"]["data"], &event["seq"]),
        (&json!("/line"), &json!("1:2"), &json!([5]), &answer["sources"][0]["seq"])
    );
    let read = json!({"command": "update", "path": "/line", "file": "beside.h5", "selection": "1", "data": 9});
    socket.ok(read).await;
    // Done before, in each of its files.
    socket.ok(update).await;
    let read = json!({"command": "read", "path": "/woven", "file": "all.h5", "selection": "3:6"});
    assert_eq!(socket.ok(read).await["data"], json!([9, 6, 7]));
}

#[tokio::test]
async fn what_cannot_be_written_through_is_refused() {
    let server = setup().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let made = socket.ok(json!({"command": "create_group", "path": "/g", "file": "all.h5"})).await;
    for (path, fields, code) in [
        ("/nested", json!({"selection": "0"}), "unsupported"),
        ("/growing", json!({"selection": "0"}), "unsupported"),
        ("/numbered", json!({"selection": "0"}), "unsupported"),
        ("/spaced", json!({"selection": "0"}), "unsupported"),
        ("/holes", json!({"selection": "5"}), "file_unreadable"),
        ("/holes", json!({"selection": "15"}), "not_found"),
        ("/stacked", json!({"selection": "99"}), "invalid_selection"),
        ("/stacked", json!({"selection": "0", "data": [1, 2]}), "shape_mismatch"),
        ("/stacked", json!({"selection": "0", "data": "x"}), "invalid_value"),
        ("/stacked", json!({"selection": "0", "if_seq": made["seq"]}), "unsupported"),
    ] {
        let update = json!({"command": "update", "path": path, "file": "all.h5", "data": 1});
        assert_eq!(socket.refused(with(update, &fields)).await, code, "{path} {fields}");
    }
    let own = json!([{"selection": "0:10", "file": ".", "path": "/own", "source_selection": "0:10", "source_shape": [10]}]);
    let create = json!({"command": "create_dataset", "path": "/window", "file": "all.h5", "datatype": "<i4",
        "shape": [10], "layout": "virtual", "virtual": own});
    socket.ok(create).await;
    let write = json!({"command": "update", "path": "/window", "file": "all.h5", "selection": "3:5", "data": [77, 78]});
    assert_eq!(socket.ok(write).await.get("sources"), None);
    let read = json!({"command": "read", "path": "/own", "file": "all.h5", "selection": "3:5"});
    assert_eq!(socket.ok(read).await["data"], json!([77, 78]));
}

#[tokio::test]
async fn sources_outside_of_the_served_folders_are_refused() {
    let setup = Setup::new();
    // Beside the served folder, where a name that leads out would find it.
    let outside = setup.path("../outside.h5");
    h5py(&outside, "f = h5py.File(path, 'w'); f['x'] = np.arange(4, dtype='<i4'); f.close()");
    std::os::unix::fs::symlink(&outside, setup.path("link.h5")).unwrap();
    std::fs::create_dir(setup.path("sub")).unwrap();
    let names = [
        outside.to_str().unwrap(),
        "../outside.h5",
        "sub/../../outside.h5",
        "link.h5",
        "/etc/passwd",
    ];
    let script = format!(
        "
        for i, name in enumerate({names:?}):
            layout = h5py.VirtualLayout((4,), '<i4')
            layout[...] = h5py.VirtualSource(name, 'x', (4,))
            f.create_virtual_dataset(f'v{{i}}', layout)
        f['plain'] = [1, 2]"
    );
    let server = setup.file("a.h5", &script).start().await;
    let mut socket = RawSocket::connect(&server).await;
    for (number, name) in names.iter().enumerate() {
        let error = socket
            .ask(&json!({"command": "read", "path": format!("/v{number}"), "file": "a.h5"}))
            .await;
        assert_eq!(error["code"], "unsupported", "{name}: {error}");
        assert!(error["message"].as_str().unwrap().contains("not opened"), "{error}");
    }
    let plain = socket.ok(json!({"command": "read", "path": "/plain", "file": "a.h5"})).await;
    assert_eq!(plain["data"], json!([1, 2]));
}

#[tokio::test]
async fn files_that_are_sources_of_each_other_end_no_worker() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            layout = h5py.VirtualLayout((4,), '<i4')
            layout[...] = h5py.VirtualSource('b.h5', 'v', (4,))
            f.create_virtual_dataset('v', layout)",
        )
        .file(
            "b.h5",
            "
            layout = h5py.VirtualLayout((4,), '<i4')
            layout[...] = h5py.VirtualSource('a.h5', 'v', (4,))
            f.create_virtual_dataset('v', layout)
            f['plain'] = [3]",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let answer = socket.ask(&json!({"command": "read", "path": "/v", "file": "a.h5"})).await;
    assert!(answer["status"] == "success" || answer["code"] != "worker_lost", "{answer}");
    let plain = socket.ok(json!({"command": "read", "path": "/plain", "file": "b.h5"})).await;
    assert_eq!(plain["data"], json!([3]));
}

#[tokio::test]
async fn a_read_of_many_blocks_through_many_sources() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            layout = h5py.VirtualLayout((64, 20000), '<i4')
            for i in range(64):
                f[f'part{i}'] = np.arange(20000, dtype='<i4') + i
                layout[i] = h5py.VirtualSource('.', f'part{i}', (20000,))
            f.create_virtual_dataset('v', layout)",
        )
        .start()
        .await;
    let values = server.file("a.h5").await.read("/v", "").await.unwrap().reply;
    let expected: Vec<u8> = (0..64_i32)
        .flat_map(|row| (0..20_000_i32).map(move |x| x + row))
        .flat_map(i32::to_le_bytes)
        .collect();
    assert!(values.payload == expected);
}

#[tokio::test]
async fn named_files_find_only_each_other() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let source = json!([{"selection": "0:4", "file": "nowhere.h5", "path": "/x", "source_selection": "0:4", "source_shape": [4]}]);
    let create = json!({"command": "create_dataset", "path": "/v", "datatype": "<i4", "shape": [4],
        "fill_value": 9, "layout": "virtual", "virtual": source});
    socket.ok(create).await;
    assert_eq!(
        socket.ok(json!({"command": "read", "path": "/v"})).await["data"],
        json!([9, 9, 9, 9])
    );
    drop(server);
}
