//! Whole chunks, which go past the library's cache, among parts of chunks, which do not.

use serde_json::json;

use super::{Access, Answer, Bench};

const COLUMNS: usize = 8192;

fn values_of(bench: &mut Bench) -> Vec<u8> {
    match bench.run(r#"{"command": "read", "path": "/d"}"#).answer {
        Answer::Values { payload, .. } => payload,
        other => panic!("{other:?}"),
    }
}

/// Rows that are all different, in big-endian bytes.
fn rows(first: usize, count: usize, round: u32) -> Vec<u8> {
    let row = |row: usize| (u32::try_from(row).unwrap() << 20) | (round << 14);
    let columns = 0..u32::try_from(COLUMNS).unwrap();
    (first..first + count)
        .flat_map(|number| columns.clone().map(move |column| row(number) | column))
        .flat_map(u32::to_be_bytes)
        .collect()
}

#[test]
fn whole_chunks_and_parts_of_them_are_what_was_written_last() {
    // The library indexes chunks in another way for each of these shapes. What is filtered is its business.
    let none = json!([]);
    let cases = [
        (json!([12, 8192]), &none),
        (json!([null, 8192]), &none),
        (json!([null, null]), &none),
        (json!([null, 8192]), &json!(["shuffle", "gzip", "fletcher32"])),
    ];
    for (max_shape, filters) in cases {
        let mut bench = Bench::new();
        bench.run(
            &json!({
                "command": "create_dataset", "path": "/d", "datatype": ">u4", "shape": [12, COLUMNS],
                "max_shape": max_shape, "chunks": [2, COLUMNS], "fill_value": 7,
                "filters": filters,
            })
            .to_string(),
        );
        let mut expected: Vec<u8> = 7_u32.to_be_bytes().repeat(12 * COLUMNS);
        let writes = [(1, 1), (0, 2), (1, 2), (0, 4), (4, 1), (2, 6), (6, 2), (7, 3), (6, 2)];
        for (round, (first, count)) in (1..).zip(writes) {
            let values = rows(first, count, round);
            let command = json!({
                "command": "update", "path": "/d", "selection": format!("{first}:{}", first + count),
                "datatype": ">u4", "shape": [count, COLUMNS],
            });
            bench.try_command(&command.to_string(), Some(&values)).unwrap();
            expected[first * COLUMNS * 4..][..values.len()].copy_from_slice(&values);
            assert!(values_of(&mut bench) == expected, "{max_shape} {filters}, round {round}");
        }
        bench.reopen(Access::ReadOnly);
        assert!(values_of(&mut bench) == expected, "{max_shape} {filters}, opened again");
    }
}

#[test]
fn rows_are_appended_by_chunks() {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "create_dataset", "path": "/d", "datatype": ">u4", "shape": [0, 8192], "max_shape": [null, 8192], "chunks": [2, 8192]}"#,
    );
    let mut expected = Vec::new();
    for (round, count) in (1..).zip([2, 4, 1, 1, 2, 3]) {
        let values = rows(expected.len() / COLUMNS / 4, count, round);
        let command = json!({
            "command": "append", "path": "/d", "datatype": ">u4", "shape": [count, COLUMNS],
        });
        bench.try_command(&command.to_string(), Some(&values)).unwrap();
        expected.extend(values);
        assert!(values_of(&mut bench) == expected, "{count} rows, round {round}");
    }
}

#[test]
fn one_member_of_all_elements_of_a_chunk_is_not_the_chunk() {
    let mut bench = Bench::new();
    let member =
        |name: &str, offset: u32| json!({"name": name, "offset": offset, "datatype": "<i4"});
    let members = [member("a", 0), member("b", 4)];
    let datatype = json!({"class": "compound", "size": 8, "members": members});
    bench.run(
        &json!({
            "command": "create_dataset", "path": "/d", "datatype": datatype, "shape": [16384],
            "chunks": [16384],
        })
        .to_string(),
    );
    bench.run(r#"{"command": "update", "path": "/d", "fields": "a", "data": 1}"#);
    bench.run(r#"{"command": "update", "path": "/d", "fields": "b", "data": 3}"#);
    let pair = [1_i32.to_le_bytes(), 3_i32.to_le_bytes()].concat();
    assert!(values_of(&mut bench) == pair.repeat(16384));
}
