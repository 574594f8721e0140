//! References of HDF5 1.12 (`H5T_STD_REF`), which h5py does not know: its library is called by hand as the oracle.

use hdf5_async_client::protocol::model::Datatype;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py_with};
use serde_json::{Value, json};

/// What h5py's library is called with.
const LIBRARY: &str = "
import ctypes, glob, os
lib = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(os.path.dirname(h5py.__file__)), 'h5py.libs', 'libhdf5-*.so*'))[0])
ID, PATH = ctypes.c_int64, ctypes.c_char_p
STD_REF = ID.in_dll(lib, 'H5T_STD_REF_g').value
Ref = ctypes.c_uint64 * 8
def call(name, *arguments, result=ctypes.c_int):
    function = getattr(lib, name)
    function.restype = result
    code = function(*arguments)
    assert code >= 0, name
    return code
def to_object(file, path):
    ref = Ref()
    call('H5Rcreate_object', ID(file.id.id), PATH(path), ID(0), ref)
    return ref
def to_region(file, path, space):
    ref = Ref()
    call('H5Rcreate_region', ID(file.id.id), PATH(path), ID(space.id), ID(0), ref)
    return ref
def to_attribute(file, path, name):
    ref = Ref()
    call('H5Rcreate_attr', ID(file.id.id), PATH(path), PATH(name), ID(0), ref)
    return ref
def text_of(name, *arguments):
    buffer = ctypes.create_string_buffer(1000)
    call(name, *arguments, buffer, ctypes.c_size_t(1000), result=ctypes.c_ssize_t)
    return buffer.value.decode()
def shown(ref):
    if not any(ref):
        return None
    kind = call('H5Rget_type', ref)
    name = text_of('H5Rget_obj_name', ref, ID(0))
    if kind == 3:
        space = h5py.h5s.SpaceID(call('H5Ropen_region', ref, ID(0), ID(0), result=ID))
        if space.get_select_type() == h5py.h5s.SEL_POINTS:
            return ['region', name, space.get_select_elem_pointlist().tolist()]
        return ['region', name, space.get_select_hyper_blocklist().tolist()]
    return [{2: 'object', 4: 'attribute'}[kind], name] + ([text_of('H5Rget_attr_name', ref)] if kind == 4 else [])
";

const MAKE: &str = "
f['group/one'] = np.arange(24).reshape(4, 6)
f['group/one'].attrs['units'] = 'mm'
f.attrs['title'] = 'x'
box, points = h5py.h5s.create_simple((4, 6)), h5py.h5s.create_simple((4, 6))
box.select_hyperslab((1, 2), (2, 3))
points.select_elements([(3, 5), (0, 1)])
other = h5py.File(path + '.other', 'w')
other['far'] = 1
refs = [Ref(), to_object(f, b'/group'), to_object(f, b'/group/one'), to_region(f, b'/group/one', box),
        to_region(f, b'/group/one', points), to_attribute(f, b'/group/one', b'units'), to_attribute(f, b'/', b'title')]
def dataset(name, tid, shape, buffer):
    space = h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR)
    made = call('H5Dcreate2', ID(f.id.id), PATH(name), ID(tid), ID(space.id), ID(0), ID(0), ID(0), result=ID)
    call('H5Dwrite', ID(made), ID(tid), ID(0), ID(0), ID(0), buffer)
    call('H5Dclose', ID(made))
dataset(b'refs', STD_REF, (7,), (Ref * 7)(*refs))
dataset(b'scalar', STD_REF, (), refs[5])
compound = call('H5Tcreate', 6, ctypes.c_size_t(72), result=ID)
call('H5Tinsert', ID(compound), PATH(b'n'), ctypes.c_size_t(0), ID(h5py.h5t.STD_I32LE.id))
call('H5Tinsert', ID(compound), PATH(b'to'), ctypes.c_size_t(8), ID(STD_REF))
class Row(ctypes.Structure):
    _fields_ = [('n', ctypes.c_int32), ('to', Ref)]
dataset(b'rows', compound, (2,), (Row * 2)(Row(7, refs[3]), Row(8, Ref())))
class Sequence(ctypes.Structure):
    _fields_ = [('n', ctypes.c_size_t), ('p', ctypes.POINTER(Ref))]
pair = (Ref * 2)(refs[2], refs[5])
sequences = call('H5Tvlen_create', ID(STD_REF), result=ID)
dataset(b'sequences', sequences, (2,), (Sequence * 2)(Sequence(2, pair), Sequence(0, None)))
dataset(b'far', STD_REF, (1,), (Ref * 1)(to_object(other, b'/far')))
space = h5py.h5s.create_simple((2,))
made = call('H5Acreate2', ID(f.id.id), PATH(b'refs'), ID(STD_REF), ID(space.id), ID(0), ID(0), result=ID)
call('H5Awrite', ID(made), ID(STD_REF), (Ref * 2)(refs[1], refs[6]))
call('H5Aclose', ID(made))
for ref in refs[1:]:
    call('H5Rdestroy', ref)
other.close()
os.remove(path + '.other')
";

/// The references of the datasets `given`, as h5py's library sees them, and whether their datatype is the one meant.
const SHOW: &str = "
f = h5py.File(path)
result = {}
for name in given:
    d = f[name]
    n = d.size
    tid = call('H5Dget_type', ID(d.id.id), result=ID)
    refs = (Ref * n)()
    call('H5Dread', ID(d.id.id), ID(STD_REF), ID(0), ID(0), ID(0), refs)
    result[name] = [bool(call('H5Tequal', ID(tid), ID(STD_REF))), [shown(ref) for ref in refs]]
a = call('H5Aopen', ID(f.id.id), PATH(b'refs'), ID(0), result=ID)
refs = (Ref * 2)()
call('H5Aread', ID(a), ID(STD_REF), refs)
result['attribute'] = [shown(ref) for ref in refs]
";

fn all() -> Value {
    json!([
        {"object": null}, {"object": "/group"}, {"object": "/group/one"},
        {"region": {"path": "/group/one", "selection": "1:3, 2:5"}},
        {"region": {"path": "/group/one", "points": [[3, 5], [0, 1]]}},
        {"attribute": {"path": "/group/one", "name": "units"}},
        {"attribute": {"path": "/", "name": "title"}},
    ])
}

async fn start() -> (TestServer, RawSocket) {
    let server = Setup::new().file("a.h5", &format!("{LIBRARY}{MAKE}")).start().await;
    let socket = RawSocket::connect(&server).await;
    (server, socket)
}

#[tokio::test]
async fn references_of_every_kind_are_read() {
    let (server, mut socket) = start().await;
    let any = json!({"class": "reference", "kind": "any"});
    for (path, data) in [
        ("/refs", all()),
        ("/scalar", json!({"attribute": {"path": "/group/one", "name": "units"}})),
        (
            "/rows",
            json!([[7, {"region": {"path": "/group/one", "selection": "1:3, 2:5"}}], [8, {"object": null}]]),
        ),
        (
            "/sequences",
            json!([[{"object": "/group/one"}, {"attribute": {"path": "/group/one", "name": "units"}}], []]),
        ),
        // Into another file: nothing that could be opened.
        ("/far", json!([{"object": null, "raw": ""}])),
    ] {
        let read = socket.ok(json!({"command": "read", "path": path})).await;
        assert_eq!(read["data"], data, "{path}");
        let values = server.file("a.h5").await.read(path, "").await.unwrap().reply;
        let text = values.to_json().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), data, "{path}");
        let describe = socket.ok(json!({"command": "describe", "path": path})).await;
        assert_eq!(describe["object"]["dataset"]["datatype"], read["datatype"], "{path}");
    }
    let read = socket.ok(json!({"command": "read", "path": "/refs", "selection": "5"})).await;
    assert_eq!(read["datatype"], any);
    assert_eq!(read["data"]["attribute"]["name"], "units");
    let attribute = json!({"command": "read_attribute", "path": "/", "name": "refs"});
    assert_eq!(
        socket.ok(attribute).await["data"],
        json!([{"object": "/group"}, {"attribute": {"path": "/", "name": "title"}}])
    );
    socket.ok(json!({"command": "delete", "path": "/group/one"})).await;
    let read = socket.ok(json!({"command": "read", "path": "/refs", "selection": "1:3"})).await;
    assert_eq!(read["data"], json!([{"object": "/group"}, {"object": null, "raw": ""}]));
}

#[tokio::test]
async fn references_of_every_kind_are_written_as_the_library_has_them() {
    let (mut server, mut socket) = start().await;
    let any = json!({"class": "reference", "kind": "any"});
    let create = json!({
        "command": "create_dataset", "path": "/copy", "datatype": any, "shape": [7], "chunks": [3], "data": all(),
    });
    socket.ok(create).await;
    let client = server.client("test").await;
    let file = client.file("a.h5");
    let values = file.read("/refs", "").await.unwrap().reply;
    assert_eq!(values.datatype, serde_json::from_value::<Datatype>(any.clone()).unwrap());
    file.write("/binary", &values).await.unwrap();
    for path in ["/rows", "/sequences"] {
        let values = file.read(path, "").await.unwrap().reply;
        file.write(&format!("/copy_of{path}"), &values).await.unwrap();
        let copied = file.read(&format!("/copy_of{path}"), "").await.unwrap().reply;
        assert_eq!(copied.to_json().unwrap(), values.to_json().unwrap());
    }
    let update =
        json!({"command": "update", "path": "/scalar", "selection": "", "data": {"object": "/"}});
    socket.ok(update).await;
    let data = json!([{"attribute": {"path": "/group/one", "name": "units"}}, null]);
    let attribute = json!({
        "command": "write_attribute", "path": "/", "name": "refs", "datatype": any, "shape": [2], "data": data,
    });
    socket.ok(attribute).await;
    assert!(server.terminate().await.success());
    let given = json!(["refs", "copy", "binary", "scalar"]);
    let script = format!("{LIBRARY}{SHOW}");
    let shown = h5py_with(&server.path("a.h5"), &given, script.trim());
    assert_eq!(shown["copy"], shown["refs"]);
    assert_eq!(shown["binary"], shown["refs"]);
    let expected = json!([
        null,
        ["object", "/group"],
        ["object", "/group/one"],
        ["region", "/group/one", [[[1, 2], [2, 4]]]],
        ["region", "/group/one", [[3, 5], [0, 1]]],
        ["attribute", "/group/one", "units"],
        ["attribute", "/", "title"],
    ]);
    assert_eq!(shown["refs"], json!([true, expected]));
    assert_eq!(shown["scalar"], json!([true, [["object", "/"]]]));
    assert_eq!(shown["attribute"], json!([["attribute", "/group/one", "units"], null]));
}

#[tokio::test]
async fn references_that_lead_nowhere_are_refused() {
    let (server, mut socket) = start().await;
    for (value, reason) in [
        (json!({"object": "/nothing"}), "/nothing"),
        (json!({"attribute": {"path": "/group", "name": "nothing"}}), "no such attribute"),
        (json!({"attribute": {"path": "/nothing", "name": "units"}}), "/nothing"),
        (json!({"region": {"path": "/group"}}), "not a dataset"),
        (json!({"region": {"path": "/group/one", "points": [[4, 0]]}}), "lie inside"),
        (json!({"object": null, "raw": "AAAAAAAAAAA="}), "bytes of a reference"),
    ] {
        let update = json!({"command": "update", "path": "/refs", "selection": "0", "data": value});
        let error = socket.ask(&update).await;
        assert_eq!(error["code"], "invalid_value", "{value}: {error}");
        assert!(error["message"].as_str().unwrap().contains(reason), "{error}");
    }
    let old = json!({
        "command": "create_dataset", "path": "/old", "shape": [1],
        "datatype": {"class": "reference", "kind": "object"},
        "data": [{"attribute": {"path": "/group/one", "name": "units"}}],
    });
    assert_eq!(socket.refused(old).await, "invalid_value");
    assert_eq!(socket.ok(json!({"command": "read", "path": "/refs"})).await["data"], all());
    drop(server);
}
