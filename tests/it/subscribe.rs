//! Events: what each change announces, in which order, to whom, and from where on.

use futures::StreamExt as _;
use hdf5_async_client::protocol::message::{Event, Position};
use hdf5_async_client::{ResyncCause, Update};
use hdf5_async_tests::events::{next_event, subscribe, write_number};
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, within};
use serde_json::{Value, json};

/// Makes the changes one by one; all events, each of which came before the reply that contains it.
async fn told_of(socket: &mut RawSocket, changes: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut told = Vec::new();
    for change in changes {
        socket.text(&change.to_string()).await;
        let reply = loop {
            let message = socket.json().await;
            if message.get("status").is_some() {
                break message;
            }
            told.push(message);
        };
        assert_eq!(reply["status"], "success", "{change}: {reply}");
        assert_eq!(reply["seq"], told.last().unwrap()["seq"], "{change}");
    }
    told
}

#[tokio::test]
async fn every_change_is_announced_in_the_words_of_the_protocol() {
    let server = Setup::new()
        .file("a.h5", "f.create_dataset('d', (2,), '<i4', maxshape=(None,))")
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "hello", "name": "writer"})).await;
    let start = socket.ok(json!({"command": "subscribe", "data": true})).await;
    let changes = [
        json!({"command": "create_group", "path": "/g/h"}),
        json!({"command": "create_dataset", "path": "/g/x", "datatype": "<i4", "shape": [3]}),
        json!({"command": "write", "path": "/d", "selection": "1", "data": 5}),
        json!({"command": "append", "path": "/d", "data": [6]}),
        json!({"command": "write_attribute", "path": "/d", "name": "a", "data": 1}),
        json!({"command": "delete_attribute", "path": "/d", "name": "a"}),
        json!({"command": "delete", "path": "/g"}),
    ];
    let told = told_of(&mut socket, changes).await;
    for (number, event) in told.iter().enumerate() {
        assert_eq!(
            event["seq"],
            json!(start["seq"].as_u64().unwrap() + number as u64 + 1),
            "{event}"
        );
        assert_eq!(
            (&event["epoch"], &event["by"], &event["file"]),
            (&start["epoch"], &json!("writer"), &json!("a.h5"))
        );
    }
    let summary: Vec<Value> =
        told.iter().map(|event| json!([event["event"], event["path"]])).collect();
    let expected = [
        json!(["created", "/g"]),
        json!(["created", "/g/h"]),
        json!(["created", "/g/x"]),
        json!(["written", "/d"]),
    ];
    assert_eq!(summary[..4], expected);
    let written = &told[3];
    assert_eq!((&written["region"], &written["shape"]), (&json!("1"), &json!([2])));
    assert_eq!(written["values"]["data"], 5);
    let appended: Vec<&Value> = told[4..]
        .iter()
        .filter(|event| event["path"] == "/d" && event["shape"] == json!([3]))
        .collect();
    assert_eq!(
        (&appended[0]["event"], &appended[0]["region"]),
        (&json!("written"), &json!("2:3")),
        "{told:#?}"
    );
    assert_eq!(appended[0]["old_shape"], json!([2]));
    let last: Vec<&Value> = summary[summary.len() - 3..].iter().map(|change| &change[0]).collect();
    assert_eq!(last, ["attribute_written", "attribute_deleted", "deleted"]);
}

#[tokio::test]
async fn a_snapshot_and_the_events_after_it_have_no_gap() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]; f['g/x'] = [1]").start().await;
    let writer = server.file("a.h5").await;
    let file = server.file("a.h5").await;
    let write_all = async {
        for number in 1..=300 {
            write_number(&writer, "/d", number).await;
        }
    };
    let subscribe = async {
        let mut streams = Vec::new();
        for _ in 0..20 {
            let mut wanted = subscribe("/d");
            wanted.snapshot = true;
            let events = file.subscribe_with(wanted).await.unwrap();
            let position = events.start().position.unwrap();
            assert_eq!(events.start().reply.object.as_ref().unwrap().path.as_str(), "/d");
            streams.push((position, events));
        }
        streams
    };
    let ((), streams) = tokio::join!(write_all, subscribe);
    let end = write_number(&writer, "/d", 301).await;
    for (start, mut events) in streams {
        let mut seq = start.seq;
        while seq < end.seq {
            let event = next_event(&mut events).await;
            assert_eq!((event.epoch, event.seq), (start.epoch, seq + 1));
            seq = event.seq;
        }
    }
}

#[tokio::test]
async fn a_group_snapshot_brings_its_first_children() {
    let server = Setup::new()
        .file("a.h5", "f['g/x'] = [1]; f['g/y'] = 2.5; f['g'].attrs['a'] = 1")
        .start()
        .await;
    let mut wanted = subscribe("/g");
    wanted.snapshot = true;
    let events = server.file("a.h5").await.subscribe_with(wanted).await.unwrap();
    let start = &events.start().reply;
    let names: Vec<&str> =
        start.children.as_ref().unwrap().iter().map(|child| child.name.as_str()).collect();
    assert_eq!(names, ["x", "y"]);
    assert_eq!(start.object.as_ref().unwrap().attributes[0].name, "a");
}

#[tokio::test]
async fn since_replays_what_was_missed() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]").start().await;
    let file = server.file("a.h5").await;
    let start = write_number(&file, "/d", 1).await;
    for number in 2..=50 {
        write_number(&file, "/d", number).await;
    }
    let mut wanted = subscribe("/");
    wanted.since = Some(start);
    let mut events = file.subscribe_with(wanted).await.unwrap();
    assert!(!events.start().reply.resync);
    write_number(&file, "/d", 51).await;
    for seq in start.seq + 1..=start.seq + 50 {
        assert_eq!(next_event(&mut events).await.seq, seq);
    }
}

#[tokio::test]
async fn since_of_long_ago_or_of_another_epoch_asks_to_read_again() {
    let server =
        Setup::new().file("a.h5", "f['d'] = [0]").option("--max-history-events", 10).start().await;
    let file = server.file("a.h5").await;
    let start = write_number(&file, "/d", 1).await;
    for number in 2..=30 {
        write_number(&file, "/d", number).await;
    }
    let ahead = Position { seq: start.seq + 10_000, ..start };
    for since in [start, Position { epoch: start.epoch - 1, ..start }, ahead] {
        let mut wanted = subscribe("/");
        wanted.since = Some(since);
        let mut events = file.subscribe_with(wanted).await.unwrap();
        assert!(events.start().reply.resync, "{since:?}");
        let first = within("the notice", events.next()).await.unwrap().unwrap();
        let Update::Resync(resync) = first else { panic!("{first:?}") };
        assert_eq!(resync.cause, ResyncCause::HistoryLost);
        let position = write_number(&file, "/d", 99).await;
        assert_eq!(next_event(&mut events).await.seq, position.seq);
    }
}

#[tokio::test]
async fn subscribers_hear_of_their_path_and_of_what_removes_it() {
    let server = Setup::new()
        .file("a.h5", "f['g/a/x'] = [1]; f['g/b/x'] = [1]; f['gg'] = [1]")
        .start()
        .await;
    let file = server.file("a.h5").await;
    let mut all = file.subscribe("/").await.unwrap();
    let mut below = file.subscribe("/g/a").await.unwrap();
    for path in ["/g/b/x", "/gg", "/g/a/x"] {
        write_number(&file, path, 5).await;
    }
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "delete", "path": "/g"})).await;
    let paths = |events: Vec<Event>| -> Vec<String> {
        events.iter().map(|event| event.change.path().unwrap().as_str().to_owned()).collect()
    };
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(next_event(&mut below).await);
    }
    assert_eq!(paths(seen), ["/g/a/x", "/g"]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(next_event(&mut all).await);
    }
    assert_eq!(paths(seen), ["/g/b/x", "/gg", "/g/a/x", "/g"]);
}
