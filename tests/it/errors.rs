//! Bad requests: each gets a typed answer, the session goes on where it can, and nobody else notices.

pub(crate) mod by_command;

use hdf5_async_client::protocol::frame;
use hdf5_async_client::{Client, ConnectError, ConnectOptions};
use hdf5_async_tests::raw::{RawSocket, http};
use hdf5_async_tests::{Setup, TestServer};
use serde_json::{Value, json};

async fn server() -> TestServer {
    Setup::new()
        .file("a.h5", "f['d'] = np.arange(12).reshape(3, 4); f['s'] = 'text'; f.create_group('g')")
        .start()
        .await
}

/// Whoever misbehaves, another client still gets what it asks for, in the same session as before.
struct Bystander(RawSocket);

impl Bystander {
    async fn of(server: &TestServer) -> Self {
        Self(RawSocket::connect(server).await)
    }

    async fn is_unharmed(&mut self) {
        let read = self.0.ok(json!({"command": "read", "path": "/d", "selection": "2, 3"})).await;
        assert_eq!(read["data"], 11);
    }
}

#[tokio::test]
async fn requests_that_are_wrong_are_answered_with_their_id_and_the_session_goes_on() {
    let server = server().await;
    let mut bystander = Bystander::of(&server).await;
    let mut socket = RawSocket::connect(&server).await;
    let cases: &[(Value, &str)] = &[
        (json!({"command": "fly"}), "unknown_command"),
        (json!({"command": ""}), "unknown_command"),
        (json!({"path": "/d"}), "invalid_request"),
        (json!({"command": 5}), "invalid_request"),
        (json!({"command": "read"}), "invalid_request"),
        (json!({"command": "read", "path": 5}), "invalid_request"),
        (json!({"command": "read", "path": ""}), "invalid_request"),
        (json!({"command": "read", "path": "/a\u{0}b"}), "invalid_request"),
        (json!({"command": "read", "path": "/x".repeat(20_000)}), "invalid_request"),
        (json!({"command": "read", "path": "/d", "selecton": "1"}), "invalid_request"),
        (json!({"command": "read", "path": "/d", "encoding": "xml"}), "invalid_request"),
        (json!({"command": "read", "path": "/d", "file": 7}), "invalid_request"),
        (json!({"command": "list", "offset": -1}), "invalid_request"),
        (json!({"command": "subscribe", "since": 5}), "invalid_request"),
        (json!({"command": "create_dataset", "path": "/n"}), "invalid_request"),
        (json!({"command": "read", "path": "/nowhere"}), "not_found"),
        (json!({"command": "read", "path": "/d/below"}), "wrong_kind"),
        (json!({"command": "read", "path": "/g"}), "wrong_kind"),
        (json!({"command": "read", "path": "/d", "selection": "7"}), "invalid_selection"),
        (json!({"command": "list", "file": "other.h5"}), "file_not_found"),
        (json!({"command": "unsubscribe", "subscription": 77}), "not_found"),
        (
            json!({"command": "write", "path": "/d", "selection": "0", "data": "text"}),
            "invalid_value",
        ),
        (json!({"command": "write", "path": "/d"}), "invalid_request"),
        (json!({"command": "write_attribute", "path": "/d", "name": "a"}), "invalid_request"),
        (json!({"command": "create_group", "path": "/d/below"}), "wrong_kind"),
    ];
    for (number, (request, code)) in cases.iter().enumerate() {
        let mut request = request.clone();
        request["id"] = number.into();
        let answer = socket.ask(&request).await;
        let expected = (&json!("error"), &json!(code), &json!(number));
        assert_eq!(
            (&answer["status"], &answer["code"], &answer["id"]),
            expected,
            "{request}: {answer}"
        );
        assert!(answer["message"].as_str().unwrap().chars().count() < 1000, "{answer}");
    }
    socket.ok(json!({"command": "ping"})).await;
    bystander.is_unharmed().await;
}

#[tokio::test]
async fn what_is_no_request_at_all_is_answered_without_an_id() {
    let server = server().await;
    let mut bystander = Bystander::of(&server).await;
    let mut socket = RawSocket::connect(&server).await;
    let deep = "[".repeat(100_000);
    for text in [
        "",
        "not json",
        "{",
        "[]",
        "null",
        "5",
        "\"ping\"",
        "{\"command\": \"ping\"} trailing",
        &*deep,
    ] {
        socket.text(text).await;
        let answer = socket.json().await;
        assert_eq!(
            (&answer["code"], answer.get("id")),
            (&json!("invalid_message"), None),
            "{text:.40}"
        );
    }
    for id in [json!([1]), json!({}), json!(1.5), json!(true)] {
        let answer = socket.ask(&json!({"command": "ping", "id": id})).await;
        assert_eq!(answer["code"], "invalid_request", "{id}");
    }
    socket.ok(json!({"command": "ping"})).await;
    bystander.is_unharmed().await;
}

#[tokio::test]
async fn binary_nonsense_is_answered() {
    let server = server().await;
    let mut bystander = Bystander::of(&server).await;
    let mut socket = RawSocket::connect(&server).await;
    let random: Vec<u8> =
        (0..5000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let frames = [
        vec![],
        vec![1, 2, 3],
        vec![0xff; 64],
        random,
        frame::encode("not json", &[1, 2, 3]),
        frame::encode("{\"command\": \"ping\"", &[]),
    ];
    for frame in frames {
        socket.binary(frame.clone()).await;
        let answer = socket.json().await;
        assert_eq!(answer["code"], "invalid_message", "{frame:?}");
    }
    // Values where none belong.
    socket.binary(frame::encode("{\"command\": \"ping\", \"id\": 1}", &[1; 8])).await;
    let answer = socket.json().await;
    assert_eq!(answer["id"], 1);
    socket
        .binary(frame::encode("{\"command\": \"read\", \"path\": \"/d\", \"id\": 2}", &[1; 8]))
        .await;
    let answer = socket.json().await;
    assert_eq!((&answer["code"], &answer["id"]), (&json!("invalid_request"), &json!(2)));
    socket.ok(json!({"command": "ping"})).await;
    bystander.is_unharmed().await;
}

#[tokio::test]
async fn sizes_beyond_all_memory_are_refused_without_taking_any() {
    let script = "f['d'] = np.arange(12).reshape(3, 4); f.create_dataset('huge', (1 << 60,), '<f8', chunks=(1024,))";
    let server = Setup::new().file("a.h5", script).start().await;
    let mut bystander = Bystander::of(&server).await;
    let mut socket = RawSocket::connect(&server).await;
    let huge = 1_u64 << 60;
    for (request, codes) in [
        (json!({"command": "read", "path": "/huge"}), &["too_large"][..]),
        (
            json!({"command": "create_dataset", "path": "/n", "datatype": "<f8", "shape": [huge], "chunks": [1024]}),
            &["too_large"],
        ),
        (
            json!({"command": "write", "path": "/huge", "selection": "", "data": 1}),
            &["too_large", "shape_mismatch"],
        ),
        (
            json!({"command": "write", "path": "/w", "data": 1, "shape": [huge]}),
            &["too_large", "shape_mismatch"],
        ),
        (
            json!({"command": "create_dataset", "path": "/c", "datatype": "<f8", "shape": [huge], "layout": "contiguous", "data": 1}),
            &["too_large", "shape_mismatch"],
        ),
        (
            json!({"command": "create_dataset", "path": "/o", "datatype": "<f8", "shape": [huge, huge], "chunks": [1, 1]}),
            &["too_large", "shape_mismatch", "invalid_request"],
        ),
        (
            json!({"command": "write_attribute", "path": "/d", "name": "a", "datatype": "<i8", "shape": [huge], "data": 1}),
            &["too_large", "shape_mismatch"],
        ),
        (
            json!({"command": "read", "path": "/d", "selection": format!("{huge}")}),
            &["invalid_selection"],
        ),
        (
            json!({"command": "read", "path": "/d", "selection": "99999999999999999999999"}),
            &["invalid_selection", "invalid_request"],
        ),
    ] {
        let code = socket.refused(request.clone()).await;
        assert!(codes.contains(&&*code), "{request}: {code}");
    }
    let end = json!({"command": "read", "path": "/huge", "selection": "-1:"});
    assert_eq!(socket.ok(end).await["data"], json!([0.0]));
    bystander.is_unharmed().await;
    let workers = server.workers().into_iter().map(|(worker, _)| worker);
    for process in workers.chain([server.process()]) {
        assert!(
            process.peak_resident_bytes() < 128 << 20,
            "{} bytes",
            process.peak_resident_bytes()
        );
    }
}

/// Headers, and the status and code that they lead to.
type Entrance<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

#[tokio::test]
async fn a_stranger_does_not_get_in() {
    let server = server().await;
    let mut bystander = Bystander::of(&server).await;
    let token = format!("Bearer {}", server.token());
    let own = format!("http://{}", server.address.authority());
    let subprotocol = ("sec-websocket-protocol", "hdf5-async.v1");
    let cases: &[Entrance<'_>] = &[
        (&[], 401, "unauthorized"),
        (&[("authorization", "Bearer wrong")], 401, "unauthorized"),
        (&[("authorization", "Bearer "), ("origin", &own)], 401, "unauthorized"),
        (&[("authorization", &token), ("origin", "http://evil.example")], 403, "invalid_request"),
        (&[("authorization", &token), ("origin", "null")], 403, "invalid_request"),
        (&[("authorization", &token), ("host", "evil.example")], 421, "invalid_request"),
    ];
    for (headers, status, code) in cases {
        let mut headers = headers.to_vec();
        headers.push(subprotocol);
        let refusal = RawSocket::connect_with(&server, &headers).await.err();
        let (found, body) = refusal.unwrap_or_else(|| panic!("{headers:?} were let in"));
        assert_eq!((found, &body["code"]), (*status, &json!(code)), "{headers:?}");
    }
    let headers = [("authorization", &*token), ("origin", &*own), subprotocol];
    RawSocket::connect_with(&server, &headers).await.unwrap().ok(json!({"command": "ping"})).await;
    let offered = format!("hdf5-async.v1, hdf5-async.token.{}", server.token());
    let headers = [("origin", &*own), ("sec-websocket-protocol", &*offered)];
    RawSocket::connect_with(&server, &headers).await.unwrap().ok(json!({"command": "ping"})).await;

    let wrong = ConnectOptions::from(server.address.clone()).token("wrong-wrong-wrong");
    let error = Client::connect(wrong).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { status: 401, .. }), "{error}");
    bystander.is_unharmed().await;
}

#[tokio::test]
async fn broken_http_and_broken_websocket_frames_hurt_nobody() {
    // A request that never becomes one ends with this, and the bystander must not be idle for longer.
    let setup = Setup::new()
        .file("a.h5", "f['d'] = np.arange(12).reshape(3, 4)")
        .option("--header-timeout-secs", 1);
    let server = setup.start().await;
    let mut bystander = Bystander::of(&server).await;
    let host = server.address.authority();
    for request in [
        "\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        format!("GET /../../etc/passwd HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"),
        format!(
            "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        ),
        format!("GET /ws HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\nhost: {host}\r\nx: {}\r\nconnection: close\r\n\r\n",
            "y".repeat(1 << 20)
        ),
    ] {
        let answer = http(&server, &request).await;
        assert!(!answer.contains("root:"), "{answer}");
        bystander.is_unharmed().await;
    }
    // Unmasked, reserved bits set: what RFC 6455 says to fail the connection for.
    let token = format!("authorization: Bearer {}\r\n", server.token());
    let upgrade = format!(
        "GET /ws HTTP/1.1\r\nhost: {host}\r\n{token}connection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         sec-websocket-protocol: hdf5-async.v1\r\n\r\n{}",
        "\u{7f}".repeat(40)
    );
    assert!(http(&server, &upgrade).await.starts_with("HTTP/1.1 101"));
    bystander.is_unharmed().await;
}

#[tokio::test]
async fn a_file_that_is_no_hdf5_is_said_so_and_the_others_are_served() {
    let setup =
        Setup::new().file("good.h5", "f['d'] = 1").file("cut.h5", "f['d'] = np.arange(100000)");
    std::fs::write(setup.path("text.h5"), "this is not HDF5\n".repeat(100)).unwrap();
    std::fs::write(setup.path("empty.h5"), "").unwrap();
    let whole = std::fs::read(setup.path("cut.h5")).unwrap();
    std::fs::write(setup.path("cut.h5"), &whole[..whole.len() / 2]).unwrap();
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    for file in ["text.h5", "empty.h5", "cut.h5"] {
        for _ in 0..5 {
            // However often: a file that cannot be opened is no crash.
            let code = socket.refused(json!({"command": "list", "file": file})).await;
            assert_eq!(code, "file_unreadable", "{file}");
        }
    }
    let read = socket.ok(json!({"command": "read", "path": "/d", "file": "good.h5"})).await;
    assert_eq!(read["data"], 1);
    // A served folder names what begins as HDF5, whole or not.
    let files = socket.ok(json!({"command": "files"})).await;
    let names: Vec<_> =
        files["files"].as_array().unwrap().iter().map(|file| &file["name"]).collect();
    assert_eq!(names, ["cut.h5", "good.h5"]);
}
