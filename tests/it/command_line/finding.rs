//! `find`: what fits patterns.

use hdf5_async_tests::Program;
use serde_json::{Value, json};

use super::server;

#[tokio::test]
async fn objects_are_found_by_names_and_attributes() {
    let server = server().await;
    for (arguments, expected) in [
        (&["a.h5", "*a*a*"][..], "/entry/data\n"),
        (&["a.h5:/entry", "**/t*"], "/entry/title\n"),
        (&["a.h5", "--kind", "group"], "/\n/entry\n"),
        (&["a.h5", "--kind", "datatype"], "/type\n"),
        (&["a.h5", "DATA", "-i"], "/entry/data\n"),
        (&["a.h5", "nothing*"], ""),
    ] {
        let arguments: Vec<&str> = ["find"].iter().chain(arguments).copied().collect();
        let found = Program::of(&server, &arguments).prints().await;
        let lines = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&found), lines(expected), "{arguments:?}");
    }
    let found = Program::of(&server, &["find", "a.h5", "-a", "un*", "-v", "m?"]).prints().await;
    assert!(found.contains("/entry/data  units = mm\n"), "{found}");
    let json = Program::of(&server, &["find", "--json", "a.h5", "cube"]).prints().await;
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&found["path"], &found["kind"]), (&json!("/entry/cube"), &json!("dataset")));
    let errors = Program::of(&server, &["find", "a.h5", "[a"]).fails(6).await;
    assert!(errors.contains("\"[\" is not closed"), "{errors}");
    Program::of(&server, &["find", "a.h5:/nowhere", "*"]).fails(4).await;
}
