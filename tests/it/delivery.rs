//! How events reach a subscriber: once, with or without values, merged, or with word of what was lost.

use hdf5_async_client::protocol::message::{Change, Durability, Event};
use hdf5_async_client::{ConnectOptions, Values};
use hdf5_async_tests::Setup;
use hdf5_async_tests::events::{next_event, subscribe, write_number};
use hdf5_async_tests::raw::RawSocket;
use serde_json::json;

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
    let position = write_number(&file, "/d", 2).await;
    assert_eq!(next_event(&mut kept).await.seq, position.seq);
}

#[tokio::test]
async fn a_slow_subscriber_is_told_what_it_lost_and_goes_on() {
    let server = Setup::new()
        .file("a.h5", "f['d'] = np.zeros(1000)")
        .option("--max-event-bytes", 20_000)
        // It reads nothing before the end of all writes, and is not to be given up for that.
        .option("--stalled-after-secs", 600)
        .start()
        .await;
    let mut slow = RawSocket::connect(&server).await;
    slow.ok(json!({"command": "subscribe", "data": true})).await;
    // The disk has nothing to do with it.
    let options = ConnectOptions::from(server.address.clone()).durability(Durability::Applied);
    let file = server.connect(options).await.file("a.h5");
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
    let mut wanted = subscribe("/d");
    wanted.max_rate = Some(4.0);
    let watcher = server.file("a.h5").await;
    let mut events = watcher.subscribe_with(wanted).await.unwrap();
    let mut end = events.start().position.unwrap();
    for number in 1..=200 {
        end = write_number(&file, "/d", number).await;
    }
    let mut seen = 1;
    while next_event(&mut events).await.seq < end.seq {
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
    let mut wanted = subscribe("/");
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
    assert_eq!(values(next_event(&mut rich).await).as_deref(), Some("[1.5,\"NaN\"]"));
    assert_eq!(values(next_event(&mut rich).await), None);
    assert_eq!(values(next_event(&mut bare).await), None);
    assert_eq!(values(next_event(&mut bare).await), None);
}
