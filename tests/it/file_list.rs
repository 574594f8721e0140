//! The list of files as others see it change: files that appear, vanish and are renamed, whoever does it.

use std::path::Path;

use hdf5_async_client::ConnectOptions;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Program, Setup, TestServer, h5py, within};
use serde_json::{Value, json};

async fn watch(server: &TestServer) -> (RawSocket, Value) {
    let mut socket = RawSocket::connect(server).await;
    let reply = socket.ok(json!({"command": "files", "watch": true})).await;
    (socket, reply)
}

/// What appeared and what vanished, in one event.
async fn change(socket: &mut RawSocket) -> (Vec<String>, Vec<String>) {
    let event = within("an event", socket.json()).await;
    assert_eq!((&event["event"], &event["file"]), (&json!("files_changed"), &json!("")), "{event}");
    let names = |field: &str| {
        let names = event[field].as_array().cloned().unwrap_or_default();
        names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    (names("appeared"), names("vanished"))
}

fn make(path: &Path) {
    h5py(path, "h5py.File(path, 'w').close()");
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[tokio::test]
async fn files_of_other_programs_are_announced_in_every_folder() {
    let server = Setup::new().file("a.h5", "").start().await;
    let (mut socket, reply) = watch(&server).await;
    assert_eq!((&reply["files"][0]["name"], &reply["seq"]), (&json!("a.h5"), &json!(0)));
    make(&server.path("b.h5"));
    assert_eq!(change(&mut socket).await, (named(&["b.h5"]), vec![]));
    std::fs::create_dir_all(server.path("scans/deep")).unwrap();
    make(&server.path("scans/deep/c.h5"));
    assert_eq!(change(&mut socket).await, (named(&["scans/deep/c.h5"]), vec![]));
    std::fs::write(server.path("notes.txt"), "no HDF5 file").unwrap();
    std::fs::rename(server.path("scans/deep/c.h5"), server.path("scans/deep/d.h5")).unwrap();
    let renamed = (named(&["scans/deep/d.h5"]), named(&["scans/deep/c.h5"]));
    assert_eq!(change(&mut socket).await, renamed);
    std::fs::remove_dir_all(server.path("scans")).unwrap();
    std::fs::remove_file(server.path("a.h5")).unwrap();
    let mut vanished = Vec::new();
    while vanished.len() < 2 {
        vanished.extend(change(&mut socket).await.1);
    }
    vanished.sort();
    assert_eq!(vanished, named(&["a.h5", "scans/deep/d.h5"]));
}

#[tokio::test]
async fn a_file_appears_once_it_is_an_hdf5_file() {
    let server = Setup::new().start().await;
    let (mut socket, _) = watch(&server).await;
    let whole = server.path("../whole.h5");
    make(&whole);
    let bytes = std::fs::read(whole).unwrap();
    // The file stays open for writing, as that of a program that goes on for hours.
    let mut file = std::fs::File::create(server.path("slow.h5")).unwrap();
    make(&server.path("other.h5"));
    assert_eq!(change(&mut socket).await, (named(&["other.h5"]), vec![]));
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    assert_eq!(change(&mut socket).await, (named(&["slow.h5"]), vec![]));
}

#[tokio::test]
async fn files_that_clients_make_and_remove_are_announced_too() {
    let server = Setup::new().argument("--allow-delete-files").start().await;
    let (mut socket, _) = watch(&server).await;
    let (mut quiet, _) = watch(&server).await;
    quiet.ok(json!({"command": "files", "watch": false})).await;
    let mut other = RawSocket::connect(&server).await;
    other.ok(json!({"command": "create_file", "file": "new.h5"})).await;
    assert_eq!(change(&mut socket).await, (named(&["new.h5"]), vec![]));
    other.ok(json!({"command": "delete_file", "file": "new.h5"})).await;
    assert_eq!(change(&mut socket).await, (vec![], named(&["new.h5"])));
    let path = server.path("../sent.h5");
    make(&path);
    Program::of(&server, &["put", path.to_str().unwrap(), "sent.h5"]).run().await;
    assert_eq!(change(&mut socket).await, (named(&["sent.h5"]), vec![]));
    // Whoever does not watch any more hears nothing before the answer to the next request.
    quiet.text(&json!({"command": "ping", "id": 1}).to_string()).await;
    let heard = within("the answer", quiet.json()).await;
    assert_eq!(heard["id"], 1, "{heard}");
}

#[tokio::test]
async fn the_last_of_many_words_about_watching_counts() {
    let server = Setup::new().start().await;
    // Making the list takes longer than sending a request.
    for number in 0..500 {
        std::fs::create_dir(server.path(&number.to_string())).unwrap();
    }
    let (mut socket, _) = watch(&server).await;
    let mut wavering = RawSocket::connect(&server).await;
    for round in 0..4 {
        for watch in [true, false, round % 2 == 0] {
            let request = json!({"command": "files", "watch": watch, "id": 1});
            wavering.text(&request.to_string()).await;
        }
        for _ in 0..3 {
            assert_eq!(within("an answer", wavering.json()).await["id"], 1);
        }
        let name = format!("{round}.h5");
        make(&server.path(&name));
        assert_eq!(change(&mut socket).await, (named(&[&name]), vec![]));
        if round % 2 == 0 {
            assert_eq!(change(&mut wavering).await, (named(&[&name]), vec![]));
        }
        wavering.text(&json!({"command": "ping", "id": 2}).to_string()).await;
        let heard = within("the answer", wavering.json()).await;
        assert_eq!(heard["id"], 2, "{round}: {heard}");
    }
}

#[tokio::test]
async fn the_clock_finds_what_the_system_does_not_tell() {
    let setup = Setup::new().argument("--watch-by-polling").option("--watch-poll-ms", 5);
    let server = setup.start().await;
    let (mut socket, _) = watch(&server).await;
    make(&server.path("b.h5"));
    assert_eq!(change(&mut socket).await, (named(&["b.h5"]), vec![]));
    std::fs::remove_file(server.path("b.h5")).unwrap();
    assert_eq!(change(&mut socket).await, (vec![], named(&["b.h5"])));
}

#[tokio::test]
async fn the_rust_client_sees_the_list_change_over_a_restart() {
    let mut server = Setup::new().file("a.h5", "").start().await;
    let client = server.connect(ConnectOptions::from(server.address.clone())).await;
    let mut list = client.watch_files();
    let mut next = async || -> Vec<String> {
        let files = within("the list", list.next()).await.unwrap();
        files.into_iter().map(|file| file.name).collect()
    };
    assert_eq!(next().await, ["a.h5"]);
    make(&server.path("b.h5"));
    assert_eq!(next().await, ["a.h5", "b.h5"]);
    server.process().signal("KILL");
    make(&server.path("c.h5"));
    server = server.restart().await;
    assert_eq!(next().await, ["a.h5", "b.h5", "c.h5"]);
    make(&server.path("d.h5"));
    assert_eq!(next().await, ["a.h5", "b.h5", "c.h5", "d.h5"]);
}
