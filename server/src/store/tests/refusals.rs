//! What is wrong is refused with its own code, before anything is allocated or changed.

use hdf5_async_protocol::message::ErrorCode;
use serde_json::json;

use super::{Access, Bench, LIMITS, Store, StoreError, StoreLimits};

fn bench() -> Bench {
    let mut bench = Bench::new();
    for json in [
        r#"{"command": "create_dataset", "path": "/d", "datatype": "<i4", "data": [[1, 2], [3, 4]]}"#,
        r#"{"command": "create_dataset", "path": "/null", "datatype": "<i4"}"#,
        r#"{"command": "create_dataset", "path": "/vast", "datatype": "|u1", "shape": [1099511627776],
            "chunks": [65536]}"#,
        r#"{"command": "create_group", "path": "/g"}"#,
    ] {
        bench.run(json);
    }
    bench
}

#[test]
fn each_mistake_has_its_code() {
    let cases = [
        (r#""create_group", "path": "/g""#, ErrorCode::AlreadyExists),
        (r#""create_group", "path": "/""#, ErrorCode::AlreadyExists),
        (r#""create_group", "path": "/d", "exist_ok": true"#, ErrorCode::WrongKind),
        (r#""create_group", "path": "/d/x""#, ErrorCode::WrongKind),
        (r#""create_dataset", "path": "/d", "datatype": "<i4""#, ErrorCode::AlreadyExists),
        (r#""write", "path": "/g", "data": 1"#, ErrorCode::WrongKind),
        (r#""update", "path": "/x", "data": 1"#, ErrorCode::NotFound),
        (r#""write", "path": "/x", "selection": "0", "data": 1"#, ErrorCode::NotFound),
        (r#""write", "path": "/d", "selection": "2", "data": 1"#, ErrorCode::InvalidSelection),
        (
            r#""write", "path": "/d", "selection": "0, 0, 0", "data": 1"#,
            ErrorCode::InvalidSelection,
        ),
        (r#""write", "path": "/d", "selection": "0", "data": 1.5"#, ErrorCode::InvalidValue),
        (r#""write", "path": "/d", "selection": "0", "data": "x""#, ErrorCode::InvalidValue),
        (r#""write", "path": "/d", "selection": "0", "data": 5000000000"#, ErrorCode::InvalidValue),
        (r#""write", "path": "/d", "selection": "0", "data": null"#, ErrorCode::InvalidValue),
        (
            r#""write", "path": "/d", "selection": "0", "data": [[1], [1, 2]]"#,
            ErrorCode::ShapeMismatch,
        ),
        (r#""write", "path": "/d", "selection": "0", "data": [1, 2, 3]"#, ErrorCode::ShapeMismatch),
        (r#""write", "path": "/d", "selection": "0""#, ErrorCode::InvalidRequest),
        (r#""write", "path": "/d", "data": {"a": [1]}"#, ErrorCode::InvalidValue),
        (r#""write", "path": "/null", "selection": "", "data": 1"#, ErrorCode::ShapeMismatch),
        (r#""append", "path": "/null", "data": 1"#, ErrorCode::ShapeMismatch),
        (r#""append", "path": "/d", "data": [1, 2]"#, ErrorCode::ShapeMismatch),
        (r#""read", "path": "/d", "selection": "0, 5""#, ErrorCode::InvalidSelection),
        (r#""read", "path": "/g""#, ErrorCode::WrongKind),
        (r#""list", "path": "/d""#, ErrorCode::WrongKind),
        (r#""describe", "path": "/x""#, ErrorCode::NotFound),
        (r#""read_attribute", "path": "/d", "name": "x""#, ErrorCode::NotFound),
        (r#""ping""#, ErrorCode::Internal),
    ];
    let mut bench = bench();
    for (fields, expected) in cases {
        let (code, message) = bench.refused(&format!(r#"{{"command": {fields}}}"#));
        assert_eq!(code, expected, "{fields}: {message}");
        assert!(!message.is_empty() && !message.contains("ObjectPath("), "{message}");
    }
    assert_eq!(bench.read("/d"), json!([[1, 2], [3, 4]]));
    assert_eq!(bench.fields(r#"{"command": "list"}"#)["total"], 4);
}

#[test]
fn datasets_that_cannot_be_are_not_made() {
    use ErrorCode::Unsupported;

    let cases = [
        (
            r#""datatype": {"class": "opaque", "size": 0, "tag": ""}, "shape": [2]"#,
            ErrorCode::UnsupportedDatatype,
        ),
        (
            r#""datatype": {"class": "compound", "size": 4, "members": [{"name": "a", "offset": 2, "datatype": "<i4"}]}, "shape": [2]"#,
            ErrorCode::UnsupportedDatatype,
        ),
        (
            r#""datatype": {"class": "compound", "size": 4, "members": []}, "shape": [2]"#,
            ErrorCode::InvalidDatatype,
        ),
        (
            r#""datatype": {"class": "enum", "base": "<f4", "members": []}, "shape": [2]"#,
            ErrorCode::InvalidDatatype,
        ),
        (
            r#""datatype": {"class": "enum", "base": "|u1", "members": [{"name": "a", "value": 256}]}, "shape": [2]"#,
            ErrorCode::InvalidDatatype,
        ),
        (
            r#""datatype": {"class": "integer", "size": 2, "signed": true, "order": "<", "precision": 12, "bit_offset": 9}, "shape": [2]"#,
            ErrorCode::InvalidDatatype,
        ),
        (
            r#""datatype": {"class": "string", "length": 0, "charset": "ascii", "padding": "null_padded"}, "shape": [1]"#,
            ErrorCode::UnsupportedDatatype,
        ),
        (r#""datatype": "<i4", "shape": [2], "filters": ["nope"]"#, Unsupported),
        (r#""datatype": "<i4", "shape": [2], "filters": ["szip"]"#, Unsupported),
        (
            r#""datatype": "<i4", "shape": [2], "filters": [{"name": "deflate", "options": [10]}]"#,
            Unsupported,
        ),
        (r#""datatype": "<i4", "shape": [], "filters": ["deflate"]"#, Unsupported),
        (r#""datatype": "<i4", "shape": [2], "chunks": [0]"#, Unsupported),
        (r#""datatype": "<i4", "shape": [2], "chunks": [3]"#, Unsupported),
        (r#""datatype": "<i4", "shape": [2], "chunks": [1, 1]"#, Unsupported),
        (r#""datatype": "<i4", "shape": [2], "layout": "virtual", "chunks": [1]"#, Unsupported),
        (r#""datatype": "<i4", "shape": [2], "layout": "compact", "chunks": [1]"#, Unsupported),
        (r#""datatype": "<i4", "shape": [99999], "layout": "compact""#, Unsupported),
        (r#""datatype": "<i4", "shape": [2], "max_shape": [1]"#, ErrorCode::ShapeMismatch),
        (r#""datatype": "<i4", "shape": [2], "max_shape": [null, 2]"#, ErrorCode::ShapeMismatch),
        (r#""datatype": "<i4", "shape": [2, 2], "data": [1, 2, 3]"#, ErrorCode::ShapeMismatch),
        (r#""datatype": "|u1", "shape": [2], "data": [1, 256]"#, ErrorCode::InvalidValue),
        (r#""datatype": "|u1", "shape": [2], "fill_value": "x""#, ErrorCode::InvalidValue),
        (r#""datatype": "|u1", "shape": [2], "fill_value": [1, 2]"#, ErrorCode::ShapeMismatch),
    ];
    let mut bench = bench();
    for (fields, expected) in cases {
        let json = format!(r#"{{"command": "create_dataset", "path": "/new/x", {fields}}}"#);
        let (code, message) = bench.refused(&json);
        assert_eq!(code, expected, "{fields}: {message}");
    }
    // Not even the group above is left behind.
    assert_eq!(bench.fields(r#"{"command": "list"}"#)["total"], 4);
}

#[test]
fn sizes_beyond_all_limits_are_refused_before_memory_is_taken() {
    let exa = 1_u64 << 60;
    let cases = [
        format!(r#""create_dataset", "path": "/x", "datatype": "<i4", "shape": [{exa}]"#),
        format!(r#""create_dataset", "path": "/x", "datatype": "<i4", "shape": [{exa}, {exa}, {exa}]"#),
        format!(r#""create_dataset", "path": "/x", "datatype": "|u1", "shape": [{exa}], "data": 1"#),
        format!(r#""write", "path": "/x", "data": 1, "shape": [{exa}]"#),
        format!(r#""write", "path": "/x", "data": 1, "shape": [{exa}, {exa}]"#),
        format!(r#""write_attribute", "path": "/g", "name": "a", "data": 1, "shape": [{exa}]"#),
        r#""write", "path": "/vast", "selection": "", "data": 1"#.to_owned(),
        r#""create_dataset", "path": "/x", "shape": [2], "data": ["", ""],
            "datatype": {"class": "string", "length": 4294967295, "charset": "ascii", "padding": "null_padded"}"#
            .to_owned(),
        r#""create_dataset", "path": "/x", "datatype": "<f8", "shape": [100000000], "chunks": [100000000]"#
            .to_owned(),
    ];
    let mut bench = bench();
    for fields in cases {
        let (code, message) = bench.refused(&format!(r#"{{"command": {fields}}}"#));
        assert_eq!(code, ErrorCode::TooLarge, "{fields}: {message}");
    }
    let list: Vec<u64> = vec![0; 3000];
    let json =
        format!(r#"{{"command": "write", "path": "/vast", "selection": "{list:?}", "data": 1}}"#);
    bench.run(&json);
}

#[test]
fn a_read_only_file_takes_no_change() {
    let mut bench = bench();
    bench.reopen(Access::ReadOnly);
    for fields in [
        r#""create_group", "path": "/x""#,
        r#""create_dataset", "path": "/x", "datatype": "<i4""#,
        r#""write", "path": "/d", "data": 1"#,
        r#""update", "path": "/d", "data": 1"#,
        r#""append", "path": "/d", "data": 1"#,
        r#""delete", "path": "/d""#,
        r#""write_attribute", "path": "/d", "name": "a", "data": 1"#,
        r#""delete_attribute", "path": "/d", "name": "a""#,
    ] {
        let (code, _) = bench.refused(&format!(r#"{{"command": {fields}}}"#));
        assert_eq!(code, ErrorCode::ReadOnly, "{fields}");
    }
    bench.run(r#"{"command": "flush"}"#);
    assert_eq!(bench.read("/d"), json!([[1, 2], [3, 4]]));
}

#[test]
fn files_that_are_not_hdf5_are_told_from_those_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.h5");
    std::fs::write(&text, "not at all").unwrap();
    let open = |path: &std::path::Path| {
        Store::open(path, "test.h5", Access::ReadWrite, LIMITS).unwrap_err()
    };
    assert!(matches!(open(&text), StoreError::NotHdf5 { .. }));
    assert_eq!(open(&text).code(), ErrorCode::FileUnreadable);
    let missing = open(&folder.path().join("missing.h5"));
    assert!(matches!(missing, StoreError::Open { .. }), "{missing}");
    let broken = folder.path().join("broken.h5");
    let mut bytes = b"\x89HDF\r\n\x1a\n".to_vec();
    bytes.resize(4096, 0xff);
    std::fs::write(&broken, bytes).unwrap();
    assert!(matches!(open(&broken), StoreError::Open { .. }));
}

#[test]
fn the_text_of_strings_has_a_limit() {
    let mut bench =
        Bench::with_limits(StoreLimits { max_value_bytes: 1000, block_bytes: 1000, ..LIMITS });
    let text = "x".repeat(400);
    bench.run(&format!(
        r#"{{"command": "write", "path": "/s", "data": ["{text}", "{text}", "{text}"]}}"#
    ));
    let (code, message) = bench.refused(r#"{"command": "read", "path": "/s"}"#);
    assert_eq!(code, ErrorCode::TooLarge, "{message}");
    let json = r#"{"command": "read", "path": "/s", "selection": "1:"}"#;
    assert_eq!(bench.values(json), json!([text, text]));
}

#[test]
fn chunks_over_the_limit_are_not_decoded() {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "create_dataset", "path": "/d", "datatype": "<f8", "shape": [5000], "chunks": [5000],
            "filters": ["deflate"], "data": 1}"#,
    );
    bench.reopen(Access::ReadOnly);
    bench.store.limits.max_chunk_bytes = 39_999;
    let (code, message) = bench.refused(r#"{"command": "read", "path": "/d", "selection": "0"}"#);
    assert_eq!(code, ErrorCode::TooLarge, "{message}");
    bench.store.limits.max_chunk_bytes = 40_000;
    assert_eq!(bench.values(r#"{"command": "read", "path": "/d", "selection": "0"}"#), json!(1.0));
}
