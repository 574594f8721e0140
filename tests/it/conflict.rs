//! Changes bound to nothing having changed since: who is too late is told, and everything else goes on.

use hdf5_async_client::protocol::message::{ErrorCode, command};
use hdf5_async_client::protocol::model::ObjectPath;
use hdf5_async_tests::TestServer;
use hdf5_async_tests::raw::RawSocket;
use serde_json::{Value, json};

/// `request` on condition of `position`, an answer.
fn bound(mut request: Value, position: &Value) -> Value {
    request["if_seq"] = position["seq"].clone();
    request["if_epoch"] = position["epoch"].clone();
    request
}

#[tokio::test]
async fn only_changes_of_the_same_object_are_conflicts() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let write = |path: &str, data: u32| json!({"command": "write", "path": path, "data": data});
    for path in ["/a", "/g/b", "/g/c"] {
        socket.ok(write(path, 1)).await;
    }
    let read = socket.ok(json!({"command": "read", "path": "/g/b"})).await;
    socket.ok(write("/a", 2)).await;
    socket.ok(write("/g/c", 2)).await;
    // What happened to others does no harm, what happens to it does.
    let written = socket.ok(bound(write("/g/b", 2), &read)).await;
    assert_eq!(socket.refused(bound(write("/g/b", 3), &read)).await, "conflict");
    socket.ok(bound(write("/g/b", 3), &written)).await;
    // A group is changed by what lies in it, and what lies in it by its end.
    let before = socket.ok(json!({"command": "list"})).await;
    socket.ok(json!({"command": "write_attribute", "path": "/g/c", "name": "x", "data": 1})).await;
    let delete = json!({"command": "delete", "path": "/g"});
    assert_eq!(socket.refused(bound(delete.clone(), &before)).await, "conflict");
    let now = socket.ok(json!({"command": "list"})).await;
    socket.ok(bound(delete, &now)).await;
    assert_eq!(socket.refused(bound(write("/g/c", 3), &now)).await, "conflict");
    let answer = socket.ask(&bound(write("/g/c", 3), &now)).await;
    assert_eq!((&answer["outcome"], &answer["path"]), (&json!("not_applied"), &json!("/g/c")));
    let found = server.judged("a.h5", "result = [list(f), int(f['a'][()])]").await;
    assert_eq!(found, json!([["a"], 2]));
}

#[tokio::test]
async fn unknown_positions_are_conflicts_and_questions_have_no_condition() {
    let (_server, mut socket) = TestServer::with_empty_file().await;
    let made = socket.ok(json!({"command": "write", "path": "/a", "data": 1})).await;
    let write = |seq: Value, epoch: Value| json!({"command": "write", "path": "/a", "data": 2, "if_seq": seq, "if_epoch": epoch});
    let (seq, epoch) = (made["seq"].as_u64().unwrap(), made["epoch"].as_u64().unwrap());
    assert_eq!(socket.refused(write(json!(seq + 1), json!(epoch))).await, "conflict");
    assert_eq!(socket.refused(write(json!(seq), json!(epoch - 1))).await, "conflict");
    assert_eq!(socket.refused(write(json!("x"), json!(epoch))).await, "invalid_request");
    let question = json!({"command": "read", "path": "/a", "if_seq": seq});
    assert_eq!(socket.refused(question).await, "invalid_request");
    socket.ok(write(json!(seq), Value::Null)).await;
}

#[tokio::test]
async fn a_change_that_is_sent_again_is_no_conflict_with_itself() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let made = socket.ok(json!({"command": "append", "path": "/log", "data": [1]})).await;
    let append = |key: &str| {
        let append = json!({"command": "append", "path": "/log", "data": [2], "request_key": key});
        bound(append, &made)
    };
    let first = socket.ok(append("k-1")).await;
    // Another one would be too late, this one was in time.
    assert_eq!(socket.refused(append("k-2")).await, "conflict");
    let again = socket.ok(append("k-1")).await;
    assert_eq!((&again["shape"], &again["seq"]), (&json!([2]), &first["seq"]));
    // Sent twice at once, and after later changes.
    let now = bound(
        json!({"command": "append", "path": "/log", "data": [3], "request_key": "k-3"}),
        &first,
    );
    socket.text(&now.to_string()).await;
    let twice = socket.ok(now.clone()).await;
    assert_eq!((&twice["shape"], &socket.json().await["shape"]), (&json!([3]), &json!([3])));
    socket.ok(json!({"command": "append", "path": "/log", "data": [4]})).await;
    assert_eq!(socket.ok(now.clone()).await["shape"], json!([3]));
    // Also when the worker that did it is gone.
    server.worker("a.h5").signal("KILL");
    let again = loop {
        let answer = socket.ask(&now).await;
        if answer["code"] != "worker_lost" {
            break answer;
        }
    };
    assert_eq!(again["shape"], json!([3]), "{again}");
    let found = server.judged("a.h5", "result = f['log'][()].tolist()").await;
    assert_eq!(found, json!([1, 2, 3, 4]));
}

#[tokio::test]
async fn of_many_at_once_one_wins_each_round() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    socket.ok(json!({"command": "write", "path": "/count", "data": 0})).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(RawSocket::connect(&server).await);
    }
    let mut conflicts = 0;
    for round in 1..=10 {
        let read = clients[0].ok(json!({"command": "read", "path": "/count"})).await;
        let request = json!({"command": "write", "path": "/count", "data": round});
        let request = bound(request, &read).to_string();
        for client in &mut clients {
            client.text(&request).await;
        }
        let mut won = 0;
        for client in &mut clients {
            match client.json().await["code"].as_str() {
                None => won += 1,
                Some(code) => {
                    assert_eq!(code, "conflict");
                    conflicts += 1;
                }
            }
        }
        assert_eq!(won, 1, "round {round}");
    }
    assert_eq!(conflicts, 30);
}

#[tokio::test]
async fn a_batch_that_fails_changes_nothing_and_tells_nobody() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    socket.ok(json!({"command": "append", "path": "/log", "data": [1, 2]})).await;
    let mut watcher = RawSocket::connect(&server).await;
    watcher.ok(json!({"command": "subscribe"})).await;
    let before = socket.ok(json!({"command": "list"})).await;
    let failing = json!({"command": "batch", "commands": [
        {"command": "append", "path": "/log", "data": [3]},
        {"command": "create_group", "path": "/g/h"},
        {"command": "write_attribute", "path": "/log", "name": "x", "data": 1},
        {"command": "delete", "path": "/none"},
        {"command": "delete", "path": "/log"},
    ]});
    let answer = socket.ask(&failing).await;
    assert_eq!((&answer["code"], &answer["index"]), (&json!("not_found"), &json!(3)));
    // A condition holds for every object of a batch.
    let one = json!({"command": "write", "path": "/b", "data": 1});
    socket.ok(one.clone()).await;
    let two =
        json!({"command": "batch", "commands": [{"command": "create_group", "path": "/c"}, one]});
    assert_eq!(socket.refused(bound(two, &before)).await, "conflict");
    let first = watcher.json().await;
    assert_eq!((&first["event"], &first["path"]), (&json!("created"), &json!("/b")));
    let found = server
        .judged("a.h5", "result = [list(f), f['log'][()].tolist(), list(f['log'].attrs)]")
        .await;
    assert_eq!(found, json!([["b", "log"], [1, 2], []]));
}

#[tokio::test]
async fn the_client_binds_its_changes() {
    let (server, _) = TestServer::with_empty_file().await;
    let file = server.file("a.h5").await;
    let group = |path: &str| command::CreateGroup {
        path: ObjectPath::new(path).unwrap(),
        exist_ok: true,
        track_order: false,
    };
    let made = file.call(group("/g")).await.unwrap().position.unwrap();
    file.call(group("/g/h")).await.unwrap();
    let late = file.call_if(made, command::Delete { path: ObjectPath::new("/g").unwrap() }, None);
    assert_eq!(late.await.unwrap_err().code(), Some(ErrorCode::Conflict));
    file.call_if(made, group("/k"), None).await.unwrap();
}
