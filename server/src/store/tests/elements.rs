//! Inserting, resizing, filling and single points: what is in the dataset afterwards, events, and refusals.

use hdf5_async_protocol::message::ErrorCode;
use serde_json::json;

use super::{Bench, LIMITS};
use crate::store::StoreLimits;

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "create_dataset", "path": "/d", "datatype": "<i4", "shape": [2, 3], "max_shape": [null, 6],
            "fill_value": -1, "data": [[1, 2, 3], [4, 5, 6]]}"#,
    );
    bench
}

#[test]
fn a_dataset_is_resized_within_its_maximum() {
    let mut bench = bench();
    let events = bench.events(r#"{"command": "resize", "path": "/d", "shape": [3, 2]}"#);
    assert_eq!(
        events,
        [json!({"event": "resized", "path": "/d", "old_shape": [2, 3], "shape": [3, 2]})]
    );
    assert_eq!(bench.read("/d"), json!([[1, 2], [4, 5], [-1, -1]]));
    assert!(bench.events(r#"{"command": "resize", "path": "/d", "shape": [3, 2]}"#).is_empty());
    bench.run(r#"{"command": "write", "path": "/fixed", "data": [1, 2]}"#);
    bench.run(r#"{"command": "write", "path": "/scalar", "data": 1}"#);
    assert!(bench.events(r#"{"command": "resize", "path": "/fixed", "shape": [2]}"#).is_empty());
    for (path, shape, code) in [
        ("/d", "[3, 7]", ErrorCode::ShapeMismatch),
        ("/d", "[3]", ErrorCode::ShapeMismatch),
        ("/d", "[18446744073709551615, 6]", ErrorCode::ShapeMismatch),
        ("/d", "[9223372036854775807, 6]", ErrorCode::TooLarge),
        ("/fixed", "[3]", ErrorCode::ShapeMismatch),
        ("/fixed", "[1]", ErrorCode::ShapeMismatch),
        ("/scalar", "[]", ErrorCode::ShapeMismatch),
        ("/", "[1]", ErrorCode::WrongKind),
        ("/none", "[1]", ErrorCode::NotFound),
    ] {
        let command = format!(r#"{{"command": "resize", "path": "{path}", "shape": {shape}}}"#);
        assert_eq!(bench.refused(&command).0, code, "{command}");
    }
    assert_eq!(bench.read("/d"), json!([[1, 2], [4, 5], [-1, -1]]));
}

#[test]
fn values_are_inserted_along_any_axis() {
    let mut bench = bench();
    let events = bench.events(
        r#"{"command": "insert", "path": "/d", "index": 1, "data": [[7, 8, 9], [0, 0, 0]]}"#,
    );
    assert_eq!(bench.read("/d"), json!([[1, 2, 3], [7, 8, 9], [0, 0, 0], [4, 5, 6]]));
    assert_eq!(
        events,
        [
            json!({"event": "written", "path": "/d", "region": "1:4, 0:3", "old_shape": [2, 3], "shape": [4, 3]})
        ]
    );
    // A single row, from the end.
    bench.run(r#"{"command": "insert", "path": "/d", "index": -1, "data": [5, 5, 5]}"#);
    assert_eq!(bench.read("/d"), json!([[1, 2, 3], [7, 8, 9], [0, 0, 0], [5, 5, 5], [4, 5, 6]]));
    bench.run(r#"{"command": "resize", "path": "/d", "shape": [2, 3]}"#);
    bench.run(r#"{"command": "insert", "path": "/d", "index": 0, "axis": 1, "data": [10, 20]}"#);
    assert_eq!(bench.read("/d"), json!([[10, 1, 2, 3], [20, 7, 8, 9]]));
    // At the end it is an append, and says what came.
    let events = bench
        .events(r#"{"command": "insert", "path": "/d", "index": 4, "axis": 1, "data": [0, 0]}"#);
    assert_eq!(events[0]["values"]["data"], json!([[0], [0]]));
    assert_eq!(bench.read("/d"), json!([[10, 1, 2, 3, 0], [20, 7, 8, 9, 0]]));
    for (fields, code) in [
        (r#""index": 3, "data": [1, 2, 3, 4, 5]"#, ErrorCode::InvalidSelection),
        (r#""index": -3, "data": [1, 2, 3, 4, 5]"#, ErrorCode::InvalidSelection),
        (r#""index": 0, "data": [1, 2]"#, ErrorCode::ShapeMismatch),
        (r#""index": 0, "axis": 2, "data": [1, 2]"#, ErrorCode::ShapeMismatch),
        (r#""index": 0, "axis": 1, "data": [[1, 2], [3, 4]]"#, ErrorCode::ShapeMismatch),
        (r#""index": 0, "data": [1, 2, 3, 4, "x"]"#, ErrorCode::InvalidValue),
        (r#""index": 0"#, ErrorCode::InvalidRequest),
    ] {
        let command = format!(r#"{{"command": "insert", "path": "/d", {fields}}}"#);
        assert_eq!(bench.refused(&command).0, code, "{command}");
    }
    assert_eq!(bench.read("/d"), json!([[10, 1, 2, 3, 0], [20, 7, 8, 9, 0]]));
}

#[test]
fn inserting_makes_what_is_missing_only_at_the_start() {
    let mut bench = Bench::new();
    let insert = |index: i64| {
        format!(
            r#"{{"command": "insert", "path": "/g/new", "index": {index}, "data": ["b", "c"]}}"#
        )
    };
    assert_eq!(bench.refused(&insert(1)).0, ErrorCode::NotFound);
    bench.run(&insert(0));
    bench.run(r#"{"command": "insert", "path": "/g/new", "index": 0, "data": "a"}"#);
    bench.run(r#"{"command": "insert", "path": "/g/new", "index": -1, "data": []}"#);
    assert_eq!(bench.read("/g/new"), json!(["a", "b", "c"]));
}

#[test]
fn inserting_moves_more_than_a_block() {
    let limits = StoreLimits { block_bytes: 64, max_rewrite_bytes: 4000, ..LIMITS };
    let mut bench = Bench::with_limits(limits);
    let mut rows: Vec<Vec<i64>> =
        (0..12_i64).map(|row| (row * 40..(row + 1) * 40).collect()).collect();
    let append = json!({"command": "append", "path": "/wide", "data": rows, "datatype": "<i4"});
    bench.run(&append.to_string());
    let insert = |index: usize, data: &[Vec<i64>], axis: u32| {
        json!({"command": "insert", "path": "/wide", "index": index, "data": data, "axis": axis})
            .to_string()
    };
    let added = [vec![-1; 40], vec![-2; 40], vec![-3; 40]];
    bench.run(&insert(5, &added, 0));
    rows.splice(5..5, added);
    assert_eq!(bench.read_whole("/wide"), json!(rows));
    let texts: Vec<String> = (0..50).map(|n| "x".repeat(n % 7)).collect();
    let append = json!({"command": "append", "path": "/texts", "data": texts});
    bench.run(&append.to_string());
    bench.run(r#"{"command": "insert", "path": "/texts", "index": 3, "data": ["new"]}"#);
    let mut expected = texts.clone();
    expected.insert(3, "new".to_owned());
    assert_eq!(bench.read_whole("/texts"), json!(expected));
    // 15 rows of 160 bytes may move, 26 may not.
    bench.run(&append_rows(11));
    assert_eq!(bench.refused(&insert(0, &[vec![0; 40]], 0)).0, ErrorCode::TooLarge);
    bench.run(&insert(2, &[vec![0; 40]], 0));
}

fn append_rows(count: usize) -> String {
    json!({"command": "append", "path": "/wide", "data": vec![vec![0; 40]; count]}).to_string()
}

#[test]
fn one_value_fills_what_is_selected() {
    let limits = StoreLimits { block_bytes: 32, inline_value_bytes: 16, ..LIMITS };
    let mut bench = Bench::with_limits(limits);
    bench.run(
        r#"{"command": "create_dataset", "path": "/d", "datatype": ">i2", "shape": [6, 5], "chunks": [4, 3], "fill_value": 9}"#,
    );
    let events =
        bench.events(r#"{"command": "fill", "path": "/d", "selection": "::2, [0, 4]", "data": 7}"#);
    assert_eq!(events[0]["region"], "0:5, 0:5");
    assert_eq!(events[0].get("values"), None);
    let odd = json!([9, 9, 9, 9, 9]);
    let even = json!([7, 9, 9, 9, 7]);
    assert_eq!(bench.read_whole("/d"), json!([even, odd, even, odd, even, odd]));
    let events =
        bench.events(r#"{"command": "fill", "path": "/d", "selection": "0:2, 1", "data": 3}"#);
    assert_eq!(events[0]["values"]["data"], json!([3, 3]));
    bench.run(r#"{"command": "fill", "path": "/d"}"#);
    assert_eq!(bench.read_whole("/d"), json!([odd, odd, odd, odd, odd, odd]));
    assert!(
        bench
            .events(r#"{"command": "fill", "path": "/d", "selection": "6:", "data": 1}"#)
            .is_empty()
    );
    bench.run(r#"{"command": "write", "path": "/text", "data": ["a", "b"]}"#);
    bench.run(r#"{"command": "fill", "path": "/text", "data": "long text"}"#);
    assert_eq!(bench.read("/text"), json!(["long text", "long text"]));
    bench.run(r#"{"command": "fill", "path": "/text"}"#);
    assert_eq!(bench.read("/text"), json!(["", ""]));
    bench.run(r#"{"command": "write", "path": "/scalar", "data": 1.5}"#);
    bench.run(r#"{"command": "fill", "path": "/scalar", "data": 2}"#);
    assert_eq!(bench.read("/scalar"), json!(2.0));
    for (fields, code) in [
        (r#""data": [1, 2]"#, ErrorCode::ShapeMismatch),
        (r#""data": 40000"#, ErrorCode::InvalidValue),
        (r#""data": "x""#, ErrorCode::InvalidValue),
        (r#""data": 1, "selection": "7""#, ErrorCode::InvalidSelection),
    ] {
        let command = format!(r#"{{"command": "fill", "path": "/d", {fields}}}"#);
        assert_eq!(bench.refused(&command).0, code, "{command}");
    }
    bench.run(
        r#"{"command": "create_dataset", "path": "/huge", "datatype": "|u1", "shape": [1000000000], "chunks": [1000000]}"#,
    );
    assert_eq!(bench.refused(r#"{"command": "fill", "path": "/huge"}"#).0, ErrorCode::TooLarge);
}

#[test]
fn single_points_are_read_and_written() {
    let mut bench = bench();
    let points =
        |points: &str| format!(r#"{{"command": "points", "path": "/d", "points": {points}}}"#);
    assert_eq!(bench.values(&points("[[1, 2], [0, 0], [-1, -3], [1, 2]]")), json!([6, 1, 4, 6]));
    assert_eq!(bench.values(&points("[]")), json!([]));
    let events = bench.events(
        r#"{"command": "write_points", "path": "/d", "points": [[0, 1], [1, 2], [0, 1]], "data": [7, 8, 9]}"#,
    );
    assert_eq!(
        events,
        [json!({"event": "written", "path": "/d", "region": "0:2, 1:3", "shape": [2, 3]})]
    );
    bench
        .run(r#"{"command": "write_points", "path": "/d", "points": [[0, 0], [1, 0]], "data": 0}"#);
    assert_eq!(bench.read("/d"), json!([[0, 9, 3], [0, 5, 8]]));
    let none = r#"{"command": "write_points", "path": "/d", "points": [], "data": 0}"#;
    assert!(bench.events(none).is_empty());
    bench.run(r#"{"command": "write", "path": "/text", "data": ["a", "b", "c"]}"#);
    bench.run(r#"{"command": "write_points", "path": "/text", "points": [[2], [0], [2]], "data": ["x", "y", "z"]}"#);
    assert_eq!(bench.read("/text"), json!(["y", "b", "z"]));
    let text = r#"{"command": "points", "path": "/text", "points": [[2], [0]]}"#;
    assert_eq!(bench.values(text), json!(["z", "y"]));
    bench.run(r#"{"command": "write", "path": "/scalar", "data": 1}"#);
    for (fields, code) in [
        (r#""/d", "points": [[2, 0]]"#, ErrorCode::InvalidSelection),
        (r#""/d", "points": [[0, -4]]"#, ErrorCode::InvalidSelection),
        (r#""/d", "points": [[0]]"#, ErrorCode::InvalidSelection),
        (r#""/scalar", "points": [[]]"#, ErrorCode::ShapeMismatch),
        (r#""/none", "points": [[0]]"#, ErrorCode::NotFound),
    ] {
        let read = format!(r#"{{"command": "points", "path": {fields}}}"#);
        assert_eq!(bench.refused(&read).0, code, "{read}");
        let write = format!(r#"{{"command": "write_points", "path": {fields}, "data": 1}}"#);
        assert_eq!(bench.refused(&write).0, code, "{write}");
    }
    let uneven = r#"{"command": "write_points", "path": "/d", "points": [[0, 0], [1, 1]], "data": [1, 2, 3]}"#;
    assert_eq!(bench.refused(uneven).0, ErrorCode::ShapeMismatch);
}
