//! Files from real laboratories: everything in them equals what h5py reads.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_client::protocol::message::command::{Describe, List};
use hdf5_async_client::protocol::model::{ObjectKind, ObjectPath};
use hdf5_async_client::{File, Values};
use hdf5_async_tests::real_files::real_file;
use hdf5_async_tests::{Setup, h5py_with};
use serde_json::{Map, Value, json};

use crate::datatypes::with_canon;

/// Names the datasets and attributes that hold something else than those in `given`, or are missing there.
const COMPARE: &str = "
f = h5py.File(path)
result = []
class Attribute:
    def __init__(self, item, name):
        self.id, self.file, self.value = h5py.h5a.open(item.id, name.encode()), item.file, None
        self.shape = None if self.id.get_space().get_simple_extent_type() == h5py.h5s.NULL else self.id.shape
        if self.shape is not None:
            self.value = item.attrs[name]
def check(name, item):
    wire = given.pop(name, None)
    if wire is None:
        result.append([name, 'not listed'])
        return
    found = None
    if wire['shape'] is not None:
        n = int(np.prod(wire['shape'], dtype='u8'))
        found = of_payload(base64.b64decode(wire['binary']), wire['datatype'], n, f)
    expected = canon(item)
    if wire['shape'] != (None if item.shape is None else list(item.shape)) or found != expected:
        result.append([name, repr(found)[:200], repr(expected)[:200]])
def walk(name, item):
    name = '/' + name
    for attribute in item.attrs:
        check(f'{name} @ {attribute}', Attribute(item, attribute))
    if isinstance(item, h5py.Dataset):
        check(name, item)
walk('', f)
f.visititems(walk)
# What has several names is visited once.
for name in list(given):
    place, _, attribute = name.partition(' @ ')
    check(name, Attribute(f[place], attribute) if attribute else f[place])
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

fn wire(values: &Values) -> Value {
    json!({
        "datatype": values.datatype,
        "shape": values.shape,
        "binary": BASE64.encode(&values.payload),
    })
}

/// Reads every dataset and attribute of a file and compares it with what h5py reads.
pub(crate) async fn check(original: &Path) {
    let server = Setup::new().copy(original).argument("--read-only").start().await;
    let name = original.file_name().unwrap().to_str().unwrap();
    let file = server.file(name).await;
    let mut given = Map::new();
    for (path, kind) in walk(&file).await {
        let described = file.call(Describe { path: path.clone() }).await.unwrap().reply.object;
        assert_eq!(described.kind, kind, "{path}");
        for attribute in described.attributes {
            let read = file.read_attribute(path.as_str(), &attribute.name).await;
            let values =
                read.unwrap_or_else(|error| panic!("{path} @ {}: {error}", attribute.name));
            given.insert(format!("{path} @ {}", attribute.name), wire(&values.reply));
        }
        if kind == ObjectKind::Dataset {
            let read = file.read(path.as_str(), "").await;
            let values = read.unwrap_or_else(|error| panic!("{path}: {error}"));
            given.insert(path.as_str().to_owned(), wire(&values.reply));
        }
    }
    let note = format!("{name}: {} datasets and attributes compared\n", given.len());
    std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
    let script = with_canon(COMPARE);
    assert_eq!(h5py_with(original, &Value::Object(given), &script), json!([]));
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
