//! Random selections against numpy, and random sequences of changes against an h5py twin of the file.

mod changes;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::twin::Twin;
use hdf5_async_tests::{Setup, TestServer};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use changes::{beginning, change};

const SCRIPT: &str = include_str!("twin.py");

/// A server, a connection and a twin that many cases are tried on.
struct Pair {
    runtime: Runtime,
    server: TestServer,
    socket: RawSocket,
    twin: Twin,
}

impl Pair {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let setup = Setup::new().file("a.h5", "").option("--block-bytes", 1024);
        let server = runtime.block_on(setup.start());
        let socket = runtime.block_on(RawSocket::connect(&server));
        let mut twin = Twin::start(SCRIPT);
        let path = server.path("a.h5").with_file_name("../twin.h5");
        twin.ask(&json!({"open": path}));
        Self { runtime, server, socket, twin }
    }

    fn ask(&mut self, request: &Value) -> Value {
        self.runtime.block_on(self.socket.ask(request))
    }

    fn ok(&mut self, request: Value) -> Value {
        self.runtime.block_on(self.socket.ok(request))
    }
}

/// What a build tries is the same every time; `HDF5_ASYNC_SOAK_SECS` asks for what was never tried.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    if deadline().is_some() {
        return TestRunner::new(config);
    }
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, rng)
}

/// One axis of a selection, inside and outside of what is there.
fn axis() -> impl Strategy<Value = String> {
    let bound =
        || option::of(-8..8_i64).prop_map(|bound| bound.map_or(String::new(), |n| n.to_string()));
    prop_oneof![
        2 => (-6..6_i64).prop_map(|index| index.to_string()),
        4 => (bound(), bound(), option::of(1..4_u64)).prop_map(|(start, stop, step)| {
            format!("{start}:{stop}{}", step.map_or(String::new(), |step| format!(":{step}")))
        }),
        2 => vec(-5..5_i64, 0..4).prop_map(|list| format!("{list:?}")),
    ]
}

fn selection() -> impl Strategy<Value = String> {
    (vec(axis(), 0..4), option::of(0..4_usize)).prop_map(|(mut axes, ellipsis)| {
        if let Some(at) = ellipsis {
            axes.insert(at.min(axes.len()), "...".to_owned());
        }
        axes.join(", ")
    })
}

#[test]
fn random_selections_are_numpys() {
    let pair = RefCell::new(Pair::start());
    let cases = (vec(0..6_u64, 0..4), vec(selection(), 1..6));
    let (number, compared) = (Cell::new(0), Cell::new(0));
    runner(40)
        .run(&cases, |(dims, selections)| {
            let mut pair = pair.borrow_mut();
            number.set(number.get() + 1);
            let path = format!("/d{}", number.get());
            let n_elements: u64 = dims.iter().product();
            let flat: Vec<u64> = (0..n_elements).collect();
            pair.ok(json!({"command": "create_dataset", "path": path, "shape": dims, "datatype": "<i8"}));
            if n_elements > 0 {
                let points = all_points(&dims);
                if dims.is_empty() {
                    pair.ok(json!({"command": "write", "path": path, "data": 0}));
                } else {
                    pair.ok(json!({"command": "write_points", "path": path, "points": points, "data": flat}));
                }
            }
            for text in selections {
                let expected = pair.twin.ask(&json!({"dims": dims, "select": text}));
                let read = pair.ask(&json!({"command": "read", "path": path, "selection": text}));
                let got = match read["status"].as_str() {
                    Some("success") => json!({"shape": read["shape"], "data": read["data"]}),
                    _ => json!("refused"),
                };
                prop_assert_eq!(&got, &expected, "{:?} of {:?}", text, dims);
                compared.set(compared.get() + usize::from(got != "refused"));
            }
            Ok(())
        })
        .unwrap();
    assert!(compared.get() > 20, "only {} selections were not refused", compared.get());
}

/// The coordinates of all elements in C order.
fn all_points(dims: &[u64]) -> Vec<Vec<u64>> {
    dims.iter().fold(vec![vec![]], |points, &dim| {
        let extended = |point: &Vec<u64>| {
            (0..dim).map(|index| [&point[..], &[index]].concat()).collect::<Vec<_>>()
        };
        points.iter().flat_map(extended).collect()
    })
}

#[test]
fn random_writes_are_numpys() {
    let pair = RefCell::new(Pair::start());
    let values = prop_oneof![
        (-99..99_i64).prop_map(|value| json!(value)),
        vec(-99..99_i64, 0..5).prop_map(|values| json!(values)),
        vec(vec(-99..99_i64, 1..2), 1..4).prop_map(|values| json!(values)),
        vec(vec(-99..99_i64, 3..4), 1..4).prop_map(|values| json!(values)),
    ];
    let cases = (vec(1..5_u64, 1..4), vec((selection(), values), 4..12));
    let (number, written) = (Cell::new(0), Cell::new(0));
    runner(40)
        .run(&cases, |(dims, writes)| {
            let mut pair = pair.borrow_mut();
            for (text, values) in writes {
                number.set(number.get() + 1);
                let path = format!("/d{}", number.get());
                let flat: Vec<u64> = (0..dims.iter().product()).collect();
                pair.ok(json!({"command": "create_dataset", "path": path, "shape": dims, "datatype": "<i8"}));
                let points = all_points(&dims);
                pair.ok(json!({"command": "write_points", "path": path, "points": points, "data": flat}));
                let expected = pair.twin.ask(&json!({"dims": dims, "select": text, "values": values}));
                let write = json!({"command": "update", "path": path, "selection": text, "data": values});
                let status = pair.ask(&write)["status"].clone();
                prop_assert_eq!(
                    status == "success", expected != "refused", "{} into {:?}: {}", write, dims, status
                );
                if status == "success" {
                    written.set(written.get() + 1);
                    let read = pair.ok(json!({"command": "read", "path": path}));
                    prop_assert_eq!(&read["data"], &expected, "{} into {:?}", write, dims);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(written.get() > 30, "only {} writes were not refused", written.get());
}

/// Until when sequences are tried; `HDF5_ASYNC_SOAK_SECS` asks for more of them than the usual ones.
fn deadline() -> Option<Instant> {
    let soak = std::env::var("HDF5_ASYNC_SOAK_SECS").ok().and_then(|secs| secs.parse().ok());
    soak.map(|secs| Instant::now() + Duration::from_secs(secs))
}

impl Pair {
    /// Does a change on both sides; whether the server did it.
    fn change(&mut self, request: &Value) -> bool {
        let mut request = request.clone();
        if let Some(named) = request["named_datatype"].as_str() {
            let described = self.ask(&json!({"command": "describe", "path": named}));
            request["datatype"] = described["object"]["datatype"].clone();
        }
        // Whether a whole write replaces the dataset, is seen by what was there.
        let before = match request["command"].as_str() {
            Some("write") => self.ask(&json!({"command": "describe", "path": request["path"]})),
            _ => Value::Null,
        };
        let reply = self.ask(&request);
        let done = reply["status"] == "success";
        if done {
            let before = &before["object"]["dataset"];
            self.twin.ask(&json!({"request": request, "reply": reply, "before": before}));
        }
        done
    }

    /// Ends the server; what its file holds, and what the twin's.
    fn dumps(self) -> Value {
        let Self { runtime, mut server, mut twin, .. } = self;
        assert!(runtime.block_on(server.terminate()).success());
        twin.ask(&json!({"dump": server.path("a.h5")}))
    }
}

#[test]
fn random_changes_leave_what_h5py_leaves() {
    let (done, until) = (RefCell::new(BTreeMap::<String, usize>::new()), deadline());
    loop {
        runner(8)
            .run(&vec(change(), 40..120), |changes| {
                let mut pair = Pair::start();
                for request in beginning() {
                    assert!(pair.change(&request), "{request}");
                }
                for request in &changes {
                    let command = request["command"].as_str().unwrap();
                    let named = if request["named_datatype"].is_null() { "" } else { " of /t" };
                    let times = usize::from(pair.change(request));
                    *done.borrow_mut().entry(format!("{command}{named}")).or_default() += times;
                }
                let dumps = pair.dumps();
                prop_assert_eq!(&dumps[0], &dumps[1], "after {}", json!(changes));
                Ok(())
            })
            .unwrap();
        if until.is_none_or(|until| Instant::now() > until) {
            break;
        }
    }
    let done = done.into_inner();
    if until.is_some() {
        writeln!(std::io::stderr(), "changes done: {done:?}").unwrap();
    }
    assert!(
        done.len() >= 19 && done.values().all(|&times| times > 0),
        "not all were done: {done:?}"
    );
}
