//! `hdf5-async check`, `recover` and `backup`: the real program on files of servers that are at work, were killed, or never
//! were.

use std::path::{Path, PathBuf};

use hdf5_async_client::Values;
use hdf5_async_tests::{Program, Setup, TestServer, h5py, within};
use serde_json::{Value, json};

/// An empty dataset to append to.
const NUMBERS: &str =
    "f.create_dataset('numbers', shape=(0,), maxshape=(None,), chunks=(64,), dtype='<i8')";

/// The numbers in a file, as another HDF5 library reads them.
fn numbers_in(path: &Path) -> Value {
    h5py(path, "f = h5py.File(path)\nresult = f['numbers'][()].tolist()")
}

fn log_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.log", path.display()))
}

async fn append(server: &TestServer, numbers: std::ops::Range<i64>) {
    let file = server.file("a.h5").await;
    for number in numbers {
        file.append("/numbers", 0, &Values::from_slice(&[1], &[number]).unwrap()).await.unwrap();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn told(arguments: &[&str], code: i32) -> Value {
    let ended = Program::new(arguments).run().await;
    assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
    let said = if ended.out.is_empty() { ended.errors } else { ended.out };
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// A server that has acknowledged the numbers 0, 1, 2 and 3 and was killed before they came into the file.
async fn killed_server() -> TestServer {
    let mut server =
        Setup::new().file("a.h5", NUMBERS).option("--checkpoint-idle-ms", 3_600_000).start().await;
    append(&server, 0..4).await;
    let worker = server.worker("a.h5");
    // A worker whose server ends would close the file in order.
    worker.signal("STOP");
    server.process().signal("KILL");
    server.wait().await;
    worker.signal("KILL");
    within("the worker's end", worker.ended()).await;
    server
}

#[tokio::test]
async fn a_log_that_was_left_is_told_of_and_recovered() {
    let server = killed_server().await;
    let path = server.path("a.h5");
    let name = text(&path);
    assert_eq!(numbers_in(&path), json!([]), "the file is as at its last checkpoint");

    let check = told(&["check", "--json", name], 8).await;
    assert_eq!(check["log"]["state"], "holds_changes", "{check}");
    assert_eq!(check["log"]["commits"], 4, "{check}");
    assert_eq!((&check["in_use"], check.get("obstacle")), (&json!(false), None), "{check}");
    let ended = Program::new(&["check", name]).run().await;
    assert!(ended.out.contains("4 commits ("), "{ended:?}");
    assert!(ended.out.contains(&format!("`hdf5-async recover {name}`")), "{ended:?}");
    assert_eq!(numbers_in(&path), json!([]), "looking changes nothing");

    let recovered = told(&["recover", "--json", name], 0).await;
    assert_eq!(recovered["commits"], 4, "{recovered}");
    assert_eq!(numbers_in(&path), json!([0, 1, 2, 3]));
    assert!(!log_of(&path).exists());
    assert_eq!(told(&["check", "--json", name], 0).await["log"]["state"], "none");
    let again = Program::new(&["recover", name]).prints().await;
    assert!(again.ends_with("there was nothing to recover\n"), "{again}");
}

#[tokio::test]
async fn a_backup_has_what_only_the_log_has() {
    let server = killed_server().await;
    let path = server.path("a.h5");
    let folder = path.parent().unwrap().join("copies");
    std::fs::create_dir(&folder).unwrap();
    let backup = told(&["backup", "--json", text(&path), text(&folder)], 0).await;
    assert_eq!(backup["from_log"], 4, "{backup}");
    let copy = folder.join("a.h5");
    assert_eq!(numbers_in(&copy), json!([0, 1, 2, 3]));
    assert_eq!(told(&["check", "--json", text(&copy)], 0).await["log"]["state"], "none");
    assert_eq!(numbers_in(&path), json!([]), "the file itself is left as it is");

    let refusal = told(&["backup", "--json", text(&path), text(&copy)], 6).await;
    assert!(refusal["message"].as_str().unwrap().contains("--overwrite"), "{refusal}");
    told(&["backup", "--json", "--overwrite", text(&path), text(&copy)], 0).await;
    let refusal = told(&["backup", "--json", "--overwrite", text(&path), text(&path)], 6).await;
    assert!(refusal["message"].as_str().unwrap().contains("is the file itself"), "{refusal}");
    let names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["a.h5"], "nothing half-made is left");
}

#[tokio::test]
async fn backups_are_whole_while_a_server_writes() {
    // So small a log is brought into the file many times meanwhile.
    let setup = Setup::new().file("a.h5", NUMBERS).option("--checkpoint-log-bytes", 200_000);
    let server = setup.start().await;
    append(&server, 0..1).await;
    let path = server.path("a.h5");
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let file = server.file("a.h5").await;
    let writer = tokio::spawn(async move {
        let mut acknowledged = 1;
        while stopped.try_recv().is_err() {
            let number = Values::from_slice(&[1], &[acknowledged]).unwrap();
            file.append("/numbers", 0, &number).await.unwrap();
            acknowledged += 1;
        }
        acknowledged
    });
    let mut lengths = Vec::new();
    for copy in 0..8 {
        let copy = path.with_file_name(format!("copy{copy}"));
        let before = server.file("a.h5").await.read("/numbers", "").await.unwrap();
        let before: Vec<i64> = before.reply.to_vec().unwrap();
        told(&["backup", "--json", text(&path), text(&copy)], 0).await;
        let numbers: Vec<i64> = serde_json::from_value(numbers_in(&copy)).unwrap();
        assert!(numbers.len() >= before.len(), "{} of {}", numbers.len(), before.len());
        assert!(numbers.iter().copied().eq(0..i64::try_from(numbers.len()).unwrap()));
        lengths.push(numbers.len());
    }
    stop.send(()).unwrap();
    let acknowledged = within("the writer", writer).await.unwrap();
    assert!(lengths.is_sorted() && lengths[0] < lengths[7], "{lengths:?}");
    assert!(i64::try_from(lengths[7]).unwrap() <= acknowledged, "{lengths:?} of {acknowledged}");
}

#[tokio::test]
async fn a_file_that_a_server_has_open_is_not_recovered() {
    let server =
        Setup::new().file("a.h5", NUMBERS).option("--checkpoint-idle-ms", 3_600_000).start().await;
    append(&server, 0..2).await;
    let path = server.path("a.h5");
    let refusal = told(&["recover", "--json", text(&path)], 7).await;
    assert_eq!(refusal["code"], "try_later", "{refusal}");
    let check = told(&["check", "--json", text(&path)], 8).await;
    assert_eq!((&check["in_use"], &check["log"]["commits"]), (&json!(true), &json!(2)), "{check}");
    append(&server, 2..3).await;
    assert_eq!(server.judged("a.h5", "result = f['numbers'][()].tolist()").await, json!([0, 1, 2]));
}

#[tokio::test]
async fn a_log_is_applied_to_its_own_file_only() {
    let server = killed_server().await;
    let path = server.path("a.h5");
    let other = path.with_file_name("b.h5");
    h5py(&other, "f = h5py.File(path, 'w')\nf['x'] = range(1000)\nf.close()");
    std::fs::copy(log_of(&path), log_of(&other)).unwrap();
    let before = [&other, &log_of(&other)].map(|path| std::fs::read(path).unwrap());
    let check = told(&["check", "--json", text(&other)], 1).await;
    assert_eq!(check["log"]["state"], "unusable", "{check}");
    assert!(check["log"]["reason"].as_str().unwrap().contains("another file"), "{check}");
    for command in ["recover", "backup"] {
        let copy = path.with_file_name("copy.h5");
        let mut arguments = vec![command, "--json", text(&other)];
        arguments.extend((command == "backup").then(|| text(&copy)));
        let refusal = told(&arguments, 1).await;
        assert!(refusal["message"].as_str().unwrap().contains("another file"), "{refusal}");
        assert!(!copy.exists());
    }
    assert_eq!(before, [&other, &log_of(&other)].map(|path| std::fs::read(path).unwrap()));
    told(&["recover", "--json", text(&path)], 0).await;
    assert_eq!(numbers_in(&path), json!([0, 1, 2, 3]), "it still fits its own");
}

#[tokio::test]
async fn a_copy_with_another_time_is_taken_when_asked_to() {
    let server = killed_server().await;
    let path = server.path("a.h5");
    let copy = path.with_file_name("b.h5");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(log_of(&path), log_of(&copy)).unwrap();
    let refusal = told(&["recover", "--json", text(&copy)], 1).await;
    assert!(refusal["message"].as_str().unwrap().contains("time of modification"), "{refusal}");
    told(&["recover", "--json", "--accept-touched", text(&copy)], 0).await;
    assert_eq!(numbers_in(&copy), json!([0, 1, 2, 3]));
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.h5");
    let broken = folder.path().join("broken.h5");
    std::fs::write(&broken, b"\x89HDF\r\n\x1a\nand nothing that belongs there").unwrap();
    let copy = folder.path().join("copy.h5");
    for command in [&["check"][..], &["recover"], &["backup", text(&copy)]] {
        let (name, rest) = command.split_first().unwrap();
        let arguments = |path| [&[*name, "--json", path], rest].concat();
        let refusal = told(&arguments(text(&missing)), 4).await;
        assert_eq!(refusal["code"], "not_found", "{refusal}");
        told(&arguments(text(folder.path())), 1).await;
        told(&arguments(text(&broken)), 1).await;
    }
    let check = told(&["check", "--json", text(&broken)], 1).await;
    assert!(check["obstacle"].as_str().is_some_and(|why| !why.is_empty()), "{check}");
}
