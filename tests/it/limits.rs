//! Every bound of the server, set low and stepped over: the answer is typed, and the next request works.

use hdf5_async_client::{CallError, Client, ConnectError, ConnectOptions, Values};
use hdf5_async_tests::raw::{Heard, RawSocket, RawTcp};
use hdf5_async_tests::{Setup, TestServer, within};
use serde_json::json;

async fn server(option: &str, value: u64, script: &str) -> TestServer {
    Setup::new().file("a.h5", script).option(option, value).start().await
}

#[tokio::test]
async fn a_message_that_is_too_large_is_answered_and_ends_the_connection() {
    let server = server("--max-message-bytes", 10_000, "").await;
    let mut bystander = RawSocket::connect(&server).await;
    for binary in [false, true] {
        let mut socket = RawSocket::connect(&server).await;
        let message = json!({"command": "ping", "padding": "x".repeat(20_000)}).to_string();
        if binary {
            socket.binary(message.into_bytes()).await;
        } else {
            socket.text(&message).await;
        }
        assert_eq!(socket.json().await["code"], "message_too_large");
        assert_eq!(socket.hear().await, Heard::Closed(Some(1009)));
    }
    bystander.ok(json!({"command": "ping"})).await;
    // The Rust client knows the limit and does not send.
    let values = Values::from_slice(&[10_000], &[0_u8; 10_000]).unwrap();
    let file = server.file("a.h5").await;
    let error = file.write("/x", &values).await.unwrap_err();
    assert!(matches!(error, CallError::MessageTooLarge { limit: 10_000, .. }), "{error:?}");
    file.write("/x", &Values::from_slice(&[9000], &[0_u8; 9000]).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_json_reply_has_a_bound_and_binary_has_none() {
    let server = server("--max-json-values-bytes", 8000, "f['d'] = np.arange(2000.0)").await;
    let mut socket = RawSocket::connect(&server).await;
    let read = |selection: &str| json!({"command": "read", "path": "/d", "selection": selection});
    let whole = socket.ask(&read("")).await;
    assert_eq!(whole["code"], "too_large", "{}", whole["message"]);
    assert!(whole["message"].as_str().unwrap().contains("binary"), "{whole}");
    assert_eq!(socket.ok(read(":1000")).await["shape"], json!([1000]));
    let values = server.file("a.h5").await.read("/d", "").await.unwrap().reply;
    assert_eq!(values.shape, Some(vec![2000]));
}

#[tokio::test]
async fn subscriptions_of_a_session_are_counted() {
    let server = server("--max-subscriptions", 3, "").await;
    let mut socket = RawSocket::connect(&server).await;
    let mut last = json!(null);
    for _ in 0..3 {
        last = socket.ok(json!({"command": "subscribe"})).await["subscription"].clone();
    }
    assert_eq!(socket.refused(json!({"command": "subscribe"})).await, "limit_exceeded");
    socket.ok(json!({"command": "unsubscribe", "subscription": last})).await;
    socket.ok(json!({"command": "subscribe"})).await;
    let mut other = RawSocket::connect(&server).await;
    other.ok(json!({"command": "subscribe"})).await;
}

#[tokio::test]
async fn connections_are_counted() {
    let server = server("--max-connections", 2, "").await;
    let first = server.client("first").await;
    let second = server.client("second").await;
    let third = Client::connect(ConnectOptions::from(server.address.clone())).await;
    let error = third.expect_err("a third connection");
    assert!(matches!(&error, ConnectError::Refused { status: 503, .. }), "{error}");
    assert!(error.is_transient());
    second.close().await;
    // The place is free once the server has seen the end of the connection, which it has answered.
    let again = within("a free place", async {
        loop {
            match Client::connect(ConnectOptions::from(server.address.clone())).await {
                Ok(client) => break client,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
        }
    });
    assert!(again.await.hello().session > first.hello().session);
}

#[tokio::test]
async fn requests_beyond_those_in_flight_wait_in_the_socket() {
    let server = server("--max-requests-in-flight", 2, "f['d'] = [1]").await;
    let mut socket = RawSocket::connect(&server).await;
    for number in 0..200 {
        socket.text(&json!({"id": number, "command": "read", "path": "/d"}).to_string()).await;
    }
    let mut ids: Vec<i64> = Vec::new();
    for _ in 0..200 {
        let answer = socket.json().await;
        assert_eq!(answer["status"], "success");
        ids.push(answer["id"].as_i64().unwrap());
    }
    ids.sort_unstable();
    assert!(ids.iter().copied().eq(0..200));
}

#[tokio::test]
async fn a_file_with_too_much_waiting_is_busy_and_says_when_to_come_back() {
    let server = Setup::new()
        .file(
            "a.h5",
            "f.create_dataset('d', (2000, 2000), '<f8', chunks=(2000, 2000), compression='gzip')",
        )
        .option("--max-waiting-requests", 1)
        .option("--max-jobs-in-worker", 1)
        .option("--busy-after-ms", 1)
        .start()
        .await;
    // Each asks for a chunk of 32 MB to be unpacked, many times at once.
    let mut sockets = Vec::new();
    for _ in 0..8 {
        let mut socket = RawSocket::connect(&server).await;
        for id in 0..16 {
            let read =
                json!({"id": id, "command": "read", "path": "/d", "selection": "::1999, ::1999"});
            socket.text(&read.to_string()).await;
        }
        sockets.push(socket);
    }
    let mut busy = 0;
    for mut socket in sockets {
        for _ in 0..16 {
            let answer = socket.json().await;
            if answer["status"] == "error" {
                assert_eq!(answer["code"], "busy", "{answer}");
                assert!(answer["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0), "{answer}");
                assert_ne!(answer["outcome"], "unknown");
                busy += 1;
            }
        }
        socket.ok(json!({"command": "ping"})).await;
    }
    assert!(busy > 0, "128 requests found a place among 2");
}

#[tokio::test]
async fn a_chunk_that_is_too_large_is_refused_before_it_is_unpacked() {
    let script = "f.create_dataset('d', (4096, 4096), '<f8', chunks=(4096, 4096), compression='gzip')[0, 0] = 1";
    let server = server("--max-chunk-bytes", 1 << 20, script).await;
    let mut socket = RawSocket::connect(&server).await;
    let code = socket.refused(json!({"command": "read", "path": "/d", "selection": "0, 0"})).await;
    assert!(["too_large", "unsupported"].contains(&&*code), "{code}");
    assert!(server.worker("a.h5").peak_resident_bytes() < 100 << 20);
}

#[tokio::test]
async fn files_beyond_those_open_close_the_idle_ones() {
    let mut setup = Setup::new().option("--max-open-files", 2);
    for number in 0..4 {
        setup = setup.file(&format!("{number}.h5"), &format!("f['d'] = {number}"));
    }
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    for number in [0, 1, 2, 3, 0, 2] {
        let read = json!({"command": "read", "path": "/d", "file": format!("{number}.h5")});
        let answer = socket.ask(&read).await;
        if answer["status"] == "error" {
            assert!(answer["code"] == "limit_exceeded" || answer["code"] == "busy", "{answer}");
        } else {
            assert_eq!(answer["data"], number);
        }
        assert!(server.workers().len() <= 2, "{:?}", server.workers());
    }
}

#[tokio::test]
async fn who_says_nothing_at_the_door_is_sent_away() {
    let server = Setup::new()
        .file("a.h5", "")
        .argument("--tcp=127.0.0.1:0")
        .option("--first-message-secs", 1)
        .option("--header-timeout-secs", 1)
        .start()
        .await;
    let mut tcp = RawTcp::connect(&server).await;
    assert_eq!(tcp.hear().await, None);
    let mut http = tokio::net::TcpStream::connect(server.address.authority()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut http, b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    let mut rest = Vec::new();
    within(
        "the end of a silent connection",
        tokio::io::AsyncReadExt::read_to_end(&mut http, &mut rest),
    )
    .await
    .unwrap();
}
