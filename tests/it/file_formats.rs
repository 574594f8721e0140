//! The format of a file: what it begins with, and which indexes its chunks have, by h5py's library.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py};
use serde_json::{Value, json};

/// The version of the superblock, and of each dataset the kind of index that its chunks have (`H5D_chunk_index_t`).
const INDEXES: &str = "
import ctypes, glob, os
lib = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(os.path.dirname(h5py.__file__)), 'h5py.libs', 'libhdf5-*.so*'))[0])
kinds = ['btree_v1', 'single', 'implicit', 'fixed_array', 'extensible_array', 'btree_v2']
result = {'superblock': open(path, 'rb').read(9)[8]}
f = h5py.File(path)
for name, d in f.items():
    kind = ctypes.c_int()
    assert lib.H5Dget_chunk_index_type(ctypes.c_int64(d.id.id), ctypes.byref(kind)) >= 0
    assert d[...].ravel().tolist() == list(range(d.size)), name
    result[name] = kinds[kind.value]
";

async fn make_datasets(socket: &mut RawSocket, file: &str) {
    for (name, shape, max_shape, chunks, more) in [
        ("single", json!([4, 6]), json!([4, 6]), json!([4, 6]), json!({})),
        ("fixed", json!([4, 6]), json!([4, 6]), json!([2, 2]), json!({})),
        ("filtered", json!([4, 6]), json!([8, 6]), json!([2, 2]), json!({"filters": ["deflate"]})),
        ("early", json!([4, 6]), json!([4, 6]), json!([2, 2]), json!({"allocation_time": "early"})),
        ("one", json!([4, 6]), json!([null, 6]), json!([2, 2]), json!({})),
        ("two", json!([4, 6]), json!([null, null]), json!([2, 2]), json!({})),
    ] {
        let rows: Vec<Vec<usize>> = (0..4).map(|row| (row * 6..row * 6 + 6).collect()).collect();
        let mut create = json!({
            "command": "create_dataset", "file": file, "path": name, "datatype": "<i4", "shape": shape,
            "max_shape": max_shape, "chunks": chunks, "data": rows,
        });
        create.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        socket.ok(create).await;
    }
}

/// Makes a file with `creation` and datasets in it, before and after it was closed, and asks what it became.
async fn made(creation: Value) -> (Value, Value) {
    let mut server = Setup::new().start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "create_file", "file": "new.h5", "creation": creation})).await;
    make_datasets(&mut socket, "new.h5").await;
    let info = socket.ok(json!({"command": "file_info", "file": "new.h5"})).await;
    socket.ok(json!({"command": "close_file", "file": "new.h5"})).await;
    for name in ["single", "two"] {
        socket.ok(json!({"command": "delete", "file": "new.h5", "path": name})).await;
    }
    let again = json!({"command": "create_dataset", "file": "new.h5", "path": "two", "datatype": "<i4",
        "shape": [3, 3], "max_shape": [null, null], "chunks": [2, 2], "data": [[0, 1, 2], [3, 4, 5], [6, 7, 8]]});
    socket.ok(again).await;
    assert!(server.terminate().await.success());
    (info["creation"]["format"].clone(), h5py(&server.path("new.h5"), INDEXES))
}

#[tokio::test]
async fn chunks_are_indexed_as_the_format_of_the_file_says() {
    for (asked, format, superblock) in
        [(json!("earliest"), json!("earliest"), 0), (json!("v18"), Value::Null, 2)]
    {
        let (said, indexes) = made(json!({"format": asked})).await;
        assert_eq!(said, format);
        let old = "btree_v1";
        let expected = json!({"superblock": superblock, "fixed": old, "filtered": old, "early": old, "one": old, "two": old});
        assert_eq!(indexes, expected, "{asked}");
    }
    for asked in ["v110", "latest", "v200"] {
        let (said, indexes) = made(json!({"format": asked})).await;
        assert_eq!(said, "v110");
        let expected = json!({
            "superblock": 3, "fixed": "fixed_array", "filtered": "fixed_array", "early": "implicit",
            "one": "extensible_array", "two": "btree_v2",
        });
        assert_eq!(indexes, expected, "{asked}");
    }
}

#[tokio::test]
async fn objects_of_a_file_of_the_first_format_take_large_attributes() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let creation = json!({"format": "earliest"});
    socket.ok(json!({"command": "create_file", "file": "old.h5", "creation": creation})).await;
    socket.ok(json!({"command": "create_group", "file": "old.h5", "path": "/g"})).await;
    let large = json!({"command": "write_attribute", "file": "old.h5", "path": "/g", "name": "large",
        "datatype": "<i4", "shape": [40_000], "data": vec![7; 40_000]});
    socket.ok(large).await;
    let refused = json!({"command": "create_file", "file": "x.h5", "creation": {"format": "v109"}});
    assert_eq!(socket.refused(refused).await, "invalid_request");
    drop(server);
}
