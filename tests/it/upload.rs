//! Uploads over HTTP: whole files that are there at once or not at all, and whatever is not taken.

use std::path::Path;

use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_client::protocol::message::command::Files;
use hdf5_async_client::{CallError, ConnectOptions, Upload, Values};
use hdf5_async_tests::{Setup, TestServer, h5py, within};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const NUMBERS: &str = "f['x'] = np.arange(200_000)";

/// A file of h5py's.
fn content(script: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.h5");
    h5py(&path, &format!("with h5py.File(path, 'w') as f:\n    {script}\nresult = None"));
    std::fs::read(path).unwrap()
}

fn length_of(path: &Path) -> Value {
    h5py(path, "result = len(h5py.File(path)['x'])")
}

/// The names in the server's folder, but for those of the test itself.
fn there(server: &TestServer) -> Vec<String> {
    let entries = std::fs::read_dir(server.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

async fn begin(server: &TestServer, target: &str, length: usize, more: &str) -> TcpStream {
    let host = server.address.authority();
    let mut socket = TcpStream::connect(&host).await.unwrap();
    let token = server.token();
    let head = format!(
        "PUT /upload/{target} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// The status and the JSON of an answer.
async fn answer(mut socket: TcpStream) -> (u16, Value) {
    let mut bytes = Vec::new();
    within("the answer", socket.read_to_end(&mut bytes)).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_slice(&bytes[end + 4..]).unwrap())
}

async fn put(server: &TestServer, target: &str, content: &[u8]) -> (u16, Value) {
    let mut socket = begin(server, target, content.len(), "").await;
    socket.write_all(content).await.unwrap();
    answer(socket).await
}

/// Status and code of what is refused before any of it was sent.
async fn refused(server: &TestServer, target: &str, length: usize) -> (u16, String) {
    let (status, error) =
        answer(begin(server, target, length, "expect: 100-continue\r\n").await).await;
    (status, error["code"].as_str().unwrap().to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_file_is_served_as_soon_as_it_is_whole() {
    let server = Setup::new().start().await;
    std::fs::create_dir(server.path("runs")).unwrap();
    let content = content(NUMBERS);
    let before = there(&server);
    let mut socket = begin(&server, "runs/run%201.h5", content.len(), "").await;
    socket.write_all(&content[..content.len() - 1]).await.unwrap();
    let client = server.client("").await;
    assert!(client.call(Files::default()).await.unwrap().reply.files.is_empty());
    socket.write_all(&content[content.len() - 1..]).await.unwrap();
    let (status, file) = answer(socket).await;
    assert_eq!((status, &file["name"]), (201, &json!("runs/run 1.h5")));
    assert_eq!(file["bytes"], content.len());
    assert!(content == std::fs::read(server.path("runs/run 1.h5")).unwrap());
    let read = server.file("runs/run 1.h5").await.read("/x", "[199999]").await.unwrap();
    assert_eq!(read.reply.to_vec::<i64>().unwrap(), [199_999]);
    assert_eq!(there(&server), before);
    // One behind a user block is HDF5, too.
    let behind = [&[b' '; 512][..], &content].concat();
    assert_eq!(put(&server, "behind.h5", &behind).await.0, 201);
}

#[tokio::test]
async fn an_existing_file_is_replaced_only_where_files_may_be_deleted() {
    let new = content(NUMBERS);
    let server = Setup::new().file("a.h5", "f['x'] = [1]").start().await;
    assert_eq!(refused(&server, "a.h5", new.len()).await, is(409, "already_exists"));
    assert_eq!(refused(&server, "a.h5?replace=true", new.len()).await, is(403, "read_only"));
    assert_eq!(length_of(&server.path("a.h5")), 1);

    let server =
        Setup::new().file("a.h5", "f['x'] = [1]").argument("--allow-delete-files").start().await;
    assert_eq!(refused(&server, "a.h5", new.len()).await, is(409, "already_exists"));
    // Somebody has it open, and has changed it.
    let file = server.file("a.h5").await;
    file.write("/x", &Values::from_slice(&[1], &[5_i64]).unwrap()).await.unwrap();
    let (status, error) = put(&server, "a.h5?replace=true", &new).await;
    assert_eq!(status, 201, "{error}");
    let read = file.read("/x", "[199999]").await.unwrap().reply;
    assert_eq!(read.to_vec::<i64>().unwrap(), [199_999]);
    std::fs::write(server.path("notes.txt"), "text").unwrap();
    let other = refused(&server, "notes.txt?replace=true", new.len()).await;
    assert_eq!(other, is(409, "already_exists"));
    assert_eq!(refused(&server, "b.h5?replace=maybe", 9).await, is(400, "invalid_request"));
}

#[tokio::test]
async fn what_is_left_of_a_file_is_not_covered_by_another() {
    let server = Setup::new().start().await;
    std::fs::write(server.path("a.h5.log"), "something").unwrap();
    assert_eq!(refused(&server, "a.h5", 100).await, is(409, "log_unusable"));
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing_behind() {
    let server = Setup::new().option("--stalled-after-secs", 1).start().await;
    let before = there(&server);
    let content = content(NUMBERS);
    let mut socket = begin(&server, "a.h5", content.len() + 1, "").await;
    socket.write_all(&content).await.unwrap();
    // The client says nothing more, and stays.
    let (status, error) = answer(socket).await;
    assert_eq!((status, &error["code"]), (408, &json!("cancelled")));
    assert_eq!(there(&server), before);
    // The client goes.
    let mut socket = begin(&server, "a.h5", content.len() + 1, "").await;
    socket.write_all(&content).await.unwrap();
    while there(&server) == before {
        tokio::task::yield_now().await;
    }
    drop(socket);
    let gone = async {
        while there(&server) != before {
            tokio::task::yield_now().await;
        }
    };
    within("the end of what was sent", gone).await;
    assert_eq!(put(&server, "a.h5", &content).await.0, 201);
}

#[tokio::test]
async fn what_is_no_file_or_has_no_place_is_refused() {
    let outside = tempfile::tempdir().unwrap();
    let server = Setup::new().option("--max-upload-bytes", 100_000).start().await;
    std::os::unix::fs::symlink(outside.path(), server.path("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("b.h5"), server.path("b.h5")).unwrap();
    let before = there(&server);
    let (status, error) = put(&server, "a.h5", b"not at all").await;
    assert_eq!((status, &error["code"]), (422, &json!("file_unreadable")));
    assert_eq!(put(&server, "a.h5", b"").await.0, 422);
    assert_eq!(refused(&server, "a.h5", 100_001).await, is(413, "too_large"));
    for name in ["..%2fa.h5", "%2ftmp%2fa.h5", "a%00.h5", "a%0a.h5", "a.h5.log", "x%2f%2fa.h5", "."]
    {
        assert_eq!(refused(&server, name, 100).await, is(400, "invalid_request"), "{name}");
    }
    let hidden = ".hdf5-async-upload-0123456789abcdef";
    assert_eq!(refused(&server, hidden, 100).await, is(400, "invalid_request"));
    for name in ["out/a.h5", "nowhere/a.h5"] {
        assert_eq!(refused(&server, name, 100).await, is(404, "file_not_found"), "{name}");
    }
    assert_eq!(refused(&server, "b.h5", 100).await, is(409, "already_exists"));
    let long = "x".repeat(300);
    assert_eq!(put(&server, &long, &content("f['x'] = 1")).await.1["code"], "invalid_request");
    assert_eq!(there(&server), before);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_body_without_a_length_is_taken_up_to_the_limit() {
    let server = Setup::new().option("--max-upload-bytes", 100_000).start().await;
    let before = there(&server);
    let host = server.address.authority();
    let head = format!(
        "PUT /upload/a.h5 HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        server.token()
    );
    let mut socket = TcpStream::connect(&host).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let piece = [&b"186a1\r\n"[..], &vec![b'x'; 100_001], b"\r\n"].concat();
    socket.write_all(&piece).await.unwrap();
    let (status, error) = answer(socket).await;
    assert_eq!((status, &error["code"]), (413, &json!("too_large")));
    assert_eq!(there(&server), before);
}

#[tokio::test]
async fn the_door_is_the_same_for_uploads() {
    let server = Setup::new().start().await;
    let host = server.address.authority();
    for (head, status) in [
        (String::new(), 401),
        ("authorization: Bearer another-token-altogether\r\n".to_owned(), 401),
        (
            format!("authorization: Bearer {}\r\norigin: http://evil.example\r\n", server.token()),
            403,
        ),
    ] {
        let mut socket = TcpStream::connect(&host).await.unwrap();
        let request = format!(
            "PUT /upload/a.h5 HTTP/1.1\r\nhost: {host}\r\n{head}expect: 100-continue\r\ncontent-length: 9\r\nconnection: close\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(answer(socket).await.0, status, "{head}");
    }
    let server = Setup::new().argument("--read-only").start().await;
    assert_eq!(refused(&server, "a.h5", 9).await, is(403, "read_only"));
}

#[tokio::test]
async fn uploads_are_few_at_a_time() {
    let server = Setup::new().option("--max-uploads", 1).start().await;
    let before = there(&server);
    let first = begin(&server, "a.h5", 100, "").await;
    while there(&server) == before {
        tokio::task::yield_now().await;
    }
    assert_eq!(refused(&server, "b.h5", 100).await, is(503, "limit_exceeded"));
    drop(first);
}

/// Sends half of a file, and waits until the server writes it.
async fn begin_half(server: &TestServer, target: &str, content: &[u8]) -> TcpStream {
    let is_arriving = |name: &String| name.starts_with(".hdf5-async-upload-");
    let arriving = || there(server).iter().filter(|name| is_arriving(name)).count();
    let before = arriving();
    let mut socket = begin(server, target, content.len(), "").await;
    socket.write_all(&content[..content.len() / 2]).await.unwrap();
    let begun = async {
        while arriving() == before {
            tokio::task::yield_now().await;
        }
    };
    within("the beginning of the upload", begun).await;
    socket
}

#[tokio::test]
async fn what_a_killed_server_has_left_is_removed_and_what_another_writes_is_not() {
    let server = Setup::new().start().await;
    let content = content(NUMBERS);
    let mut going = begin_half(&server, "a.h5", &content).await;
    let mut twin = server.twin("--max-uploads=2").await;
    let _broken = begin_half(&twin, "b.h5", &content).await;
    twin.process().signal("KILL");
    twin.wait().await;
    assert_eq!(there(&server).len(), 2);
    assert_eq!(put(&server, "c.h5", &content).await.0, 201);
    assert_eq!(there(&server).len(), 2);
    going.write_all(&content[content.len() / 2..]).await.unwrap();
    assert_eq!(answer(going).await.0, 201);
    assert_eq!(there(&server), ["a.h5", "c.h5"]);
    let _broken = begin_half(&server, "d.h5", &content).await;
    let server = server.restart().await;
    assert_eq!(there(&server), ["a.h5", "c.h5"]);
    assert_eq!(length_of(&server.path("a.h5")), 200_000);
}

#[tokio::test]
async fn the_client_sends_nothing_that_is_refused() {
    let server = Setup::new().file("a.h5", "f['x'] = [1]").start().await;
    let options = ConnectOptions::from(server.address.clone());
    let content = content(NUMBERS);
    let error = Upload::begin(&options, "a.h5", 1, false).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Refused(reply) if reply.code == ErrorCode::AlreadyExists),
        "{error}"
    );
    let mut upload = Upload::begin(&options, "b.h5", content.len() as u64, false).await.unwrap();
    for piece in content.chunks(100_000) {
        upload = upload.send(piece.to_vec().into()).await.unwrap();
    }
    let file = within("the end", upload.finish()).await.unwrap();
    assert_eq!((&*file.name, file.bytes), ("b.h5", content.len() as u64));
    assert_eq!(length_of(&server.path("b.h5")), 200_000);
}
