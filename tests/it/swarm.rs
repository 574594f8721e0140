//! Many clients, many requests, the same data: every reply right, every event once and in order.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use futures::future::join_all;
use hdf5_async_client::protocol::message::{Change, Event};
use hdf5_async_client::{EventStream, File, Update, Values};
use hdf5_async_tests::{Setup, h5py, within};
use serde_json::json;

const CLIENTS: i64 = 32;
const REQUESTS_EACH: i64 = 320;
const SUBSCRIBERS: usize = 4;
/// Elements of the datasets: more than one, so that a torn read would show.
const LENGTH: u64 = 64;

/// What one client did to the dataset that all share, by the position at which it happened.
#[derive(Default)]
struct Diary {
    writes: Vec<(u64, i64)>,
    reads: Vec<(u64, i64)>,
    rows: Vec<(u64, i64)>,
    changes: u64,
}

fn filled(number: i64) -> Values {
    let length = usize::try_from(LENGTH).unwrap();
    Values::from_slice(&[LENGTH], &vec![number; length]).unwrap()
}

/// The one number that fills the values.
fn only(values: &Values) -> i64 {
    let numbers = values.to_vec::<i64>().unwrap();
    assert_eq!(numbers.len() as u64, LENGTH);
    assert!(numbers.iter().all(|number| *number == numbers[0]), "a torn read: {numbers:?}");
    numbers[0]
}

async fn work(file: File, client: i64) -> Diary {
    let mut diary = Diary::default();
    let own = format!("/own/{client}");
    let mut last = 0;
    for number in 0..REQUESTS_EACH {
        let value = client * 1_000_000 + number;
        match number % 5 {
            0 => {
                file.write_part(&own, "", &filled(value)).await.unwrap();
                last = value;
                diary.changes += 1;
            }
            1 => assert_eq!(only(&file.read(&own, "").await.unwrap().reply), last),
            2 => {
                let written = file.write_part("/shared", "", &filled(value)).await.unwrap();
                diary.writes.push((written.position.unwrap().seq, value));
                diary.changes += 1;
            }
            3 => {
                let read = file.read("/shared", "").await.unwrap();
                diary.reads.push((read.position.unwrap().seq, only(&read.reply)));
            }
            _ => {
                let row = Values::from_slice(&[1], &[value]).unwrap();
                let appended = file.append("/log", 0, &row).await.unwrap();
                diary.rows.push((appended.position.unwrap().seq, value));
                diary.changes += 1;
            }
        }
    }
    diary
}

/// Takes events until `changes` of them have come.
async fn listen(mut events: EventStream, changes: u64) -> Vec<Event> {
    let start = events.start().position.unwrap();
    let mut heard = Vec::new();
    for number in 1..=changes {
        match events.next().await.unwrap().unwrap() {
            Update::Event(event) => {
                assert_eq!((event.epoch, event.seq), (start.epoch, start.seq + number));
                heard.push(event);
            }
            Update::Resync(resync) => panic!("{resync:?}"),
        }
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_clients_and_ten_thousand_requests() {
    let script = format!(
        "
        for client in range({CLIENTS}):
            f.create_dataset(f'own/{{client}}', ({LENGTH},), '<i8')
        f.create_dataset('shared', ({LENGTH},), '<i8')
        f.create_dataset('log', (0,), '<i8', maxshape=(None,), chunks=(256,))
        "
    );
    let mut server = Setup::new().file("a.h5", &script).start().await;
    // In each client's requests, two of five only read.
    let changes = u64::try_from(CLIENTS * REQUESTS_EACH / 5 * 3).unwrap();
    let mut listeners = Vec::new();
    for _ in 0..SUBSCRIBERS {
        let events = server.file("a.h5").await.subscribe("/").await.unwrap();
        listeners.push(tokio::spawn(listen(events, changes)));
    }
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let file = server.client(&format!("client {number}")).await.file("a.h5");
        clients.push(tokio::spawn(work(file, number)));
    }
    let started = std::time::Instant::now();
    let diaries: Vec<Diary> = within("10,000 requests", join_all(clients))
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let seconds = started.elapsed().as_secs_f64();
    let heard = within("all events", join_all(listeners)).await;
    let heard: Vec<Vec<Event>> = heard.into_iter().map(Result::unwrap).collect();
    let note = format!("{} requests in {seconds:.2} s\n", CLIENTS * REQUESTS_EACH);
    std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();

    assert_eq!(diaries.iter().map(|diary| diary.changes).sum::<u64>(), changes);
    for other in &heard[1..] {
        assert!(*other == heard[0], "two subscribers heard different events");
    }
    let rows = check_order(&diaries, &heard[0]);
    check_file(&mut server, &diaries, &rows).await;
}

/// Every read of the shared dataset shows the last write before its position; returns the rows in their order.
fn check_order(diaries: &[Diary], heard: &[Event]) -> Vec<i64> {
    let writes: BTreeMap<u64, i64> =
        diaries.iter().flat_map(|diary| diary.writes.iter().copied()).collect();
    let rows: BTreeMap<u64, i64> =
        diaries.iter().flat_map(|diary| diary.rows.iter().copied()).collect();
    for (seq, value) in diaries.iter().flat_map(|diary| &diary.reads) {
        let expected = writes.range(..=seq).next_back().map_or(0, |(_, written)| *written);
        assert_eq!(*value, expected, "read at position {seq}");
    }
    for event in heard {
        let Change::Written { path, .. } = &event.change else { panic!("{event:?}") };
        let author = event.by.as_deref().and_then(|name| name.strip_prefix("client ")).unwrap();
        let value = match path.as_str() {
            "/shared" => writes[&event.seq],
            "/log" => rows[&event.seq],
            own => {
                assert_eq!(own, format!("/own/{author}"));
                continue;
            }
        };
        assert_eq!((value / 1_000_000).to_string(), author, "{event:?}");
    }
    rows.into_values().collect()
}

async fn check_file(server: &mut hdf5_async_tests::TestServer, diaries: &[Diary], rows: &[i64]) {
    assert!(server.terminate().await.success());
    let found = h5py(
        &server.path("a.h5"),
        &format!(
            "f = h5py.File(path)
result = [[sorted(set(f[f'own/{{c}}'][()].tolist())) for c in range({CLIENTS})],
          sorted(set(f['shared'][()].tolist())), f['log'][()].tolist()]"
        ),
    );
    let own: Vec<[i64; 1]> =
        (0..CLIENTS).map(|client| [client * 1_000_000 + REQUESTS_EACH - 5]).collect();
    let last = diaries.iter().flat_map(|diary| &diary.writes).max().unwrap().1;
    assert!(found == json!([own, [last], rows]), "the file differs from what was acknowledged");
}
