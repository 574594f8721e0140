//! What a subscriber sees of events that come early, twice, from before, or after a reconnect.

use bytes::Bytes;
use futures::FutureExt as _;
use hdf5_async_protocol::model::ObjectPath;

use super::super::feed::feed;
use super::super::{Readings, Update};
use super::*;

struct Subscriber {
    readings: Readings,
    first: oneshot::Receiver<Result<Answer<reply::Subscribed>, CallError>>,
}

impl Subscriber {
    /// Everything that has come, `"3"` for an event and `"resync"`.
    fn seen(&mut self) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(Some(item)) =
            std::future::poll_fn(|context| self.readings.poll_next(context)).now_or_never()
        {
            seen.push(match item {
                Ok(Update::Event(event)) => event.seq.to_string(),
                Ok(Update::Resync(resync)) => format!("{:?}", resync.cause),
                Err(error) => error.to_string(),
            });
        }
        seen
    }
}

fn subscribe(table: &mut Subscriptions, key: u64, path: &str, since: Option<u64>) -> Subscriber {
    let (feed, readings) = feed(16);
    let (first, first_answer) = oneshot::channel();
    let command = Subscribe {
        path: ObjectPath::new(path).unwrap(),
        data: false,
        snapshot: true,
        since: since.map(|seq| Position { epoch: 1, seq }),
        max_rate: None,
    };
    table.insert(key, Subscription::new(Some("f".to_owned()), command, feed, 16, first));
    Subscriber { readings, first: first_answer }
}

fn answer(text: &str) -> Incoming {
    Incoming::from_text(Bytes::from(text.to_owned())).unwrap()
}

fn answer_at(seq: u64) -> Incoming {
    answer(&format!(r#"{{"status":"success","subscription":5,"epoch":1,"seq":{seq}}}"#))
}

fn deleted(epoch: u64, seq: u64, path: &str) -> Event {
    let change = Change::Deleted { path: ObjectPath::new(path).unwrap() };
    Event::of_nobody("f", Position { epoch, seq }, 0.0, change)
}

#[test]
fn events_are_those_of_the_file_that_the_path_leads_to() {
    let mut table = Subscriptions::default();
    let mut subscriber = subscribe(&mut table, 1, "/link", None);
    let elsewhere = |seq, path| Event { file: "other".to_owned(), ..deleted(1, seq, path) };
    table.event(&elsewhere(11, "/a/b"));
    let text =
        r#"{"status":"success","subscription":5,"file":"other","path":"/a","epoch":1,"seq":10}"#;
    assert!(table.answered(1, Ok(answer(text))).is_none());
    for event in [deleted(1, 12, "/link"), elsewhere(13, "/b"), elsewhere(14, "/a")] {
        table.event(&event);
    }
    assert_eq!(subscriber.seen(), ["11", "14"]);
}

#[test]
fn events_begin_behind_the_answers_position_even_when_they_overtake_it() {
    let mut table = Subscriptions::default();
    let mut subscriber = subscribe(&mut table, 1, "/", None);
    for seq in 3..=5 {
        table.event(&deleted(1, seq, "/a"));
    }
    assert!(subscriber.seen().is_empty());
    assert_eq!(table.answered(1, Ok(answer_at(4))), None);
    assert!(subscriber.first.try_recv().unwrap().is_ok());
    table.event(&deleted(1, 6, "/a"));
    assert_eq!(subscriber.seen(), ["5", "6"]);
}

#[test]
fn each_sees_its_own_paths_and_no_event_twice() {
    let mut table = Subscriptions::default();
    let mut all = subscribe(&mut table, 1, "/", None);
    assert_eq!(table.answered(1, Ok(answer_at(0))), None);
    table.event(&deleted(1, 1, "/a/x"));
    table.event(&deleted(1, 2, "/b"));
    // The replay for a second subscription passes the first one, too.
    let mut below = subscribe(&mut table, 2, "/a", Some(0));
    table.event(&deleted(1, 1, "/a/x"));
    assert_eq!(table.answered(2, Ok(answer_at(2))), None);
    table.event(&deleted(1, 3, "/a/y"));
    assert_eq!(all.seen(), ["1", "2", "3"]);
    assert_eq!(below.seen(), ["1", "3"]);
}

#[test]
fn after_a_reconnect_it_goes_on_from_the_last_event() {
    let mut table = Subscriptions::default();
    let mut subscriber = subscribe(&mut table, 1, "/", None);
    assert_eq!(table.answered(1, Ok(answer_at(0))), None);
    table.event(&deleted(1, 1, "/a"));
    table.disconnected("reset");
    let requests = table.requests();
    let (_, file, command) = &requests[0];
    assert_eq!(file.as_deref(), Some("f"));
    assert_eq!((command.since, command.snapshot), (Some(Position { epoch: 1, seq: 1 }), false));
    assert_eq!(table.answered(1, Ok(answer_at(3))), None);
    table.event(&deleted(1, 2, "/a"));
    table.event(&deleted(1, 3, "/a"));
    assert_eq!(subscriber.seen(), ["1", "2", "3"]);
}

#[test]
fn a_gap_is_told_before_what_follows_it() {
    let mut table = Subscriptions::default();
    let mut subscriber = subscribe(&mut table, 1, "/", Some(1));
    let lost = r#"{"status":"success","subscription":5,"resync":true,"epoch":1,"seq":9}"#;
    assert_eq!(table.answered(1, Ok(answer(lost))), None);
    table.event(&deleted(1, 10, "/a"));
    let mut lagged = deleted(1, 20, "/a");
    lagged.change = Change::Lagged { from: 11, to: 20 };
    table.event(&lagged);
    table.event(&deleted(2, 1, "/a"));
    let expected = ["HistoryLost", "10", "Lagged { from: 11, to: 20 }", "NewEpoch", "1"];
    assert_eq!(subscriber.seen(), expected);
}

#[test]
fn a_subscriber_that_left_early_is_unsubscribed_later() {
    let mut table = Subscriptions::default();
    drop(subscribe(&mut table, 1, "/", None));
    assert_eq!(table.remove(1), None);
    assert_eq!(table.answered(1, Ok(answer_at(0))), Some(5));
    let _subscriber = subscribe(&mut table, 2, "/", None);
    assert_eq!(table.answered(2, Ok(answer_at(0))), None);
    assert_eq!(table.remove(2), Some(5));
}

#[test]
fn who_waits_for_the_first_answer_is_told_of_the_loss() {
    let mut table = Subscriptions::default();
    let mut waiting = subscribe(&mut table, 1, "/", None);
    let mut running = subscribe(&mut table, 2, "/", None);
    assert_eq!(table.answered(2, Ok(answer_at(0))), None);
    table.disconnected("reset");
    assert!(matches!(waiting.first.try_recv().unwrap(), Err(CallError::ConnectionLost { .. })));
    assert_eq!(table.requests().len(), 1);
    table.end_all("closed by the client");
    assert_eq!(running.seen(), ["the connection is closed: closed by the client"]);
}
