//! Stopping: what was acknowledged is in the file, clients are told, the exit is clean.

use futures::StreamExt as _;
use hdf5_async_client::{CallError, Values};
use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, h5py, within};
use serde_json::json;

#[tokio::test]
async fn a_terminated_server_flushes_and_says_goodbye() {
    let mut server =
        Setup::new().file("a.h5", "f['d'] = np.zeros(10, '<i8')").file("b.h5", "").start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "subscribe", "file": "a.h5"})).await;
    socket.ok(json!({"command": "write", "path": "/d", "data": [1, 2, 3], "file": "a.h5"})).await;
    socket.ok(json!({"command": "append", "path": "/log", "data": [1], "file": "b.h5"})).await;
    let workers = server.workers();
    assert_eq!(workers.len(), 2);
    let status = server.terminate().await;
    assert_eq!(status.code(), Some(0));
    let closed = loop {
        match socket.hear().await {
            Heard::Closed(code) => break code,
            // The file's closing may be announced before the socket's.
            Heard::Message(message) => assert!(message.get("event").is_some(), "{message}"),
            binary @ Heard::Binary { .. } => panic!("{binary:?}"),
        }
    };
    assert_eq!(closed, Some(1001));
    for (worker, file) in workers {
        assert!(!worker.is_there(), "the worker of {file} is still there");
    }
    assert_eq!(
        h5py(&server.path("a.h5"), "result = h5py.File(path)['d'][()].tolist()"),
        json!([1, 2, 3])
    );
    assert_eq!(
        h5py(&server.path("b.h5"), "result = h5py.File(path)['log'][()].tolist()"),
        json!([1])
    );
}

#[tokio::test]
async fn every_acknowledged_write_before_the_end_is_in_the_file() {
    let mut server = Setup::new()
        .file("a.h5", "f.create_dataset('d', (0,), '<i8', maxshape=(None,))")
        .start()
        .await;
    let file = server.file("a.h5").await;
    let mut events = file.subscribe("/d").await.unwrap();
    let writing = tokio::spawn(async move {
        let mut acknowledged = 0_i64;
        loop {
            let row = Values::from_slice(&[1], &[acknowledged]).unwrap();
            match file.append("/d", 0, &row).await {
                Ok(_) => acknowledged += 1,
                Err(error) => return (acknowledged, error),
            }
        }
    });
    for _ in 0..100 {
        within("an append", events.next()).await.unwrap().unwrap();
    }
    assert!(server.terminate().await.success());
    let (acknowledged, error) = within("the writer's end", writing).await.unwrap();
    let expected = matches!(&error, CallError::ConnectionLost { .. } | CallError::Closed { .. })
        || error.code() == Some(hdf5_async_client::protocol::message::ErrorCode::ShuttingDown);
    assert!(expected, "{error:?}");
    let rows = h5py(&server.path("a.h5"), "result = h5py.File(path)['d'][()].tolist()");
    let rows: Vec<i64> = serde_json::from_value(rows).unwrap();
    let in_flight = i64::try_from(rows.len()).unwrap() - acknowledged;
    assert!(rows.iter().copied().eq(0..i64::try_from(rows.len()).unwrap()));
    assert!(
        (0..=1).contains(&in_flight),
        "{acknowledged} acknowledged, {} in the file",
        rows.len()
    );
}

#[tokio::test]
async fn a_long_read_does_not_keep_the_server_from_stopping() {
    let mut server = Setup::new()
        .file("a.h5", "f.create_dataset('big', (1 << 28,), '<f8')")
        .option("--shutdown-secs", 2)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    socket
        .text(&json!({"command": "read", "path": "/big", "encoding": "binary"}).to_string())
        .await;
    assert!(matches!(socket.hear().await, Heard::Binary { .. }));
    let status = server.terminate().await;
    assert_eq!(status.code(), Some(0));
}
