//! Downloads over HTTP: a whole file at one commit, while others write to it, and whoever may not have it.

use std::path::Path;

use hdf5_async_client::Values;
use hdf5_async_tests::{Setup, TestServer, h5py, within};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const NUMBERS: &str =
    "f.create_dataset('numbers', shape=(0,), maxshape=(None,), chunks=(64,), dtype='<i8')";

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn ask(server: &TestServer, path: &str, token: &str) -> TcpStream {
    ask_with(server, path, token, "").await
}

async fn ask_with(server: &TestServer, path: &str, token: &str, more: &str) -> TcpStream {
    let host = server.address.authority();
    let mut socket = TcpStream::connect(&host).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n{more}connection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

async fn get(server: &TestServer, path: &str, token: &str) -> Answer {
    answer(ask(server, path, token).await).await
}

async fn answer(mut socket: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    within("the answer", socket.read_to_end(&mut bytes)).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head[9..12].parse().unwrap();
    Answer { status, head, body: bytes.split_off(end + 4) }
}

fn numbers_in(path: &Path) -> Vec<i64> {
    serde_json::from_value(h5py(path, "result = h5py.File(path)['numbers'][()].tolist()")).unwrap()
}

#[tokio::test]
async fn a_download_is_whole_while_a_server_writes() {
    let server =
        Setup::new().file("a.h5", NUMBERS).option("--checkpoint-log-bytes", 200_000).start().await;
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let file = server.file("a.h5").await;
    let writer = tokio::spawn(async move {
        let mut number = 0_i64;
        while stopped.try_recv().is_err() {
            file.append("/numbers", 0, &Values::from_slice(&[1], &[number]).unwrap())
                .await
                .unwrap();
            number += 1;
        }
    });
    let copy = server.path("copy");
    let mut lengths = Vec::new();
    for _ in 0..5 {
        let before = server.file("a.h5").await.read("/numbers", "").await.unwrap();
        let before: Vec<i64> = before.reply.to_vec().unwrap();
        let answer = get(&server, "/download/a.h5", server.token()).await;
        assert_eq!(answer.status, 200, "{}", answer.head);
        let head = answer.head.to_ascii_lowercase();
        assert!(head.contains(&format!("content-length: {}", answer.body.len())), "{head}");
        assert!(head.contains("attachment; filename*=utf-8''a.h5"), "{head}");
        std::fs::write(&copy, &answer.body).unwrap();
        let numbers = numbers_in(&copy);
        assert!(numbers.len() >= before.len(), "{} of {}", numbers.len(), before.len());
        assert!(numbers.iter().copied().eq(0..i64::try_from(numbers.len()).unwrap()));
        lengths.push(numbers.len());
    }
    stop.send(()).unwrap();
    within("the writer", writer).await.unwrap();
    assert!(lengths.is_sorted() && lengths[0] < lengths[4], "{lengths:?}");
}

#[tokio::test]
async fn a_file_that_nobody_has_open_is_sent_as_it_is() {
    let server = Setup::new().file("sub dir.h5", "f['x'] = np.arange(300_000)").start().await;
    let answer = get(&server, "/download/sub%20dir.h5", server.token()).await;
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert!(answer.body == std::fs::read(server.path("sub dir.h5")).unwrap());
}

#[tokio::test]
async fn nobody_gets_what_is_not_theirs() {
    let server = Setup::new().file("a.h5", NUMBERS).start().await;
    std::fs::write(server.path("notes.txt"), "private").unwrap();
    // Its log is there while it is open.
    server.file("a.h5").await.read("/numbers", "").await.unwrap();
    for name in ["b.h5", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a.h5.log", "notes.txt"] {
        let answer = get(&server, &format!("/download/{name}"), server.token()).await;
        assert_eq!((answer.status, &answer.json()["code"]), (404, &"file_not_found".into()));
    }
    let answer = get(&server, "/download/a.h5", "another-token-altogether").await;
    assert_eq!((answer.status, &answer.json()["code"]), (401, &"unauthorized".into()));
}

#[tokio::test]
async fn downloads_are_few_at_a_time() {
    let server = Setup::new()
        .file("a.h5", "f['x'] = np.zeros(4_000_000)")
        .option("--max-downloads", 1)
        .start()
        .await;
    // Larger than what the sockets hold; its place is taken until it is read or given up.
    let mut first = ask(&server, "/download/a.h5", server.token()).await;
    let mut start = [0; 12];
    within("the first answer", first.read_exact(&mut start)).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    let answer = get(&server, "/download/a.h5", server.token()).await;
    assert_eq!((answer.status, &answer.json()["code"]), (503, &"limit_exceeded".into()));
    assert!(answer.json()["retry_after_ms"].is_u64());
    let mut rest = Vec::new();
    within("the rest", first.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.len() > 32_000_000);
}

async fn part(server: &TestServer, range: &str, tag: &str) -> Answer {
    let more = format!("range: bytes={range}\r\nif-range: {tag}\r\n");
    answer(ask_with(server, "/download/a.h5", server.token(), &more).await).await
}

/// Makes the file look as if nobody had changed it for long.
fn settle(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000))
        .unwrap();
}

#[tokio::test]
async fn a_part_of_a_file_that_nobody_has_open() {
    let server = Setup::new().file("a.h5", "f['x'] = np.arange(300_000)").start().await;
    settle(&server.path("a.h5"));
    let whole = get(&server, "/download/a.h5", server.token()).await;
    let tag = whole.header("etag").unwrap();
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let len = whole.body.len();
    // From within a piece to the end, across pieces, the end.
    for (range, expected) in
        [("1000-", 1000..len), ("262100-900000", 262_100..900_001), ("-5", len - 5..len)]
    {
        let answer = part(&server, range, tag).await;
        assert_eq!(answer.status, 206, "{}", answer.head);
        let told = format!("bytes {}-{}/{len}", expected.start, expected.end - 1);
        assert_eq!(answer.header("content-range"), Some(&*told));
        assert_eq!(answer.header("etag"), Some(tag));
        assert!(answer.body == whole.body[expected], "{range}");
    }
    let answer = part(&server, &format!("{len}-"), tag).await;
    assert_eq!((answer.status, &answer.json()["code"]), (416, &"invalid_request".into()));
    assert_eq!(answer.header("content-range"), Some(&*format!("bytes */{len}")));
    // Of another content it is no part.
    for answer in
        [part(&server, "1000-", "\"another\"").await, part(&server, "1000-2000,3000-", tag).await]
    {
        assert_eq!(answer.status, 200, "{}", answer.head);
        assert!(answer.body == whole.body);
    }
    h5py(
        &server.path("a.h5"),
        "with h5py.File(path, 'r+') as f:\n    f['x'][0] = 5\nresult = None",
    );
    let answer = part(&server, "1000-", tag).await;
    assert_eq!((answer.status, answer.header("etag")), (200, None));
}

#[tokio::test]
async fn a_part_of_an_open_file_is_of_the_same_commit() {
    let server =
        Setup::new().file("a.h5", NUMBERS).option("--checkpoint-idle-ms", 1_000_000).start().await;
    let file = server.file("a.h5").await;
    let numbers = Values::from_slice(&[3], &[1_i64, 2, 3]).unwrap();
    file.append("/numbers", 0, &numbers).await.unwrap();
    let whole = get(&server, "/download/a.h5", server.token()).await;
    let tag = whole.header("etag").unwrap();
    let answer = part(&server, "100-", tag).await;
    assert_eq!(answer.status, 206, "{}", answer.head);
    assert!(answer.body == whole.body[100..]);
    file.append("/numbers", 0, &numbers).await.unwrap();
    let answer = part(&server, "100-", tag).await;
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert_ne!(answer.header("etag"), Some(tag));
}
