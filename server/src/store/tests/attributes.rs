//! Attributes: of every object, with every datatype that travels, replaced without being lost.

use hdf5_async_protocol::message::ErrorCode;
use serde_json::{Value, json};

use super::{Access, Bench, LIMITS, StoreLimits};

fn write(path: &str, name: &str, data: &Value) -> String {
    format!(
        r#"{{"command": "write_attribute", "path": "{path}", "name": "{name}", "data": {data}}}"#
    )
}

fn read(path: &str, name: &str) -> String {
    format!(r#"{{"command": "read_attribute", "path": "{path}", "name": "{name}"}}"#)
}

#[test]
fn values_of_every_kind_come_back() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "write", "path": "/g/d", "data": 1}"#);
    let values = [
        json!("Grüße"),
        json!(""),
        json!(1),
        json!(2.5),
        json!([true, false]),
        json!([[1, 2], [3, 4]]),
        json!(["a", "bc"]),
        json!([]),
        Value::Null,
    ];
    for path in ["/", "/g", "/g/d"] {
        for (number, value) in values.iter().enumerate() {
            bench.run(&write(path, &format!("n{number}"), value));
        }
    }
    bench.reopen(Access::ReadOnly);
    for path in ["/", "/g", "/g/d"] {
        let described = bench.describe(path);
        let listed = bench.fields(&format!(r#"{{"command": "attributes", "path": "{path}"}}"#));
        assert_eq!(listed["attributes"], described["attributes"]);
        for (number, value) in values.iter().enumerate() {
            assert_eq!(bench.values(&read(path, &format!("n{number}"))), *value, "{path}");
            assert_eq!(listed["attributes"][number]["value"], *value, "{path}");
        }
    }
}

#[test]
fn a_datatype_can_be_asked_for() {
    let mut bench = Bench::new();
    for (datatype, data) in [(">i2", json!([1, 2])), ("|S4", json!("abc")), ("<f2", json!(0.5))] {
        bench.run(&format!(
            r#"{{"command": "write_attribute", "path": "/", "name": "a", "datatype": "{datatype}", "data": {data}}}"#
        ));
        assert_eq!(bench.describe("/")["attributes"][0]["datatype"], datatype);
        assert_eq!(bench.values(&read("/", "a")), data);
    }
}

#[test]
fn an_attribute_keeps_its_datatype_where_the_values_fit() {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "write_attribute", "path": "/", "name": "a", "datatype": ">i2", "data": [1, 2]}"#,
    );
    let events = bench.events(&write("/", "a", &json!([3, 4])));
    assert_eq!(
        events,
        [json!({"event": "attribute_written", "path": "/", "name": "a",
            "values": {"datatype": ">i2", "data": [3, 4]}})]
    );
    bench.run(&write("/", "a", &json!([[7]])));
    assert_eq!(bench.describe("/")["attributes"][0]["datatype"], ">i2");
    bench.run(&write("/", "a", &json!("text")));
    assert_eq!(bench.values(&read("/", "a")), json!("text"));
    assert_eq!(bench.describe("/")["attributes"].as_array().unwrap().len(), 1);
}

#[test]
fn deleting_takes_exactly_one() {
    let mut bench = Bench::new();
    bench.run(&write("/", "a", &json!(1)));
    bench.run(&write("/", "b", &json!(2)));
    let delete = r#"{"command": "delete_attribute", "path": "/", "name": "a"}"#;
    assert_eq!(
        bench.events(delete),
        [json!({"event": "attribute_deleted", "path": "/", "name": "a"})]
    );
    assert_eq!(bench.refused(delete).0, ErrorCode::NotFound);
    assert_eq!(bench.values(&read("/", "b")), json!(2));
}

#[test]
fn what_is_refused_leaves_the_attribute_as_it_was() {
    let mut bench = Bench::new();
    bench.run(&write("/", "a", &json!([1, 2])));
    let cases = [
        (r#""data": [[1], [2, 3]]"#, ErrorCode::ShapeMismatch),
        (r#""data": [1, null]"#, ErrorCode::InvalidValue),
        (r#""data": "toolong", "datatype": "|S3""#, ErrorCode::InvalidValue),
        (r#""data": 300, "datatype": "|u1""#, ErrorCode::InvalidValue),
        (r#""data": "x", "datatype": "<c8""#, ErrorCode::InvalidValue),
        (r#""data": 0, "shape": [1099511627776]"#, ErrorCode::TooLarge),
        (r#""shape": [2]"#, ErrorCode::InvalidRequest),
    ];
    for (fields, expected) in cases {
        let json =
            format!(r#"{{"command": "write_attribute", "path": "/", "name": "a", {fields}}}"#);
        let (code, message) = bench.refused(&json);
        assert_eq!(code, expected, "{fields}: {message}");
        assert_eq!(bench.values(&read("/", "a")), json!([1, 2]), "{fields}");
    }
    for name in ["", "a\\u0000b"] {
        assert_eq!(bench.refused(&write("/", name, &json!(1))).0, ErrorCode::InvalidRequest);
    }
    assert_eq!(bench.refused(&write("/no", "a", &json!(1))).0, ErrorCode::NotFound);
    assert_eq!(bench.describe("/")["attributes"].as_array().unwrap().len(), 1);
}

#[test]
fn large_values_are_read_but_not_shown() {
    let mut bench = Bench::with_limits(StoreLimits {
        inline_value_bytes: 100,
        max_value_bytes: 200_000,
        ..LIMITS
    });
    let text = "x".repeat(150_000);
    let events = bench.events(&write("/", "long", &json!(text)));
    assert!(events[0].get("values").is_none());
    assert!(bench.describe("/")["attributes"][0].get("value").is_none());
    assert_eq!(bench.values(&read("/", "long")), json!(text));
    let too_long = "x".repeat(200_001);
    assert_eq!(bench.refused(&write("/", "long", &json!(too_long))).0, ErrorCode::TooLarge);
    assert_eq!(bench.values(&read("/", "long")), json!(text));
}
