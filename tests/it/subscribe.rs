//! Events: what each change announces, in which order, to whom, and from where on.

use futures::StreamExt as _;
use hdf5_async_client::protocol::message::command::Subscribe;
use hdf5_async_client::protocol::message::{Change, Event, Position};
use hdf5_async_client::protocol::model::ObjectPath;
use hdf5_async_client::{EventStream, File, ResyncCause, Update, Values};
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, within};
use serde_json::{Value, json};

fn command(path: &str) -> Subscribe {
    let path = ObjectPath::new(path).unwrap();
    Subscribe { path, data: false, snapshot: false, since: None, max_rate: None }
}

async fn event(events: &mut EventStream) -> Event {
    match within("an event", events.next()).await.unwrap().unwrap() {
        Update::Event(event) => event,
        Update::Resync(resync) => panic!("{resync:?} instead of an event"),
    }
}

async fn write(file: &File, path: &str, number: i64) -> Position {
    let values = Values::from_slice(&[1], &[number]).unwrap();
    file.write(path, &values).await.unwrap().position.unwrap()
}

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
            write(&writer, "/d", number).await;
        }
    };
    let subscribe = async {
        let mut streams = Vec::new();
        for _ in 0..20 {
            let mut wanted = command("/d");
            wanted.snapshot = true;
            let events = file.subscribe_with(wanted).await.unwrap();
            let position = events.start().position.unwrap();
            assert_eq!(events.start().reply.object.as_ref().unwrap().path.as_str(), "/d");
            streams.push((position, events));
        }
        streams
    };
    let ((), streams) = tokio::join!(write_all, subscribe);
    let end = write(&writer, "/d", 301).await;
    for (start, mut events) in streams {
        let mut seq = start.seq;
        while seq < end.seq {
            let event = event(&mut events).await;
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
    let mut wanted = command("/g");
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
    let start = write(&file, "/d", 1).await;
    for number in 2..=50 {
        write(&file, "/d", number).await;
    }
    let mut wanted = command("/");
    wanted.since = Some(start);
    let mut events = file.subscribe_with(wanted).await.unwrap();
    assert!(!events.start().reply.resync);
    write(&file, "/d", 51).await;
    for seq in start.seq + 1..=start.seq + 50 {
        assert_eq!(event(&mut events).await.seq, seq);
    }
}

#[tokio::test]
async fn since_of_long_ago_or_of_another_epoch_asks_to_read_again() {
    let server =
        Setup::new().file("a.h5", "f['d'] = [0]").option("--max-history-events", 10).start().await;
    let file = server.file("a.h5").await;
    let start = write(&file, "/d", 1).await;
    for number in 2..=30 {
        write(&file, "/d", number).await;
    }
    let ahead = Position { seq: start.seq + 10_000, ..start };
    for since in [start, Position { epoch: start.epoch - 1, ..start }, ahead] {
        let mut wanted = command("/");
        wanted.since = Some(since);
        let mut events = file.subscribe_with(wanted).await.unwrap();
        assert!(events.start().reply.resync, "{since:?}");
        let first = within("the notice", events.next()).await.unwrap().unwrap();
        let Update::Resync(resync) = first else { panic!("{first:?}") };
        assert_eq!(resync.cause, ResyncCause::HistoryLost);
        let position = write(&file, "/d", 99).await;
        assert_eq!(event(&mut events).await.seq, position.seq);
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
        write(&file, path, 5).await;
    }
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "delete", "path": "/g"})).await;
    let paths = |events: Vec<Event>| -> Vec<String> {
        events.iter().map(|event| event.change.path().unwrap().as_str().to_owned()).collect()
    };
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(event(&mut below).await);
    }
    assert_eq!(paths(seen), ["/g/a/x", "/g"]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(event(&mut all).await);
    }
    assert_eq!(paths(seen), ["/g/b/x", "/gg", "/g/a/x", "/g"]);
}

#[tokio::test]
async fn an_event_that_several_subscriptions_want_is_sent_once() {
    let server = Setup::new().file("a.h5", "f['g/x'] = [1]").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for path in ["/", "/g", "/g/x", "/"] {
        socket.ok(json!({"command": "subscribe", "path": path})).await;
    }
    socket.text(&json!({"command": "write", "path": "/g/x", "data": [2]}).to_string()).await;
    assert_eq!(socket.json().await["event"], "written");
    assert_eq!(socket.json().await["status"], "success");
    socket.ok(json!({"command": "ping"})).await;
}

#[tokio::test]
async fn unsubscribed_is_unheard() {
    let server = Setup::new().file("a.h5", "f['d'] = [1]").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let subscription = socket.ok(json!({"command": "subscribe"})).await["subscription"].clone();
    socket.ok(json!({"command": "unsubscribe", "subscription": subscription})).await;
    let again = json!({"command": "unsubscribe", "subscription": subscription});
    assert_eq!(socket.refused(again).await, "not_found");
    socket.text(&json!({"command": "write", "path": "/d", "data": [2]}).to_string()).await;
    assert_eq!(socket.json().await["status"], "success", "an event after unsubscribe");
}

#[tokio::test]
async fn a_dropped_stream_leaves_the_others_alone() {
    let server = Setup::new().file("a.h5", "f['d'] = [1]").start().await;
    let file = server.file("a.h5").await;
    let mut kept = file.subscribe("/").await.unwrap();
    for _ in 0..1000 {
        // More than a session may have at once: each must really end.
        drop(file.subscribe("/d").await.unwrap());
    }
    let position = write(&file, "/d", 2).await;
    assert_eq!(event(&mut kept).await.seq, position.seq);
}

#[tokio::test]
async fn a_slow_subscriber_is_told_what_it_lost_and_goes_on() {
    let server = Setup::new()
        .file("a.h5", "f['d'] = np.zeros(1000)")
        .option("--max-event-bytes", 20_000)
        .start()
        .await;
    let mut slow = RawSocket::connect(&server).await;
    slow.ok(json!({"command": "subscribe", "data": true})).await;
    let file = server.file("a.h5").await;
    // Each event carries about 8 KB: far more than the sockets' buffers and the queue hold together.
    let mut end = 0;
    for number in 0..3000_u32 {
        let values =
            Values::from_slice(&[1000], &[f64::from(number) + 0.123_456_789; 1000]).unwrap();
        end = file.write("/d", &values).await.unwrap().position.unwrap().seq;
    }
    let mut expected = None;
    let mut lost = 0;
    loop {
        let event = slow.json().await;
        let seq = event["seq"].as_u64().unwrap();
        if event["event"] == "lagged" {
            let (from, to) = (event["from"].as_u64().unwrap(), event["to"].as_u64().unwrap());
            assert_eq!(Some(from), expected, "{event}");
            assert!(to >= from, "{event}");
            lost += to - from + 1;
            expected = Some(to + 1);
        } else {
            assert_eq!(seq, expected.unwrap_or(seq), "an event is missing without notice");
            expected = Some(seq + 1);
        }
        if expected == Some(end + 1) {
            break;
        }
    }
    assert!(lost > 0, "the subscriber was not slow");
    // Answers are never lost.
    assert_eq!(
        slow.ok(json!({"command": "read", "path": "/d", "selection": "0"})).await["data"],
        json!(2_999.123_456_789)
    );
}

#[tokio::test]
async fn a_rate_merges_events_and_delivers_the_newest() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]").start().await;
    let file = server.file("a.h5").await;
    let mut wanted = command("/d");
    wanted.max_rate = Some(4.0);
    let watcher = server.file("a.h5").await;
    let mut events = watcher.subscribe_with(wanted).await.unwrap();
    let mut end = events.start().position.unwrap();
    for number in 1..=200 {
        end = write(&file, "/d", number).await;
    }
    let mut seen = 1;
    while event(&mut events).await.seq < end.seq {
        seen += 1;
    }
    assert!(seen < 100, "{seen} of 200 events at 4 a second");
}

#[tokio::test]
async fn values_ride_along_only_for_who_asked_and_only_small_ones() {
    let server =
        Setup::new().file("a.h5", "f['d'] = np.zeros(10000); f['s'] = ['a', 'b']").start().await;
    let file = server.file("a.h5").await;
    let other = server.file("a.h5").await;
    let mut bare = other.subscribe("/").await.unwrap();
    let mut wanted = command("/");
    wanted.data = true;
    let mut rich = file.subscribe_with(wanted).await.unwrap();
    file.write_part("/d", "3:5", &Values::from_slice(&[2], &[1.5, f64::NAN]).unwrap())
        .await
        .unwrap();
    file.write("/d", &Values::from_slice(&[10_000], &vec![1.0; 10_000]).unwrap()).await.unwrap();
    let values = |event: Event| match event.change {
        Change::Written { values, .. } => values.map(|values| values.data.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(values(event(&mut rich).await).as_deref(), Some("[1.5,\"NaN\"]"));
    assert_eq!(values(event(&mut rich).await), None);
    assert_eq!(values(event(&mut bare).await), None);
    assert_eq!(values(event(&mut bare).await), None);
}
