//! The file's task with a worker on a thread: order, events, and what happens when the worker is gone.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use hdf5_async_protocol::message::{
    Change, Command, ErrorCode, Event, Outcome, Position, Reason, Request, Terms, reply,
};
use hdf5_async_protocol::model::{FileCreation, ObjectPath};
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};

use super::link::{Host, WorkerLink};
use super::queue::{FileQueue, QueueLimits};
use super::{Class, FileHandle, JobResult, Message, SendError, Submission, Subscribing};
use crate::hub::{HistoryLimits, Hub, Subscription};
use crate::outbox::{Next, Outbox, OutboxLimits, Outgoing};
use crate::store::{Access, StoreLimits};
use crate::worker::job::Work;
use crate::worker::{CommitLimits, Given, Settings, WorkerEnd, thread};

const STORE_LIMITS: StoreLimits = StoreLimits {
    block_bytes: 1 << 16,
    inline_value_bytes: 1 << 10,
    max_value_bytes: 1 << 20,
    max_list_page: 100,
    max_json_values_bytes: 1 << 20,
    metadata_cache_bytes: 1 << 20,
    max_chunk_bytes: 1 << 20,
    max_rewrite_bytes: 64 << 20,
    max_batch_commands: 100,
    max_followed_datasets: 100,
};

const QUEUE_LIMITS: QueueLimits = QueueLimits {
    max_waiting: 8,
    max_in_worker: 4,
    job_deadline: Duration::from_secs(20),
    close_when_idle: Duration::from_secs(3600),
    wait_for_lock: Duration::ZERO,
    gather: Duration::ZERO,
    try_again: Duration::from_millis(5),
};

struct Started {
    socket: UnixStream,
    thread: Option<JoinHandle<Result<(), WorkerEnd>>>,
}

/// A file, and the workers that were started for it.
struct Fixture {
    handle: FileHandle,
    workers: Arc<Mutex<Vec<Started>>>,
    task: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

fn start_worker(
    path: &Path,
    creation: Option<FileCreation>,
    started: &Mutex<Vec<Started>>,
) -> WorkerLink {
    let access = match (creation, path.exists()) {
        (None, true) => Access::ReadWrite,
        (creation, _) => Access::Create(creation.unwrap_or_default()),
    };
    let settings = Settings {
        name: "f.h5".to_owned(),
        access,
        read_only_because: None,
        replaces: creation.is_some(),
        clears_marks: false,
        limits: STORE_LIMITS,
        commits: CommitLimits::default(),
    };
    let open = |path: &Path| {
        std::fs::File::options().read(true).write(true).create(true).truncate(false).open(path)
    };
    let log = Some(open(&path.with_extension("log")).unwrap().into());
    let given = Given { file: open(path).unwrap().into(), log };
    let mut started = started.lock().unwrap();
    // A process that is killed has let go of the file; a thread has when it has ended.
    if let Some(lost) = started.last_mut().and_then(|worker| worker.thread.take()) {
        drop(lost.join().unwrap());
    }
    let (socket, thread) = thread::spawn(given, settings).unwrap();
    started.push(Started { socket: socket.try_clone().unwrap(), thread: Some(thread) });
    WorkerLink::new(socket, Host::Thread, QUEUE_LIMITS.max_in_worker).unwrap()
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.h5");
    let workers = Arc::new(Mutex::new(Vec::new()));
    let (sender, messages) = mpsc::channel(QUEUE_LIMITS.max_waiting);
    let handle = FileHandle::new("f.h5".into(), sender, Duration::from_millis(20));
    let started = Arc::clone(&workers);
    let hub = Hub::new("f.h5", HistoryLimits { max_events: 100, max_bytes: 1 << 20 });
    let starter = Box::new(move |creation| Ok(start_worker(&path, creation, &started)));
    let queue = FileQueue::new("f.h5".into(), QUEUE_LIMITS, messages, starter, None, hub);
    Fixture { handle, workers, task: tokio::spawn(queue.run()), _folder: folder }
}

impl Fixture {
    async fn submit(&self, text: &str) -> oneshot::Receiver<JobResult> {
        let (answer, receiver) = oneshot::channel();
        let is_change = Request::parse(text).unwrap().command.is_change();
        let command = RawValue::from_string(text.to_owned()).unwrap();
        let work = Work::Command { command, binary: false, terms: Terms::default(), refusal: None };
        let submission = Submission {
            work,
            payload: Bytes::new(),
            class: Class::Small,
            is_change,
            author: None,
            condition: None,
            answer,
        };
        self.handle.send(Message::Job(submission)).await.unwrap();
        receiver
    }

    async fn ask(&self, text: &str) -> JobResult {
        self.submit(text).await.await.unwrap()
    }

    async fn subscribe(
        &self,
        since: Option<Position>,
    ) -> (Arc<Outbox>, reply::Subscribed, Position) {
        let outbox = Arc::new(Outbox::new(OutboxLimits {
            max_event_bytes: 1 << 20,
            max_answer_bytes: 1 << 20,
        }));
        let subscription =
            Subscription { id: 1, path: ObjectPath::root(), data: false, pace: None };
        let (sender, receiver) = oneshot::channel();
        let reply = Box::new(move |result: Result<reply::Subscribed, _>, position| {
            sender.send((result.unwrap(), position)).unwrap();
        });
        let subscribing = Subscribing {
            session: 1,
            outbox: Arc::clone(&outbox),
            subscription,
            since,
            snapshot: true,
            reply,
        };
        self.handle.send(Message::Subscribe(subscribing)).await.unwrap();
        let (subscribed, position) = receiver.await.unwrap();
        (outbox, subscribed, position)
    }
}

async fn next_event(outbox: &Outbox) -> Event {
    match outbox.next().await {
        Some(Next::Send(Outgoing::Text(text), _)) => serde_json::from_str(text.as_str()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn events_follow_the_snapshot_and_stand_before_the_answer() {
    let file = fixture();
    file.ask(r#"{"command": "create_group", "path": "/a"}"#).await.unwrap();
    let (outbox, subscribed, position) = file.subscribe(None).await;
    assert_eq!(subscribed.children.unwrap().len(), 1);
    let applied = file.ask(r#"{"command": "create_group", "path": "/b"}"#).await.unwrap();
    assert_eq!(applied.position, Position { seq: position.seq + 1, ..position });
    // Nothing is awaited between the answer and the event: it must be there.
    let event = futures::FutureExt::now_or_never(next_event(&outbox)).unwrap();
    assert_eq!(event.seq, applied.position.seq);
    assert!(matches!(event.change, Change::Created { path, .. } if path.as_str() == "/b"));
    let failed = file.ask(r#"{"command": "create_group", "path": "/b"}"#).await.unwrap_err();
    assert_eq!(failed.code, ErrorCode::AlreadyExists);
    let (again, subscribed, _) = file.subscribe(Some(position)).await;
    assert!(!subscribed.resync);
    assert_eq!(next_event(&again).await.seq, event.seq);
}

#[tokio::test]
async fn a_lost_worker_is_answered_replaced_and_announced() {
    let file = fixture();
    file.ask(r#"{"command": "write", "path": "/x", "data": [1, 2, 3]}"#).await.unwrap();
    file.ask(r#"{"command": "flush"}"#).await.unwrap();
    let (outbox, _, before) = file.subscribe(None).await;
    let socket = file.workers.lock().unwrap()[0].socket.try_clone().unwrap();
    // The worker's answers are cut off, so that it has the request for ever.
    socket.shutdown(Shutdown::Both).unwrap();
    let change = file
        .submit(r#"{"command": "write", "path": "/x", "data": [4, 5, 6]}"#)
        .await
        .await
        .unwrap();
    if let Err(error) = change {
        assert_eq!((error.code, error.outcome), (ErrorCode::WorkerLost, Some(Outcome::Unknown)));
    }
    let event = next_event(&outbox).await;
    assert_eq!(
        (event.change, event.seq),
        (Change::file_changed(Reason::WorkerLost), before.seq + 1)
    );
    assert!(event.epoch > before.epoch);
    assert_eq!(file.workers.lock().unwrap().len(), 2);
    let read = file.ask(r#"{"command": "read", "path": "/x"}"#).await.unwrap();
    assert_eq!(read.done.values.unwrap().shape, Some(vec![3]));
    let (_, subscribed, _) = file.subscribe(Some(before)).await;
    assert!(subscribed.resync);
}

#[tokio::test]
async fn a_file_that_is_closed_finishes_what_waits_and_takes_nothing_more() {
    let file = fixture();
    let mut waiting = Vec::new();
    for index in 0..5 {
        waiting.push(
            file.submit(&format!(r#"{{"command": "create_group", "path": "/{index}"}}"#)).await,
        );
    }
    file.handle.close().await;
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    assert!(matches!(file.handle.send(Message::Close).await, Err(SendError::Closed(_))));
    file.task.await.unwrap();
}

#[tokio::test]
async fn a_full_queue_is_busy() {
    let (sender, _messages) = mpsc::channel(1);
    let handle = FileHandle::new("f.h5".into(), sender, Duration::from_millis(1));
    handle.send(Message::Forget { session: 1 }).await.unwrap();
    assert!(matches!(handle.send(Message::Forget { session: 1 }).await, Err(SendError::Busy(_))));
    let error = handle.busy_error();
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::Busy, Some(1)));
}

#[test]
fn commands_of_a_client_reach_the_worker_unchanged() {
    let request =
        Request::parse(r#"{"command": "write", "path": "/x", "data": [18446744073709551615]}"#)
            .unwrap();
    let text = serde_json::to_string(&request.command).unwrap();
    let Command::Write(write) = Request::parse(&text).unwrap().command else { panic!("{text}") };
    assert_eq!(write.data.unwrap().get(), "[18446744073709551615]");
}
