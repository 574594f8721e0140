//! Acknowledged means safe: what was answered is in the file after any death of any process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use hdf5_async_client::protocol::message::{ErrorCode, Outcome};
use hdf5_async_client::{CallError, ConnectOptions, File, Reconnect, Values};
use hdf5_async_tests::h5py::{h5py, h5py_with};
use hdf5_async_tests::{Program, Setup, TestServer, within};
use serde_json::{Value, json};

const WRITERS: usize = 16;

/// The longest time between two deaths.
const LONGEST_LIFE_MS: u64 = 120;

/// Worker deaths before the server's own: a third would put the file into quarantine.
const WORKER_DEATHS: usize = 2;

/// Rounds, each of which ends with the death of the whole server; three deaths each, fifty in all.
const ROUNDS: usize = 17;

/// Whether another round is due; `HDF5_ASYNC_SOAK_SECS` asks for as many as the time allows.
fn is_another_due(done: usize, began: Instant) -> bool {
    let soak = std::env::var("HDF5_ASYNC_SOAK_SECS").ok().and_then(|secs| secs.parse().ok());
    done < ROUNDS || soak.is_some_and(|secs| began.elapsed() < Duration::from_secs(secs))
}

/// What one writer knows of its dataset.
#[derive(Default)]
struct Ledger {
    /// The number that was acknowledged last; the dataset holds all numbers up to it.
    acknowledged: AtomicI64,
    /// A later one is under way.
    in_doubt: AtomicBool,
}

impl Ledger {
    fn settle(&self, number: i64) {
        self.acknowledged.store(number, Ordering::SeqCst);
        self.in_doubt.store(false, Ordering::SeqCst);
    }
}

/// Appends the next number again and again until the server is gone.
async fn write(file: File, number: usize, ledger: Arc<Ledger>) {
    let path = format!("/w{number}");
    loop {
        let next = ledger.acknowledged.load(Ordering::SeqCst) + 1;
        ledger.in_doubt.store(true, Ordering::SeqCst);
        match file.append(&path, 0, &Values::from_slice(&[1], &[next]).unwrap()).await {
            Ok(answer) => {
                // The client has repeated what a worker's death cut off: once is enough.
                assert_eq!(answer.reply.shape, Some(vec![u64::try_from(next).unwrap()]));
                ledger.settle(next);
            }
            Err(error) => {
                if error.outcome() == Outcome::NotApplied {
                    ledger.in_doubt.store(false, Ordering::SeqCst);
                }
                return assert!(is_end_of_server(&error), "{error}");
            }
        }
    }
}

/// Reads again and again: what was acknowledged before a read was sent is in it.
async fn read(file: File, ledgers: Arc<Vec<Arc<Ledger>>>) {
    for number in (0..WRITERS).cycle() {
        let before = ledgers[number].acknowledged.load(Ordering::SeqCst);
        match file.read(&format!("/w{number}"), "").await {
            Ok(answer) => {
                let numbers: Vec<i64> = answer.reply.to_vec().unwrap();
                let last = i64::try_from(numbers.len()).unwrap();
                assert!(
                    last >= before,
                    "/w{number} has {last} numbers, {before} were acknowledged"
                );
                assert!(numbers.into_iter().eq(1..=last), "/w{number} has gaps");
            }
            Err(CallError::Refused(refusal)) if refusal.code == ErrorCode::WorkerLost => {}
            Err(error) => return assert!(is_end_of_server(&error), "{error}"),
        }
    }
}

fn is_end_of_server(error: &CallError) -> bool {
    matches!(error, CallError::ConnectionLost { .. } | CallError::Closed { .. })
}

/// The numbers of each dataset, as another HDF5 library reads them.
fn numbers_in_file(server: &TestServer) -> Vec<Vec<i64>> {
    let script = "f = h5py.File(path)\nresult = [f[f'w{n}'][()].tolist() for n in range(given)]";
    let path = server.path("a.h5");
    serde_json::from_value(h5py_with(&path, &json!(WRITERS), script)).unwrap()
}

fn random(below: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut state = u64::from(now.subsec_nanos()) | 1;
    for _ in 0..3 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state % below
}

async fn live_for_a_while() {
    tokio::time::sleep(Duration::from_millis(random(LONGEST_LIFE_MS))).await;
}

/// Lets writers and readers work while workers die, and then the server with its worker.
async fn round(server: &TestServer, ledgers: &Arc<Vec<Arc<Ledger>>>) -> usize {
    let once = || ConnectOptions::from(server.address.clone()).reconnect(Reconnect::Never);
    let mut work = Vec::new();
    for (number, ledger) in ledgers.iter().enumerate() {
        let file = server.connect(once()).await.file("a.h5");
        work.push(tokio::spawn(write(file, number, Arc::clone(ledger))));
    }
    for _ in 0..4 {
        let file = server.connect(once()).await.file("a.h5");
        work.push(tokio::spawn(read(file, Arc::clone(ledgers))));
    }
    let mut deaths = 0;
    for death in 0..=WORKER_DEATHS {
        live_for_a_while().await;
        let worker = server.workers().first().map(|(worker, _)| *worker);
        if death == WORKER_DEATHS {
            server.process().signal("KILL");
            deaths += 1;
        }
        if let Some(worker) = worker {
            // Without its server it may have ended by itself.
            worker.try_signal("KILL");
            deaths += 1;
        }
    }
    for result in within("the end of the work", join_all(work)).await {
        result.unwrap();
    }
    deaths
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_every_death() {
    let script = format!(
        "for n in range({WRITERS}): f.create_dataset(f'w{{n}}', (0,), '<i8', maxshape=(None,), chunks=(64,))"
    );
    let mut server = Setup::new().file("a.h5", &script).start().await;
    let ledgers: Arc<Vec<Arc<Ledger>>> =
        Arc::new((0..WRITERS).map(|_| Arc::new(Ledger::default())).collect());
    let (began, mut rounds, mut deaths) = (Instant::now(), 0, 0);
    while is_another_due(rounds, began) {
        rounds += 1;
        deaths += round(&server, &ledgers).await;
        server = server.restart().await;
        // Opened once, the log is in the file; closed, another program may read it.
        server.file("a.h5").await.read("/w0", "").await.unwrap();
        assert!(server.terminate().await.success());
        assert!(!server.path("a.h5.log").exists(), "the log of a closed file");
        for (number, (numbers, ledger)) in
            numbers_in_file(&server).into_iter().zip(ledgers.iter()).enumerate()
        {
            let last = i64::try_from(numbers.len()).unwrap();
            let acknowledged = ledger.acknowledged.load(Ordering::SeqCst);
            let most = acknowledged + i64::from(ledger.in_doubt.load(Ordering::SeqCst));
            assert!(
                (acknowledged..=most).contains(&last) && numbers.into_iter().eq(1..=last),
                "/w{number} has {last} numbers, {acknowledged} were acknowledged"
            );
            ledger.settle(last);
        }
        server = server.restart().await;
    }
    let acknowledged: i64 =
        ledgers.iter().map(|ledger| ledger.acknowledged.load(Ordering::SeqCst)).sum();
    let note =
        format!("{acknowledged} changes were acknowledged, none was lost in {deaths} deaths\n");
    std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
    assert!(acknowledged > 0);
}

#[tokio::test]
async fn a_flush_brings_everything_into_the_file_while_it_is_served() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]").start().await;
    let file = server.file("a.h5").await;
    let content = |script: &str| h5py(&server.path("a.h5"), script);
    for number in 1..=3 {
        file.write("/d", &Values::from_slice(&[1], &[number]).unwrap()).await.unwrap();
        file.call(hdf5_async_client::protocol::message::command::Flush {}).await.unwrap();
        // With its locks, as any other program.
        assert_eq!(content("result = h5py.File(path)['d'][()].tolist()"), json!([number]));
    }
    // Others may read the file that is served, and not write to it.
    let refused = content(
        "try:\n    h5py.File(path, 'r+')\nexcept OSError as error:\n    result = str(error)",
    );
    assert!(refused.as_str().is_some_and(|error| error.contains("lock")), "{refused}");
}

#[tokio::test]
async fn a_second_server_is_kept_out() {
    let server = Setup::new().file("a.h5", "f['d'] = [1]").start().await;
    let first = server.file("a.h5").await;
    first.read("/d", "").await.unwrap();
    for option in ["--read-only=false", "--read-only=true"] {
        let other = server.twin(option).await;
        let refused = other.file("a.h5").await.read("/d", "").await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::FileLocked), "{refused}");
    }
    first.read("/d", "").await.unwrap();
}

/// Kills server and worker with a change in the log that is not in the file.
async fn leave_a_log(server: &TestServer, number: i64) {
    let file = server.file("a.h5").await;
    file.write_part("/d", ":", &Values::from_slice(&[1], &[number]).unwrap()).await.unwrap();
    let worker = server.worker("a.h5");
    server.process().signal("STOP");
    worker.signal("KILL");
    server.process().signal("KILL");
    assert!(std::fs::metadata(server.path("a.h5.log")).unwrap().len() > 0);
}

#[tokio::test]
async fn a_log_that_was_left_is_seen_by_a_server_that_only_reads() {
    let server = Setup::new().file("a.h5", "f['d'] = [1]").start().await;
    leave_a_log(&server, 7).await;
    let before = std::fs::read(server.path("a.h5")).unwrap();
    let log = std::fs::read(server.path("a.h5.log")).unwrap();
    let mut reader = server.twin("--read-only=true").await;
    let read = reader.file("a.h5").await.read("/d", "").await.unwrap();
    assert_eq!(read.reply.to_vec::<i64>().unwrap(), [7]);
    assert!(reader.terminate().await.success());
    assert!(before == std::fs::read(server.path("a.h5")).unwrap(), "the file was written to");
    assert!(log == std::fs::read(server.path("a.h5.log")).unwrap(), "the log was written to");
}

#[tokio::test]
async fn a_log_that_does_not_fit_is_refused_and_nothing_is_touched() {
    let server = Setup::new()
        .file("a.h5", "f['d'] = [1]")
        .file("other.h5", "f['d'] = np.arange(5000)")
        .start()
        .await;
    leave_a_log(&server, 7).await;
    let log = std::fs::read(server.path("a.h5.log")).unwrap();
    // Another program has changed the file meanwhile.
    h5py(&server.path("a.h5"), "f = h5py.File(path, 'r+')\nf['d'][0] = 99\nf.close()");
    let changed = server.twin("--read-only=false").await;
    let refused = changed.file("a.h5").await.read("/d", "").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::LogUnusable), "{refused}");
    // Another file has come into its place.
    std::fs::copy(server.path("other.h5"), server.path("a.h5")).unwrap();
    let foreign = server.twin("--read-only=false").await;
    let refused = foreign.file("a.h5").await.read("/d", "").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::LogUnusable), "{refused}");
    assert!(log == std::fs::read(server.path("a.h5.log")).unwrap(), "the log was written to");
    // What stands at the log's place was made by somebody else.
    std::fs::write(server.path("other.h5.log"), "notes on this run\n").unwrap();
    let refused = foreign.file("other.h5").await.read("/d", "").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::LogUnusable), "{refused}");
    assert_eq!(
        std::fs::read_to_string(server.path("other.h5.log")).unwrap(),
        "notes on this run\n"
    );
}

#[tokio::test]
async fn a_log_is_not_listed_and_not_opened() {
    let server = Setup::new().file("a.h5", "f['d'] = [1]").start().await;
    let client = server.client("test").await;
    client.file("a.h5").read("/d", "").await.unwrap();
    assert!(server.path("a.h5.log").exists());
    let files =
        client.call(hdf5_async_client::protocol::message::command::Files::default()).await.unwrap();
    let names: Vec<&str> = files.reply.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["a.h5"]);
    let refused = client.file("a.h5.log").read("/d", "").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::FileNotFound), "{refused}");
}

#[tokio::test]
async fn a_file_of_which_only_the_log_is_left_to_read_is_whole() {
    let mut server = Setup::new().argument("--create").only("new.h5").start().await;
    let file = server.file("new.h5").await;
    file.write("/d", &Values::from_slice(&[2], &[1_i64, 2]).unwrap()).await.unwrap();
    let worker = server.worker("new.h5");
    server.process().signal("STOP");
    worker.signal("KILL");
    server = server.restart().await;
    let read = server.file("new.h5").await.read("/d", "").await.unwrap();
    assert_eq!(read.reply.to_vec::<i64>().unwrap(), [1, 2]);
    let content: Value = server.judged("new.h5", "result = f['d'][()].tolist()").await;
    assert_eq!(content, json!([1, 2]));
}

#[tokio::test]
async fn all_symbolic_links_to_a_file_lead_to_one_log() {
    let setup = Setup::new();
    std::fs::create_dir(setup.path("sub")).unwrap();
    let setup = setup.file("sub/a.h5", "f['x'] = [1, 2]");
    std::os::unix::fs::symlink("sub/a.h5", setup.path("link.h5")).unwrap();
    let server = setup.start().await;
    let values = Values::from_slice(&[], &[7_i64]).unwrap();
    server.file("link.h5").await.write_part("/x", "0", &values).await.unwrap();
    let worker = server.workers()[0].0;
    // A worker that notices its server's end closes the file.
    server.process().signal("STOP");
    worker.signal("KILL");
    within("the end of the worker", worker.ended()).await;
    assert!(server.path("sub/a.h5.log").exists() && !server.path("link.h5.log").exists());
    let link = server.path("link.h5");
    let checked = Program::new(&["check", "--json", link.to_str().unwrap()]).run().await;
    assert!(checked.out.contains("holds_changes"), "{checked:?}");
    let server = server.restart().await;
    let read = server.file("sub/a.h5").await.read("/x", "").await.unwrap();
    assert_eq!(read.reply.payload, [7_i64, 2].map(i64::to_le_bytes).concat());
}
