//! Several reads and several changes in one request: answers in order, errors in their place, one stream of events.

use hdf5_async_client::protocol::frame;
use hdf5_async_client::protocol::message::{ErrorCode, command};
use hdf5_async_client::protocol::model::ObjectPath;
use hdf5_async_client::{Batch, Values};
use hdf5_async_tests::Setup;
use hdf5_async_tests::raw::{Heard, RawSocket};
use serde_json::{Value, json};

const FILE: &str = "
f['small'] = np.arange(6, dtype='<i4').reshape(2, 3)
f.create_dataset('long', data=np.arange(5000, dtype='<i8'), chunks=(700,))
f['text'] = ['a', 'bc']
f['title'] = 'chopper'
f['null'] = h5py.Empty('<f8')
f.create_group('g')
";

async fn server() -> hdf5_async_tests::TestServer {
    Setup::new().file("a.h5", FILE).option("--block-bytes", 4096).start().await
}

#[tokio::test]
async fn reads_are_answered_in_their_order_and_errors_in_their_place() {
    let server = server().await;
    let mut socket = RawSocket::connect(&server).await;
    let reads = json!([{"path": "/small", "selection": "1"}, {"path": "/none"}, {"path": "/long", "selection": "::2"},
        {"path": "/text"}, {"path": "/small", "selection": "9"}, {"path": "/null"}, {"path": "/title"}, {"path": "/g"}]);
    let answer = socket.ok(json!({"command": "read_many", "reads": reads})).await;
    let results = answer["results"].as_array().unwrap();
    let codes: Vec<&Value> = results.iter().map(|result| &result["code"]).collect();
    let none = &Value::Null;
    let (missing, outside, kind) =
        (&json!("not_found"), &json!("invalid_selection"), &json!("wrong_kind"));
    assert_eq!(codes, [none, missing, none, none, outside, none, none, kind]);
    assert_eq!(results[0]["data"], json!([3, 4, 5]));
    let long: Vec<i64> = (0..5000).step_by(2).collect();
    assert_eq!(results[2]["data"], json!(long));
    assert_eq!((&results[3]["data"], &results[3]["shape"]), (&json!(["a", "bc"]), &json!([2])));
    assert_eq!((&results[5]["data"], &results[5].get("shape")), (&Value::Null, &None));
    assert_eq!(results[6]["data"], "chopper");
    assert!(answer["seq"].is_u64());
    let empty = socket.ok(json!({"command": "read_many", "reads": []})).await;
    assert_eq!(empty["results"], json!([]));
}

#[tokio::test]
async fn the_client_reads_many_in_binary() {
    let server = server().await;
    let file = server.file("a.h5").await;
    let reads =
        [("/long", ""), ("/none", ""), ("/text", "1"), ("/small", "..., -1"), ("/long", "4990:")];
    let results = file.read_many(&reads).await.unwrap().reply;
    let values = |number: usize| results[number].as_ref().unwrap();
    assert_eq!(values(0).to_vec::<i64>().unwrap(), (0..5000).collect::<Vec<i64>>());
    assert_eq!(results[1].as_ref().unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(values(2).to_json().unwrap(), "\"bc\"");
    assert_eq!(
        (values(3).shape.as_deref(), values(3).to_json()),
        (Some(&[2][..]), Ok("[2,5]".to_owned()))
    );
    assert_eq!(values(4).n_elements(), 10);
    assert!(file.read_many(&[]).await.unwrap().reply.is_empty());
    let all_wrong = file.read_many(&[("/none", ""), ("/g", "")]).await.unwrap().reply;
    assert!(all_wrong.iter().all(Result::is_err));
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let server = Setup::new()
        .file("a.h5", FILE)
        .option("--max-batch-commands", 3)
        .option("--max-json-values-bytes", 20_000)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let many = |reads: Value| json!({"command": "read_many", "reads": reads});
    let read = json!({"path": "/long", "selection": ":4000"});
    assert_eq!(socket.refused(many(json!([read, read]))).await, "too_large");
    let small = json!({"path": "/small"});
    assert_eq!(socket.refused(many(json!([small, small, small, small]))).await, "limit_exceeded");
    assert_eq!(socket.refused(many(json!([{"selection": "1"}]))).await, "invalid_request");
    assert_eq!(
        socket.refused(many(json!([{"path": "/a", "encoding": "json"}]))).await,
        "invalid_request"
    );
    assert_eq!(socket.refused(json!({"command": "read_many"})).await, "invalid_request");
    let group = json!({"command": "create_group", "path": "/x"});
    let batch = json!({"command": "batch", "commands": [group, group, group, group]});
    assert_eq!(socket.refused(batch).await, "limit_exceeded");
    assert_eq!(socket.ok(many(json!([small, small, small]))).await["results"][2]["data"][1][2], 5);
}

#[tokio::test]
async fn a_batch_is_one_change_with_questions_in_between() {
    let server = server().await;
    let mut watcher = RawSocket::connect(&server).await;
    let start = watcher.ok(json!({"command": "subscribe"})).await["seq"].as_u64().unwrap();
    let mut socket = RawSocket::connect(&server).await;
    let batch = json!({"command": "batch", "commands": [
        {"command": "create_group", "path": "/scan"},
        {"command": "write", "path": "/scan/counts", "data": [3, 5]},
        {"command": "append", "path": "/scan/log", "data": [[1, 2]]},
        {"command": "read", "path": "/scan/counts"},
        {"command": "append", "path": "/scan/log", "data": [[3, 4]]},
        {"command": "list", "path": "/scan"},
        {"command": "delete", "path": "/small"},
        {"command": "write_attribute", "path": "/scan", "name": "done", "data": true},
        {"command": "read_attribute", "path": "/scan", "name": "done"},
        {"command": "points", "path": "/scan/log", "points": [[1, 0]]},
    ]});
    let answer = socket.ok(batch).await;
    let replies = answer["replies"].as_array().unwrap();
    assert_eq!(replies.len(), 10);
    assert_eq!(replies[0], json!({}));
    assert_eq!(replies[3], json!({"shape": [2], "datatype": "<i8", "data": [3, 5]}));
    assert_eq!(replies[4]["shape"], json!([2, 2]));
    assert_eq!(replies[5]["total"], 2);
    assert_eq!((&replies[8]["data"], &replies[9]["data"]), (&json!(true), &json!([3])));
    let mut told = Vec::new();
    while told.len() < 8 {
        let event = watcher.json().await;
        assert_eq!(event["seq"].as_u64().unwrap(), start + told.len() as u64 + 1);
        told.push(format!(
            "{} {}",
            event["event"].as_str().unwrap(),
            event["path"].as_str().unwrap()
        ));
    }
    assert_eq!(answer["seq"].as_u64().unwrap(), start + 8);
    let expected = [
        "created /scan",
        "created /scan/counts",
        "written /scan/counts",
        "created /scan/log",
        "written /scan/log",
        "written /scan/log",
        "deleted /small",
        "attribute_written /scan",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn values_of_a_batch_travel_in_one_binary_message() {
    let server = server().await;
    let file = server.file("a.h5").await;
    let image = Values::from_slice::<f32>(&[2, 2], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    let row = Values::from_slice::<i32>(&[3], &[7, 8, 9]).unwrap();
    let write = |path: &str, values: &Values| command::Write {
        fields: None,
        path: ObjectPath::new(path).unwrap(),
        selection: None,
        data: None,
        datatype: Some(values.datatype.clone()),
        shape: values.shape.clone(),
    };
    let mut batch = Batch::default();
    batch.add_binary(write("/new/image", &image), &image.payload);
    batch.add(command::Delete { path: ObjectPath::new("/text").unwrap() });
    batch.add_binary(write("/small", &row), &row.payload);
    let replies = file.batch(&batch).await.unwrap().reply.replies;
    assert_eq!(replies[1].get(), "{}");
    let found = server
        .judged(
            "a.h5",
            "result = [f['new/image'][()].tolist(), f['small'][()].tolist(), 'text' in f]",
        )
        .await;
    assert_eq!(found, json!([[[1.0, 2.0], [3.0, 4.0]], [7, 8, 9], false]));
}

#[tokio::test]
async fn a_batch_whose_bytes_do_not_add_up_is_refused() {
    let server = server().await;
    let mut socket = RawSocket::connect(&server).await;
    for bytes in [0_u64, 7, 9, u64::MAX] {
        let step = json!({"command": "write", "path": "/x", "datatype": "<i4", "shape": [2], "bytes": bytes});
        let header =
            json!({"command": "batch", "commands": [step, {"command": "list"}]}).to_string();
        socket.binary(frame::encode(&header, &[0; 8])).await;
        let Heard::Message(answer) = socket.hear().await else { panic!("no answer") };
        assert_eq!(answer["code"], "invalid_request", "{bytes}: {answer}");
    }
}

#[tokio::test]
async fn a_read_only_server_takes_batches_of_questions_only() {
    let server = Setup::new().file("a.h5", FILE).argument("--read-only").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let questions = json!({"command": "batch", "commands": [{"command": "list"}, {"command": "read", "path": "/title"}]});
    assert_eq!(socket.ok(questions).await["replies"][1]["data"], "chopper");
    let change = json!({"command": "batch", "commands": [{"command": "list"}, {"command": "delete", "path": "/title"}]});
    assert_eq!(socket.refused(change).await, "read_only");
}

/// Whatever fails in a batch, nothing of it is left, and nobody hears of it.
#[tokio::test]
async fn a_batch_that_fails_half_way_leaves_nothing() {
    let server = Setup::new().file("a.h5", "f['d'] = [1, 2]; f['g/x'] = 5").start().await;
    let mut watcher = RawSocket::connect(&server).await;
    watcher.ok(json!({"command": "subscribe"})).await;
    let mut socket = RawSocket::connect(&server).await;
    let failing = [
        json!({"command": "delete", "path": "/missing"}),
        json!({"command": "write", "path": "/d", "selection": "7", "data": 1}),
        json!({"command": "create_group", "path": "/g"}),
    ];
    for (number, last) in failing.iter().enumerate() {
        let batch = json!({"command": "batch", "commands": [
            {"command": "create_group", "path": format!("/new/{number}")},
            {"command": "write", "path": "/d", "selection": "0", "data": 99},
            {"command": "delete", "path": "/g/x"},
            {"command": "write_attribute", "path": "/d", "name": "unit", "data": "K"},
            last,
        ]});
        socket.refused(batch).await;
    }
    let read = socket.ok(json!({"command": "read", "path": "/d"})).await;
    assert_eq!(read["data"], json!([1, 2]));
    // The first event is that of a change that came after all batches.
    watcher.text(&json!({"command": "create_group", "path": "/after"}).to_string()).await;
    let event = watcher.json().await;
    assert_eq!((&event["event"], &event["path"]), (&json!("created"), &json!("/after")));
    let names = "result = [sorted(f), list(f['d'].attrs), f['g/x'][()].tolist()]";
    assert_eq!(server.judged("a.h5", names).await, json!([["after", "d", "g"], [], 5]));
}
