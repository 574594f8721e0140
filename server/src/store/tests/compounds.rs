//! Elements of more than one value: written and read in JSON, by member, and converted.

use hdf5_async_protocol::message::ErrorCode;
use serde_json::{Value, json};

use super::{Bench, LIMITS, StoreLimits};

fn text() -> Value {
    json!({"class": "string", "length": null, "charset": "utf-8", "padding": "null_terminated"})
}

fn compound(size: u32, members: &[(&str, u32, Value)]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|(name, offset, datatype)| json!({"name": name, "offset": offset, "datatype": datatype}))
        .collect();
    json!({"class": "compound", "size": size, "members": members})
}

fn create(bench: &mut Bench, path: &str, datatype: &Value, shape: &[u64], data: &Value) {
    let command = json!({"command": "create_dataset", "path": path, "datatype": datatype, "shape": shape, "data": data});
    bench.run(&command.to_string());
}

/// A dataset of two rows with members of every kind.
fn rows(bench: &mut Bench) {
    let datatype = compound(
        40,
        &[
            ("n", 0, json!("<i4")),
            ("s", 8, text()),
            ("v", 16, json!({"class": "vlen", "base": "<u2"})),
            ("f", 32, json!(">f8")),
        ],
    );
    create(bench, "/rows", &datatype, &[2], &json!([[1, "one", [1], 0.5], [2, "two", [], "NaN"]]));
}

#[test]
fn what_is_nested_deeply_comes_back() {
    let mut bench = Bench::new();
    let row = compound(12, &[("t", 0, text()), ("k", 8, json!("<i4"))]);
    let deep = compound(
        24,
        &[("rows", 0, json!({"class": "vlen", "base": row})), ("z", 16, json!("|u1"))],
    );
    let data = json!([[[["a", 1], ["", 2]], 7], [[], 8]]);
    create(&mut bench, "/deep", &deep, &[2], &data);
    assert_eq!(bench.read("/deep"), data);
    let pairs = json!({"class": "vlen", "base": {"class": "array", "base": "|i1", "dims": [2]}});
    let data = json!([[[1, 2], [3, 4]], []]);
    create(&mut bench, "/pairs", &pairs, &[2], &data);
    assert_eq!(bench.read("/pairs"), data);
}

#[test]
fn members_are_read_without_the_others() {
    let mut bench = Bench::new();
    rows(&mut bench);
    let read =
        |fields: Value| json!({"command": "read", "path": "/rows", "fields": fields}).to_string();
    assert_eq!(bench.values(&read(json!("s"))), json!(["one", "two"]));
    assert_eq!(bench.values(&read(json!("v"))), json!([[1], []]));
    assert_eq!(bench.values(&read(json!(["f", "n"]))), json!([[0.5, 1], ["NaN", 2]]));
    assert_eq!(bench.values(&read(json!(["n"]))), json!([[1], [2]]));
    for fields in [json!("x"), json!([]), json!(["n", "n"])] {
        assert_eq!(bench.refused(&read(fields)).0, ErrorCode::InvalidSelection);
    }
    bench.run(r#"{"command": "write", "path": "/plain", "data": [1]}"#);
    let (code, message) = bench.refused(r#"{"command": "read", "path": "/plain", "fields": "n"}"#);
    assert_eq!(code, ErrorCode::InvalidSelection, "{message}");
}

#[test]
fn members_are_written_without_the_others() {
    let mut bench = Bench::new();
    rows(&mut bench);
    bench.run(r#"{"command": "update", "path": "/rows", "selection": "1", "fields": "s", "data": "zwei"}"#);
    bench.run(r#"{"command": "write", "path": "/rows", "fields": ["f", "n"], "data": [[1.5, 10], [2.5, 20]]}"#);
    bench.run(r#"{"command": "update", "path": "/rows", "selection": "0", "fields": "v", "data": [[4, 5]]}"#);
    let expected = json!([[10, "one", [4, 5], 1.5], [20, "zwei", [], 2.5]]);
    assert_eq!(bench.read("/rows"), expected);
    let wrong = r#"{"command": "update", "path": "/rows", "fields": "n", "data": "x"}"#;
    assert_eq!(bench.refused(wrong).0, ErrorCode::InvalidValue);
    assert_eq!(bench.read("/rows"), expected);
}

#[test]
fn rows_are_written_as_objects_and_appended() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "append", "path": "/log", "data": [{"t": 1, "name": "a"}]}"#);
    bench
        .run(r#"{"command": "append", "path": "/log", "data": [{"name": "b", "t": 2}, [3, "c"]]}"#);
    assert_eq!(bench.read("/log"), json!([[1, "a"], [2, "b"], [3, "c"]]));
    bench.run(r#"{"command": "write", "path": "/mixed", "data": [1, "a", true, 2.5]}"#);
    assert_eq!(bench.read("/mixed"), json!(["1", "a", "true", "2.5"]));
}

#[test]
fn names_stand_for_numbers_and_events_have_the_values() {
    let mut bench = Bench::new();
    let colours = json!({"class": "enum", "base": "|u1", "members": [
        {"name": "RED", "value": 1}, {"name": "BLUE", "value": 7}]});
    create(&mut bench, "/c", &colours, &[2], &json!(["RED", 7]));
    assert_eq!(bench.read("/c"), json!([1, 7]));
    let events =
        bench.events(r#"{"command": "update", "path": "/c", "selection": "0", "data": "BLUE"}"#);
    assert_eq!(events[0]["values"], json!({"datatype": colours, "data": 7}));
    let (code, _) =
        bench.refused(r#"{"command": "update", "path": "/c", "selection": "0", "data": "GREEN"}"#);
    assert_eq!(code, ErrorCode::InvalidValue);
}

#[test]
fn compounds_are_converted_by_the_names_of_their_members() {
    let mut bench = Bench::new();
    let target =
        compound(24, &[("a", 0, json!("<f8")), ("b", 8, json!("|S4")), ("c", 12, json!(">i2"))]);
    create(&mut bench, "/d", &target, &[2], &json!([[0, "", 0], [0, "", 0]]));
    let given = compound(24, &[("c", 0, json!("<i8")), ("b", 8, text()), ("a", 16, json!("<i4"))]);
    let update = |data: Value| {
        json!({"command": "update", "path": "/d", "selection": "...", "datatype": given, "data": data}).to_string()
    };
    bench.run(&update(json!([[-3, "abcd", 5], [300, "", -1]])));
    assert_eq!(bench.read("/d"), json!([[5.0, "abcd", -3], [-1.0, "", 300]]));
    for wrong in [json!([[70000, "", 0], [0, "", 0]]), json!([[0, "abcde", 0], [0, "", 0]])] {
        assert_eq!(bench.refused(&update(wrong)).0, ErrorCode::InvalidValue);
    }
    let other = compound(8, &[("a", 0, json!("<i8"))]);
    let missing = json!({"command": "update", "path": "/d", "selection": "0", "datatype": other, "data": [1]});
    assert_eq!(bench.refused(&missing.to_string()).0, ErrorCode::InvalidValue);
    assert_eq!(bench.read("/d"), json!([[5.0, "abcd", -3], [-1.0, "", 300]]));
}

#[test]
fn references_name_objects_and_regions() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "write", "path": "/g/d", "data": [[1, 2, 3], [4, 5, 6]]}"#);
    let references = json!([{"object": "/g/d"}, {"object": "/"}, {"object": null}]);
    bench.run(&json!({"command": "write", "path": "/r", "data": references}).to_string());
    assert_eq!(bench.read("/r"), references);
    let regions = json!([
        {"region": {"path": "/g/d", "selection": "0:1, 0:3:2"}},
        {"region": {"path": "/g/d", "points": [[1, 2], [0, 0]]}},
        {"region": {"path": "/g/d", "blocks": [[[0, 0], [0, 1]], [[1, 2], [1, 2]]]}},
        {"region": {"path": "/g/d"}},
        {"region": null},
    ]);
    bench.run(&json!({"command": "write", "path": "/regions", "data": regions}).to_string());
    assert_eq!(bench.read("/regions"), regions);
    for wrong in [
        json!({"object": "/nowhere"}),
        json!({"region": {"path": "/g", "selection": "0"}}),
        json!({"region": {"path": "/g/d", "selection": "9"}}),
        json!({"region": {"path": "/g/d", "points": [[0]]}}),
        json!({"region": {"path": "/g/d", "blocks": [[[1, 1], [0, 0]]]}}),
    ] {
        let command = json!({"command": "write", "path": "/wrong", "data": [wrong]}).to_string();
        assert_eq!(bench.refused(&command).0, ErrorCode::InvalidValue, "{command}");
    }
    bench.run(r#"{"command": "delete", "path": "/g/d"}"#);
    let lost = bench.read("/r")[0].clone();
    assert!(lost["object"].is_null() && lost["raw"].is_string(), "{lost}");
}

#[test]
fn one_long_text_does_not_fill_the_memory_when_it_is_broadcast() {
    let mut bench = Bench::with_limits(StoreLimits { max_value_bytes: 100_000, ..LIMITS });
    create(&mut bench, "/s", &text(), &[1000], &json!(""));
    let long = "x".repeat(1000);
    let command =
        json!({"command": "update", "path": "/s", "selection": "...", "data": long}).to_string();
    assert_eq!(bench.refused(&command).0, ErrorCode::TooLarge);
    bench.run(
        &json!({"command": "update", "path": "/s", "selection": "0:10", "data": long}).to_string(),
    );
    assert_eq!(bench.values(r#"{"command": "read", "path": "/s", "selection": "9"}"#), json!(long));
}
