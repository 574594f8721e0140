//! A worker that dies costs its file's requests under way, and nothing and nobody else.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::future::join_all;
use hdf5_async_client::protocol::message::{Change, ErrorCode, Outcome, Reason};
use hdf5_async_client::{CallError, ConnectOptions, File, Limits, ResyncCause, Update, Values};
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, h5py, within};
use serde_json::json;
use tokio::sync::watch;

/// How soon a file must be served again.
const RECOVERY: Duration = Duration::from_secs(1);

/// Reads and writes until told to stop; what went wrong, and when it first went right after `since`.
struct Load {
    errors: Vec<CallError>,
    answered: u64,
    first_success_after_kill: Option<Instant>,
}

async fn load(
    file: File,
    killed: watch::Receiver<Option<Instant>>,
    stop: watch::Receiver<bool>,
) -> Load {
    let mut load = Load { errors: Vec::new(), answered: 0, first_success_after_kill: None };
    let values = Values::from_slice(&[100], &[1.5_f64; 100]).unwrap();
    while !*stop.borrow() {
        let kill_before = *killed.borrow();
        let result = if load.answered.is_multiple_of(2) {
            file.read("/d", "").await.map(drop)
        } else {
            file.write_part("/d", "", &values).await.map(drop)
        };
        match result {
            Ok(()) => {
                load.answered += 1;
                if kill_before.is_some() {
                    load.first_success_after_kill.get_or_insert_with(Instant::now);
                }
            }
            Err(error) => load.errors.push(error),
        }
    }
    load
}

#[tokio::test]
async fn kill_9_of_one_worker_under_load() {
    let server = Setup::new()
        .file("a.h5", "f['d'] = np.zeros(100)")
        .file("b.h5", "f['d'] = np.zeros(100)")
        .start()
        .await;
    let (kill, killed) = watch::channel(None);
    let (stop, stopped) = watch::channel(false);
    let mut loads = Vec::new();
    for number in 0..16 {
        let name = if number % 2 == 0 { "a.h5" } else { "b.h5" };
        let file = impatient(&server, name).await;
        loads.push(tokio::spawn(load(file, killed.clone(), stopped.clone())));
    }
    let watcher = server.file("a.h5").await;
    let mut events = watcher.subscribe("/").await.unwrap();
    let epoch = within("a write", events.next()).await.unwrap().unwrap();
    let Update::Event(before) = epoch else { panic!("{epoch:?}") };

    let victim = server.worker("a.h5");
    // Stopped first, so that requests are certainly under way in it when it dies.
    victim.signal("STOP");
    let bystander = server.file("b.h5").await;
    for _ in 0..100 {
        bystander.read("/d", "0").await.unwrap();
    }
    let killed_at = Instant::now();
    kill.send(Some(killed_at)).unwrap();
    victim.signal("KILL");

    // The stream of events says that it begins anew, and goes on.
    let mut told = false;
    let after = within("an event of the new epoch", async {
        loop {
            match events.next().await.unwrap().unwrap() {
                Update::Event(event) if event.epoch == before.epoch => {}
                Update::Event(event) => break event,
                Update::Resync(resync) => told |= resync.cause == ResyncCause::NewEpoch,
            }
        }
    });
    assert_eq!(after.await.change, Change::file_changed(Reason::WorkerLost));
    assert!(told);
    loop {
        let update = within("a write in the new epoch", events.next()).await.unwrap().unwrap();
        if matches!(update, Update::Event(event) if matches!(event.change, Change::Written { .. }))
        {
            break;
        }
    }
    stop.send(true).unwrap();
    let loads: Vec<Load> = within("the end of the load", join_all(loads))
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    check_loads(&loads, killed_at);
    assert_ne!(server.worker("a.h5"), victim);
}

/// A client that tells of every request that was lost.
async fn impatient(server: &TestServer, name: &str) -> File {
    let limits = Limits { worker_lost_retries: 0, ..Limits::default() };
    server.connect(ConnectOptions::from(server.address.clone()).limits(limits)).await.file(name)
}

fn check_loads(loads: &[Load], killed_at: Instant) {
    let mut lost = 0;
    let mut recovery = Vec::new();
    for (number, load) in loads.iter().enumerate() {
        if number % 2 == 1 {
            assert!(load.errors.is_empty(), "the other file's client was told {:?}", load.errors);
            assert!(load.answered > 0);
            continue;
        }
        for error in &load.errors {
            let CallError::Refused(reply) = error else { panic!("{error:?}") };
            assert_eq!(reply.code, ErrorCode::WorkerLost, "{reply:?}");
            assert!(reply.outcome.is_some(), "{reply:?}");
            lost += 1;
        }
        recovery.extend(load.first_success_after_kill.map(|at| at - killed_at));
    }
    assert!(lost > 0, "no request was under way");
    let recovered = recovery.into_iter().min().expect("the file is served again");
    let note =
        format!("served again {recovered:?} after the kill; {lost} requests got worker_lost\n");
    std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
    assert!(recovered < RECOVERY, "{recovered:?}");
}

#[tokio::test]
async fn an_interrupted_write_is_in_doubt_and_an_interrupted_read_is_not() {
    let server = Setup::new().file("a.h5", "f['d'] = np.zeros(4)").start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "list"})).await;
    let worker = server.worker("a.h5");
    worker.signal("STOP");
    socket
        .text(&json!({"id": 1, "command": "write", "path": "/d", "data": [1, 2, 3, 4]}).to_string())
        .await;
    socket.text(&json!({"id": 2, "command": "read", "path": "/d"}).to_string()).await;
    // Answered by the session itself, behind both: they are past the socket.
    for _ in 0..50 {
        let pong = socket.ask(&json!({"command": "ping"})).await;
        assert_eq!(pong["status"], "success");
    }
    worker.signal("KILL");
    let mut answers = [socket.json().await, socket.json().await];
    answers.sort_by_key(|answer| answer["id"].as_i64());
    let outcome = |answer: &serde_json::Value| {
        serde_json::from_value::<Outcome>(answer["outcome"].clone()).ok()
    };
    assert_eq!(
        (&answers[0]["code"], outcome(&answers[0])),
        (&json!("worker_lost"), Some(Outcome::Unknown))
    );
    assert!(
        answers[1]["status"] == "success" || outcome(&answers[1]) == Some(Outcome::NotApplied),
        "{}",
        answers[1]
    );
    // The file is whole, with or without the write.
    let read = socket.ok(json!({"command": "read", "path": "/d"})).await;
    assert!(
        [json!([0.0, 0.0, 0.0, 0.0]), json!([1.0, 2.0, 3.0, 4.0])].contains(&read["data"]),
        "{read}"
    );
}

async fn crash(server: &TestServer, socket: &mut RawSocket) {
    socket.ok(json!({"command": "read", "path": "/d", "file": "a.h5"})).await;
    let worker = server.worker("a.h5");
    worker.signal("KILL");
    within("the end of the worker", worker.ended()).await;
}

#[tokio::test]
async fn a_file_that_keeps_killing_its_worker_is_left_alone_and_the_others_are_served() {
    let server = Setup::new().file("a.h5", "f['d'] = 1").file("b.h5", "f['d'] = 2").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for _ in 0..3 {
        crash(&server, &mut socket).await;
        // Whether or not the death was noticed before this request, it is answered.
        let answer = socket.ask(&json!({"command": "read", "path": "/d", "file": "a.h5"})).await;
        let code = answer["code"].as_str().unwrap_or("success");
        assert!(["success", "worker_lost", "file_quarantined"].contains(&code), "{answer}");
        if code == "file_quarantined" {
            break;
        }
    }
    let answer = socket.ask(&json!({"command": "read", "path": "/d", "file": "a.h5"})).await;
    assert_eq!(answer["code"], "file_quarantined", "{answer}");
    assert!(answer["retry_after_ms"].as_u64().is_some_and(|wait| wait > 1000), "{answer}");
    let other = socket.ok(json!({"command": "read", "path": "/d", "file": "b.h5"})).await;
    assert_eq!(other["data"], 2);
}

#[tokio::test]
async fn a_flushed_write_survives_the_death_of_the_worker() {
    let mut server = Setup::new().file("a.h5", "f['d'] = np.zeros(3, '<i4')").start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "write", "path": "/d", "data": [1, 2, 3]})).await;
    socket.ok(json!({"command": "flush"})).await;
    server.worker("a.h5").signal("KILL");
    let read = loop {
        let answer = socket.ask(&json!({"command": "read", "path": "/d"})).await;
        if answer["code"] != "worker_lost" {
            break answer;
        }
    };
    assert_eq!(read["data"], json!([1, 2, 3]));
    assert!(server.terminate().await.success());
    assert_eq!(
        h5py(&server.path("a.h5"), "result = h5py.File(path)['d'][()].tolist()"),
        json!([1, 2, 3])
    );
}

/// A file of the newest format says "open for writing" in its superblock, and still says so after the crash.
#[tokio::test]
async fn a_file_of_the_newest_format_is_served_again_after_the_death_of_its_worker() {
    let setup = Setup::new();
    h5py(&setup.path("a.h5"), "h5py.File(path, 'w', libver='latest')['d'] = np.zeros(3, '<i4')");
    let mut server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "write", "path": "/d", "data": [1, 2, 3]})).await;
    socket.ok(json!({"command": "flush"})).await;
    let worker = server.worker("a.h5");
    worker.signal("KILL");
    within("the end of the worker", worker.ended()).await;
    let killed_at = Instant::now();
    let read = loop {
        let answer = socket.ask(&json!({"command": "read", "path": "/d"})).await;
        if answer["code"] != "worker_lost" {
            break answer;
        }
    };
    assert_eq!(read["data"], json!([1, 2, 3]), "{read}");
    assert!(killed_at.elapsed() < RECOVERY);
    assert!(server.terminate().await.success());
    assert_eq!(
        h5py(&server.path("a.h5"), "result = h5py.File(path)['d'][()].tolist()"),
        json!([1, 2, 3])
    );
}
