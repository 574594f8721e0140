//! The plain TCP port: the same messages behind a length, for clients without a WebSocket.

use hdf5_async_tests::raw::RawTcp;
use hdf5_async_tests::{Setup, TestServer, h5py};
use serde_json::{Value, json};

async fn open_server() -> TestServer {
    let setup = Setup::new().file("a.h5", "").argument("--tcp=127.0.0.1:0").argument("--no-token");
    setup.option("--max-message-bytes", 65536).start().await
}

#[tokio::test]
async fn the_plainest_client_reads_and_writes() {
    let mut server = open_server().await;
    let mut tcp = RawTcp::connect(&server).await;
    let made = tcp.ask(&json!({"command": "create_group", "path": "/my_group"})).await;
    assert_eq!(made["status"], "success", "{made}");
    let path = "/my_group/my_dataset";
    let written =
        tcp.ask(&json!({"command": "write", "path": path, "data": [1, 2, 3, 4, 5]})).await;
    assert_eq!((&written["status"], &written["shape"]), (&json!("success"), &json!([5])));
    let read = tcp.ask(&json!({"command": "read", "path": path})).await;
    assert_eq!((&read["data"], &read["datatype"]), (&json!([1, 2, 3, 4, 5]), &json!("<i8")));
    tcp.ask(&json!({"command": "update", "path": path, "data": [[1.5]]})).await;
    let read = tcp.ask(&json!({"command": "read", "path": path})).await;
    assert_eq!(read["data"], json!([[1.5]]));
    let list = tcp.ask(&json!({"command": "list", "path": "/my_group"})).await;
    assert_eq!(list["children"][0]["name"], "my_dataset");
    tcp.ask(&json!({"command": "append", "path": "/log", "data": [1]})).await;
    tcp.ask(&json!({"command": "append", "path": "/log", "data": [2]})).await;
    tcp.ask(&json!({"command": "delete", "path": path})).await;
    let gone = tcp.ask(&json!({"command": "read", "path": path})).await;
    assert_eq!((&gone["status"], &gone["code"]), (&json!("error"), &json!("not_found")));
    assert!(server.terminate().await.success());
    let found = h5py(
        &server.path("a.h5"),
        "f = h5py.File(path); result = [list(f['my_group']), f['log'][()].tolist()]",
    );
    assert_eq!(found, json!([[], [1, 2]]));
}

#[tokio::test]
async fn events_come_over_tcp_too_and_binary_does_not() {
    let server = open_server().await;
    let mut watcher = RawTcp::connect(&server).await;
    assert_eq!(watcher.ask(&json!({"command": "subscribe"})).await["status"], "success");
    let mut writer = RawTcp::connect(&server).await;
    writer.ask(&json!({"command": "write", "path": "/x", "data": 1})).await;
    assert_eq!(watcher.hear().await.unwrap()["event"], "created");
    let binary = writer.ask(&json!({"command": "read", "path": "/x", "encoding": "binary"})).await;
    assert_eq!(binary["code"], "unsupported");
}

#[tokio::test]
async fn without_the_token_nothing_is_answered() {
    let server = Setup::new().file("a.h5", "").argument("--tcp=127.0.0.1:0").start().await;
    let hellos: [Value; 3] = [
        json!({"command": "list"}),
        json!({"command": "hello"}),
        json!({"command": "hello", "token": "wrong"}),
    ];
    for first in hellos {
        let mut tcp = RawTcp::connect(&server).await;
        assert_eq!(tcp.ask(&first).await["code"], "unauthorized", "{first}");
        assert_eq!(tcp.hear().await, None, "the connection stays open after {first}");
    }
    let mut tcp = RawTcp::connect(&server).await;
    let hello = tcp.ask(&json!({"command": "hello", "token": server.token(), "name": "tcp"})).await;
    assert_eq!(hello["name"], "tcp");
    assert!(!hello["capabilities"].as_array().unwrap().contains(&json!("binary")));
    assert_eq!(tcp.ask(&json!({"command": "list"})).await["status"], "success");
}

#[tokio::test]
async fn nonsense_is_answered_and_too_much_ends_the_connection() {
    let server = open_server().await;
    let mut bystander = RawTcp::connect(&server).await;
    let mut tcp = RawTcp::connect(&server).await;
    for nonsense in [&b"not json"[..], b"\xff\xfe\x00", b"", b"[1, 2]"] {
        tcp.message(nonsense).await;
        assert_eq!(tcp.hear().await.unwrap()["code"], "invalid_message", "{nonsense:?}");
    }
    assert_eq!(tcp.ask(&json!({"command": "ping", "id": 1})).await["id"], 1);
    tcp.bytes(&100_000_u32.to_be_bytes()).await;
    assert_eq!(tcp.hear().await.unwrap()["code"], "message_too_large");
    assert_eq!(tcp.hear().await, None);
    // A message cut off in the middle is a client that went away.
    let mut cut = RawTcp::connect(&server).await;
    cut.bytes(&[0, 0, 1, 0, b'{']).await;
    drop(cut);
    assert_eq!(bystander.ask(&json!({"command": "ping"})).await["status"], "success");
}
