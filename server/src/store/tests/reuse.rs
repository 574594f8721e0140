//! Room of the file that is used again: what was deleted does not show where nobody has written yet.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use hdf5_async_protocol::model::{FileCreation, FileFormat, SpaceStrategy};
use serde_json::{Value, json};

use super::{Access, Bench, LIMITS, Store};

/// Bytes of the dataset that is deleted, none of them zero.
const DELETED: usize = 6000;

impl Bench {
    fn delete_marks(&mut self, bytes: usize) {
        let create = |path: &str| {
            format!(
                r#"{{"command": "create_dataset", "path": "{path}", "datatype": "|u1", "shape": [{bytes}]}}"#
            )
        };
        self.try_command(&create("/old"), Some(&vec![0xee; bytes])).unwrap();
        // Without something behind it the file would end before what was deleted.
        self.try_command(&create("/behind"), Some(&vec![0xdd; bytes])).unwrap();
        self.run(r#"{"command": "delete", "path": "/old"}"#);
    }

    /// How many elements are other than when nothing is written, which `zero` is.
    fn written(&mut self, zero: &Value) -> usize {
        fn count(value: &Value, zero: &Value) -> usize {
            match value {
                same if same == zero => 0,
                Value::Array(values) if !zero.is_array() || values[0].is_array() => {
                    values.iter().map(|value| count(value, zero)).sum()
                }
                _ => 1,
            }
        }
        let values = self.read_whole("/new");
        count(&values, zero)
    }
}

/// Without `data`.
fn create(path: &str, datatype: &Value, shape: &Value) -> String {
    json!({"command": "create_dataset", "path": path, "datatype": datatype, "shape": shape})
        .to_string()
}

fn with_creation(creation: FileCreation) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bench.h5");
    let store = Store::open(&path, "test.h5", Access::Create(creation), LIMITS).unwrap();
    Bench { store, path, _directory: directory }
}

#[test]
fn elements_of_every_datatype_are_zero_until_they_are_written() {
    let compound = json!({"class": "compound", "size": 13, "members": [
        {"name": "x", "offset": 0, "datatype": "<f8"}, {"name": "n", "offset": 8, "datatype": "<i4"}]});
    let cases: &[(Value, usize, Value)] = &[
        (json!("<f8"), 8, json!(1.5)),
        (json!(">i2"), 2, json!(7)),
        (json!("|b1"), 1, json!(true)),
        (json!("|S5"), 5, json!("abc")),
        (json!({"class": "opaque", "size": 3, "tag": "t"}), 3, json!({"base64": "AQID"})),
        (compound, 13, json!([2.5, 3])),
        (json!({"class": "array", "base": "<u2", "dims": [2]}), 4, json!([1, 2])),
        (json!({"class": "reference", "kind": "object"}), 8, json!({"object": "/behind"})),
        (json!({"class": "reference", "kind": "any"}), 18, json!({"object": "/behind"})),
        (json!("string"), 16, json!("text")),
    ];
    for (datatype, size, one) in cases {
        for command in [
            json!({"command": "write", "path": "/new", "selection": "7", "data": one}),
            json!({"command": "update", "path": "/new", "selection": "3:4", "data": [one]}),
            json!({"command": "write_points", "path": "/new", "points": [[5]], "data": [one]}),
            json!({"command": "fill", "path": "/new", "selection": "9", "data": one}),
        ] {
            let mut bench = Bench::new();
            bench.delete_marks(DELETED);
            bench.run(&create("/new", datatype, &json!([DELETED / size])));
            let zero = bench.read_whole("/new")[0].clone();
            let before = bench.describe("/new")["dataset"].clone();
            bench.run(&command.to_string());
            assert_eq!(bench.written(&zero), 1, "{datatype} after {command}");
            bench.reopen(Access::ReadWrite);
            assert_eq!(bench.written(&zero), 1, "{datatype} after {command}, opened again");
            let mut after = bench.describe("/new")["dataset"].clone();
            assert_eq!(after["layout"], "contiguous");
            assert_eq!(after["fill_value"], before["fill_value"]);
            assert_eq!(after["fill_time"].take(), before["fill_time"]);
        }
    }
}

#[test]
fn it_holds_for_every_shape_and_kind_of_file() {
    for creation in [
        FileCreation::default(),
        FileCreation { user_block_bytes: 4096, ..FileCreation::default() },
        FileCreation {
            space_strategy: SpaceStrategy::Pages,
            space_persists: true,
            ..FileCreation::default()
        },
        FileCreation { format: FileFormat::Earliest, ..FileCreation::default() },
    ] {
        for (shape, point) in [
            (json!([3000]), json!([2999])),
            (json!([30, 100]), json!([17, 3])),
            (json!([1, 1500, 2]), json!([0, 0, 1])),
        ] {
            let mut bench = with_creation(creation);
            bench.delete_marks(DELETED);
            bench.run(&create("/new", &json!("<i2"), &shape));
            bench.run(
                &json!({"command": "write_points", "path": "/new", "points": [point], "data": [1]})
                    .to_string(),
            );
            assert_eq!(bench.written(&json!(0)), 1, "{shape} in {creation:?}");
        }
    }
}

#[test]
fn members_that_are_not_written_are_zero() {
    let compound = json!({"class": "compound", "size": 12, "members": [
        {"name": "x", "offset": 0, "datatype": "<f8"}, {"name": "n", "offset": 8, "datatype": "<i4"}]});
    let mut bench = Bench::new();
    bench.delete_marks(DELETED);
    bench.run(&create("/new", &compound, &json!([500])));
    bench.run(r#"{"command": "write", "path": "/new", "fields": "n", "data": 5}"#);
    assert!(bench.read_whole("/new") == json!(vec![json!([0.0, 5]); 500]));
}

#[test]
fn it_holds_for_room_that_is_taken_early_and_through_a_virtual_dataset() {
    let mut bench = Bench::new();
    bench.delete_marks(DELETED);
    bench.run(
        r#"{"command": "create_dataset", "path": "/new", "datatype": "|u1", "shape": [6000], "allocation_time": "early"}"#,
    );
    assert_eq!(bench.written(&json!(0)), 0);

    let mut bench = Bench::new();
    // First, because HDF5 puts the mapping where elements could be.
    bench.run(
        r#"{"command": "create_dataset", "path": "/seen", "datatype": "|u1", "shape": [10], "layout": "virtual",
            "virtual": [{"file": ".", "path": "/new", "source_shape": [6000], "source_selection": "100:110", "selection": "0:10"}]}"#,
    );
    bench.delete_marks(DELETED);
    bench.run(&create("/new", &json!("|u1"), &json!([6000])));
    bench.run(r#"{"command": "update", "path": "/seen", "data": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}"#);
    assert_eq!(bench.written(&json!(0)), 10);
}

#[test]
fn much_room_is_left_to_others_and_a_sparse_file_stays_sparse() {
    let bytes = 34 << 20;
    let mut bench = Bench::new();
    for path in ["/old", "/behind"] {
        bench.run(&create(path, &json!("|u1"), &json!([bytes])));
        bench.run(&json!({"command": "fill", "path": path, "data": 238}).to_string());
    }
    bench.run(r#"{"command": "delete", "path": "/old"}"#);
    bench.run(&create("/new", &json!("|u1"), &json!([bytes])));
    bench.run(r#"{"command": "write", "path": "/new", "selection": "1000", "data": 1}"#);
    let seen = bench.values(r#"{"command": "read", "path": "/new", "selection": "::1000"}"#);
    let others = seen.as_array().unwrap().iter().filter(|value| **value != json!(0)).count();
    assert_eq!(others, 1);
    let len = fs::metadata(&bench.path).unwrap().len();
    // What was left is used by the next that fits.
    bench.run(&create("/small", &json!("|u1"), &json!([1 << 20])));
    bench.run(r#"{"command": "write", "path": "/small", "selection": "0", "data": 1}"#);
    assert_eq!(fs::metadata(&bench.path).unwrap().len(), len);
    bench.reopen(Access::ReadWrite);
    assert!(fs::metadata(&bench.path).unwrap().len() > 3 * bytes);

    let mut bench = Bench::new();
    bench.run(&create("/new", &json!("|u1"), &json!([100_u64 << 30])));
    bench.run(r#"{"command": "write", "path": "/new", "selection": "-1", "data": 1}"#);
    assert!(fs::metadata(&bench.path).unwrap().blocks() * 512 < 1 << 20);
}
