//! `cp`, `mv`, `ln` and `attr rename`; h5py says what leads where afterwards.

use hdf5_async_tests::{Program, Setup};
use serde_json::json;

use super::{CONTENT, server};

#[tokio::test]
async fn objects_are_copied_moved_and_linked() {
    let server = server().await;
    let run = |arguments: &[&str]| Program::of(&server, arguments).prints();
    assert_eq!(run(&["cp", "a.h5:/entry", "/copies/one"]).await, "copied /entry to /copies/one\n");
    assert_eq!(
        run(&["cp", "a.h5:/flags", "a.h5:/copies"]).await,
        "copied /flags to /copies/flags\n"
    );
    assert_eq!(run(&["mv", "a.h5:/log", "/entry"]).await, "moved /log to /entry/log\n");
    assert_eq!(run(&["mv", "a.h5:/special", "/new/name"]).await, "moved /special to /new/name\n");
    assert_eq!(run(&["ln", "/flags", "a.h5:/entry"]).await, "/entry/flags -> /flags\n");
    assert_eq!(run(&["ln", "-s", "later", "a.h5:/soft"]).await, "/soft -> later\n");
    assert_eq!(run(&["ln", "-s", "sub/b.h5:/x", "a.h5:/far"]).await, "/far -> sub/b.h5:/x\n");
    let renamed = run(&["attr", "rename", "a.h5:/entry/data", "units", "unit"]).await;
    assert_eq!(renamed, "renamed units of /entry/data to unit\n");
    let json = run(&["cp", "--json", "a.h5:/flags", "/again"]).await;
    assert_eq!(json, "{\"copy\":\"/again\",\"path\":\"/flags\"}\n");
    let script = "
kinds = lambda name: type(f.get(name, getlink=True)).__name__
result = [
    sorted(f['copies/one']), sorted(f['copies']), sorted(f['entry']), sorted(f['new']),
    f['entry/flags'] == f['flags'], f['copies/flags'] == f['flags'],
    f.get('soft', getlink=True).path, f.get('far', getlink=True).filename, f.get('far', getlink=True).path,
    sorted(f['entry/data'].attrs), sorted(f['copies/one/data'].attrs)]
";
    let expected = json!([
        ["cube", "data", "names", "title"],
        ["flags", "one"],
        ["cube", "data", "flags", "log", "names", "title"],
        ["name"],
        true,
        false,
        "later",
        "sub/b.h5",
        "/x",
        ["scale", "unit"],
        ["scale", "units"]
    ]);
    assert_eq!(server.judged("a.h5", script).await, expected);
}

#[tokio::test]
async fn what_cannot_be_linked_is_refused() {
    let server = Setup::new().file("a.h5", CONTENT).file("b.h5", "").start().await;
    for (code, arguments, complaint) in [
        (2, &["mv", "a.h5:/log", "b.h5:/log"][..], "within its file"),
        (2, &["mv", "a.h5:/log", "ws://127.0.0.1:1/a.h5:/x"], "within its file"),
        (2, &["ln", "b.h5:/x", "a.h5:/x"], "say --soft"),
        (2, &["ln", "ws://127.0.0.1:1/a.h5:/log", "a.h5:/x"], "two servers"),
        (2, &["cp", "a.h5:/log[0]", "/x"], "whole objects only"),
        (4, &["cp", "a.h5:/nowhere", "/x"], "nowhere"),
        (4, &["ln", "/nowhere", "a.h5:/x"], "nowhere"),
        (4, &["attr", "rename", "a.h5:/log", "no", "yes"], "no"),
        (6, &["mv", "a.h5:/log", "/flags"], "/flags"),
        (6, &["cp", "a.h5:/log", "/log/below"], "/log"),
    ] {
        let errors = Program::of(&server, arguments).fails(code).await;
        assert!(errors.contains(complaint), "{arguments:?}: {errors}");
    }
}
