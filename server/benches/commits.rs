//! What the log costs: the worker with it, and the store on the bare file without it. Both get the same commands over
//! a socket and send the same answers, in one process and without clients. The store alone is measured twice: on one
//! thread, and with another one that reads ahead as the worker's does.
//!
//! `cargo bench --package hdf5-async-server --bench commits`; the folder is `$HDF5_ASYNC_BENCH_DIR`, or the temporary
//! one. Without the log nothing is synced, and a kill can ruin the file.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use hdf5_async_protocol::message::{Request, Terms};
use hdf5_async_protocol::model::FileCreation;
use hdf5_async_server::store::{Access, Store, StoreLimits};
use hdf5_async_server::worker::channel::{ChannelError, read_frame, write_frame};
use hdf5_async_server::worker::job::{Done, Job, Work};
use hdf5_async_server::worker::{CommitLimits, Given, Settings, thread};
use serde_json::value::RawValue;

const RUNS: usize = 5;
/// Appends under way, as of so many clients.
const UNDER_WAY: u64 = 64;

const STORE_LIMITS: StoreLimits = StoreLimits {
    block_bytes: 512 << 10,
    inline_value_bytes: 16 << 10,
    max_value_bytes: 64 << 20,
    max_list_page: 1000,
    max_json_values_bytes: 1 << 20,
    metadata_cache_bytes: 1 << 20,
    max_chunk_bytes: 128 << 20,
    max_rewrite_bytes: 64 << 20,
    max_batch_commands: 1000,
    max_followed_datasets: 100,
};

/// Jobs that are read before the store alone asks for them.
const READ_AHEAD: usize = 4;

/// Commands between two flushes of the library without the log; with it every commit is one.
const FLUSHED_EVERY: u64 = UNDER_WAY;

/// Appends of `bytes` each.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    bytes: u64,
    appends: u64,
}

const LOADS: [Load; 2] = [
    Load { name: "rows of 4 KiB", bytes: 4 << 10, appends: 8192 },
    Load { name: "blocks of 1 MiB", bytes: 1 << 20, appends: 512 },
];

fn main() -> Result<(), Box<dyn Error>> {
    let base =
        std::env::var_os("HDF5_ASYNC_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    // `-- MiB`: only loads with this in their name.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |load: &Load| wanted.iter().all(|part| load.name.contains(part.as_str()));
    for load in LOADS.into_iter().filter(is_wanted) {
        let (mut with, mut without, mut ahead) = (Vec::new(), Vec::new(), Vec::new());
        // In turn, so that a disk that is slow for a while is slow for both.
        for _ in 0..RUNS {
            let folder = tempfile::tempdir_in(&base)?;
            with.push(with_log(folder.path(), load)?);
            without.push(without_log(folder.path(), load, Reading::InTurn)?);
            ahead.push(without_log(folder.path(), load, Reading::Ahead)?);
        }
        let (with, without, ahead) = (median(with), median(without), median(ahead));
        writeln!(
            io::stdout(),
            "{}, {UNDER_WAY} under way: {with:.0}/s with the log; {without:.0}/s without log and sync, {:.2} of it; {ahead:.0}/s if that reads ahead, {:.2} of it",
            load.name,
            with / without,
            with / ahead
        )?;
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn per_second(load: Load, since: Instant) -> f64 {
    f64::from(u32::try_from(load.appends).unwrap_or(u32::MAX)) / since.elapsed().as_secs_f64()
}

/// The command that makes the dataset of a client.
fn creation(load: Load, client: u64) -> String {
    let n = load.bytes / 8;
    let rows = (65536 / load.bytes).max(1);
    format!(
        r#"{{"command": "create_dataset", "path": "/d{client}", "datatype": "<f8", "shape": [0, {n}], "max_shape": [null, {n}], "chunks": [{rows}, {n}]}}"#
    )
}

fn append(load: Load, client: u64) -> String {
    let n = load.bytes / 8;
    format!(
        r#"{{"command": "append", "path": "/d{client}", "datatype": "<f8", "shape": [1, {n}]}}"#
    )
}

fn with_log(folder: &Path, load: Load) -> Result<f64, Box<dyn Error>> {
    let open = |name: &str| -> io::Result<File> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).open(folder.join(name))
    };
    let given = Given { file: open("with.h5")?.into(), log: Some(open("with.h5.log")?.into()) };
    let settings = Settings {
        name: "with.h5".to_owned(),
        access: Access::Create(FileCreation::default()),
        replaces: false,
        clears_marks: false,
        read_only_because: None,
        limits: STORE_LIMITS,
        commits: CommitLimits::default(),
    };
    let (socket, worker) = thread::spawn(given, settings)?;
    receive(&socket)?;
    let rate = drive(&socket, load)?;
    drop(socket);
    worker.join().map_err(|_| "the worker has panicked")??;
    Ok(rate)
}

fn without_log(folder: &Path, load: Load, reading: Reading) -> Result<f64, Box<dyn Error>> {
    let path = folder.join("without.h5");
    let (socket, other_end) = UnixStream::pair()?;
    let thread = std::thread::Builder::new().name("store".to_owned());
    let work =
        move || store_alone(&path, &other_end, load, reading).map_err(|error| error.to_string());
    let store = thread.spawn(work)?;
    let rate = drive(&socket, load)?;
    drop(socket);
    store.join().map_err(|_| "the store has panicked")??;
    Ok(rate)
}

/// Does commands as they come, flushes the library now and then, and syncs nothing.
fn store_alone(
    path: &Path,
    socket: &UnixStream,
    load: Load,
    reading: Reading,
) -> Result<(), Box<dyn Error>> {
    let access = Access::Create(FileCreation::default());
    let mut store = Store::open(path, "without.h5", access, STORE_LIMITS)?;
    let mut jobs = Jobs::new(socket.try_clone()?, reading)?;
    for number in 1..=UNDER_WAY + load.appends {
        let (job, payload) = jobs.next()?;
        let Work::Command { command, binary, .. } = job.work else {
            return Err("the benchmark sends commands only".into());
        };
        let command = Request::parse(command.get())?.command;
        let outcome = store.execute(&command, binary.then_some(&payload))?;
        write_frame(socket, &Done { changes: outcome.changes, ..Done::empty(job.job) }, &[])?;
        if number % FLUSHED_EVERY == 0 {
            store.flush()?;
        }
    }
    Ok(store.close()?)
}

type Read = Result<(Job, Vec<u8>), ChannelError>;

/// How the store alone gets its jobs.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    InTurn,
    Ahead,
}

/// The jobs of the store alone.
enum Jobs {
    InTurn(BufReader<UnixStream>),
    Ahead(Receiver<Read>),
}

impl Jobs {
    fn new(socket: UnixStream, reading: Reading) -> io::Result<Self> {
        let mut reader = BufReader::with_capacity(64 << 10, socket);
        if reading == Reading::InTurn {
            return Ok(Self::InTurn(reader));
        }
        let (read, jobs) = sync_channel(READ_AHEAD);
        // Ends when nobody takes its jobs any more, or with the socket.
        std::thread::Builder::new().name("reader".to_owned()).spawn(move || {
            loop {
                let job: Read = read_frame(&mut reader);
                let is_last = job.is_err();
                if read.send(job).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Self::Ahead(jobs))
    }

    fn next(&mut self) -> Result<(Job, Vec<u8>), Box<dyn Error>> {
        match self {
            Self::InTurn(reader) => Ok(read_frame(reader)?),
            Self::Ahead(jobs) => Ok(jobs.recv()??),
        }
    }
}

/// Sends the load to whoever has the other end of the socket; returns appends a second.
fn drive(socket: &UnixStream, load: Load) -> Result<f64, Box<dyn Error>> {
    let mut job = 0;
    let mut send = |command: String, payload: &[u8]| -> Result<(), Box<dyn Error>> {
        job += 1;
        let command = RawValue::from_string(command)?;
        let binary = !payload.is_empty();
        let work = Work::Command { command, binary, terms: Terms::default(), refusal: None };
        Ok(write_frame(socket, &Job { job, work }, payload)?)
    };
    for client in 0..UNDER_WAY {
        send(creation(load, client), &[])?;
        receive(socket)?;
    }
    let values = vec![7_u8; usize::try_from(load.bytes)?];
    std::thread::scope(|scope| {
        let (answered, answers) = sync_channel(usize::try_from(load.appends)?);
        // As in the front somebody always reads, or the worker could wait with an answer for a job to be written.
        scope.spawn(move || {
            for _ in 0..load.appends {
                let received = receive(socket).map_err(|error| error.to_string());
                if answered.send(received).is_err() {
                    return;
                }
            }
        });
        let began = Instant::now();
        for number in 0..load.appends {
            if number >= UNDER_WAY {
                answers.recv()??;
            }
            send(append(load, number % UNDER_WAY), &values)?;
        }
        for _ in 0..UNDER_WAY.min(load.appends) {
            answers.recv()??;
        }
        Ok(per_second(load, began))
    })
}

fn receive(mut socket: &UnixStream) -> Result<(), Box<dyn Error>> {
    let (done, _): (Done, _) = read_frame(&mut socket)?;
    done.error.map_or(Ok(()), |error| Err(error.into()))
}
