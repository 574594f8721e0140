//! How commands end when something is wrong: a sentence on standard error and a code for scripts.

use hdf5_async_tests::{Program, Setup};
use serde_json::{Value, json};

use super::server;

#[tokio::test]
async fn each_kind_of_failure_has_its_code() {
    let server = server().await;
    for (code, arguments, complaint) in [
        (2, &["read", "ftp://host/a.h5"][..], "starts with neither ws:// nor http://"),
        (2, &["read", "a.h5:/entry/data[x]"], "the selection in the address"),
        (2, &["write", "a.h5:/x"], "no values: give them as JSON"),
        (2, &["write", "a.h5:/x", "[1, 2"], "the values are not JSON"),
        (2, &["rm", "a.h5"], "names no object"),
        (2, &["rm", "a.h5:/log[0]"], "leave out the selection"),
        (2, &["append", "a.h5:/log[0]", "1"], "a selection has no meaning"),
        (2, &["write", "a.h5:/x", "-i", "-", "-f", "lines"], "lines are rows to append"),
        (4, &["read", "a.h5:/nowhere"], "there is no link \"nowhere\" in /"),
        (4, &["ls", "missing.h5"], "no file \"missing.h5\" is served"),
        (4, &["attr", "get", "a.h5", "missing"], "missing"),
        (4, &["write", "a.h5:/x", "-i", "/no/such/file"], "/no/such/file: No such file"),
        (4, &["rm", "a.h5:/nowhere"], "nowhere"),
        (6, &["read", "a.h5:/entry"], "/entry is a group, not a dataset"),
        (6, &["read", "a.h5:/entry/data[9]"], "index 9 is outside axis 0, which has 3 elements"),
        (6, &["read", "a.h5:/entry/data[0, 0, 0]"], "names 3 axes, but the dataset has 2"),
        (6, &["write", "a.h5:/entry/data[0]", "[1, 2]"], "shape"),
        (6, &["append", "a.h5:/entry/data", "[1, 2]"], "/entry/data"),
        (6, &["stats", "a.h5:/entry/names"], "/entry/names"),
        (6, &["read", "-f", "npy", "a.h5:/entry/names"], "numpy has no dtype for string"),
        (6, &["read", "-f", "npy", "a.h5:/null"], "a null dataspace has no shape in numpy"),
        (6, &["write", "a.h5:/x", "-i", "/proc/self/status", "-f", "npy"], "this is no npy file"),
    ] {
        let ended = Program::of(&server, arguments).run().await;
        assert_eq!((ended.code, &*ended.out), (Some(code), ""), "{arguments:?}: {ended:?}");
        assert!(ended.errors.starts_with("hdf5-async: "), "{arguments:?}: {ended:?}");
        assert!(ended.errors.contains(complaint), "{arguments:?}: {ended:?}");
        assert_eq!(ended.errors.lines().count(), 1, "{arguments:?}: {ended:?}");
    }
    // Nothing of all that has changed anything.
    let listing = Program::of(&server, &["ls", "--json", "a.h5"]).prints().await;
    assert_eq!(listing.lines().count(), 9);
}

#[tokio::test]
async fn words_that_are_none_are_usage() {
    for arguments in
        [&["fly"][..], &["read"], &["read", "a", "--format", "xml"], &["ls", "--colour"]]
    {
        let ended = Program::new(arguments).run().await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.errors.contains("--help"), "{ended:?}");
    }
}

#[tokio::test]
async fn without_a_server_or_a_token() {
    let errors = Program::new(&["ls", "ws://127.0.0.1:1/a.h5"]).fails(3).await;
    assert!(errors.contains("no connection to ws://127.0.0.1:1/a.h5"), "{errors}");
    let errors = Program::new(&["ls", "a.h5"]).fails(2).await;
    assert!(errors.contains("ws://"), "{errors}");
    let server = server().await;
    let address = format!("ws://{}/a.h5", server.address.authority());
    let errors = Program::new(&["ls", &address]).fails(5).await;
    assert!(errors.contains("401"), "{errors}");
    let wrong = Program::new(&["ls", &address, "--token", "wrong-secret"]).fails(5).await;
    assert!(!wrong.contains("wrong-secret"), "{wrong}");
    // Each of the three ways in.
    let by_variable = Program::new(&["ls", &address]).variable("HDF5_ASYNC_TOKEN", server.token());
    let listing = by_variable.prints().await;
    let by_option = Program::new(&["ls", &address, "--token", server.token()]).prints().await;
    let in_address = format!("{address}#token={}", server.token());
    let by_address = Program::new(&["ls", &in_address]).prints().await;
    assert_eq!((&by_option, &by_address), (&listing, &listing));
}

#[tokio::test]
async fn a_server_for_reading_only_says_so() {
    let setup = Setup::new().file("a.h5", super::CONTENT).argument("--read-only");
    let server = setup.start().await;
    for arguments in
        [&["rm", "a.h5:/log"][..], &["write", "a.h5:/x", "1"], &["attr", "set", "a.h5", "x", "1"]]
    {
        let errors = Program::of(&server, arguments).fails(5).await;
        assert!(errors.contains("read"), "{errors}");
    }
}

#[tokio::test]
async fn programs_get_the_failure_as_json() {
    let server = server().await;
    for (arguments, code, expected) in [
        (&["read", "--json", "a.h5:/nowhere"][..], 4, json!("not_found")),
        (&["read", "--json", "a.h5:/entry"], 6, json!("wrong_kind")),
        (&["ls", "--json", "ws://127.0.0.1:1"], 3, json!("no_connection")),
        (&["rm", "--json", "a.h5"], 2, json!("usage")),
    ] {
        let errors = Program::of(&server, arguments).fails(code).await;
        let failure: Value = serde_json::from_str(&errors).unwrap();
        assert_eq!((&failure["status"], &failure["code"]), (&json!("error"), &expected));
        assert!(failure["message"].as_str().is_some_and(|message| message.len() > 5), "{errors}");
    }
}

#[tokio::test]
async fn whoever_stops_reading_is_not_told_of_it() {
    let script = "f['long'] = np.arange(2_000_000)";
    let server = Setup::new().file("a.h5", script).start().await;
    let mut read = Program::of(&server, &["read", "a.h5:/long"]).start();
    assert!(read.line().await.trim_start().starts_with("0  "));
    assert_eq!(read.stop_reading().await, (Some(0), String::new()));
    let mut completions = Program::new(&["completions", "bash"]).start();
    completions.line().await;
    assert_eq!(completions.stop_reading().await, (Some(0), String::new()));
}
