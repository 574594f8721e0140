//! Named datatypes: made, shown, and shared by datasets and attributes.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, h5py};
use serde_json::{Value, json};

const POINT: &str = r#"{"class": "compound", "size": 16, "members": [
    {"name": "x", "offset": 0, "datatype": "<f8"}, {"name": "y", "offset": 8, "datatype": "<f8"}]}"#;

fn point() -> Value {
    serde_json::from_str(POINT).unwrap()
}

#[tokio::test]
async fn a_named_datatype_is_shared_and_stays_so() {
    let mut server = Setup::new().file("a.h5", "f.create_group('g')").start().await;
    let mut watcher = RawSocket::connect(&server).await;
    watcher.ok(json!({"command": "subscribe"})).await;
    let mut socket = RawSocket::connect(&server).await;
    let make =
        |path: &str| json!({"command": "create_named_datatype", "path": path, "datatype": point()});
    socket.ok(make("/types/point")).await;
    let event = watcher.json().await;
    assert_eq!((&event["event"], &event["path"]), (&json!("created"), &json!("/types")));
    let event = watcher.json().await;
    assert_eq!(
        (&event["path"], &event["kind"]),
        (&json!("/types/point"), &json!("named_datatype"))
    );
    socket
        .ok(json!({
            "command": "create_dataset", "path": "/d", "datatype": point(),
            "named_datatype": "/types/point", "shape": [2], "max_shape": [null], "data": [[1, 2], [3, 4]],
        }))
        .await;
    socket
        .ok(json!({
            "command": "write_attribute", "path": "/g", "name": "origin", "data": {"x": 0, "y": 5},
            "datatype": point(), "named_datatype": "/types/point",
        }))
        .await;
    socket
        .ok(json!({"command": "write_attribute", "path": "/types/point", "name": "n", "data": 1}))
        .await;
    // Values of another shape replace the dataset and the attribute; what is shared stays shared.
    socket.ok(json!({"command": "write", "path": "/d", "data": [[[1, 2]], [[3, 4]]]})).await;
    socket
        .ok(json!({"command": "write_attribute", "path": "/g", "name": "origin", "data": [[1, 2]]}))
        .await;
    let described = socket.ok(json!({"command": "describe", "path": "/d"})).await;
    assert_eq!(described["object"]["dataset"]["named_datatype"], "/types/point");
    assert_eq!(described["object"]["dataset"]["shape"], json!([2, 1]));
    let described = socket.ok(json!({"command": "describe", "path": "/g"})).await;
    assert_eq!(described["object"]["attributes"][0]["named_datatype"], "/types/point");
    let described = socket.ok(json!({"command": "describe", "path": "/types/point"})).await;
    assert_eq!(described["object"]["datatype"], point());
    assert!(server.terminate().await.success());
    let seen = h5py(
        &server.path("a.h5"),
        "
        f = h5py.File(path)
        d, a = f['d'].id.get_type(), h5py.h5a.open(f['g'].id, b'origin').get_type()
        named = f['types/point'].id
        info = h5py.h5o.get_info
        result = [d.committed(), a.committed(), d == named, a == named, dict(f['types/point'].attrs)['n'].item(),
                  f['d'][()].tolist()]
        ",
    );
    assert_eq!(seen, json!([true, true, true, true, 1, [[[1.0, 2.0]], [[3.0, 4.0]]]]));
}

#[tokio::test]
async fn what_cannot_be_shared_is_refused() {
    let server = Setup::new().file("a.h5", "f['d'] = 1; f['t'] = np.dtype('<i4')").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let dataset = |named: &str, datatype: &str| json!({"command": "create_dataset", "path": "/n", "datatype": datatype, "named_datatype": named, "shape": [1]});
    let attribute = |named: &str| json!({"command": "write_attribute", "name": "a", "datatype": "<i4", "named_datatype": named, "data": 1});
    for (request, code) in [
        (dataset("/nowhere", "<i4"), "not_found"),
        (dataset("/d", "<i4"), "wrong_kind"),
        (dataset("/t", "<i8"), "invalid_request"),
        (attribute("/nowhere"), "not_found"),
        (attribute("/d"), "wrong_kind"),
        (
            json!({"command": "create_named_datatype", "path": "/d", "datatype": "<i4"}),
            "already_exists",
        ),
        (
            json!({"command": "create_named_datatype", "path": "/d/below", "datatype": "<i4"}),
            "wrong_kind",
        ),
        (
            json!({"command": "create_named_datatype", "path": "/n", "datatype": "nonsense"}),
            "invalid_request",
        ),
        (
            json!({"command": "create_named_datatype", "path": "/n",
                "datatype": {"class": "compound", "size": 4, "members": []}}),
            "invalid_datatype",
        ),
    ] {
        assert_eq!(socket.refused(request.clone()).await, code, "{request}");
    }
    let described = socket.ok(json!({"command": "describe"})).await;
    assert_eq!(described["object"]["n_children"], 2);
    assert_eq!(described["object"]["attributes"], json!([]));
}
