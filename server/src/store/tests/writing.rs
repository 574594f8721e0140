//! What is written comes back: every datatype that travels, in place, resized, replaced, appended.

use hdf5_async_protocol::message::ErrorCode;
use serde_json::{Value, json};

use super::{Access, Bench};

#[test]
fn values_of_every_datatype_come_back() {
    let mut bench = Bench::new();
    let cases: &[(&str, Value)] = &[
        ("|i1", json!([-128, 0, 127])),
        ("|u1", json!([0, 255])),
        ("<i2", json!([-32768, 32767])),
        (">i2", json!([-32768, 32767])),
        ("<u2", json!([65535])),
        (">u2", json!([65535, 1])),
        ("<i4", json!([i32::MIN, i32::MAX])),
        (">i4", json!([i32::MIN, 1])),
        ("<u4", json!([u32::MAX])),
        (">u4", json!([u32::MAX, 7])),
        ("<i8", json!([i64::MIN, i64::MAX])),
        (">i8", json!([i64::MIN, i64::MAX])),
        ("<u8", json!([u64::MAX, 0])),
        (">u8", json!([u64::MAX, 0])),
        ("<f2", json!([1.5, "NaN", "-Infinity"])),
        (">f2", json!([-0.5, 65504.0])),
        ("<f4", json!([0.1, 1e30])),
        (">f4", json!([0.1, "Infinity"])),
        ("<f8", json!([0.1, 1e300])),
        (">f8", json!([0.1, -1e-300])),
        ("|b1", json!([true, false, true])),
        ("|S7", json!(["abc", "", "1234567"])),
        ("string", json!(["", "Grüße", "a longer text"])),
    ];
    for (number, (datatype, data)) in cases.iter().enumerate() {
        bench.run(&format!(
            r#"{{"command": "create_dataset", "path": "/d{number}", "datatype": "{datatype}", "data": {data}}}"#
        ));
    }
    bench.reopen(Access::ReadOnly);
    for (number, (datatype, data)) in cases.iter().enumerate() {
        assert_eq!(bench.read(&format!("/d{number}")), *data, "{datatype}");
        let described = bench.describe(&format!("/d{number}"));
        if *datatype != "string" {
            assert_eq!(described["dataset"]["datatype"], *datatype);
        }
        assert_eq!(described["dataset"]["shape"], json!([data.as_array().unwrap().len()]));
    }
}

#[test]
fn a_selection_takes_values_broadcast_as_in_numpy() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "create_dataset", "path": "/d", "datatype": "<f4", "shape": [3, 4]}"#);
    let write = |selection: &str, data: &str| {
        format!(
            r#"{{"command": "write", "path": "/d", "selection": "{selection}", "data": {data}}}"#
        )
    };
    let events = bench.events(&write("1", "7"));
    assert_eq!(
        events,
        [json!({"event": "written", "path": "/d", "region": "1, 0:4", "shape": [3, 4],
            "values": {"datatype": "<f4", "data": [7.0, 7.0, 7.0, 7.0]}})]
    );
    bench.run(&write(":, 0", "[[1, 2, 3]]"));
    bench.run(&write("::2, 2:", "[[5], [6]]"));
    let expected = json!([[1.0, 0.0, 5.0, 5.0], [2.0, 7.0, 7.0, 7.0], [3.0, 0.0, 6.0, 6.0]]);
    assert_eq!(bench.read("/d"), expected);
    let (code, message) = bench.refused(&write("0", "[1, 2, 3]"));
    assert_eq!(code, ErrorCode::ShapeMismatch, "{message}");
    assert_eq!(bench.read("/d"), expected);
}

#[test]
fn values_that_fill_their_region_ride_along_and_others_do_not() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "create_dataset", "path": "/d", "datatype": "<i4", "shape": [9]}"#);
    for (selection, rides) in
        [("2:5", true), ("::3", false), ("[3, 4, 5]", true), ("[5, 4, 3]", false), ("8", true)]
    {
        let events = bench.events(&format!(
            r#"{{"command": "update", "path": "/d", "selection": "{selection}", "data": 1}}"#
        ));
        assert_eq!(events[0].get("values").is_some(), rides, "{selection}");
    }
}

#[test]
fn the_whole_is_written_in_place_where_it_fits() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "create_dataset", "path": "/d", "datatype": ">u2", "data": [1, 2]}"#);
    let events = bench.events(r#"{"command": "write", "path": "/d", "data": [3, 4.0]}"#);
    assert_eq!(
        events,
        [json!({"event": "written", "path": "/d", "region": "0:2", "shape": [2],
            "values": {"datatype": ">u2", "data": [3, 4]}})]
    );
    assert_eq!(bench.describe("/d")["dataset"]["datatype"], ">u2");
    assert_eq!(bench.read("/d"), json!([3, 4]));
}

#[test]
fn the_whole_is_resized_where_it_may_grow() {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "create_dataset", "path": "/d", "datatype": "<i4", "data": [[1, 2]],
            "max_shape": [null, 3]}"#,
    );
    let events =
        bench.events(r#"{"command": "write", "path": "/d", "data": [[1, 2, 3], [4, 5, 6]]}"#);
    assert_eq!(events[0]["event"], "written");
    assert_eq!(events[0]["old_shape"], json!([1, 2]));
    assert_eq!(events[0]["shape"], json!([2, 3]));
    assert_eq!(bench.describe("/d")["dataset"]["max_shape"], json!([null, 3]));
    let events = bench.events(r#"{"command": "write", "path": "/d", "data": [[], []]}"#);
    assert_eq!(
        events,
        [json!({"event": "resized", "path": "/d", "old_shape": [2, 3], "shape": [2, 0]})]
    );
}

#[test]
fn what_does_not_fit_is_replaced_and_keeps_attributes_and_filters() {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "create_dataset", "path": "/g/d", "datatype": "<i4", "data": [1, 2],
            "filters": ["shuffle", "deflate", "scaleoffset"]}"#,
    );
    bench.run(r#"{"command": "write_attribute", "path": "/g/d", "name": "units", "data": "mm"}"#);
    bench.run(
        r#"{"command": "write_attribute", "path": "/g/d", "name": "range", "data": [1, 2.5]}"#,
    );
    bench.run(r#"{"command": "write_attribute", "path": "/g/d", "name": "nothing", "data": null}"#);
    let events = bench.events(r#"{"command": "write", "path": "/g/d", "data": [[1.5], [2]]}"#);
    let kinds: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(kinds, ["deleted", "created", "written"]);
    assert!(events.iter().all(|event| event["path"] == "/g/d"));
    bench.reopen(Access::ReadWrite);
    assert_eq!(bench.read("/g/d"), json!([[1.5], [2.0]]));
    let described = bench.describe("/g/d");
    assert_eq!(described["dataset"]["datatype"], "<f8");
    let filters = described["dataset"]["filters"].as_array().unwrap();
    assert_eq!(filters.len(), 2, "{filters:?}");
    let values: Vec<(&Value, Option<&Value>)> = described["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| (&attribute["name"], attribute.get("value")))
        .collect();
    assert_eq!(
        values,
        [
            (&json!("nothing"), Some(&Value::Null)),
            (&json!("range"), Some(&json!([1.0, 2.5]))),
            (&json!("units"), Some(&json!("mm"))),
        ]
    );
    // Nothing is left of the swap.
    assert_eq!(bench.fields(r#"{"command": "list", "path": "/g"}"#)["total"], 1);
}

#[test]
fn a_value_of_another_kind_replaces_too() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "write", "path": "/d", "data": 5}"#);
    for data in [json!("text"), json!([true, false]), json!(2.5), Value::Null, json!([[1.5]])] {
        let events =
            bench.events(&format!(r#"{{"command": "write", "path": "/d", "data": {data}}}"#));
        assert_eq!(events[0]["event"], "deleted", "{data}");
        assert_eq!(bench.read("/d"), data);
    }
}

#[test]
fn missing_groups_are_made_and_announced_from_the_outside_in() {
    let mut bench = Bench::new();
    let events = bench.events(r#"{"command": "write", "path": "/a/b/c", "data": 1}"#);
    let told: Vec<(&Value, &Value)> =
        events.iter().map(|event| (&event["event"], &event["path"])).collect();
    assert_eq!(
        told,
        [
            (&json!("created"), &json!("/a")),
            (&json!("created"), &json!("/a/b")),
            (&json!("created"), &json!("/a/b/c")),
            (&json!("written"), &json!("/a/b/c")),
        ]
    );
    assert_eq!(events[1]["kind"], "group");
    assert_eq!(events[2]["kind"], "dataset");
    let events = bench.events(r#"{"command": "create_group", "path": "/a/x/y"}"#);
    assert_eq!(events.len(), 2);
    let events = bench.events(r#"{"command": "create_group", "path": "/a/x/y", "exist_ok": true}"#);
    assert!(events.is_empty());
}

#[test]
fn appending_grows_along_any_axis() {
    let mut bench = Bench::new();
    let append = |axis: u32, data: &str| {
        format!(r#"{{"command": "append", "path": "/d", "axis": {axis}, "data": {data}}}"#)
    };
    bench.run(
        r#"{"command": "create_dataset", "path": "/d", "datatype": "<i2", "shape": [2, 0],
            "max_shape": [null, null]}"#,
    );
    bench.run(&append(1, "[[1, 2], [3, 4]]"));
    let events = bench.events(&append(1, "[5, 6]"));
    assert_eq!(
        events,
        [json!({"event": "written", "path": "/d", "region": "0:2, 2:3", "old_shape": [2, 2],
            "shape": [2, 3], "values": {"datatype": "<i2", "data": [[5], [6]]}})]
    );
    bench.run(&append(0, "[7, 8, 9]"));
    assert!(bench.events(&append(0, "[]")).is_empty());
    assert_eq!(bench.read("/d"), json!([[1, 2, 5], [3, 4, 6], [7, 8, 9]]));
    for data in ["[1, 2]", "[[1, 2]]", "[[[1, 2, 3]]]", "1"] {
        assert_eq!(bench.refused(&append(0, data)).0, ErrorCode::ShapeMismatch, "{data}");
    }
    assert_eq!(bench.refused(&append(2, "[1]")).0, ErrorCode::ShapeMismatch);
    assert_eq!(bench.refused(&append(0, "[1, 2, 99999]")).0, ErrorCode::InvalidValue);
    assert_eq!(bench.describe("/d")["dataset"]["shape"], json!([3, 3]));
}

#[test]
fn appending_makes_what_is_missing() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "append", "path": "/log", "data": "first"}"#);
    bench.run(r#"{"command": "append", "path": "/log", "data": ["second", "third"]}"#);
    assert_eq!(bench.read("/log"), json!(["first", "second", "third"]));
    bench.run(r#"{"command": "append", "path": "/frames", "data": [[[1, 2], [3, 4]]]}"#);
    bench.run(r#"{"command": "append", "path": "/frames", "data": [[5, 6], [7, 8]]}"#);
    assert_eq!(bench.read("/frames"), json!([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]));
    assert_eq!(bench.describe("/frames")["dataset"]["max_shape"], json!([null, 2, 2]));
    bench.run(r#"{"command": "write", "path": "/fixed", "data": [1, 2]}"#);
    let (code, message) = bench.refused(r#"{"command": "append", "path": "/fixed", "data": 3}"#);
    assert_eq!(code, ErrorCode::ShapeMismatch);
    assert!(message.contains("max_shape"), "{message}");
}

#[test]
fn auto_chunks_serve_what_grows_and_what_is_filtered() {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "create_dataset", "path": "/grows", "datatype": "<f8", "shape": [1, 2048],
            "max_shape": [null, 2048]}"#,
    );
    assert_eq!(bench.describe("/grows")["dataset"]["chunks"], json!([1, 2048]));
    bench.run(
        r#"{"command": "create_dataset", "path": "/filtered", "datatype": "<f8", "shape": [4000, 4000],
            "filters": ["lzf"]}"#,
    );
    let chunks = bench.describe("/filtered")["dataset"]["chunks"].clone();
    assert_eq!(chunks, json!([250, 500]));
}
