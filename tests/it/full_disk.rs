//! A disk without space, as a limit of the size of files: nothing acknowledged is lost, reads go on, and changes are taken again
//! when there is space.

use std::path::Path;
use std::process::Command;

use futures::future::join_all;
use hdf5_async_client::protocol::message::{ErrorCode, Outcome};
use hdf5_async_client::{CallError, File, Values};
use hdf5_async_tests::processes::Process;
use hdf5_async_tests::{Setup, TestServer, within};
use serde_json::json;

const NUMBERS: &str = "f.create_dataset('numbers', data=[0, 1], maxshape=(None,), chunks=(64,))";

/// Bytes of a change that does not fit into what a log takes in advance.
const LARGE: usize = 20 << 20;

/// From now on no file of the process can become larger.
fn limit(process: Process, bytes: &str) {
    let arguments = [format!("--pid={}", process.0), format!("--fsize={bytes}:unlimited")];
    assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
}

async fn append(file: &File, number: i64) -> Result<(), CallError> {
    file.append("/numbers", 0, &Values::from_slice(&[1], &[number]).unwrap()).await.map(drop)
}

async fn write_large(file: &File) -> Result<(), CallError> {
    file.write("/large", &Values::from_slice(&[LARGE as u64], &vec![7_u8; LARGE]).unwrap())
        .await
        .map(drop)
}

/// What is read; the first request after a worker's death may be the one that finds it out.
async fn numbers(file: &File) -> Vec<i64> {
    let read = async {
        loop {
            match file.read("/numbers", "").await {
                Ok(answer) => return answer.reply.to_vec().unwrap(),
                Err(CallError::Refused(refusal)) if refusal.code == ErrorCode::WorkerLost => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    within("an answer", read).await
}

fn assert_full(error: &CallError) {
    let CallError::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.code, ErrorCode::StorageFull, "{error}");
    assert_eq!(refusal.outcome, Some(Outcome::NotApplied), "{error}");
    assert!(refusal.retry_after_ms.is_some(), "{error}");
}

/// Numbers of one append, which take a page of the log.
const BLOCK: usize = 512;

async fn append_block(file: &File, path: &str, number: i64) -> Result<(), CallError> {
    let values = Values::from_slice(&[BLOCK as u64], &[number; BLOCK]).unwrap();
    file.append(path, 0, &values).await.map(drop)
}

/// Appends block after block until one is refused; the number of the last that was acknowledged.
async fn append_until_full(file: &File, path: &str) -> i64 {
    for number in 1.. {
        if let Err(error) = append_block(file, path, number).await {
            assert_full(&error);
            return number - 1;
        }
    }
    unreachable!("the disk is never full")
}

async fn server() -> TestServer {
    let setup = Setup::new().file("a.h5", NUMBERS).option("--checkpoint-idle-ms", 3_600_000);
    setup.option("--max-message-bytes", 32 << 20).start().await
}

fn size(path: &Path) -> String {
    std::fs::metadata(path).unwrap().len().to_string()
}

#[tokio::test]
async fn changes_wait_for_space_and_reads_do_not() {
    let server = server().await;
    let file = server.file("a.h5").await;
    append(&file, 2).await.unwrap();
    let worker = server.worker("a.h5");
    limit(worker, &size(&server.path("a.h5.log")));
    assert_full(&write_large(&file).await.unwrap_err());
    assert_eq!(numbers(&file).await, [0, 1, 2]);
    assert_full(&write_large(&file).await.unwrap_err());
    limit(worker, "unlimited");
    let written = async {
        // A full disk is tried again after a second.
        while let Err(error) = append(&file, 3).await {
            assert_full(&error);
        }
    };
    within("space", written).await;
    write_large(&file).await.unwrap();
    assert_eq!(server.worker("a.h5"), worker, "the worker has never ended");
    let content = "result = [f['numbers'][()].tolist(), f['large'].shape]";
    assert_eq!(server.judged("a.h5", content).await, json!([[0, 1, 2, 3], [LARGE]]));
}

#[tokio::test]
async fn many_writers_meet_the_end_of_the_disk_and_each_knows_what_it_has() {
    const WRITERS: usize = 16;
    let server = server().await;
    let first = server.file("a.h5").await;
    let paths: Vec<String> = (0..WRITERS).map(|writer| format!("/w{writer}")).collect();
    let mut files = Vec::new();
    for path in &paths {
        append_block(&first, path, 0).await.unwrap();
        files.push(server.file("a.h5").await);
    }
    let worker = server.worker("a.h5");
    limit(worker, &size(&server.path("a.h5.log")));
    let writers = || files.iter().zip(&paths);
    let until_full = join_all(writers().map(|(file, path)| append_until_full(file, path)));
    let last = within("the end of the disk", until_full).await;
    limit(worker, "unlimited");
    let again = join_all(writers().zip(&last).map(async |((file, path), last)| {
        while let Err(error) = append_block(file, path, last + 1).await {
            assert_full(&error);
        }
    }));
    within("space", again).await;
    assert_eq!(server.worker("a.h5"), worker, "the worker has never ended");
    let content = format!("result = [f[f'w{{n}}'][::{BLOCK}].tolist() for n in range({WRITERS})]");
    let expected: Vec<Vec<i64>> = last.iter().map(|last| (0..=last + 1).collect()).collect();
    assert_eq!(server.judged("a.h5", &content).await, json!(expected), "{last:?}");
}

#[tokio::test]
async fn a_file_without_space_for_its_log_is_served_for_reading() {
    let server = server().await;
    let file = server.file("a.h5").await;
    append(&file, 2).await.unwrap();
    let worker = server.worker("a.h5");
    // The server hands its own limit on to the next worker, which cannot bring the log into the file.
    limit(server.process(), &size(&server.path("a.h5")));
    worker.signal("KILL");
    within("the worker's end", worker.ended()).await;
    assert_eq!(numbers(&file).await, [0, 1, 2], "what only the log has");
    assert_full(&append(&file, 3).await.unwrap_err());
    limit(server.process(), "unlimited");
    limit(server.worker("a.h5"), "unlimited");
    let appended = async {
        while let Err(error) = append(&file, 3).await {
            assert_full(&error);
        }
    };
    within("space", appended).await;
    let content = "result = f['numbers'][()].tolist()";
    assert_eq!(server.judged("a.h5", content).await, json!([0, 1, 2, 3]));
}
