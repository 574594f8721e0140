//! Inserting, resizing, filling and single points over a real socket: the client's calls, events, refusals, and what
//! h5py finds.

use hdf5_async_client::Values;
use hdf5_async_protocol::model::Coordinates;
use hdf5_async_tests::Setup;
use hdf5_async_tests::raw::{Heard, RawSocket};
use serde_json::{Value, json};

const FILE: &str = "
f.create_dataset('d', data=np.arange(12, dtype='>i4').reshape(3, 4), maxshape=(None, 6), fillvalue=-1)
f['fixed'] = [1.5, 2.5]
f['text'] = ['a', 'b', 'c']
f['null'] = h5py.Empty('<f8')
f.create_group('g')
";

#[tokio::test]
async fn the_client_changes_a_dataset_and_everybody_hears_of_it() {
    let server = Setup::new().file("a.h5", FILE).start().await;
    let mut watcher = RawSocket::connect(&server).await;
    watcher.ok(json!({"command": "subscribe", "path": "/d", "data": true})).await;
    let file = server.file("a.h5").await;
    let row = Values::from_slice::<i32>(&[4], &[100, 101, 102, 103]).unwrap();
    file.insert("/d", 1, 0, &row).await.unwrap();
    let resized = file.resize("/d", &[5, 3]).await.unwrap();
    assert_eq!(resized.reply.shape, Some(vec![5, 3]));
    let one = Values::from_slice::<i32>(&[], &[7]).unwrap();
    file.fill("/d", "0, 1:", Some(&one)).await.unwrap();
    file.fill("/d", "-1", None).await.unwrap();
    let points = Coordinates::new(2, vec![1, 2, 0, 0, -2, -1]).unwrap();
    let two = Values::from_slice::<i16>(&[3], &[-5, -6, -7]).unwrap();
    file.write_points("/d", points.clone(), &two).await.unwrap();
    let read = file.points("/d", points).await.unwrap().reply;
    assert_eq!((read.shape.clone(), read.to_json()), (Some(vec![3]), Ok("[-5,-6,-7]".to_owned())));
    let mut heard = Vec::new();
    while heard.len() < 5 {
        let event = watcher.json().await;
        heard.push(json!([
            event["event"],
            event["region"],
            event["old_shape"],
            event["shape"],
            event["values"]["data"]
        ]));
    }
    assert_eq!(
        heard,
        [
            json!(["written", "1:4, 0:4", [3, 4], [4, 4], null]),
            json!(["resized", null, [4, 4], [5, 3], null]),
            json!(["written", "0, 1:3", null, [5, 3], [7, 7]]),
            json!(["written", "4, 0:3", null, [5, 3], [-1, -1, -1]]),
            json!(["written", "0:4, 0:3", null, [5, 3], null]),
        ]
    );
    let found = server.judged("a.h5", "result = f['d'][()].tolist()").await;
    assert_eq!(found, json!([[-6, 7, 7], [100, 101, -5], [4, 5, 6], [8, 9, -7], [-1, -1, -1]]));
}

#[tokio::test]
async fn values_of_points_come_in_binary_or_json() {
    let server = Setup::new().file("a.h5", FILE).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let points =
        |path: &str, points: Value| json!({"command": "points", "path": path, "points": points});
    assert_eq!(socket.ok(points("/text", json!([[2], [0]]))).await["data"], json!(["c", "a"]));
    let mut binary = points("/d", json!([[0, 1], [2, 3]]));
    binary["encoding"] = json!("binary");
    socket.text(&binary.to_string()).await;
    let Heard::Binary { header, values } = socket.hear().await else { panic!("no binary answer") };
    assert_eq!((&header["shape"], &header["last"]), (&json!([2]), &json!(true)));
    assert_eq!(values, [0, 0, 0, 1, 0, 0, 0, 11]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_the_rest_goes_on() {
    let server = Setup::new().file("a.h5", FILE).option("--max-rewrite-bytes", 40).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let refused = [
        (json!({"command": "resize", "path": "/d"}), "invalid_request"),
        (json!({"command": "resize", "path": "/d", "shape": [-1, 4]}), "invalid_request"),
        (json!({"command": "resize", "path": "/d", "shape": [3, 7]}), "shape_mismatch"),
        (json!({"command": "resize", "path": "/fixed", "shape": [3]}), "shape_mismatch"),
        (json!({"command": "resize", "path": "/null", "shape": []}), "shape_mismatch"),
        (json!({"command": "resize", "path": "/g", "shape": [3]}), "wrong_kind"),
        (json!({"command": "resize", "path": "/none", "shape": [3]}), "not_found"),
        (json!({"command": "insert", "path": "/d", "data": [1]}), "invalid_request"),
        (json!({"command": "insert", "path": "/d", "index": 0}), "invalid_request"),
        (
            json!({"command": "insert", "path": "/d", "index": 4, "data": [1, 2, 3, 4]}),
            "invalid_selection",
        ),
        (json!({"command": "insert", "path": "/d", "index": 0, "data": [1, 2, 3, 4]}), "too_large"),
        (json!({"command": "insert", "path": "/fixed", "index": 0, "data": [1]}), "shape_mismatch"),
        (json!({"command": "insert", "path": "/null", "index": 0, "data": [1]}), "shape_mismatch"),
        (json!({"command": "insert", "path": "/none", "index": 1, "data": [1]}), "not_found"),
        (json!({"command": "insert", "path": "/g", "index": 0, "data": [1]}), "wrong_kind"),
        (json!({"command": "fill", "path": "/d", "data": 1}), "too_large"),
        (json!({"command": "fill", "path": "/d", "selection": "0", "data": "x"}), "invalid_value"),
        (
            json!({"command": "fill", "path": "/d", "selection": "3", "data": 1}),
            "invalid_selection",
        ),
        (
            json!({"command": "fill", "path": "/d", "selection": "0", "data": [1, 2]}),
            "shape_mismatch",
        ),
        (json!({"command": "fill", "path": "/null", "data": 1}), "shape_mismatch"),
        (json!({"command": "fill", "path": "/g", "data": 1}), "wrong_kind"),
        (json!({"command": "fill", "path": "/none", "data": 1}), "not_found"),
        (json!({"command": "points", "path": "/d", "points": [1, 2]}), "invalid_request"),
        (json!({"command": "points", "path": "/d", "points": [[0, 4]]}), "invalid_selection"),
        (json!({"command": "points", "path": "/d", "points": [[0]]}), "invalid_selection"),
        (json!({"command": "points", "path": "/null", "points": [[0]]}), "shape_mismatch"),
        (json!({"command": "points", "path": "/none", "points": [[0]]}), "not_found"),
        (json!({"command": "write_points", "path": "/d", "points": [[0, 0]]}), "invalid_request"),
        (
            json!({"command": "write_points", "path": "/d", "points": [[0, 0]], "data": 0.5}),
            "invalid_value",
        ),
        (
            json!({"command": "write_points", "path": "/d", "points": [[0, 0]], "data": [1, 2]}),
            "shape_mismatch",
        ),
        (
            json!({"command": "write_points", "path": "/g", "points": [[0]], "data": 1}),
            "wrong_kind",
        ),
    ];
    for (request, code) in refused {
        assert_eq!(socket.refused(request.clone()).await, code, "{request}");
    }
    let read = socket.ok(json!({"command": "read", "path": "/d"})).await;
    assert_eq!(read["data"], json!([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]));
}

#[tokio::test]
async fn a_read_only_server_changes_nothing() {
    let server = Setup::new().file("a.h5", FILE).argument("--read-only").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for request in [
        json!({"command": "resize", "path": "/d", "shape": [1, 1]}),
        json!({"command": "insert", "path": "/d", "index": 0, "data": [1, 2, 3, 4]}),
        json!({"command": "fill", "path": "/d", "data": 1}),
        json!({"command": "write_points", "path": "/d", "points": [[0, 0]], "data": 1}),
    ] {
        assert_eq!(socket.refused(request).await, "read_only");
    }
    let points = json!({"command": "points", "path": "/d", "points": [[0, 3]]});
    assert_eq!(socket.ok(points).await["data"], json!([3]));
}
