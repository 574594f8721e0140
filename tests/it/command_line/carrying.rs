//! `get` and `put`: whole files, byte by byte the same on both sides.

use std::time::{Duration, UNIX_EPOCH};

use hdf5_async_tests::{Program, Setup, h5py};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{CONTENT, server};

#[tokio::test]
async fn a_whole_file_is_downloaded_while_it_is_served() {
    let server = server().await;
    Program::of(&server, &["write", "a.h5:/fresh", "[1, 2, 3]"]).prints().await;
    let folder = tempfile::tempdir().unwrap();
    let get = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["get"].iter().chain(arguments).copied().collect();
        Program::of(&server, &arguments).folder(folder.path())
    };
    let printed = get(&["a.h5"]).prints().await;
    assert!(printed.starts_with("./a.h5  ") && printed.ends_with(" KiB\n"), "{printed}");
    let fresh = h5py(&folder.path().join("a.h5"), "result = h5py.File(path)['fresh'][()].tolist()");
    assert_eq!(fresh, json!([1, 2, 3]));
    let errors = get(&["a.h5"]).fails(2).await;
    assert!(errors.contains("--force replaces it"), "{errors}");
    let json = get(&["--json", "--force", "a.h5", "b.h5"]).prints().await;
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&document["file"], &document["to"]), (&json!("a.h5"), &json!("b.h5")));
    // The only file of the server, into a pipe.
    let piped = Program::new(&["get", &server.url, "-"]).run_bytes().await;
    assert_eq!(piped.len() as u64, document["bytes"].as_u64().unwrap());
    assert_eq!(piped[..8], *b"\x89HDF\r\n\x1a\n");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test]
async fn what_cannot_be_downloaded_leaves_nothing_behind() {
    let server = Setup::new().file("a.h5", CONTENT).file("b.h5", "").start().await;
    let folder = tempfile::tempdir().unwrap();
    let wrong = format!("ws://{}/a.h5#token=wrong", server.address.authority());
    for (code, arguments, complaint) in [
        (4, &["get", "missing.h5"][..], "missing.h5"),
        (2, &["get", "a.h5:/log"], "get carries whole files"),
        (2, &["get", &server.url], "the server has 2 files"),
        (3, &["get", "ws://127.0.0.1:1/a.h5"], "127.0.0.1:1"),
        (5, &["get", &wrong], "token"),
        (4, &["get", "a.h5", "no/such/folder/x.h5"], "no/such/folder"),
    ] {
        let errors = Program::of(&server, arguments).folder(folder.path()).fails(code).await;
        assert!(errors.contains(complaint), "{arguments:?}: {errors}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_whole_file_is_uploaded() {
    let server = Setup::new().argument("--allow-delete-files").start().await;
    let folder = tempfile::tempdir().unwrap();
    let local = folder.path().join("a.h5");
    h5py(&local, "with h5py.File(path, 'w') as f:\n    f['x'] = np.arange(100_000)\nresult = None");
    let put = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["put"].iter().chain(arguments).copied().collect();
        Program::of(&server, &arguments).folder(folder.path())
    };
    let printed = put(&["a.h5", &server.url]).prints().await;
    assert!(printed.starts_with("a.h5  ") && printed.ends_with(" KiB\n"), "{printed}");
    let same = || std::fs::read(server.path("a.h5")).unwrap() == std::fs::read(&local).unwrap();
    assert!(same());
    let errors = put(&["a.h5", "a.h5"]).fails(6).await;
    assert!(errors.contains("exists"), "{errors}");
    Program::of(&server, &["write", "a.h5:/x", "[1]"]).prints().await;
    let json = put(&["--json", "--force", "a.h5", "a.h5"]).prints().await;
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["name"], "a.h5");
    assert_eq!(document["bytes"], std::fs::metadata(&local).unwrap().len());
    assert!(same());
    std::fs::write(folder.path().join("notes.txt"), "text").unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let wrong = format!("ws://{}/b.h5#token=wrong", server.address.authority());
    for (code, arguments, complaint) in [
        (4, &["missing.h5", "b.h5"][..], "missing.h5"),
        (2, &["folder", "b.h5"], "folder is no file"),
        (2, &["a.h5", "b.h5:/x"], "put carries whole files"),
        (1, &["notes.txt", "b.h5"], "not an HDF5 file"),
        (6, &["a.h5", "b.h5.log"], "log"),
        (4, &["a.h5", "nowhere/"], "nowhere/a.h5"),
        (3, &["a.h5", "ws://127.0.0.1:1/b.h5"], "127.0.0.1:1"),
        (5, &["a.h5", &wrong], "token"),
    ] {
        let errors = put(arguments).fails(code).await;
        assert!(errors.contains(complaint), "{arguments:?}: {errors}");
    }
    assert!(!server.path("b.h5").exists());
}

/// A server that breaks off after ten bytes.
async fn breaks_off(tag: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: 100\r\n\r\n0123456789");
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.read_exact(&mut [0; 4]).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
    });
    format!("ws://{address}/a.h5")
}

#[tokio::test]
async fn a_download_that_broke_off_goes_on_with_the_same_content() {
    let folder = tempfile::tempdir().unwrap();
    let local = |name: &str| folder.path().join(name);
    let server = Setup::new().file("a.h5", CONTENT).start().await;
    let served = std::fs::File::options().write(true).open(server.path("a.h5")).unwrap();
    served.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    let whole = std::fs::read(server.path("a.h5")).unwrap();

    let errors = Program::new(&["get", &breaks_off("\"x\"").await]).folder(folder.path()).fails(3);
    errors.await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let broken = breaks_off("\"x\"").await;
    Program::new(&["get", "--continue", &broken]).folder(folder.path()).fails(3).await;
    assert_eq!(std::fs::read(local("a.h5.part")).unwrap(), b"0123456789");
    assert_eq!(std::fs::read(local("a.h5.part.tag")).unwrap(), b"\"x\"");
    // It was of another content: all of it comes.
    let get = || Program::of(&server, &["get", "--continue", "a.h5"]).folder(folder.path());
    get().prints().await;
    assert!(std::fs::read(local("a.h5")).unwrap() == whole);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");

    // What is there is not asked for again, be it all of it: its first bytes are not the server's.
    let client = hdf5_async_client::ConnectOptions::from(server.address.clone());
    let download = hdf5_async_client::Download::begin(&client, "a.h5").await.unwrap();
    let tag = download.tag().unwrap().to_owned();
    for have in [1000, whole.len()] {
        std::fs::remove_file(local("a.h5")).unwrap();
        let mut marked = whole.clone();
        marked[..4].copy_from_slice(b"mark");
        std::fs::write(local("a.h5.part"), &marked[..have]).unwrap();
        std::fs::write(local("a.h5.part.tag"), &tag).unwrap();
        get().prints().await;
        assert!(std::fs::read(local("a.h5")).unwrap() == marked);
    }
}

#[tokio::test]
async fn no_tag_stands_beside_the_content_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let local = |name: &str| folder.path().join(name);
    let get = async |code| {
        let broken = breaks_off("\"new\"").await;
        Program::new(&["get", "--continue", &broken]).folder(folder.path()).fails(code).await
    };
    // What was there cannot be cut off: the program ends in between.
    std::fs::create_dir(local("a.h5.part")).unwrap();
    std::fs::write(local("a.h5.part.tag"), "\"old\"").unwrap();
    get(1).await;
    assert_ne!(std::fs::read(local("a.h5.part.tag")).unwrap_or_default(), b"\"new\"");
    std::fs::remove_dir(local("a.h5.part")).unwrap();
    std::fs::write(local("a.h5.part"), "what was there is longer").unwrap();
    get(3).await;
    assert_eq!(std::fs::read(local("a.h5.part")).unwrap(), b"0123456789");
    assert_eq!(std::fs::read(local("a.h5.part.tag")).unwrap(), b"\"new\"");
}
