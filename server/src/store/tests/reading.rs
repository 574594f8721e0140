//! What is read: shapes, nothing, long reads in blocks, and files that change while they are read.

use hdf5_async_protocol::model::{Datatype, Selection};
use hdf5_async_protocol::values::{elements, to_json};
use serde_json::{Value, json};

use super::{Access, Answer, Bench, LIMITS, ReadPlan, StoreLimits, object_path};

/// Numbers counted up, in nested lists of `shape`.
fn counted(shape: &[u64]) -> Value {
    fn level(shape: &[u64], next: &mut u64) -> Value {
        match shape.split_first() {
            None => {
                *next += 1;
                json!(*next - 1)
            }
            Some((&length, inner)) => (0..length).map(|_| level(inner, next)).collect(),
        }
    }
    level(shape, &mut 0)
}

#[test]
fn every_rank_comes_back() {
    let mut bench = Bench::new();
    let shapes: [&[u64]; 8] =
        [&[], &[5], &[2, 3], &[2, 3, 4], &[2, 1, 3, 2], &[0], &[0, 3], &[2, 0, 3]];
    for (number, shape) in shapes.into_iter().enumerate() {
        for order in ['<', '>'] {
            let path = format!("/{}{number}", if order == '<' { "little" } else { "big" });
            let data = counted(shape);
            bench.run(&format!(
                r#"{{"command": "create_dataset", "path": "{path}", "datatype": "{order}i4", "shape": {shape:?}, "data": {}}}"#,
                if data == json!([]) || shape.contains(&0) { json!(0) } else { data.clone() }
            ));
            assert_eq!(bench.read(&path), data, "{path}");
            assert_eq!(bench.describe(&path)["dataset"]["shape"], json!(shape));
        }
    }
}

#[test]
fn a_null_dataspace_has_neither_shape_nor_values() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "create_dataset", "path": "/null", "datatype": "<f4"}"#);
    bench
        .run(r#"{"command": "create_dataset", "path": "/null2", "datatype": "<f4", "data": null}"#);
    bench.reopen(Access::ReadOnly);
    for path in ["/null", "/null2"] {
        assert_eq!(bench.read(path), Value::Null);
        let dataset = &bench.describe(path)["dataset"];
        assert!(dataset.get("shape").is_none() && dataset.get("max_shape").is_none());
    }
}

#[test]
fn filtered_chunks_come_back() {
    let mut bench = Bench::new();
    let data = counted(&[37, 53]);
    bench.run(&format!(
        r#"{{"command": "create_dataset", "path": "/d", "datatype": ">i4", "data": {data}, "chunks": [10, 7],
            "filters": ["shuffle", {{"name": "gzip", "options": [9]}}, "fletcher32"]}}"#
    ));
    bench.reopen(Access::ReadOnly);
    assert_eq!(bench.read("/d"), data);
    let dataset = &bench.describe("/d")["dataset"];
    assert_eq!(dataset["chunks"], json!([10, 7]));
    assert_eq!(dataset["layout"], "chunked");
    let names: Vec<&Value> =
        dataset["filters"].as_array().unwrap().iter().map(|filter| &filter["name"]).collect();
    assert_eq!(names, ["shuffle", "deflate", "fletcher32"]);
    assert_eq!(dataset["filters"][1]["options"], json!([9]));
}

fn plan(bench: &mut Bench, json: &str) -> ReadPlan {
    match bench.run(json).answer {
        Answer::Plan(plan) => plan,
        other => panic!("{json} was answered {other:?}"),
    }
}

#[test]
fn long_reads_are_planned_and_their_blocks_make_the_whole() {
    let mut bench = Bench::with_limits(StoreLimits { block_bytes: 100, ..LIMITS });
    let data = counted(&[20, 30]);
    bench.run(&format!(
        r#"{{"command": "create_dataset", "path": "/d", "datatype": "<u2", "data": {data}, "chunks": [4, 30]}}"#
    ));
    let json = r#"{"command": "read", "path": "/d", "selection": "[19, 0, 5, 5, 7, 1], ::2, ..."}"#;
    let plan = plan(&mut bench, json);
    assert_eq!(plan.chunks, Some(vec![4, 30]));
    assert_eq!(plan.values.shape, Some(vec![6, 15]));
    assert!(plan.values.data.is_none());
    let mut payload = Vec::new();
    for row in 0..6 {
        let mut block = plan.selection.clone();
        block.axes[0] = block.axes[0].part(row, 1);
        payload.extend(bench.store.read_block(&object_path("/d"), &block, None).unwrap());
    }
    let expected: Vec<Value> = [19, 0, 5, 5, 7, 1]
        .into_iter()
        .map(|row: u64| (0..15).map(|column| json!(row * 30 + column * 2)).collect())
        .collect();
    let text = to_json(&payload, &plan.values.datatype, &[6, 15]).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!(expected));
}

#[test]
fn strings_are_planned_by_their_slots() {
    let mut bench = Bench::with_limits(StoreLimits { block_bytes: 64, ..LIMITS });
    bench.run(r#"{"command": "write", "path": "/s", "data": ["a", "bb", "", "dddd", "é"]}"#);
    let plan = plan(&mut bench, r#"{"command": "read", "path": "/s"}"#);
    assert_eq!(plan.values.datatype, Datatype::variable_string());
    let mut block = plan.selection.clone();
    block.axes[0] = block.axes[0].part(3, 2);
    let payload = bench.store.read_block(&object_path("/s"), &block, None).unwrap();
    let texts: Vec<&[u8]> =
        elements(&payload, &plan.values.datatype, 2).unwrap().map(Result::unwrap).collect();
    assert_eq!(texts, ["dddd".as_bytes(), "é".as_bytes()]);
}

#[test]
fn a_block_of_a_dataset_that_shrank_is_refused() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "append", "path": "/d", "data": [1, 2, 3, 4]}"#);
    let selection = "2:4".parse::<Selection>().unwrap().resolve(&[4]).unwrap();
    assert_eq!(bench.store.read_block(&object_path("/d"), &selection, None).unwrap().len(), 16);
    bench.run(r#"{"command": "write", "path": "/d", "data": [1, 2, 3]}"#);
    let error = bench.store.read_block(&object_path("/d"), &selection, None).unwrap_err();
    assert!(error.to_string().contains("changed while it was read"), "{error}");
    bench.run(r#"{"command": "delete", "path": "/d"}"#);
    let error = bench.store.read_block(&object_path("/d"), &selection, None).unwrap_err();
    assert!(error.to_string().contains("no link \"d\""), "{error}");
}

#[test]
fn a_dataset_put_in_the_place_of_another_is_the_one_that_is_read() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "write", "path": "/d", "data": [1, 2]}"#);
    assert_eq!(bench.read("/d"), json!([1, 2]));
    bench.run(r#"{"command": "delete", "path": "/d"}"#);
    bench.run(r#"{"command": "write", "path": "/d", "data": ["text"]}"#);
    assert_eq!(bench.read("/d"), json!(["text"]));
}

#[test]
fn more_datasets_than_stay_open_are_all_read_right() {
    let mut bench = Bench::new();
    for number in 0..20 {
        bench.run(&format!(r#"{{"command": "append", "path": "/d{number}", "data": {number}}}"#));
    }
    for round in 0..2 {
        for number in 0..20 {
            assert_eq!(bench.read(&format!("/d{number}")), json!([number]), "round {round}");
        }
    }
}

#[test]
fn elements_never_written_have_the_fill_value() {
    let mut bench = Bench::new();
    let fills =
        [("<f4", json!(-1.5)), ("|b1", json!(true)), ("string", json!("none")), (">u2", json!(7))];
    for (number, (datatype, fill)) in fills.iter().enumerate() {
        let path = format!("/d{number}");
        bench.run(&format!(
            r#"{{"command": "create_dataset", "path": "{path}", "datatype": "{datatype}", "shape": [2],
                "max_shape": [null], "fill_value": {fill}}}"#
        ));
        assert_eq!(bench.read(&path), json!([fill, fill]), "{datatype}");
        assert_eq!(bench.describe(&path)["dataset"]["fill_value"], *fill);
    }
    bench.run(r#"{"command": "create_dataset", "path": "/s", "datatype": "string", "shape": [2]}"#);
    assert_eq!(bench.read("/s"), json!(["", ""]));
    assert!(bench.describe("/s")["dataset"].get("fill_value").is_none());
}
