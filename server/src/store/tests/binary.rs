//! Binary payloads: converted to the dataset's datatype where every value survives it.

use hdf5_async_protocol::message::ErrorCode;
use hdf5_async_protocol::values::HeapWriter;
use serde_json::json;

use super::Bench;

#[test]
fn binary_values_are_converted_where_they_survive_it() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "create_dataset", "path": "/d", "datatype": ">i2", "shape": [2]}"#);
    let write = |datatype: &str| {
        format!(
            r#"{{"command": "update", "path": "/d", "selection": "", "datatype": "{datatype}", "shape": [2]}}"#
        )
    };
    let floats: Vec<u8> = [3.0_f64, -4.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    bench.try_command(&write("<f8"), Some(&floats)).unwrap();
    assert_eq!(bench.read("/d"), json!([3, -4]));
    let unsigned: Vec<u8> = [7_u32, 8].iter().flat_map(|value| value.to_be_bytes()).collect();
    bench.try_command(&write(">u4"), Some(&unsigned)).unwrap();
    bench.try_command(&write("|b1"), Some(&[1, 0])).unwrap();
    assert_eq!(bench.read("/d"), json!([1, 0]));
    let too_large: Vec<u8> = [1_i64, 40_000].iter().flat_map(|value| value.to_le_bytes()).collect();
    let fraction: Vec<u8> = [1.0_f32, 0.5].iter().flat_map(|value| value.to_le_bytes()).collect();
    let not_a_number: Vec<u8> =
        [1.0_f32, f32::NAN].iter().flat_map(|value| value.to_le_bytes()).collect();
    let cases: [(&str, &[u8]); 6] = [
        ("<i8", &too_large),
        ("<f4", &fraction),
        ("<f4", &not_a_number),
        ("|S1", b"12"),
        ("|b1", &[1, 2]),
        ("<i2", &[1, 2, 3]),
    ];
    for (datatype, payload) in cases {
        let error = bench.try_command(&write(datatype), Some(payload)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidValue, "{datatype}: {error}");
        assert_eq!(bench.read("/d"), json!([1, 0]), "{datatype}");
    }
}

#[test]
fn binary_strings_keep_their_text_between_lengths() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "create_dataset", "path": "/v", "datatype": "string", "shape": [2]}"#);
    bench.run(r#"{"command": "create_dataset", "path": "/f", "datatype": "|S4", "shape": [2]}"#);
    let write = |path: &str, datatype: &str| {
        format!(
            r#"{{"command": "write", "path": "{path}", "datatype": "{datatype}", "shape": [2]}}"#
        )
    };
    bench.try_command(&write("/v", "|S3"), Some(b"ab\0abc")).unwrap();
    assert_eq!(bench.read("/v"), json!(["ab", "abc"]));
    bench.try_command(&write("/f", "|S6"), Some(b"x\0\0\0\0\0wxyz\0\0")).unwrap();
    assert_eq!(bench.read("/f"), json!(["x", "wxyz"]));
    let update = |datatype: &str| {
        format!(
            r#"{{"command": "write", "path": "/f", "selection": "", "datatype": "{datatype}", "shape": [2]}}"#
        )
    };
    let error = bench.try_command(&update("|S6"), Some(b"123456123456")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidValue, "{error}");
    let mut heap = HeapWriter::default();
    heap.push(b"a\0b");
    heap.push(b"");
    let error = bench.try_command(&write("/v", "string"), Some(&heap.finish())).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidValue, "{error}");
    assert_eq!(bench.read("/v"), json!(["ab", "abc"]));
}
