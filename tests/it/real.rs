//! Files from real laboratories: everything in them that travels equals what h5py reads.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_client::File;
use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_client::protocol::message::command::{Describe, List};
use hdf5_async_client::protocol::model::{ObjectKind, ObjectPath};
use hdf5_async_tests::real_files::real_file;
use hdf5_async_tests::{Setup, h5py_with};
use serde_json::{Map, Value, json};

/// Names the datasets whose bits, or whose texts, are not those in `given`; and those that are missing there.
const COMPARE: &str = "
f = h5py.File(path)
result = []
def heap(payload, n):
    slots = np.frombuffer(payload[:n * 16], dtype='<u8').reshape(n, 2)
    return [payload[n * 16 + a:n * 16 + a + b] for a, b in slots.tolist()]
def compare(name, item):
    if not isinstance(item, h5py.Dataset):
        return
    wire = given.get('/' + name)
    if wire is None:
        result.append([name, 'not listed'])
    elif wire == 'unsupported':
        if item.dtype.kind in 'iufS' and h5py.check_enum_dtype(item.dtype) is None:
            result.append([name, 'not read'])
    else:
        payload = base64.b64decode(wire)
        info = h5py.check_string_dtype(item.dtype)
        if info is not None and info.length is None:
            expected = [v if isinstance(v, bytes) else v.encode() for v in elements(item).ravel().tolist()]
            same = heap(payload, item.size) == expected
        else:
            same = payload == elements(item).tobytes()
        if not same:
            result.append([name, 'differs'])
f.visititems(compare)
";

/// Every object below the root, by path.
async fn walk(file: &File) -> Vec<(ObjectPath, ObjectKind)> {
    let mut found = vec![(ObjectPath::root(), ObjectKind::Group)];
    let mut next = 0;
    while let Some((path, kind)) = found.get(next).cloned() {
        next += 1;
        if kind != ObjectKind::Group {
            continue;
        }
        let list = List {
            path: path.clone(),
            offset: 0,
            limit: None,
            order: hdf5_async_client::protocol::message::command::ListOrder::Name,
        };
        let list = file.call(list).await.unwrap().reply;
        assert_eq!(list.children.len() as u64, list.total);
        for child in list.children {
            if let Some(kind) = child.kind {
                found.push((path.join(&child.name).unwrap(), kind));
            }
        }
    }
    found
}

async fn check(original: &Path) {
    let server = Setup::new().copy(original).argument("--read-only").start().await;
    let name = original.file_name().unwrap().to_str().unwrap();
    let file = server.file(name).await;
    let (mut wire, mut unsupported) = (Map::new(), 0);
    for (path, kind) in walk(&file).await {
        let described = file.call(Describe { path: path.clone() }).await.unwrap().reply.object;
        assert_eq!(described.kind, kind, "{path}");
        if kind != ObjectKind::Dataset {
            continue;
        }
        let values = match file.read(path.as_str(), "").await {
            Ok(values) => json!(BASE64.encode(&values.reply.payload)),
            Err(error) => {
                assert_eq!(error.code(), Some(ErrorCode::UnsupportedDatatype), "{path}: {error}");
                unsupported += 1;
                json!("unsupported")
            }
        };
        wire.insert(path.as_str().to_owned(), values);
    }
    let note = format!(
        "{name}: {} datasets compared, {unsupported} of datatypes that do not travel\n",
        wire.len() - unsupported
    );
    std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
    assert_eq!(h5py_with(original, &Value::Object(wire), COMPARE), json!([]));
}

#[tokio::test]
async fn a_neutron_choppers_nexus_file() {
    if let Some(original) = real_file("chopper.nxs") {
        check(&original).await;
    }
}

#[tokio::test]
async fn a_single_cell_anndata_file() {
    if let Some(original) = real_file("10x_pbmc68k_reduced.h5ad") {
        check(&original).await;
    }
}
