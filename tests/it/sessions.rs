//! Several clients at once: each sees what the others do, and none waits for another.

use futures::StreamExt as _;
use hdf5_async_client::{Update, Values};
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, within};
use serde_json::json;

#[tokio::test]
async fn two_clients_see_each_others_changes_with_their_authors() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]").start().await;
    let (one, two) = (server.client("one.py").await, server.client("two.py").await);
    let mut seen_by_one = one.file("a.h5").subscribe("/").await.unwrap();
    let mut seen_by_two = two.file("a.h5").subscribe("/").await.unwrap();
    let written = Values::from_slice(&[1], &[41_i64]).unwrap();
    one.file("a.h5").write("/d", &written).await.unwrap();
    two.file("a.h5").append("/rows", 0, &written).await.unwrap();
    for events in [&mut seen_by_one, &mut seen_by_two] {
        let mut authors = Vec::new();
        for _ in 0..2 {
            let Update::Event(event) = within("an event", events.next()).await.unwrap().unwrap()
            else {
                panic!()
            };
            authors.push((event.by.unwrap(), event.session.unwrap()));
        }
        let expected = [
            ("one.py".to_owned(), one.hello().session),
            ("two.py".to_owned(), two.hello().session),
        ];
        assert_eq!(authors, expected);
    }
    let read = two.file("a.h5").read("/d", "").await.unwrap();
    assert_eq!(read.reply.to_vec::<i64>().unwrap(), [41]);
}

#[tokio::test]
async fn requests_of_one_session_are_applied_in_the_order_sent() {
    let server = Setup::new().file("a.h5", "f['d'] = np.zeros(1, '<i8')").start().await;
    let mut socket = RawSocket::connect(&server).await;
    // All are sent before the first answer is read; each read must see the write before it.
    for number in 0..30 {
        socket
            .text(
                &json!({"id": number, "command": "write", "path": "/d", "data": [number]})
                    .to_string(),
            )
            .await;
        socket
            .text(&json!({"id": number + 1000, "command": "read", "path": "/d"}).to_string())
            .await;
    }
    for _ in 0..60 {
        let answer = socket.json().await;
        assert_eq!(answer["status"], "success", "{answer}");
        let id = answer["id"].as_i64().unwrap();
        if id >= 1000 {
            assert_eq!(answer["data"], json!([id - 1000]));
        }
    }
}

#[tokio::test]
async fn replies_without_ids_come_in_order() {
    let server =
        Setup::new().file("a.h5", "f['big'] = np.zeros(100000); f['small'] = 1").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for path in ["/big", "/small", "/none", "/big", "/small"] {
        socket.text(&json!({"command": "read", "path": path}).to_string()).await;
    }
    let mut lengths = Vec::new();
    for _ in 0..5 {
        let answer = socket.json().await;
        lengths.push(match answer["status"].as_str() {
            Some("error") => -1,
            _ => answer["data"].as_array().map_or(1, |data| i64::try_from(data.len()).unwrap()),
        });
    }
    assert_eq!(lengths, [100_000, 1, -1, 100_000, 1]);
}

#[tokio::test]
async fn ids_come_back_as_they_were() {
    let server = Setup::new().file("a.h5", "").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for id in [json!(0), json!(-5), json!(i64::MAX), json!("a"), json!(""), json!("7")] {
        let pong = socket.ok(json!({"id": id, "command": "ping"})).await;
        assert_eq!(pong["id"], id);
    }
    let pong = socket.ok(json!({"command": "ping"})).await;
    assert_eq!(pong.get("id"), None);
}

#[tokio::test]
async fn a_small_read_overtakes_a_big_one() {
    let server = Setup::new()
        .file("a.h5", "f.create_dataset('big', (1 << 25,), '<f8'); f['small'] = 7")
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    socket
        .text(
            &json!({"id": 1, "command": "read", "path": "/big", "encoding": "binary"}).to_string(),
        )
        .await;
    let file = server.file("a.h5").await;
    // The big answer is not read from its socket and cannot end; others must not notice.
    for _ in 0..50 {
        assert_eq!(file.read("/small", "").await.unwrap().reply.to_vec::<i64>().unwrap(), [7]);
    }
    socket.text(&json!({"id": 2, "command": "cancel", "request": 1}).to_string()).await;
    let mut blocks = 0;
    let mut answered = Vec::new();
    while answered.len() < 2 {
        match socket.hear().await {
            hdf5_async_tests::raw::Heard::Binary { header, .. } => {
                blocks += 1;
                assert_eq!(
                    header["last"], false,
                    "the read ran to its end although it was cancelled"
                );
            }
            hdf5_async_tests::raw::Heard::Message(message) => answered.push(message),
            closed @ hdf5_async_tests::raw::Heard::Closed(_) => panic!("{closed:?}"),
        }
    }
    answered.sort_by_key(|answer| answer["id"].as_i64());
    assert_eq!(
        (&answered[0]["code"], &answered[1]["status"]),
        (&json!("cancelled"), &json!("success"))
    );
    assert!(blocks < 512, "{blocks} blocks");
    let late = socket.ok(json!({"command": "cancel", "request": 1})).await;
    assert_eq!(late["status"], "success");
}
