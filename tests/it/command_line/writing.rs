//! `write`, `append` and `rm`; h5py says what is in the file afterwards.

use hdf5_async_tests::{Program, Setup, h5py};
use serde_json::json;

use super::server;

#[tokio::test]
async fn values_from_the_command_line() {
    let server = server().await;
    let write = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["write"].iter().chain(arguments).copied().collect();
        Program::of(&server, &arguments).prints()
    };
    assert_eq!(write(&["a.h5:/new/ints", "[1, 2, 3]"]).await, "/new/ints  3  <i8\n");
    assert_eq!(write(&["a.h5:/new/real", "-1.5"]).await, "/new/real  scalar  <f8\n");
    assert_eq!(write(&["a.h5:/new/text", "10 mm"]).await, "/new/text  scalar  string (UTF-8)\n");
    assert_eq!(write(&["a.h5:/new/small", "[1, 2]", "-d", "|u1"]).await, "/new/small  2  |u1\n");
    write(&["a.h5:/entry/data[0, 1:3]", "-7"]).await;
    write(&["a.h5:/entry/data[-1]", "[1, 2, 3, 4]"]).await;
    let json = write(&["--json", "a.h5:/new/ints", "[4]"]).await;
    let done: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&done["path"], &done["shape"]), (&json!("/new/ints"), &json!([1])));
    assert!(done["seq"].as_u64().unwrap() > 0, "{json}");
    let script =
        "result = [f['new/ints'][()].tolist(), f['new/real'][()], f['new/text'].asstr()[()],
        str(f['new/small'].dtype), f['entry/data'][()].tolist()]";
    let expected =
        json!([[4], -1.5, "10 mm", "uint8", [[0, -7, -7, 3], [4, 5, 6, 7], [1, 2, 3, 4]]]);
    assert_eq!(server.judged("a.h5", &script.replace('\n', " ")).await, expected);
}

#[tokio::test]
async fn values_from_files_and_pipes() {
    let server = Setup::new().file("a.h5", "f['texts'] = ['x', 'y']").start().await;
    let folder = server.path("input");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("grid.csv"), "1,2.5\n-3,nan\n").unwrap();
    std::fs::write(folder.join("data.json"), "[[1, 2], [3, 4]]\n").unwrap();
    h5py(
        &folder.join("make"),
        "
import os
folder = os.path.dirname(path)
np.save(folder + '/fortran.npy', np.asfortranarray(np.arange(24, dtype='>i4').reshape(2, 3, 4)))
np.save(folder + '/texts.npy', np.array(['a', 'é', '日本']))
np.save(folder + '/big.npy', np.arange(3_000_000, dtype='<f8').reshape(3000, 1000))
",
    );
    let write = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["write"].iter().chain(arguments).copied().collect();
        Program::of(&server, &arguments).folder(&folder)
    };
    assert_eq!(write(&["a.h5:/csv", "-i", "grid.csv"]).prints().await, "/csv  2 x 2  <f8\n");
    assert_eq!(write(&["a.h5:/json", "-i", "data.json"]).prints().await, "/json  2 x 2  <i8\n");
    write(&["a.h5:/fortran", "-i", "fortran.npy"]).prints().await;
    write(&["a.h5:/unicode", "-i", "texts.npy"]).prints().await;
    assert_eq!(write(&["a.h5:/big", "-i", "big.npy"]).prints().await, "/big  3000 x 1000  <f8\n");
    // Once more, into what is there now.
    write(&["a.h5:/big", "-i", "big.npy"]).prints().await;
    write(&["a.h5:/piped", "-i", "-"]).prints_with("[5, 6]").await;
    write(&["a.h5:/texts[:]", "-i", "-", "-f", "csv"]).prints_with("7\nb\n").await;
    let script = "result = [np.array_str(f['csv'][()]), f['json'][()].tolist(), str(f['fortran'].dtype),
        bool((f['fortran'][()] == np.arange(24).reshape(2, 3, 4)).all()), f['unicode'].asstr()[()].tolist(),
        bool((f['big'][()].ravel() == np.arange(3_000_000)).all()), f['piped'][()].tolist(), f['texts'].asstr()[()].tolist()]";
    let expected = json!([
        "[[ 1.   2.5]\n [-3.   nan]]",
        [[1, 2], [3, 4]],
        ">i4",
        true,
        ["a", "é", "日本"],
        true,
        [5, 6],
        ["7", "b"]
    ]);
    assert_eq!(server.judged("a.h5", &script.replace('\n', " ")).await, expected);
}

#[tokio::test]
async fn rows_are_appended_from_everywhere() {
    let server = server().await;
    let append = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["append"].iter().chain(arguments).copied().collect();
        Program::of(&server, &arguments)
    };
    assert_eq!(append(&["a.h5:/log", "3"]).prints().await, "/log  3  <f8\n");
    assert_eq!(append(&["a.h5:/log", "[4, 5]"]).prints().await, "/log  5  <f8\n");
    let lines = append(&["a.h5:/log", "-i", "-", "-f", "lines"]).prints_with("6\n\n7.5\n").await;
    assert_eq!(lines, "/log  7  <f8\n");
    append(&["a.h5:/log", "-i", "-", "-f", "csv"]).prints_with("8\n9\n").await;
    append(&["a.h5:/rows", "-i", "-", "-f", "lines"]).prints_with("[1, 2]\n[3, 4]\n").await;
    let many: Vec<String> = (0..5000).map(|number| number.to_string()).collect();
    let many = many.join("\n");
    append(&["a.h5:/many", "-i", "-", "-f", "lines"]).prints_with(&many).await;
    h5py(&server.path("x.npy"), "np.save(path, np.arange(2_500_000, dtype='<f8').reshape(-1, 5))");
    let file = server.path("x.npy");
    let npy = append(&["a.h5:/table", "-i", file.to_str().unwrap()]).prints().await;
    assert_eq!(npy, "/table  500000 x 5  <f8\n");
    let script = "result = [f['log'][()].tolist(), f['rows'][()].tolist(), bool((f['many'][()] == np.arange(5000)).all()),
        bool((f['table'][()].ravel() == np.arange(2_500_000)).all())]";
    let expected =
        json!([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 9.0], [[1, 2], [3, 4]], true, true]);
    assert_eq!(server.judged("a.h5", &script.replace('\n', " ")).await, expected);
}

#[tokio::test]
async fn a_bad_line_is_named_and_those_before_it_are_there() {
    let server = server().await;
    let append = Program::of(&server, &["append", "a.h5:/log", "-i", "-", "-f", "lines"]);
    let ended = append.run_with("3\n{\n4\n").await;
    assert_eq!(ended.code, Some(6), "{ended:?}");
    assert!(ended.errors.starts_with("hdf5-async: standard input, line 2: not JSON"), "{ended:?}");
    let found = server.judged("a.h5", "result = f['log'][()].tolist()").await;
    assert_eq!(found, json!([1.0, 2.0, 3.0]));
}

#[tokio::test]
async fn rm_deletes_links() {
    let server = server().await;
    let rm = Program::of(&server, &["rm", "a.h5:/link", "a.h5:/entry/cube"]).prints().await;
    assert_eq!(rm, "deleted /link\ndeleted /entry/cube\n");
    let json = Program::of(&server, &["rm", "--json", "a.h5:/lost"]).prints().await;
    assert!(json.starts_with("{\"deleted\":\"/lost\",\"epoch\":"), "{json}");
    let found = server.judged("a.h5", "result = [sorted(f), sorted(f['entry'])]").await;
    let left = ["entry", "flags", "log", "null", "other", "special", "type"];
    assert_eq!(found, json!([left, ["data", "names", "title"]]));
}
