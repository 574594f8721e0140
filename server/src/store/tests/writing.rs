//! What is written comes back: every datatype that travels, in place, resized, replaced, appended.

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
