//! h5py as the oracle for values: every datatype in every kind of dataspace, layout and filter, read and written, in
//! JSON and binary.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::future::join_all;
use hdf5_async_client::protocol::message::command::{CreateDataset, Describe};
use hdf5_async_client::protocol::model::ObjectPath;
use hdf5_async_client::{File, Values};
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py, h5py_with};
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub(crate) const CORPUS: &str = include_str!("datatypes/corpus.py");
/// What the twins of references refer to.
const TARGETS: &str = "
f['target/one'] = np.arange(24).reshape(4, 6)
f['target/scalar'] = 5
f.create_group('target/group/inner')
";
const CANON: &str = include_str!("datatypes/canon.py");

const PATHS: &str = "
result = []
h5py.File(path).visititems(lambda name, item: result.append(name) if isinstance(item, h5py.Dataset) else None)
";

/// Names what came over the wire (`given`: path to datatype, JSON and base64) and is not what the file has.
const COMPARE: &str = "
f = h5py.File(path)
result = []
for name, wire in given.items():
    d, w = f[name], wire['datatype']
    if d.shape is None:
        if wire['shape'] is not None or wire['json'] is not None:
            result.append([name, 'not null'])
        continue
    if list(d.shape) != wire['shape']:
        result.append([name, wire['shape']])
        continue
    payload = base64.b64decode(wire['binary'])
    found, expected = of_payload(payload, w, d.size, f), canon(d)
    if found != expected:
        result.append([name, 'binary', repr(found)[:300], repr(expected)[:300]])
    size = wire_size(w)
    slots, rest = payload[:d.size * size], payload[d.size * size:]
    expected = [json_of(slot, w, rest) for slot in parts(slots, size)]
    found = [] if d.size == 0 else flattened(wire['json'], len(d.shape))
    if not same_json(found, expected):
        result.append([name, 'json', repr(found)[:300], repr(expected)[:300]])
";

/// Names the datasets whose twins, made from descriptions and values, have another type or hold something else.
const TWINS: &str = "
one, two = h5py.File(path), h5py.File(given)
result = []
def storage(d):
    # The name of a filter is what the program that wrote it calls it.
    p = d.id.get_create_plist()
    filters = [p.get_filter(i)[:3] for i in range(p.get_nfilters())]
    return p.get_layout(), d.maxshape, d.chunks, filters
def compare(name, d):
    if not isinstance(d, h5py.Dataset) or name.startswith('target'):
        return
    for part in ['binary', 'json']:
        twin = two[f'{part}/{name}']
        a, b = d.id.get_type(), twin.id.get_type()
        if not a.equal(b):
            result.append([name, part, 'type', a.encode().hex(), b.encode().hex()])
        elif storage(twin) != storage(d):
            result.append([name, part, str(storage(d)), str(storage(twin))])
        elif twin.shape != d.shape or canon(twin, part) != canon(d, part):
            result.append([name, part, repr(canon(d, part))[:300], repr(canon(twin, part))[:300]])
one.visititems(compare)
";

async fn server_with_everything() -> (TestServer, Vec<String>) {
    let server = Setup::new().file("all.h5", CORPUS).file("twin.h5", TARGETS).start().await;
    let paths: Vec<String> = serde_json::from_value(h5py(&server.path("all.h5"), PATHS)).unwrap();
    assert!(paths.len() > 2300, "{}", paths.len());
    (server, paths)
}

/// `script` behind the functions that give what datasets hold in one form.
pub(crate) fn with_canon(script: &str) -> String {
    format!("{CANON}\n{}", script.trim())
}

async fn read_both(socket: &mut RawSocket, file: &File, path: &str) -> Value {
    let name = file.name().unwrap();
    let read = socket.ok(json!({"command": "read", "path": path, "file": name})).await;
    let values = file.read(path, "").await.unwrap().reply;
    assert_eq!(json!(values.datatype), read["datatype"], "{path}");
    json!({
        "datatype": read["datatype"],
        "json": read["data"],
        "shape": values.shape,
        "binary": BASE64.encode(&values.payload),
    })
}

#[tokio::test]
async fn every_datatype_is_read_as_h5py_reads_it() {
    let (mut server, paths) = server_with_everything().await;
    let file = server.file("all.h5").await;
    let mut socket = RawSocket::connect(&server).await;
    let mut wire = serde_json::Map::new();
    for path in paths {
        let read = read_both(&mut socket, &file, &path).await;
        wire.insert(path, read);
    }
    assert!(server.terminate().await.success());
    let script = with_canon(COMPARE);
    let differences = h5py_with(&server.path("all.h5"), &Value::Object(wire), &script);
    assert_eq!(differences, json!([]));
}

/// Makes a twin of a dataset as `describe` shows it, with `data` if there is any.
fn twin(path: &str, described: &Value, data: Option<String>) -> CreateDataset {
    let dataset = &described["dataset"];
    let field = |name: &str| serde_json::from_value(dataset[name].clone()).unwrap();
    let or_none =
        |name: &str| dataset.get(name).map(|field| serde_json::from_value(field.clone()).unwrap());
    CreateDataset {
        shape: serde_json::from_value(dataset["shape"].clone()).unwrap(),
        max_shape: serde_json::from_value(dataset["max_shape"].clone()).unwrap(),
        layout: serde_json::from_value(dataset["layout"].clone()).unwrap(),
        chunks: serde_json::from_value(dataset["chunks"].clone()).unwrap(),
        filters: or_none("filters").unwrap_or_default(),
        data: data.map(|data| RawValue::from_string(data).unwrap()),
        ..CreateDataset::new(ObjectPath::new(path).unwrap(), field("datatype"))
    }
}

#[tokio::test]
async fn twins_of_every_datatype_are_equal_for_h5py() {
    let (mut server, paths) = server_with_everything().await;
    let client = server.client("test").await;
    let (file, copies) = (client.file("all.h5"), client.file("twin.h5"));
    let mut socket = RawSocket::connect(&server).await;
    let mut originals = Vec::new();
    for path in paths.iter().filter(|path| !path.starts_with("target")) {
        let describe = Describe { path: ObjectPath::new(path).unwrap() };
        let described = json!(file.call(describe).await.unwrap().reply.object);
        let values: Values = file.read(path, "").await.unwrap().reply;
        let read = json!({"command": "read", "path": path, "file": "all.h5"});
        let data = values.shape.is_some().then_some(socket.ok(read).await["data"].to_string());
        originals.push((path, described, values, data));
    }
    // Many at a time, so that they are committed together.
    for some in originals.chunks(64) {
        let copied = some.iter().map(async |(path, described, values, data)| {
            let place = format!("/binary/{path}");
            copies.call(twin(&place, described, None)).await.unwrap();
            if values.n_elements() > 0 {
                copies.write_part(&place, "...", values).await.unwrap();
            }
            copies.call(twin(&format!("/json/{path}"), described, data.clone())).await.unwrap();
        });
        join_all(copied).await;
    }
    assert!(server.terminate().await.success());
    let copies = json!(server.path("twin.h5").to_str().unwrap());
    let differences = h5py_with(&server.path("all.h5"), &copies, &with_canon(TWINS));
    assert_eq!(differences, json!([]));
}
