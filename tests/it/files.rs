//! Whole files: made, emptied under the eyes of those who watch, let go of, removed.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer};
use serde_json::json;

#[tokio::test]
async fn a_file_is_made_with_the_properties_that_were_asked_for() {
    let server = Setup::new().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let creation = json!({
        "user_block_bytes": 8192, "track_order": true, "space_strategy": "pages", "space_persists": true,
        "space_threshold": 100, "page_bytes": 8192, "format": "v110",
    });
    let request = json!({"command": "create_file", "file": "new.h5", "creation": creation});
    socket.ok(request.clone()).await;
    assert_eq!(socket.refused(request).await, "already_exists");
    let info = socket.ok(json!({"command": "file_info", "file": "new.h5"})).await;
    assert_eq!(info["creation"], creation);
    assert!(info["bytes"].as_u64().unwrap() > 8192, "{info}");
    socket.ok(json!({"command": "create_file", "file": "plain.h5"})).await;
    let info = socket.ok(json!({"command": "file_info", "file": "plain.h5"})).await;
    let plain =
        json!({"space_strategy": "free_space_managers", "space_threshold": 1, "page_bytes": 4096});
    assert_eq!(info["creation"], plain);
    for name in ["z", "a", "m"] {
        socket
            .ok(json!({"command": "create_group", "file": "new.h5", "path": format!("/{name}")}))
            .await;
    }
    let script = "
p = f.id.get_create_plist()
result = [f.userblock_size, list(p.get_file_space_strategy()), p.get_file_space_page_size(), list(f)]";
    let found = server.judged("new.h5", script).await;
    assert_eq!(found, json!([8192, [1, 1, 100], 8192, ["z", "a", "m"]]));
}

#[tokio::test]
async fn a_file_is_emptied_and_those_who_watch_it_stay() {
    let server = Setup::new().file("a.h5", "f['x'] = 1").start().await;
    let (mut writer, mut watcher) =
        (RawSocket::connect(&server).await, RawSocket::connect(&server).await);
    watcher.ok(json!({"command": "subscribe", "file": "a.h5", "path": "/"})).await;
    let kept = json!({"command": "create_file", "file": "a.h5"});
    assert_eq!(writer.refused(kept).await, "already_exists");
    writer.ok(json!({"command": "write", "file": "a.h5", "path": "/y", "data": 2})).await;
    writer.ok(json!({"command": "create_file", "file": "a.h5", "replace": true})).await;
    writer.ok(json!({"command": "write", "file": "a.h5", "path": "/z", "data": 3})).await;
    let mut heard: Vec<(String, String)> = Vec::new();
    while heard.last().is_none_or(|(_, path)| path != "/z") {
        let event = watcher.json().await;
        heard.push((
            event["event"].as_str().unwrap().to_owned(),
            event["path"].as_str().unwrap_or_default().to_owned(),
        ));
    }
    let names: Vec<&str> = heard.iter().map(|(event, _)| event.as_str()).collect();
    assert!(names.contains(&"file_changed"), "{heard:?}");
    let listed = watcher.ok(json!({"command": "list", "file": "a.h5", "path": "/"})).await;
    assert_eq!(listed["total"], 1, "{listed}");
    assert_eq!(server.judged("a.h5", "result = list(f)").await, json!(["z"]));
}

#[tokio::test]
async fn a_file_that_nobody_watches_is_let_go_of() {
    let server = Setup::new().file("a.h5", "").start().await;
    let (mut first, mut second) =
        (RawSocket::connect(&server).await, RawSocket::connect(&server).await);
    first.ok(json!({"command": "write", "path": "/x", "data": [1, 2]})).await;
    let subscribed = second.ok(json!({"command": "subscribe", "path": "/"})).await;
    assert_eq!(first.ok(json!({"command": "close_file"})).await["closed"], false);
    let unsubscribe = json!({"command": "unsubscribe", "subscription": subscribed["subscription"]});
    second.ok(unsubscribe).await;
    assert_eq!(first.ok(json!({"command": "close_file"})).await["closed"], true);
    // HDF5's lock is gone: another program may write.
    hdf5_async_tests::h5py::h5py(
        &server.path("a.h5"),
        "f = h5py.File(path, 'r+'); f['y'] = f['x'][1] + 1; f.close()",
    );
    let read = second.ok(json!({"command": "read", "path": "/y"})).await;
    assert_eq!(read["data"], 3);
    assert_eq!(first.ok(json!({"command": "close_file"})).await["closed"], true);
    assert_eq!(first.ok(json!({"command": "close_file"})).await["closed"], true);
}

#[tokio::test]
async fn files_are_removed_where_the_server_allows_it() {
    let server = Setup::new().file("a.h5", "").argument("--allow-delete-files").start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "subscribe", "path": "/"})).await;
    socket.text(r#"{"command": "delete_file", "file": "a.h5"}"#).await;
    assert_eq!(socket.json().await["event"], "file_closed");
    assert_eq!(socket.json().await["status"], "success");
    assert!(!server.path("a.h5").exists());
    for request in [
        json!({"command": "delete_file", "file": "a.h5"}),
        json!({"command": "delete_file", "file": "../served/a.h5"}),
        json!({"command": "list", "file": "a.h5"}),
    ] {
        assert_eq!(socket.refused(request).await, "file_not_found");
    }
    let again = TestServer::with_empty_file().await;
    let (server, mut socket) = again;
    assert_eq!(
        socket.refused(json!({"command": "delete_file", "file": "a.h5"})).await,
        "read_only"
    );
    assert!(server.path("a.h5").exists());
}

#[tokio::test]
async fn files_that_cannot_be_made_leave_nothing() {
    let server = Setup::new().file("a.h5", "").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for (name, code) in [
        ("nowhere/b.h5", "file_not_found"),
        ("../b.h5", "file_not_found"),
        ("/tmp/b.h5", "file_not_found"),
        ("", "file_not_found"),
    ] {
        let request = json!({"command": "create_file", "file": name});
        assert_eq!(socket.refused(request).await, code, "{name}");
    }
    let request =
        json!({"command": "create_file", "file": "b.h5", "creation": {"user_block_bytes": 513}});
    assert_eq!(socket.refused(request).await, "file_unreadable");
    assert!(!server.path("b.h5").exists());
    let unknown = json!({"command": "create_file", "file": "b.h5", "creation": {"block": 1}});
    assert_eq!(socket.refused(unknown).await, "invalid_request");
    socket.ok(json!({"command": "list", "file": "a.h5"})).await;
    let server = Setup::new().file("a.h5", "").argument("--read-only").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let request = json!({"command": "create_file", "file": "b.h5"});
    assert_eq!(socket.refused(request).await, "read_only");
}
