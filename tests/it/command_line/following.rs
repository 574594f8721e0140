//! `follow` and `watch`: what comes later.

use hdf5_async_client::Values;
use hdf5_async_tests::{Program, Setup, within};

use super::server;

#[tokio::test]
async fn follow_prints_rows_as_they_are_appended() {
    let server = server().await;
    let mut follow = Program::of(&server, &["follow", "-n", "1", "a.h5:/log"]).start();
    assert_eq!(follow.line().await, "     1  2.0");
    let file = server.file("a.h5").await;
    for number in [3.5, 4.25] {
        let values = Values::from_slice(&[1], &[number]).unwrap();
        file.append("/log", 0, &values).await.unwrap();
    }
    assert_eq!(follow.line().await, "     2  3.5");
    assert_eq!(follow.line().await, "     3  4.25");
    assert_eq!(follow.interrupt().await, Some(0));
}

#[tokio::test]
async fn follow_has_forms_for_programs() {
    let script =
        "f.create_dataset('rows', data=[[1, 2], [3, 4]], maxshape=(None, 2), chunks=(8, 2))";
    let server = Setup::new().file("a.h5", script).start().await;
    let mut json = Program::of(&server, &["follow", "--json", "a.h5:/rows"]).start();
    let mut csv = Program::of(&server, &["follow", "-f", "csv", "-n", "1", "a.h5:/rows"]).start();
    assert_eq!((json.line().await, json.line().await), ("[1,2]".to_owned(), "[3,4]".to_owned()));
    assert_eq!(csv.line().await, "3,4");
    let values = Values::from_slice(&[2, 2], &[5_i64, 6, 7, 8]).unwrap();
    server.file("a.h5").await.append("/rows", 0, &values).await.unwrap();
    assert_eq!((json.line().await, json.line().await), ("[5,6]".to_owned(), "[7,8]".to_owned()));
    assert_eq!((csv.line().await, csv.line().await), ("5,6".to_owned(), "7,8".to_owned()));
}

#[tokio::test]
async fn follow_goes_on_after_the_server_came_back() {
    let server = server().await;
    let mut follow = Program::of(&server, &["follow", "-n", "0", "--json", "a.h5:/log"]).start();
    let values = Values::from_slice(&[1], &[3.5]).unwrap();
    let append = async |server: &hdf5_async_tests::TestServer| {
        server.file("a.h5").await.append("/log", 0, &values).await.unwrap();
    };
    // The subscription begins at a time of its own; whatever comes first, it goes on from there.
    let first = async {
        loop {
            append(&server).await;
            tokio::task::yield_now().await;
        }
    };
    let line = tokio::select! {
        line = follow.line() => line,
        () = first => String::new(),
    };
    assert_eq!(line, "3.5");
    let server = server.restart().await;
    append(&server).await;
    assert_eq!(follow.line().await, "3.5");
    assert_eq!(follow.interrupt().await, Some(0));
}

#[tokio::test]
async fn follow_ends_when_there_is_nothing_to_follow_any_more() {
    let server = server().await;
    let mut follow = Program::of(&server, &["follow", "-n", "1", "a.h5:/log"]).start();
    follow.line().await;
    server.file("a.h5").await.delete("/log").await.unwrap();
    let status = within("the end of follow", follow.child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(4));
    let errors = Program::of(&server, &["follow", "a.h5:/entry/title"]).fails(6).await;
    assert_eq!(
        errors,
        "hdf5-async: /entry/title has no rows that could be appended; read prints it\n"
    );
}

#[tokio::test]
async fn watch_takes_the_path_in_the_address() {
    let server = server().await;
    let mut watch = Program::of(&server, &["watch", "a.h5:/entry"]).start();
    let file = server.client("somebody").await.file("a.h5");
    let values = Values::from_slice(&[], &[1_i64]).unwrap();
    let writing = async {
        loop {
            file.write("/flags2", &values).await.unwrap();
            file.write("/entry/n", &values).await.unwrap();
        }
    };
    let line = tokio::select! {
        line = watch.line() => line,
        () = writing => String::new(),
    };
    assert!(line.contains("  /entry/n  ") && line.ends_with("  by somebody"), "{line}");
    assert_eq!(watch.interrupt().await, Some(0));
}
