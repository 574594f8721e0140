//! Random changes, most of which make sense after one another: every change that a client can ask for.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{axis, selection};

/// Few enough that changes meet; some lead through links that others make.
fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "/a", "/b", "/c", "/g", "/g/x", "/g/y", "/g/h", "/g/h/z", "/l", "/l/x", "/t",
    ])
}

/// Where there is often nothing yet.
fn place() -> impl Strategy<Value = &'static str> {
    let free = vec!["/d", "/e", "/k", "/g/y", "/g/p", "/g/q", "/g/h/z", "/g/h/r", "/l/v", "/l/w"];
    prop_oneof![1 => path(), 3 => prop::sample::select(free)]
}

/// Where there are often attributes.
fn described() -> impl Strategy<Value = &'static str> {
    prop_oneof![1 => path(), 2 => prop::sample::select(vec!["/a", "/g"])]
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["m", "n", "o"])
}

fn numbers() -> BoxedStrategy<Value> {
    prop_oneof![
        1 => (-99..99_i64).prop_map(|value| json!(value)),
        4 => vec(-99..99_i64, 0..4).prop_map(|values| json!(values)),
        2 => vec((-9..9_i32).prop_map(|value| f64::from(value) / 2.0), 1..4).prop_map(|values| json!(values)),
        3 => vec(vec(-99..99_i64, 2..3), 1..4).prop_map(|values| json!(values)),
    ]
    .boxed()
}

fn text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "a", "bc", "düsen", "long enough"])
}

fn row() -> impl Strategy<Value = Value> {
    (-99..99_i64, -9..9_i32).prop_map(|(a, b)| json!({"a": a, "b": f64::from(b) / 2.0}))
}

fn entry() -> impl Strategy<Value = Value> {
    (-99..99_i64, text()).prop_map(|(n, s)| json!({"n": n, "s": s}))
}

fn data() -> BoxedStrategy<Value> {
    prop_oneof![
        6 => numbers(),
        1 => text().prop_map(|text| json!(text)),
        2 => vec(text(), 1..4).prop_map(|texts| json!(texts)),
        1 => row(),
        2 => vec(row(), 1..4).prop_map(|rows| json!(rows)),
        1 => vec(entry(), 1..3).prop_map(|rows| json!(rows)),
    ]
    .boxed()
}

fn element() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => (-9..9_i64).prop_map(|value| json!(value)),
        1 => text().prop_map(|text| json!(text)),
        1 => row(),
        1 => entry(),
    ]
    .boxed()
}

/// A dataset of `beginning`, the number of its axes, and an element that it takes.
fn met() -> BoxedStrategy<(&'static str, usize, Value)> {
    prop_oneof![
        (-9..9_i64).prop_map(|value| ("/a", 1, json!(value))),
        (-9..9_i32).prop_map(|value| ("/b", 2, json!(f64::from(value) / 2.0))),
        row().prop_map(|row| ("/c", 1, row)),
        text().prop_map(|text| ("/g/x", 1, json!(text))),
    ]
    .boxed()
}

/// A dataset and an element that it more often takes than not.
fn element_of() -> BoxedStrategy<(&'static str, Value)> {
    prop_oneof![
        2 => met().prop_map(|(path, _, element)| (path, element)),
        1 => (path(), element()),
    ]
    .boxed()
}

/// A dataset and rows that it more often takes than not.
fn rows_of() -> BoxedStrategy<(&'static str, Value)> {
    prop_oneof![
        2 => (met(), 1..4_usize).prop_map(|((path, rank, element), count)| {
            let row = if rank == 1 { element } else { json!([element, element]) };
            (path, json!(vec![row; count]))
        }),
        1 => (path(), data()),
    ]
    .boxed()
}

fn axis_number() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(0_u32), 1 => Just(1)]
}

/// Of few axes, so that it often fits.
fn part() -> BoxedStrategy<String> {
    prop_oneof![
        2 => selection(),
        4 => axis(),
        2 => (axis(), axis()).prop_map(|(first, second)| format!("{first}, {second}")),
        1 => Just("...".to_owned()),
        1 => Just(String::new()),
    ]
    .boxed()
}

/// What there is before the changes: something for each of them to meet.
pub(super) fn beginning() -> Vec<Value> {
    let rows = json!([{"a": 1, "b": 0.5}, {"a": 2, "b": -0.5}]);
    vec![
        json!({"command": "append", "path": "/a", "data": [1, 2, 3], "axis": 0}),
        json!({"command": "append", "path": "/b", "data": [[1.5, 2.5], [3.5, 4.5]], "axis": 0}),
        json!({"command": "append", "path": "/c", "data": rows, "axis": 0}),
        json!({"command": "append", "path": "/g/x", "data": ["one", "two"], "axis": 0}),
        json!({"command": "create_group", "path": "/g/h"}),
        json!({"command": "create_named_datatype", "path": "/t", "datatype": ">i2"}),
        json!({"command": "link", "kind": "soft", "path": "/l", "target": "/g"}),
        json!({"command": "write_attribute", "path": "/a", "name": "m", "data": 1}),
        json!({"command": "write_attribute", "path": "/g", "name": "n", "data": ["x", "y"]}),
    ]
}

fn datatype() -> impl Strategy<Value = Value> {
    let text = json!({"class": "string", "length": null, "charset": "utf-8", "padding": "null_terminated"});
    let members =
        |members: Value, size: u32| json!({"class": "compound", "size": size, "members": members});
    let row = members(
        json!([{"name": "a", "offset": 0, "datatype": "<i4"}, {"name": "b", "offset": 8, "datatype": ">f8"}]),
        16,
    );
    let entry = members(
        json!([{"name": "n", "offset": 0, "datatype": "<i8"}, {"name": "s", "offset": 8, "datatype": text}]),
        16,
    );
    prop::sample::select(vec![json!("<i4"), json!(">f8"), json!("|S4"), text, row, entry])
}

fn coordinates() -> impl Strategy<Value = Vec<Vec<i64>>> {
    (1..3_usize).prop_flat_map(|rank| vec(vec(-3..3_i64, rank..=rank), 0..4))
}

/// Makes something, or a part of something, be what it was not.
fn of_elements() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => (place(), vec(0..4_u64, 0..3), any::<bool>(), datatype()).prop_map(|(path, shape, grows, datatype)| {
            let grows = grows && !shape.is_empty();
            let max: Option<Vec<Option<u64>>> = grows.then(|| vec![None; shape.len()]);
            json!({
                "command": "create_dataset", "path": path, "shape": shape, "max_shape": max, "datatype": datatype,
            })
        }),
        4 => (prop_oneof![rows_of(), element_of()], part()).prop_map(|((path, data), selection)| {
            json!({"command": "update", "path": path, "selection": selection, "data": data})
        }),
        4 => (rows_of(), axis_number()).prop_map(|((path, data), axis)| {
            json!({"command": "append", "path": path, "data": data, "axis": axis})
        }),
        4 => (rows_of(), axis_number(), -4..4_i64).prop_map(|((path, data), axis, index)| {
            json!({"command": "insert", "path": path, "data": data, "axis": axis, "index": index})
        }),
        3 => (met(), vec(0..5_u64, 2..3)).prop_map(|((path, rank, _), shape)| {
            json!({"command": "resize", "path": path, "shape": shape[..rank]})
        }),
        1 => (path(), vec(0..5_u64, 1..3))
            .prop_map(|(path, shape)| json!({"command": "resize", "path": path, "shape": shape})),
        4 => (element_of(), part(), any::<bool>()).prop_map(|((path, value), selection, given)| {
            let mut fill = json!({"command": "fill", "path": path, "selection": selection});
            if given {
                fill["data"] = value;
            }
            fill
        }),
        4 => (met(), -2..2_i64, -2..2_i64).prop_map(|((path, rank, value), first, second)| {
            let points = [[first; 2], [second; 2]].map(|point| point[..rank].to_vec());
            json!({"command": "write_points", "path": path, "points": points, "data": value})
        }),
        1 => (path(), coordinates(), element()).prop_map(|(path, points, value)| {
            json!({"command": "write_points", "path": path, "points": points, "data": value})
        }),
    ]
    .boxed()
}

fn link() -> BoxedStrategy<Value> {
    let target = prop::sample::select(vec![
        "/a",
        "/b",
        "/g",
        "/g/h",
        "/g/x",
        "/l",
        "/",
        "/nowhere",
        "x",
        "h",
        "h/z",
        "nowhere/x",
    ]);
    let kind = prop::sample::select(vec!["hard", "hard", "soft", "soft", "external"]);
    (place(), target, kind)
        .prop_map(|(path, target, kind)| {
            let mut link = json!({"command": "link", "path": path, "kind": kind, "target": target});
            if kind == "external" {
                link["target_file"] = json!("elsewhere.h5");
            }
            link
        })
        .boxed()
}

fn of_tree() -> BoxedStrategy<Value> {
    prop_oneof![
        2 => place().prop_map(|path| json!({"command": "create_group", "path": path})),
        2 => (place(), datatype()).prop_map(|(path, datatype)| {
            json!({"command": "create_named_datatype", "path": path, "datatype": datatype})
        }),
        4 => link(),
        3 => prop_oneof![path(), place()].prop_map(|path| json!({"command": "delete", "path": path})),
        2 => (path(), place()).prop_map(|(path, to)| json!({"command": "move", "path": path, "to": to})),
        2 => (path(), place(), any::<[bool; 2]>()).prop_map(|(path, to, [shallow, without_attrs])| {
            json!({"command": "copy", "path": path, "to": to, "shallow": shallow, "without_attrs": without_attrs})
        }),
        3 => (described(), name(), data()).prop_map(|(path, name, data)| {
            json!({"command": "write_attribute", "path": path, "name": name, "data": data})
        }),
        3 => (described(), name(), name())
            .prop_map(|(path, name, to)| json!({"command": "rename_attribute", "path": path, "name": name, "to": to})),
        2 => (described(), name())
            .prop_map(|(path, name)| json!({"command": "delete_attribute", "path": path, "name": name})),
    ]
    .boxed()
}

/// A dataset that shares the datatype named `/t`, as far as that is one.
fn typed() -> impl Strategy<Value = Value> {
    (place(), vec(0..3_u64, 0..2)).prop_map(|(path, shape)| {
        json!({
            "command": "create_dataset", "path": path, "shape": shape, "named_datatype": "/t",
        })
    })
}

pub(super) fn change() -> BoxedStrategy<Value> {
    let step = || prop_oneof![of_elements(), of_tree()];
    let batch =
        vec(step(), 2..4).prop_map(|commands| json!({"command": "batch", "commands": commands}));
    let write = (path(), data())
        .prop_map(|(path, data)| json!({"command": "write", "path": path, "data": data}));
    prop_oneof![
        10 => of_elements(),
        10 => of_tree(),
        3 => write,
        2 => typed(),
        2 => batch,
    ]
    .boxed()
}
