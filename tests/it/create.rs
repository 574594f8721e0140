//! Objects made and removed: groups, datasets with every option, links; and what h5py finds afterwards.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer};
use serde_json::json;

#[tokio::test]
async fn groups_are_made_with_the_ones_above_them() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    socket.ok(json!({"command": "create_group", "path": "/a/b/c"})).await;
    let again = json!({"command": "create_group", "path": "/a/b"});
    assert_eq!(socket.refused(again).await, "already_exists");
    socket.ok(json!({"command": "create_group", "path": "/a/b", "exist_ok": true})).await;
    socket.ok(json!({"command": "write", "path": "/a/d", "data": 1})).await;
    for path in ["/a/d", "/a/d/e"] {
        let request = json!({"command": "create_group", "path": path, "exist_ok": true});
        assert_eq!(socket.refused(request).await, "wrong_kind", "{path}");
    }
    let names =
        server.judged("a.h5", "names = []; f.visit(names.append); result = sorted(names)").await;
    assert_eq!(names, json!(["a", "a/b", "a/b/c", "a/d"]));
}

#[tokio::test]
async fn a_dataset_is_made_as_it_was_asked_for() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let request = json!({
        "command": "create_dataset", "path": "/g/x", "datatype": ">i2", "shape": [10, 4], "max_shape": [null, 4],
        "chunks": [5, 4], "filters": ["shuffle", {"name": "deflate", "options": [6]}, "fletcher32"], "fill_value": -7,
    });
    let made = socket.ok(request).await;
    assert_eq!((&made["datatype"], &made["shape"]), (&json!(">i2"), &json!([10, 4])));
    for (path, more) in [
        ("/scalar", json!({"datatype": "<f4", "shape": [], "data": 1.5})),
        ("/null", json!({"datatype": "<f4"})),
        ("/broadcast", json!({"datatype": "|u1", "shape": [2, 3], "data": [1, 2, 3]})),
        ("/text", json!({"datatype": "string", "shape": [2], "data": ["a", "ß"]})),
        (
            "/compact",
            json!({"datatype": "<i4", "shape": [3], "layout": "compact", "data": [1, 2, 3]}),
        ),
        ("/flags", json!({"datatype": "|b1", "shape": [2], "data": [true, false]})),
    ] {
        let mut request = json!({"command": "create_dataset", "path": path});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        socket.ok(request).await;
    }
    let found = server.judged("a.h5",
        "
d = f['g/x']
result = [d.dtype.str, d.shape, d.maxshape, d.chunks, d.shuffle, d.compression, d.compression_opts, d.fletcher32,
          int(d[9, 3]), float(f['scalar'][()]), f['null'].shape, f['broadcast'][()].tolist(),
          f['text'].asstr()[()].tolist(), f['compact'].id.get_create_plist().get_layout() == h5py.h5d.COMPACT,
          f['flags'].dtype == bool, f['flags'][()].tolist()]",
    )
    .await;
    let expected = json!([
        ">i2",
        [10, 4],
        [null, 4],
        [5, 4],
        true,
        "gzip",
        6,
        true,
        -7,
        1.5,
        null,
        [[1, 2, 3], [1, 2, 3]],
        ["a", "ß"],
        true,
        true,
        [true, false]
    ]);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_dataset_that_cannot_be_is_refused_and_nothing_is_left_of_it() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let cases = [
        (json!({"datatype": "<i4", "shape": [2], "data": [1, 2, 3]}), "shape_mismatch"),
        (json!({"datatype": "|u1", "shape": [1], "data": [300]}), "invalid_value"),
        (json!({"datatype": "<i4", "shape": [1], "data": ["a"]}), "invalid_value"),
        (json!({"datatype": "<i4", "shape": [4], "chunks": [2, 2]}), "unsupported"),
        (json!({"datatype": "<i4", "shape": [4], "max_shape": [2]}), "shape_mismatch"),
        (
            json!({"datatype": "<i4", "shape": [4], "chunks": [2], "filters": ["no_such_filter"]}),
            "unsupported",
        ),
        (
            json!({"datatype": "<i4", "shape": [4], "layout": "virtual", "data": 1, "chunks": [4]}),
            "unsupported",
        ),
    ];
    for (more, code) in cases {
        let mut request = json!({"command": "create_dataset", "path": "/new/x"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(socket.refused(request).await, code, "{more}");
        let list = socket.ok(json!({"command": "list"})).await;
        assert_eq!(list["total"], 0, "after {more}: {list}");
    }
    for datatype in [json!("<i3"), json!("banana"), json!(5)] {
        let request =
            json!({"command": "create_dataset", "path": "/x", "datatype": datatype, "shape": [1]});
        let code = socket.refused(request).await;
        assert!(["invalid_datatype", "invalid_request"].contains(&&*code), "{datatype}: {code}");
    }
    drop(server);
}

#[tokio::test]
async fn delete_removes_the_link_and_with_the_last_one_the_object() {
    let server = Setup::new()
        .file("a.h5", "f['g/x'] = [1]; f['same'] = f['g/x']; f['soft'] = h5py.SoftLink('/g/x')")
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "delete", "path": "/g"})).await;
    assert_eq!(socket.ok(json!({"command": "read", "path": "/same"})).await["data"], json!([1]));
    assert_eq!(socket.refused(json!({"command": "read", "path": "/soft"})).await, "not_found");
    socket.ok(json!({"command": "delete", "path": "/soft"})).await;
    assert_eq!(socket.refused(json!({"command": "delete", "path": "/soft"})).await, "not_found");
    assert_eq!(socket.refused(json!({"command": "delete", "path": "/"})).await, "invalid_request");
    assert_eq!(server.judged("a.h5", "result = list(f)").await, json!(["same"]));
}
