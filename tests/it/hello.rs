//! The first things a client and a person meet: hello, ping, the list of files, health, the session cookie.

use hdf5_async_client::protocol::message::command::{Files, Ping};
use hdf5_async_tests::raw::{RawSocket, http};
use hdf5_async_tests::{Setup, TestServer};
use serde_json::json;

#[tokio::test]
async fn hello_says_who_the_server_is_and_what_it_allows() {
    let server = Setup::new().file("a.h5", "").option("--max-list-page", 7);
    let server = server.option("--max-batch-commands", 8).start().await;
    let client = server.client("scan.py").await;
    let hello = client.hello();
    assert_eq!(hello.server, "hdf5-async");
    assert_eq!((hello.version, hello.name.as_str(), hello.read_only), (1, "scan.py", false));
    assert_eq!((hello.limits.max_list_page, hello.limits.max_batch_commands), (7, 8));
    for command in hdf5_async_client::protocol::message::Command::NAMES {
        assert!(hello.commands.iter().any(|known| known == command), "{command}");
    }
    let other = server.client("other").await;
    assert_ne!(other.hello().session, hello.session);
}

#[tokio::test]
async fn hello_is_optional_and_another_version_is_refused() {
    let server = Setup::new().file("a.h5", "").start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "list"})).await;
    let code = socket.refused(json!({"command": "hello", "version": 99})).await;
    assert_eq!(code, "unsupported");
    let hello = socket.ok(json!({"command": "hello", "version": 1, "name": "é".repeat(200)})).await;
    assert_eq!(hello["name"], "é".repeat(64));
}

#[tokio::test]
async fn ping_is_answered_with_the_time() {
    let server = Setup::new().file("a.h5", "").start().await;
    let pong = server.client("test").await.call(Ping {}).await.unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((now.as_secs_f64() - pong.reply.time).abs() < 60.0);
    assert_eq!(pong.position, None);
}

#[tokio::test]
async fn files_of_a_folder_are_served_under_their_relative_names() {
    let setup = Setup::new();
    std::fs::create_dir(setup.path("runs")).unwrap();
    std::fs::write(setup.path("notes.txt"), "no HDF5").unwrap();
    let setup = setup.file("b.h5", "").file("a.hdf5", "").file("runs/one.nxs", "");
    let server = setup.start().await;
    let files = server.client("test").await.call(Files::default()).await.unwrap().reply.files;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["a.hdf5", "b.h5", "runs/one.nxs"]);
    let on_disk = std::fs::metadata(server.path("b.h5")).unwrap().len();
    assert_eq!((files[1].bytes, files[1].read_only), (on_disk, false));
}

#[tokio::test]
async fn a_request_names_its_file_unless_there_is_only_one() {
    let server = Setup::new().file("a.h5", "f['x'] = 1").file("b.h5", "f['x'] = 2").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let read = socket.ok(json!({"command": "read", "path": "/x", "file": "b.h5"})).await;
    assert_eq!(read["data"], 2);
    let code = socket.refused(json!({"command": "read", "path": "/x"})).await;
    assert_eq!(code, "file_not_found");
    for name in ["c.h5", "../a.h5", "/etc/passwd", "a.h5/", ""] {
        let code = socket.refused(json!({"command": "list", "file": name})).await;
        assert_eq!(code, "file_not_found", "{name:?}");
    }
}

#[tokio::test]
async fn a_named_file_that_is_missing_is_made_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new.h5");
    let setup = Setup::new().argument("--create").argument(&new);
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "write", "path": "/a/b", "data": [1, 2], "file": "new.h5"})).await;
    drop(server);
    let back = hdf5_async_tests::h5py(&new, "result = h5py.File(path)['/a/b'][()].tolist()");
    assert_eq!(back, json!([1, 2]));
}

async fn header_lines(server: &TestServer, request: &str) -> String {
    let answer = http(server, request).await;
    answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase()
}

#[tokio::test]
async fn health_is_there_for_whoever_watches_the_server() {
    let server = Setup::new().file("a.h5", "").start().await;
    let host = server.address.authority();
    let request = format!("GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let answer = http(&server, &request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["status"], "ok");
}

#[tokio::test]
async fn the_token_is_exchanged_for_a_cookie_that_opens_the_socket() {
    let server = Setup::new().file("a.h5", "").start().await;
    let (host, token) = (server.address.authority(), server.token());
    let post = |token: &str| {
        format!(
            "POST /session HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             content-length: 0\r\nconnection: close\r\n\r\n"
        )
    };
    assert!(header_lines(&server, &post("wrong")).await.starts_with("http/1.1 401"));
    let answer = http(&server, &post(token)).await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap_or_else(|| panic!("no cookie in {answer}"));
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let headers = [("cookie", cookie), ("sec-websocket-protocol", "hdf5-async.v1")];
    let mut socket = RawSocket::connect_with(&server, &headers).await.unwrap();
    socket.ok(json!({"command": "ping"})).await;
}
