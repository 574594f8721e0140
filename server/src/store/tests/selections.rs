//! Selections against a model that takes each element by hand.

use hdf5_async_protocol::model::{AxisRange, ResolvedSelection, Selection};
use serde_json::{Value, json};

use super::Bench;

const DIMS: [u64; 3] = [7, 6, 5];

const SELECTIONS: &[&str] = &[
    "",
    "...",
    "0",
    "-1, ..., -1",
    "2:5",
    "::2, 1::3, ::4",
    "3, 2, 1",
    ":, :, 4",
    "[0, 3, 4, 6]",
    "[6, 0, 3, 0, 3]",
    "[5, 1], [2, 2, 0], [4, 0]",
    "1:1",
    "[], 2",
    "2, [5, 4, 3, 2, 1, 0], 1:",
    "1:6:2, [0, 5], 0:5:3",
    "[1, 2, 3], ::5, [3]",
    "..., [0, 1, 3, 4]",
];

fn indices(axis: &AxisRange) -> Vec<u64> {
    match axis {
        AxisRange::Strided { start, count, step } => {
            (0..*count).map(|nth| start + nth * step).collect()
        }
        AxisRange::Indices { indices } => indices.clone(),
    }
}

/// The flat indices of the selected elements, in the order of the result.
fn selected(selection: &ResolvedSelection, dims: &[u64]) -> Vec<u64> {
    let mut flat = vec![0];
    for (axis, dim) in selection.axes.iter().zip(dims) {
        let taken = indices(axis);
        flat = flat
            .iter()
            .flat_map(|outer| taken.iter().map(move |index| outer * dim + index))
            .collect();
    }
    flat
}

fn resolve(text: &str) -> ResolvedSelection {
    text.parse::<Selection>().unwrap().resolve(&DIMS).unwrap()
}

/// Nested lists of `shape` over `elements`.
fn nested(elements: &[Value], shape: &[u64]) -> Value {
    match shape.split_first() {
        None => elements[0].clone(),
        Some((&length, inner)) => {
            let each = elements.len() / usize::try_from(length).unwrap().max(1);
            (0..usize::try_from(length).unwrap())
                .map(|nth| nested(&elements[nth * each..(nth + 1) * each], inner))
                .collect()
        }
    }
}

fn flattened(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.iter().flat_map(flattened).collect(),
        other => vec![other.clone()],
    }
}

/// A contiguous, a chunked and a string dataset whose elements are their own flat index.
fn bench() -> Bench {
    let mut bench = Bench::new();
    let total: u64 = DIMS.iter().product();
    let numbers: Vec<Value> = (0..total).map(|number| json!(number)).collect();
    let texts: Vec<Value> = (0..total).map(|number| json!(format!("t{number}"))).collect();
    let (numbers, texts) = (nested(&numbers, &DIMS), nested(&texts, &DIMS));
    for json in [
        format!(
            r#"{{"command": "create_dataset", "path": "/contiguous", "datatype": ">i4", "data": {numbers}}}"#
        ),
        format!(
            r#"{{"command": "create_dataset", "path": "/chunked", "datatype": "<i8", "data": {numbers},
                "chunks": [2, 3, 4], "filters": ["shuffle", "deflate"]}}"#
        ),
        format!(
            r#"{{"command": "create_dataset", "path": "/texts", "datatype": "string", "data": {texts}}}"#
        ),
    ] {
        bench.run(&json);
    }
    bench
}

#[test]
fn every_selection_reads_what_the_model_reads() {
    let mut bench = bench();
    for text in SELECTIONS {
        let selection = resolve(text);
        let flat = selected(&selection, &DIMS);
        for path in ["/contiguous", "/chunked", "/texts"] {
            let json = format!(r#"{{"command": "read", "path": "{path}", "selection": "{text}"}}"#);
            let expected: Vec<Value> = flat
                .iter()
                .map(
                    |index| {
                        if path == "/texts" { json!(format!("t{index}")) } else { json!(index) }
                    },
                )
                .collect();
            assert_eq!(flattened(&bench.values(&json)), expected, "{path}[{text}]");
        }
    }
}

#[test]
fn the_result_has_the_shape_of_the_selection() {
    let mut bench = bench();
    for text in SELECTIONS.iter().filter(|text| resolve(text).n_elements() > 0) {
        let selection = resolve(text);
        let expected: Vec<Value> =
            selected(&selection, &DIMS).iter().map(|index| json!(index)).collect();
        let json =
            format!(r#"{{"command": "read", "path": "/contiguous", "selection": "{text}"}}"#);
        assert_eq!(bench.values(&json), nested(&expected, &selection.shape()), "{text}");
    }
}

#[test]
fn every_selection_writes_what_the_model_writes() {
    for text in SELECTIONS {
        let mut bench = bench();
        let selection = resolve(text);
        let flat = selected(&selection, &DIMS);
        for path in ["/contiguous", "/chunked", "/texts"] {
            let mut model = flattened(&bench.read(path));
            let values: Vec<Value> =
                (0..flat.len())
                    .map(|nth| {
                        if path == "/texts" { json!(format!("n{nth}")) } else { json!(1000 + nth) }
                    })
                    .collect();
            // Of an index that is given twice, the last value counts.
            for (index, value) in flat.iter().zip(&values) {
                model[usize::try_from(*index).unwrap()] = value.clone();
            }
            // Nothing to write has no shape that lists could show; any value broadcasts to it.
            let data = if values.is_empty() {
                if path == "/texts" { json!("") } else { json!(0) }
            } else {
                nested(&values, &selection.shape())
            };
            bench.run(&format!(
                r#"{{"command": "write", "path": "{path}", "selection": "{text}", "data": {data}}}"#
            ));
            assert_eq!(flattened(&bench.read(path)), model, "{path}[{text}]");
        }
    }
}

#[test]
fn sparse_selections_of_a_large_dataset_are_joined_hyperslabs() {
    let mut bench = Bench::new();
    bench.run(
        r#"{"command": "create_dataset", "path": "/d", "datatype": "<u4", "shape": [3000, 3000],
            "chunks": [100, 100]}"#,
    );
    let rows = [2999, 0, 1500, 7, 1501, 0];
    let columns = [5, 2990, 1000];
    for row in [0, 7, 1500, 1501, 2999] {
        for column in columns {
            bench.run(&format!(
                r#"{{"command": "write", "path": "/d", "selection": "{row}, {column}", "data": {}}}"#,
                row * 3000 + column
            ));
        }
    }
    let expected: Vec<Vec<u64>> =
        rows.iter().map(|row| columns.iter().map(|column| row * 3000 + column).collect()).collect();
    let json =
        format!(r#"{{"command": "read", "path": "/d", "selection": "{rows:?}, {columns:?}"}}"#);
    assert_eq!(bench.values(&json), json!(expected));
    let json = r#"{"command": "read", "path": "/d", "selection": "::1500, 1000:3000:995"}"#;
    assert_eq!(bench.values(json), json!([[1000, 0, 2990], [4_501_000, 0, 4_502_990]]));
}
