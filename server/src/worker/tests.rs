//! The worker loop over its socket: what is answered when, and what a failure leaves.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use hdf5_async_protocol::message::{Durability, ErrorCode, RequestKey, Terms};
use hdf5_async_protocol::model::FileCreation;
use serde_json::value::RawValue;

use super::channel::{read_frame, write_frame};
use super::job::{Done, Job, Work};
use super::{CommitLimits, Given, Settings, WorkerEnd, thread};
use crate::store::{Access, StoreLimits};

const STORE_LIMITS: StoreLimits = StoreLimits {
    block_bytes: 1 << 16,
    inline_value_bytes: 1 << 10,
    max_value_bytes: 1 << 20,
    max_list_page: 100,
    max_json_values_bytes: 1 << 20,
    metadata_cache_bytes: 1 << 20,
    max_chunk_bytes: 1 << 20,
    max_rewrite_bytes: 1 << 20,
    max_batch_commands: 100,
    max_followed_datasets: 100,
};

/// Commits happen when somebody waits for them, never because time has passed.
const PATIENT: CommitLimits = CommitLimits {
    max_requests: 256,
    max_group_bytes: 16 << 20,
    gather: Duration::from_secs(3600),
    applied_within: Duration::from_secs(3600),
    checkpoint_bytes: 64 << 20,
    checkpoint_idle: Duration::from_secs(3600),
    max_commit_bytes: 256 << 20,
};

struct Bench {
    folder: tempfile::TempDir,
    limits: CommitLimits,
    worker: Option<(UnixStream, JoinHandle<Result<(), WorkerEnd>>)>,
    next_job: u64,
}

impl Bench {
    fn new(limits: CommitLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self { folder, limits, worker: None, next_job: 1 };
        bench.start(Access::Create(FileCreation::default()));
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&mut self, access: Access) {
        let open = |name: &str| {
            let mut options = std::fs::File::options();
            options.read(true).write(true).create(true).truncate(false);
            options.open(self.path(name)).unwrap().into()
        };
        let given = Given { file: open("f.h5"), log: Some(open("f.h5.log")) };
        let settings = Settings {
            name: "f.h5".to_owned(),
            access,
            replaces: false,
            clears_marks: false,
            read_only_because: None,
            limits: STORE_LIMITS,
            commits: self.limits,
        };
        self.worker = Some(thread::spawn(given, settings).unwrap());
        assert!(self.receive().error.is_none());
        self.next_job = 1;
    }

    /// Closes the connection, and opens the file again.
    fn restart(&mut self) {
        let (socket, thread) = self.worker.take().unwrap();
        drop(socket);
        thread.join().unwrap().unwrap();
        assert_eq!(std::fs::metadata(self.path("f.h5.log")).unwrap().len(), 0, "a closed log");
        self.start(Access::ReadWrite);
    }

    /// Goes on with the files as they are now, as after the end of the worker's process.
    fn crash(&mut self) {
        let copy = tempfile::tempdir().unwrap();
        for name in ["f.h5", "f.h5.log"] {
            // The log knows its file by its time of change, too.
            let modified = std::fs::metadata(self.path(name)).unwrap().modified().unwrap();
            let path = copy.path().join(name);
            std::fs::copy(self.path(name), &path).unwrap();
            std::fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(modified)
                .unwrap();
        }
        let (socket, thread) = self.worker.take().unwrap();
        drop(socket);
        thread.join().unwrap().unwrap();
        self.folder = copy;
        self.start(Access::ReadWrite);
    }

    fn socket(&self) -> &UnixStream {
        &self.worker.as_ref().unwrap().0
    }

    fn send(&mut self, command: &str, terms: Terms) {
        let command = RawValue::from_string(command.to_owned()).unwrap();
        let work = Work::Command { command, binary: false, terms, refusal: None };
        write_frame(self.socket(), &Job { job: self.next_job, work }, &[]).unwrap();
        self.next_job += 1;
    }

    fn receive(&self) -> Done {
        read_frame(&mut self.socket()).unwrap().0
    }

    fn ask(&mut self, command: &str) -> Done {
        self.send(command, Terms::default());
        self.receive()
    }

    /// The shape of a dataset.
    fn shape(&mut self, path: &str) -> Option<Vec<u64>> {
        let done = self.ask(&format!(r#"{{"command": "read", "path": "{path}"}}"#));
        done.values.and_then(|values| values.shape)
    }
}

fn applied() -> Terms {
    Terms { durability: Some(Durability::Applied), ..Terms::default() }
}

fn keyed(key: &str) -> Terms {
    Terms { request_key: Some(RequestKey::new(key).unwrap()), ..Terms::default() }
}

#[test]
fn jobs_that_come_together_are_answered_in_order_when_they_are_safe() {
    let mut bench = Bench::new(PATIENT);
    for number in 0..20 {
        let command = match number % 2 {
            0 => format!(r#"{{"command": "create_group", "path": "/{number}"}}"#),
            _ => r#"{"command": "list"}"#.to_owned(),
        };
        bench.send(&command, Terms::default());
    }
    for job in 1..=20 {
        let done = bench.receive();
        let expected = (job % 2 == 1).then_some(Durability::Commit);
        assert_eq!((done.job, done.durability, done.error.is_none()), (job, expected, true));
    }
    bench.restart();
    let listed = bench.ask(r#"{"command": "list"}"#);
    assert!(listed.fields.unwrap().get().contains("\"total\":10"));
}

#[test]
fn applied_is_answered_at_once_and_a_read_waits_for_what_it_saw() {
    let mut bench = Bench::new(PATIENT);
    bench.ask(r#"{"command": "write", "path": "/d", "data": [1]}"#);
    let log = || std::fs::read(bench.path("f.h5.log")).unwrap();
    let before = log();
    let append = r#"{"command": "write", "path": "/d", "data": [1, 2]}"#;
    bench.send(append, applied());
    let done = bench.receive();
    assert_eq!((done.durability, done.changes.is_empty()), (Some(Durability::Applied), false));
    bench.send(r#"{"command": "read", "path": "/d"}"#, applied());
    assert_eq!(bench.receive().values.unwrap().shape, Some(vec![2]));
    assert!(before == std::fs::read(bench.path("f.h5.log")).unwrap(), "nothing is safe yet");
    assert_eq!(bench.shape("/d"), Some(vec![2]));
    assert!(before != std::fs::read(bench.path("f.h5.log")).unwrap(), "what a read saw is safe");
}

#[test]
fn what_nobody_waits_for_is_safe_after_a_while() {
    let mut bench =
        Bench::new(CommitLimits { applied_within: Duration::from_millis(5), ..PATIENT });
    let before = std::fs::read(bench.path("f.h5.log")).unwrap();
    bench.send(r#"{"command": "create_group", "path": "/g"}"#, applied());
    assert_eq!(bench.receive().durability, Some(Durability::Applied));
    let began = std::time::Instant::now();
    while before == std::fs::read(bench.path("f.h5.log")).unwrap() {
        assert!(began.elapsed() < Duration::from_secs(10), "it is never committed");
        std::thread::yield_now();
    }
}

#[test]
fn a_request_that_is_sent_again_is_applied_once() {
    let mut bench = Bench::new(PATIENT);
    bench.ask(
        r#"{"command": "create_dataset", "path": "/d", "datatype": "<i4", "shape": [0], "max_shape": [null]}"#,
    );
    let append = r#"{"command": "append", "path": "/d", "data": [7]}"#;
    // Three times at once, and once more after the first answers.
    for _ in 0..3 {
        bench.send(append, keyed("k-1"));
    }
    let answers = [bench.receive(), bench.receive(), bench.receive()];
    for again in &answers[1..] {
        assert_eq!(again.fields.as_ref().unwrap().get(), answers[0].fields.as_ref().unwrap().get());
        assert_eq!((again.durability, again.changes.len()), (Some(Durability::Commit), 0));
    }
    bench.send(append, keyed("k-2"));
    assert_eq!(bench.receive().changes.len(), 1);
    bench.crash();
    bench.send(append, keyed("k-1"));
    assert_eq!(bench.receive().changes.len(), 0);
    assert_eq!(bench.shape("/d"), Some(vec![2]));
    // What was refused was not applied, and is tried again.
    bench.send(r#"{"command": "delete", "path": "/x"}"#, keyed("k-3"));
    assert_eq!(bench.receive().error.unwrap().code, ErrorCode::NotFound);
    bench.ask(r#"{"command": "create_group", "path": "/x"}"#);
    bench.send(r#"{"command": "delete", "path": "/x"}"#, keyed("k-3"));
    assert!(bench.receive().error.is_none());
}

#[test]
fn a_reply_that_is_too_long_to_be_kept_is_told_as_such() {
    let mut bench = Bench::new(PATIENT);
    let steps: Vec<String> = (0..100)
        .map(|number| {
            format!(r#"{{"command": "append", "path": "/long_name_{number}", "data": [[[[[[[[1]]]]]]]]}}"#)
        })
        .collect();
    let batch = format!(r#"{{"command": "batch", "commands": [{}]}}"#, steps.join(", "));
    let members: Vec<String> = (0..200)
        .map(|number| {
            format!(r#"{{"name": "m{number}", "offset": {}, "datatype": "<i4"}}"#, 4 * number)
        })
        .collect();
    let compound =
        format!(r#"{{"class": "compound", "size": 800, "members": [{}]}}"#, members.join(", "));
    let create = format!(
        r#"{{"command": "create_dataset", "path": "/d", "datatype": {compound}, "shape": [3]}}"#
    );
    let attribute = format!(
        r#"{{"command": "write_attribute", "path": "/d", "name": "a", "datatype": {compound}, "shape": [0], "data": []}}"#
    );
    for (number, command) in [&batch, &create, &attribute].into_iter().enumerate() {
        let key = format!("k-{number}");
        bench.send(command, keyed(&key));
        let first = bench.receive();
        assert_eq!(first.error, None);
        let first = first.fields.unwrap();
        assert!(first.get().len() > 4096, "{first}");
        bench.crash();
        bench.send(command, keyed(&key));
        let again = bench.receive();
        assert_eq!((again.error, again.changes.len()), (None, 0));
        let expected = if number == 0 { r#"{"shortened":true}"# } else { first.get() };
        assert_eq!(again.fields.unwrap().get(), expected);
    }
    // What it was about may be gone.
    bench.ask(r#"{"command": "delete", "path": "/d"}"#);
    bench.send(&create, keyed("k-1"));
    assert_eq!(bench.receive().fields.unwrap().get(), r#"{"shortened":true}"#);
}

#[test]
fn a_change_that_fails_half_way_leaves_no_trace_and_the_others_stay() {
    let mut bench = Bench::new(CommitLimits { max_commit_bytes: 256 << 10, ..PATIENT });
    let mut small = |number: u64| {
        bench.send(&format!(r#"{{"command": "create_group", "path": "/{number}"}}"#), applied());
        assert_eq!(bench.receive().durability, Some(Durability::Applied));
    };
    small(1);
    small(2);
    // New data goes behind the end of the file; what is overwritten takes a megabyte of the log, which one commit may
    // not.
    let create = r#"{"command": "create_dataset", "path": "/big", "datatype": "<i8", "shape": [131072], "data": 1}"#;
    assert_eq!(bench.ask(create).error, None);
    bench.ask(r#"{"command": "create_group", "path": "/last"}"#);
    bench.send(r#"{"command": "create_group", "path": "/3"}"#, Terms::default());
    bench.send(
        r#"{"command": "update", "path": "/big", "selection": ":", "data": 5}"#,
        Terms::default(),
    );
    bench.send(r#"{"command": "create_group", "path": "/4"}"#, Terms::default());
    assert!(bench.receive().error.is_none());
    let refused = bench.receive().error.unwrap();
    assert_eq!(refused.code, ErrorCode::TooLarge, "{refused}");
    assert!(bench.receive().error.is_none());
    bench.restart();
    let listed = bench.ask(r#"{"command": "list"}"#).fields.unwrap();
    for name in ["\"1\"", "\"2\"", "\"3\"", "\"4\"", "\"last\""] {
        assert!(listed.get().contains(name), "{name} is not in {listed}");
    }
    let read = r#"{"command": "read", "path": "/big", "selection": "131071"}"#;
    bench.send(read, Terms::default());
    let (_, values): (Done, _) = read_frame(&mut bench.socket()).unwrap();
    assert_eq!(values, 1_i64.to_le_bytes(), "the failed change is not seen");
}
