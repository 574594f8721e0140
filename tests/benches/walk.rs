//! Going through a file of a million objects, and through a group of 100,000 links: how long it takes, and what
//! memory the server has for it.
//!
//! `cargo build --release --bin hdf5-async && cargo bench --package hdf5-async-tests --bench walk`;
//! `HDF5_ASYNC_WALK_GROUPS` is how many groups of 1000 datasets there are.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use hdf5_async_tests::processes::Process;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, h5py_with};
use serde_json::{Value, json};

/// Datasets with a shape, values and an attribute, a thousand in each group; the library's own copies make them
/// quickly.
const OBJECTS: &str = "
    f = h5py.File(path, 'w', libver='latest')
    g = f.create_group('0000')
    for i in range(1000):
        d = g.create_dataset(f'{i:04}', data=[i, i + 1], dtype='<i4')
        d.attrs['n'] = i
    for i in range(1, given): f.copy('0000', f'{i:04}')
    flat = f.create_group('flat')
    for i in range(100_000): flat[f'{i:06}'] = g['0000']
    f.close()
";

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let groups =
        std::env::var("HDF5_ASYNC_WALK_GROUPS").map_or(Ok(1000), |groups| groups.parse())?;
    tokio::runtime::Runtime::new()?.block_on(measure(groups))
}

async fn measure(groups: u64) -> Result<(), Error> {
    let setup = Setup::new();
    h5py_with(&setup.path("a.h5"), &json!(groups), OBJECTS);
    let bytes = std::fs::metadata(setup.path("a.h5"))?.len();
    tell(&format!("{groups} groups of 1000 datasets, {} MiB", bytes >> 20))?;
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "describe"})).await;
    let processes = [server.process(), server.worker("a.h5")];
    let before = processes.map(Process::resident_bytes);

    let began = Instant::now();
    let (answers, links) = go_through(&mut socket, json!({"command": "walk"}), "groups").await;
    report("walk", answers, links, began.elapsed(), before, processes)?;

    let began = Instant::now();
    let search = json!({"command": "search", "attribute": "n", "value": "777"});
    let (answers, found) = go_through(&mut socket, search, "found").await;
    report("search by value of an attribute", answers, found, began.elapsed(), before, processes)?;

    let began = Instant::now();
    let (mut answers, mut links) = (0, 0);
    while links < 100_000 {
        let page = json!({"command": "list", "path": "/flat", "offset": links});
        links += socket.ok(page).await["children"].as_array().map_or(0, Vec::len);
        answers += 1;
    }
    report("list of 100,000 links", answers, links, began.elapsed(), before, processes)?;
    Ok(())
}

/// Asks until there is no cursor; the answers, and what was in them.
async fn go_through(socket: &mut RawSocket, mut request: Value, field: &str) -> (usize, usize) {
    let (mut answers, mut count) = (0, 0);
    loop {
        let answer = socket.ok(request.clone()).await;
        let parts = answer[field].as_array();
        let children = |part: &Value| part["children"].as_array().map_or(1, Vec::len);
        count += parts.map_or(0, |parts| parts.iter().map(children).sum());
        answers += 1;
        match answer.get("cursor") {
            Some(cursor) => request["cursor"] = cursor.clone(),
            None => return (answers, count),
        }
    }
}

fn report(
    what: &str,
    answers: usize,
    found: usize,
    time: Duration,
    before: [u64; 2],
    processes: [Process; 2],
) -> io::Result<()> {
    let [front, worker] = processes.map(|process| process.peak_resident_bytes() >> 10);
    let [front_before, worker_before] = before.map(|bytes| bytes >> 10);
    tell(&format!(
        "{what}: {found} in {answers} answers, {:.2} s; memory at most: front {front} KiB (before: {front_before}), worker {worker} KiB (before: {worker_before})",
        time.as_secs_f64()
    ))
}

fn tell(what: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{what}")
}
