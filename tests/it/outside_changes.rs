//! What other programs do to files that are served: noticed, announced, and never half of it passed off as data.

use std::os::unix::fs::FileExt as _;

use futures::StreamExt as _;
use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, Steps, TestServer, h5py, within};
use serde_json::{Value, json};

async fn watcher(server: &TestServer) -> RawSocket {
    let mut socket = RawSocket::connect(server).await;
    socket.ok(json!({"command": "subscribe", "file": "a.h5", "path": "/"})).await;
    socket
}

async fn read(socket: &mut RawSocket) -> Value {
    socket.ok(json!({"command": "read", "file": "a.h5", "path": "/x"})).await["data"].clone()
}

/// The next event of a kind; others may come before it.
async fn event(socket: &mut RawSocket, name: &str) -> Value {
    let of_that_name = async {
        loop {
            let event = socket.json().await;
            if event["event"] == name {
                return event;
            }
        }
    };
    within(name, of_that_name).await
}

/// The next `file_changed` for a reason; others may come before it.
async fn changed(socket: &mut RawSocket, reason: &str) -> Value {
    let for_that_reason = async {
        loop {
            let changed = event(socket, "file_changed").await;
            if changed["reason"] == reason {
                return changed;
            }
        }
    };
    within(reason, for_that_reason).await
}

async fn read_only(options: &[&str]) -> TestServer {
    let mut setup = Setup::new().file("a.h5", "f['x'] = 1").argument("--read-only");
    for option in options {
        setup = setup.argument(*option);
    }
    setup.start().await
}

#[tokio::test]
async fn a_file_that_is_written_replaced_or_removed_is_announced_and_read_anew() {
    for options in [&[][..], &["--watch-by-polling", "--watch-poll-ms=5"]] {
        let server = read_only(options).await;
        let (mut watcher, path) = (watcher(&server).await, server.path("a.h5"));
        assert_eq!(read(&mut watcher).await, json!(1));
        h5py(&path, "f = h5py.File(path, 'r+'); f['x'][()] = 2; f.close()");
        let first = event(&mut watcher, "file_changed").await;
        assert_eq!(first["reason"], "written", "{first}");
        let mut other = RawSocket::connect(&server).await;
        within("what was written", async { while read(&mut other).await != json!(2) {} }).await;

        h5py(&server.path("../new.h5"), "f = h5py.File(path, 'w'); f['x'] = 3; f.close()");
        std::fs::rename(server.path("../new.h5"), &path).unwrap();
        changed(&mut watcher, "replaced").await;
        assert_eq!(read(&mut other).await, json!(3));

        std::fs::rename(&path, server.path("../gone.h5")).unwrap();
        let gone = changed(&mut watcher, "deleted").await;
        assert!(gone["message"].as_str().unwrap().contains("a.h5"), "{gone}");
        event(&mut watcher, "file_closed").await;
        let list = json!({"command": "list", "file": "a.h5"});
        assert_eq!(other.refused(list).await, "file_not_found");

        std::fs::rename(server.path("../gone.h5"), &path).unwrap();
        event(&mut watcher, "file_opened").await;
        assert_eq!(read(&mut other).await, json!(3));
    }
}

#[tokio::test]
async fn a_file_that_is_cut_off_is_said_to_be_unreadable_until_it_is_whole_again() {
    let server = Setup::new().file("a.h5", "f['x'] = 1").argument("--read-only");
    let server = server.option("--watch-poll-ms", 20).start().await;
    let mut watcher = watcher(&server).await;
    let path = server.path("a.h5");
    let whole = std::fs::read(&path).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(100).unwrap();
    let changed = event(&mut watcher, "file_changed").await;
    assert_eq!(changed["reason"], "written", "{changed}");
    assert!(changed["message"].is_string(), "{changed}");
    event(&mut watcher, "file_closed").await;
    let mut other = RawSocket::connect(&server).await;
    let read_it = json!({"command": "read", "file": "a.h5", "path": "/x"});
    assert_eq!(other.refused(read_it).await, "file_unreadable");
    file.write_all_at(&whole, 0).unwrap();
    drop(file);
    event(&mut watcher, "file_opened").await;
    assert_eq!(read(&mut other).await, json!(1));
}

#[tokio::test]
async fn what_is_read_while_another_program_writes_is_all_old_or_all_new_or_refused() {
    let script = "f.create_dataset('big', data=np.zeros(1 << 19, '<i8'))";
    let server = Setup::new().file("a.h5", script).argument("--read-only").start().await;
    let mut writer = Steps::about(&server.path("a.h5"));
    let mut reader = RawSocket::connect(&server).await;
    let request = json!({"command": "read", "file": "a.h5", "path": "/big", "selection": "::64"});
    let mut seen = Vec::new();
    for round in 1..=20 {
        let write = format!("with h5py.File(path, 'r+') as f: f['big'][...] = {round}");
        let (answer, ()) = tokio::join!(
            within("what was written", async {
                let mut last = reader.ask(&request).await;
                // Until what was written is there.
                while last["data"][0] != round {
                    if last["status"] == "success" {
                        seen.push(last);
                    } else {
                        let code = last["code"].as_str().unwrap();
                        assert!(["file_changed", "file_locked"].contains(&code), "{last}");
                    }
                    last = reader.ask(&request).await;
                }
                last
            }),
            async { drop(writer.does(&write).await) },
        );
        seen.push(answer);
        for answer in seen.drain(..) {
            let data = answer["data"].as_array().unwrap();
            assert!(data.iter().all(|value| *value == data[0]), "a mixture in round {round}");
        }
    }
}

#[tokio::test]
async fn a_program_that_writes_behind_the_log_is_announced_and_the_log_stays() {
    let setup = Setup::new().file("a.h5", "f['x'] = 1").option("--checkpoint-idle-ms", 3_600_000);
    let server = setup.start().await;
    let mut watcher = watcher(&server).await;
    watcher.ok(json!({"command": "write", "file": "a.h5", "path": "/y", "data": [1]})).await;
    let path = server.path("a.h5");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"not by the server", 1500).unwrap();
    drop(file);
    let changed = event(&mut watcher, "file_changed").await;
    assert_eq!(changed["reason"], "written", "{changed}");
    assert!(changed["message"].as_str().unwrap().contains("move the log away"), "{changed}");
    event(&mut watcher, "file_closed").await;
    let list = json!({"command": "list", "file": "a.h5"});
    assert_eq!(RawSocket::connect(&server).await.refused(list).await, "log_unusable");
    assert!(std::fs::metadata(server.path("a.h5.log")).unwrap().len() > 0);
}

#[tokio::test]
async fn a_file_open_for_writing_that_is_replaced_is_served_as_it_is_now() {
    let server = Setup::new().file("a.h5", "f['x'] = 1").start().await;
    let mut watcher = watcher(&server).await;
    watcher.ok(json!({"command": "write", "file": "a.h5", "path": "/y", "data": [1]})).await;
    watcher.ok(json!({"command": "flush", "file": "a.h5"})).await;
    h5py(&server.path("../new.h5"), "f = h5py.File(path, 'w'); f['x'] = 3; f.close()");
    std::fs::rename(server.path("../new.h5"), server.path("a.h5")).unwrap();
    let changed = event(&mut watcher, "file_changed").await;
    assert_eq!(changed["reason"], "replaced", "{changed}");
    assert_eq!(read(&mut watcher).await, json!(3));
    watcher.ok(json!({"command": "write", "file": "a.h5", "path": "/z", "data": [2]})).await;
    let judged = server.judged("a.h5", "result = [sorted(f), int(f['x'][()])]").await;
    assert_eq!(judged, json!([["x", "z"], 3]));
}

#[tokio::test]
async fn a_long_answer_ends_when_the_file_becomes_another() {
    let script = "f.create_dataset('big', data=np.ones(1 << 25, '<u1'))";
    let server = Setup::new().file("a.h5", script).argument("--read-only").start().await;
    let mut watcher = watcher(&server).await;
    let file = server.file("a.h5").await;
    let mut blocks = file.read_blocks("/big", "").await.unwrap();
    let first = within("a block", blocks.next()).await.unwrap().unwrap();
    assert!(first.payload.iter().all(|&byte| byte == 1));
    let other = "with h5py.File(path, 'w') as f: f['big'] = np.full(1 << 25, 2, '<u1')";
    h5py(&server.path("../new.h5"), other);
    std::fs::rename(server.path("../new.h5"), server.path("a.h5")).unwrap();
    assert_eq!(event(&mut watcher, "file_changed").await["reason"], "replaced");
    let error = loop {
        match within("a block", blocks.next()).await.expect("the answer is not complete") {
            Ok(block) => assert!(block.payload.iter().all(|&byte| byte == 1), "a mixture"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Some(ErrorCode::FileChanged), "{error}");
    assert_eq!(read_first(&server).await, 2);
}

async fn read_first(server: &TestServer) -> u8 {
    let file = server.file("a.h5").await;
    file.read("/big", "0").await.unwrap().reply.to_vec::<u8>().unwrap()[0]
}
