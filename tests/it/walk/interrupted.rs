//! Walks in which something comes between two answers: they go on from where they were, but not in another file.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py};
use serde_json::{Value, json};

use super::{FILE, MANY, links, walked};

/// A walk that has begun: the links of the first answer, the request that goes on, and those that it has to bring.
struct Begun {
    first: Vec<String>,
    next: Value,
    all: Vec<String>,
}

async fn begin(socket: &mut RawSocket) -> Begun {
    let mut next = json!({"command": "walk", "path": "/many", "limit": 20});
    let all = walked(socket, next.clone()).await;
    let answer = socket.ok(next.clone()).await;
    let first = links(&answer);
    next["cursor"] = answer["cursor"].clone();
    Begun { first, next, all }
}

impl Begun {
    /// The same cursor, which an answer has not used up, brings all that was not answered.
    async fn goes_on(self, socket: &mut RawSocket) {
        let mut paths = self.first;
        paths.extend(walked(socket, self.next).await);
        assert_eq!(paths, self.all);
    }
}

async fn server(options: &[(&str, u64)]) -> (TestServer, RawSocket) {
    let mut setup = Setup::new().file("a.h5", FILE);
    for (name, value) in options {
        setup = setup.option(name, value);
    }
    let server = setup.start().await;
    let socket = RawSocket::connect(&server).await;
    (server, socket)
}

#[tokio::test]
async fn a_walk_is_not_gone_on_with_in_another_file() {
    let (server, mut socket) = server(&[]).await;
    let walk = json!({"command": "walk", "limit": 1});
    let search = json!({"command": "search", "limit": 1, "pattern": "g*"});
    let mut going_on = Vec::new();
    for mut request in [walk, search] {
        request["cursor"] = socket.ok(request.clone()).await["cursor"].clone();
        going_on.push(request);
    }
    socket.ok(json!({"command": "close_file"})).await;
    let other = server.path("../other.h5");
    h5py(&other, "f = h5py.File(path, 'w'); f['other'] = 1; f.create_group('many'); f.close()");
    std::fs::rename(other, server.path("a.h5")).unwrap();
    for request in going_on {
        assert_eq!(socket.refused(request).await, "file_changed");
    }
    assert_eq!(walked(&mut socket, json!({"command": "walk"})).await, ["/many", "/other"]);
}

#[tokio::test]
async fn a_walk_goes_on_after_its_worker_was_lost() {
    let (server, mut socket) = server(&[("--job-deadline-secs", 1)]).await;
    let begun = begin(&mut socket).await;
    let lost = server.worker("a.h5");
    lost.signal("STOP");
    assert_eq!(socket.refused(begun.next.clone()).await, "worker_lost");
    begun.goes_on(&mut socket).await;
    assert_ne!(server.worker("a.h5"), lost);
}

#[tokio::test]
async fn a_walk_goes_on_after_a_request_was_cancelled() {
    let (server, mut socket) = server(&[]).await;
    let begun = begin(&mut socket).await;
    let worker = server.worker("a.h5");
    worker.signal("STOP");
    let mut request = begun.next.clone();
    request["id"] = json!("walk");
    socket.text(&request.to_string()).await;
    socket.ok(json!({"command": "ping"})).await;
    socket.text(&json!({"command": "cancel", "request": "walk", "id": "end"}).to_string()).await;
    let answers = [socket.json().await, socket.json().await];
    let of_walk = answers.iter().find(|answer| answer["id"] == "walk").unwrap();
    assert_eq!(of_walk["code"], "cancelled", "{of_walk}");
    worker.signal("CONT");
    begun.goes_on(&mut socket).await;
}

#[tokio::test]
async fn a_walk_whose_requests_are_cancelled_at_any_moment_misses_nothing() {
    let server = Setup::new().file("a.h5", &MANY.replace("given", "5")).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let mut next = json!({"command": "walk"});
    let all = walked(&mut socket, next.clone()).await;
    let begun = socket.ok(json!({"command": "walk", "limit": 1})).await;
    let mut paths = links(&begun);
    (next["id"], next["cursor"]) = (json!("walk"), begun["cursor"].clone());
    let cancel = json!({"command": "cancel", "request": "walk", "id": "cancel"}).to_string();
    for attempt in 0.. {
        socket.text(&next.to_string()).await;
        let mut answers = Vec::new();
        // Every other one is let alone. What is asked for before lets some steps of a walk pass.
        if attempt % 2 == 0 {
            for _ in 0..attempt {
                socket.text(&json!({"command": "ping", "id": "ping"}).to_string()).await;
            }
            socket.text(&cancel).await;
            for _ in 0..=attempt {
                answers.push(socket.json().await);
            }
        }
        answers.push(socket.json().await);
        let answer = answers.into_iter().find(|answer| answer["id"] == "walk").unwrap();
        if answer["code"] == "cancelled" {
            continue;
        }
        paths.extend(links(&answer));
        match answer.get("cursor") {
            Some(cursor) => next["cursor"] = cursor.clone(),
            None => break,
        }
    }
    paths.sort();
    let mut expected = all;
    expected.sort();
    assert!(paths == expected, "{} links instead of {}", paths.len(), expected.len());
}

#[tokio::test]
async fn a_walk_goes_on_after_its_file_was_busy() {
    let (server, mut socket) = server(&[
        ("--max-waiting-requests", 1),
        ("--max-jobs-in-worker", 1),
        ("--busy-after-ms", 500),
    ])
    .await;
    let begun = begin(&mut socket).await;
    let worker = server.worker("a.h5");
    worker.signal("STOP");
    let mut other = RawSocket::connect(&server).await;
    // One is in the worker, one waits for it, one waits for a place; for the fourth there is none.
    for id in 0..4 {
        other.text(&json!({"command": "list", "id": id}).to_string()).await;
    }
    assert_eq!(other.json().await["code"], "busy");
    assert_eq!(socket.refused(begun.next.clone()).await, "busy");
    worker.signal("CONT");
    begun.goes_on(&mut socket).await;
}
