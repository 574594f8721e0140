//! Compounds: some of their members read and written, rows found by a predicate, rows appended by key.

use hdf5_async_protocol::message::{Command, ErrorCode, Request};
use hdf5_async_protocol::model::AxisRange;
use hdf5_async_protocol::values::to_json;
use serde_json::{Value, json};

use super::{Bench, LIMITS, object_path};
use crate::store::StoreLimits;
use crate::store::query::QueryBlock;

const ROW: &str = r#"{"class": "compound", "size": 40, "members": [
    {"name": "time", "offset": 0, "datatype": "<i8"},
    {"name": "price", "offset": 8, "datatype": "<f8"},
    {"name": "note", "offset": 16, "datatype": "string"},
    {"name": "side", "offset": 32, "datatype": "|S4"}]}"#;

fn append(rows: &str, unique_on: &str) -> String {
    format!(
        r#"{{"command": "append", "path": "/t", "datatype": {ROW}, "data": {rows}, "unique_on": "{unique_on}"}}"#
    )
}

fn times(bench: &mut Bench) -> Value {
    bench.values(r#"{"command": "read", "path": "/t", "fields": "time"}"#)
}

#[test]
fn rows_with_the_same_key_are_replaced_and_kept_in_order() {
    let mut bench = Bench::new();
    bench.run(&append(
        r#"[[5, 1.0, "five", "buy"], [3, 2.0, "x", "sell"], [3, 3.0, "three", "sell"]]"#,
        "time",
    ));
    assert_eq!(bench.read("/t"), json!([[3, 3.0, "three", "sell"], [5, 1.0, "five", "buy"]]));
    // Behind the last it is an append, and says what came.
    let events = bench.events(&append(r#"[[9, 0.5, "nine", ""]]"#, "time"));
    assert_eq!(
        (&events[0]["region"], &events[0]["old_shape"], &events[0]["values"]["data"]),
        (&json!("2:3"), &json!([2]), &json!([[9, 0.5, "nine", ""]]))
    );
    // Overlapping rows: one is replaced, one goes in between, one comes behind.
    let events = bench.events(&append(
        r#"[[7, 7.0, "seven", ""], [5, 5.5, "FIVE", "s"], [11, 0.0, "", ""]]"#,
        "time",
    ));
    assert_eq!((&events[0]["region"], &events[0]["shape"]), (&json!("1:5"), &json!([5])));
    assert_eq!(
        bench.read("/t"),
        json!([
            [3, 3.0, "three", "sell"],
            [5, 5.5, "FIVE", "s"],
            [7, 7.0, "seven", ""],
            [9, 0.5, "nine", ""],
            [11, 0.0, "", ""]
        ])
    );
    // The same again changes the values and no shape.
    let events = bench.events(&append(r#"[[7, 7.5, "again", ""]]"#, "time"));
    assert_eq!((&events[0].get("old_shape"), &events[0]["region"]), (&None, &json!("2:5")));
    // Before the first, and none at all.
    bench.run(&append(r#"[-1, 0.0, "", ""]"#, "time"));
    assert!(bench.events(&append("[]", "time")).is_empty());
    assert_eq!(times(&mut bench), json!([-1, 3, 5, 7, 9, 11]));
    // Something else writes in between: the order is looked at again.
    bench.run(
        r#"{"command": "update", "path": "/t", "selection": "0", "fields": "time", "data": 4}"#,
    );
    let (code, message) = bench.refused(&append(r#"[[20, 0.0, "", ""]]"#, "time"));
    assert_eq!(code, ErrorCode::Unsupported, "{message}");
    bench.run(
        r#"{"command": "update", "path": "/t", "selection": "0", "fields": "time", "data": 0}"#,
    );
    bench.run(&append(r#"[[20, 0.0, "", ""]]"#, "time"));
    assert_eq!(times(&mut bench), json!([0, 3, 5, 7, 9, 11, 20]));
}

#[test]
fn keys_are_numbers_or_texts_of_a_table() {
    let mut bench = Bench::new();
    bench.run(&append(r#"[[1, 1.0, "b", "y"], [2, 2.0, "a", "x"]]"#, "note"));
    assert_eq!(times(&mut bench), json!([2, 1]));
    bench.run(&append(r#"[[3, 3.0, "aa", "x"]]"#, "note"));
    assert_eq!(times(&mut bench), json!([2, 3, 1]));
    for (rows, member, code) in [
        (r#"[[4, "NaN", "", ""]]"#, "price", ErrorCode::InvalidValue),
        (r#"[[4, 1.0, "", ""]]"#, "none", ErrorCode::InvalidSelection),
        (r#"[[4, 1.0, "c", "x"]]"#, "side", ErrorCode::Unsupported),
    ] {
        assert_eq!(bench.refused(&append(rows, member)).0, code, "{rows} {member}");
    }
    bench.run(r#"{"command": "append", "path": "/plain", "data": [1, 2]}"#);
    let plain = r#"{"command": "append", "path": "/plain", "data": [1], "unique_on": "time"}"#;
    assert_eq!(bench.refused(plain).0, ErrorCode::InvalidSelection);
    bench.run(&format!(
        r#"{{"command": "create_dataset", "path": "/wide", "datatype": {ROW}, "shape": [0, 2], "max_shape": [null, 2]}}"#
    ));
    let wide = r#"{"command": "append", "path": "/wide", "data": [], "unique_on": "time"}"#;
    assert_eq!(bench.refused(wide).0, ErrorCode::ShapeMismatch);
}

#[test]
fn members_are_read_and_written_alone() {
    let mut bench = Bench::new();
    bench.run(&append(
        r#"[[1, 1.5, "one", "buy"], [2, 2.5, "two", "sell"], [3, 3.5, "three", "buy"]]"#,
        "time",
    ));
    let read = |selection: &str, fields: &str| {
        format!(
            r#"{{"command": "read", "path": "/t", "selection": "{selection}", "fields": {fields}}}"#
        )
    };
    assert_eq!(bench.values(&read("", r#""price""#)), json!([1.5, 2.5, 3.5]));
    assert_eq!(
        bench.values(&read("::2", r#"["note", "time"]"#)),
        json!([["one", 1], ["three", 3]])
    );
    assert_eq!(bench.values(&read("-1", r#"["price"]"#)), json!([3.5]));
    assert_eq!(bench.values(&read("1", r#""note""#)), json!("two"));
    let events = bench.events(
        r#"{"command": "write", "path": "/t", "selection": "1:", "fields": ["note", "price"], "data": [["zwei", 20], ["drei", 30]]}"#,
    );
    assert_eq!((&events[0]["region"], events[0].get("values")), (&json!("1:3"), None));
    bench.run(r#"{"command": "update", "path": "/t", "fields": "side", "data": "hold"}"#);
    assert_eq!(
        bench.read("/t"),
        json!([[1, 1.5, "one", "hold"], [2, 20.0, "zwei", "hold"], [3, 30.0, "drei", "hold"]])
    );
    let points = r#"{"command": "points", "path": "/t", "points": [[2], [0]], "fields": "price"}"#;
    assert_eq!(bench.values(points), json!([30.0, 1.5]));
    bench.run(r#"{"command": "write", "path": "/plain", "data": [1]}"#);
    for (command, code) in [
        (read("", r#""none""#), ErrorCode::InvalidSelection),
        (read("", "[]"), ErrorCode::InvalidSelection),
        (read("", r#"["time", "time"]"#), ErrorCode::InvalidSelection),
        (
            r#"{"command": "read", "path": "/plain", "fields": "x"}"#.to_owned(),
            ErrorCode::InvalidSelection,
        ),
        (
            r#"{"command": "update", "path": "/t", "fields": "price", "data": "x"}"#.to_owned(),
            ErrorCode::InvalidValue,
        ),
    ] {
        assert_eq!(bench.refused(&command).0, code, "{command}");
    }
}

/// All that a query finds, block by block as a session asks for it.
fn found(bench: &mut Bench, query: &str, block_rows: u64) -> (Vec<u64>, Vec<Value>, u64) {
    let text = format!(r#"{{"command": "query", "path": "/t", {query}}}"#);
    let Command::Query(query) = Request::parse(&text).unwrap().command else { panic!("{text}") };
    let plan = bench.store.plan_query(&query).unwrap_or_else(|error| panic!("{text}: {error}"));
    let (mut indices, mut rows, mut at) = (Vec::new(), Vec::new(), 0);
    let (mut skip, mut take) = (query.offset, query.limit.unwrap_or(u64::MAX));
    while at < plan.rows.count() && take > 0 {
        let count = block_rows.min(plan.rows.count() - at);
        let block = QueryBlock {
            path: query.path.clone(),
            predicate: query.predicate.clone(),
            fields: query.fields.clone(),
            rows: plan.rows.part(at, count),
            skip,
            take,
        };
        let (matches, payload) = bench.store.query_block(&block).unwrap();
        let values = to_json(&payload, &plan.datatype, &[matches.indices.len() as u64]).unwrap();
        let values: Vec<Value> = serde_json::from_str(&values).unwrap();
        rows.extend(values);
        skip = skip.saturating_sub(matches.passed);
        take -= matches.indices.len() as u64;
        indices.extend(matches.indices);
        at += matches.scanned;
    }
    (indices, rows, at)
}

#[test]
fn rows_are_found_whatever_the_blocks_are() {
    let mut bench = Bench::with_limits(StoreLimits { block_bytes: 1 << 16, ..LIMITS });
    let rows: Vec<Value> =
        (0..200).map(|n| json!([n, f64::from(n % 7), format!("n{}", n % 3), "s"])).collect();
    bench.run(&append(&json!(rows).to_string(), "time"));
    let all = |test: &dyn Fn(u64) -> bool| (0..200).filter(|&n| test(n)).collect::<Vec<u64>>();
    for block in [1, 7, 64, 1000] {
        let query = r#""where": "price >= 5 and note != 'n1'""#;
        let (indices, rows, scanned) = found(&mut bench, query, block);
        assert_eq!((indices.clone(), scanned), (all(&|n| n % 7 >= 5 && n % 3 != 1), 200));
        assert_eq!(rows[1][0], json!(indices[1]));
        let query = r#""where": "note == 'n2'", "fields": ["note", "time"], "selection": "10:100:3", "offset": 2, "limit": 4"#;
        let (indices, rows, scanned) = found(&mut bench, query, block);
        assert_eq!(indices, [] as [u64; 0], "10, 13, ... are all 1 modulo 3");
        assert_eq!((rows.len(), scanned), (0, 30));
        let query = r#""where": "note == 'n2'", "fields": "time", "selection": "10:100:2", "offset": 2, "limit": 4"#;
        let (indices, rows, scanned) = found(&mut bench, query, block);
        assert_eq!(indices, [26, 32, 38, 44]);
        assert_eq!((json!(rows), scanned), (json!(indices), 18));
        let query =
            r#""where": "time in [5, 1, 3]", "selection": "[3, 1, 5, 9]", "fields": "price""#;
        let (indices, rows, _) = found(&mut bench, query, block);
        assert_eq!((indices, json!(rows)), (vec![3, 1, 5], json!([3.0, 1.0, 5.0])));
    }
}

#[test]
fn queries_that_do_not_fit_are_refused() {
    let mut bench = Bench::new();
    bench.run(&append("[]", "time"));
    bench.run(r#"{"command": "write", "path": "/matrix", "data": [[1, 2], [3, 4]]}"#);
    bench.run(r#"{"command": "write", "path": "/scalar", "data": 1}"#);
    bench.run(r#"{"command": "create_group", "path": "/g"}"#);
    for (path, fields, code) in [
        ("/t", r#""where": "tme > 1""#, ErrorCode::InvalidQuery),
        ("/t", r#""where": "time >""#, ErrorCode::InvalidQuery),
        ("/t", r#""where": "time > 'x'""#, ErrorCode::InvalidQuery),
        ("/t", r#""where": "time > 1", "fields": "none""#, ErrorCode::InvalidSelection),
        ("/t", r#""where": "time > 1", "selection": "5""#, ErrorCode::InvalidSelection),
        ("/matrix", r#""where": "value > 1""#, ErrorCode::ShapeMismatch),
        ("/matrix", r#""where": "x > 1""#, ErrorCode::InvalidQuery),
        ("/scalar", r#""where": "value > 1""#, ErrorCode::ShapeMismatch),
        ("/g", r#""where": "value > 1""#, ErrorCode::WrongKind),
        ("/none", r#""where": "value > 1""#, ErrorCode::NotFound),
    ] {
        let text = format!(r#"{{"command": "query", "path": "{path}", {fields}}}"#);
        let Command::Query(query) = Request::parse(&text).unwrap().command else {
            panic!("{text}")
        };
        let error = bench.store.plan_query(&query).unwrap_err().to_reply();
        assert_eq!(error.code, code, "{text}: {}", error.message);
        assert_eq!(error.position.is_some(), code == ErrorCode::InvalidQuery, "{text}");
    }
    assert_eq!(found(&mut bench, r#""where": "time > 1""#, 10), (vec![], vec![], 0));
    let block = QueryBlock {
        path: object_path("/t"),
        predicate: "time > 1".to_owned(),
        fields: None,
        rows: AxisRange::Strided { start: 0, count: 5, step: 1 },
        skip: 0,
        take: 1,
    };
    let outdated = bench.store.query_block(&block).unwrap_err().to_reply();
    assert_eq!(outdated.code, ErrorCode::InvalidSelection);
}
