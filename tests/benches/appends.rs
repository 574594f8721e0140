//! Acknowledged appends a second, of the whole system: real clients, the real program, the real disk.
//!
//! `cargo build --release --bin hdf5-async && cargo bench --package hdf5-async-tests --bench appends`; the folder is
//! `$HDF5_ASYNC_BENCH_DIR`, or the temporary one. Beside the server stand, in the same run: a bare write and
//! fdatasync of the same bytes, and h5py, alone and without any durability.

use std::fs::File as PlainFile;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use hdf5_async_client::protocol::message::Durability;
use hdf5_async_client::{ConnectOptions, Values};
use hdf5_async_tests::{Setup, h5py_with};
use serde_json::json;
use tokio::task::JoinSet;

const KIB: u64 = 1 << 10;
const CLIENTS: [usize; 3] = [1, 8, 64];
const RUNS: usize = 3;

/// What is appended, and how long it is done.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    bytes: u64,
    time: Duration,
}

const LOADS: [Load; 2] = [
    Load { name: "rows of 4 KiB", bytes: 4 * KIB, time: Duration::from_secs(2) },
    Load { name: "blocks of 1 MiB", bytes: 1024 * KIB, time: Duration::from_secs(3) },
];

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for load in LOADS {
        tell(&format!("{}: a second, median of {RUNS} runs", load.name))?;
        let bare = median(|| fdatasyncs(load))?;
        tell(&format!("  write and fdatasync, no HDF5   {bare:>10.0}"))?;
        let alone = median(|| Ok(h5py_appends(load)))?;
        tell(&format!("  h5py alone, nothing is safe    {alone:>10.0}"))?;
        for durability in [Durability::Commit, Durability::Applied] {
            for clients in CLIENTS {
                let rate = median(|| runtime.block_on(served_appends(load, clients, durability)))?;
                let name = format!("{clients} clients, {durability:?}").to_lowercase();
                tell(&format!(
                    "  {name:<30} {rate:>10.0}  {:>6.2} of fdatasync  {:>6.2} of h5py",
                    rate / bare,
                    rate / alone
                ))?;
            }
        }
    }
    Ok(())
}

fn tell(what: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{what}")
}

fn median(mut run: impl FnMut() -> Result<f64, Error>) -> Result<f64, Error> {
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        rates.push(run()?);
    }
    rates.sort_by(f64::total_cmp);
    Ok(rates[RUNS / 2])
}

fn per_second(count: u64, since: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / since.elapsed().as_secs_f64()
}

/// One after the other into a file that has its length already: what the disk allows one writer.
fn fdatasyncs(load: Load) -> Result<f64, Error> {
    let file = tempfile::tempfile()?;
    let block = vec![7_u8; usize::try_from(load.bytes)?];
    let places = (64 << 20) / load.bytes;
    for place in 0..places {
        file.write_all_at(&block, place * load.bytes)?;
    }
    file.sync_all()?;
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < load.time {
        file.write_all_at(&block, count % places * load.bytes)?;
        PlainFile::sync_data(&file)?;
        count += 1;
    }
    Ok(per_second(count, began))
}

/// The same appends by h5py, which tells nobody and syncs nothing.
fn h5py_appends(load: Load) -> f64 {
    let folder = tempfile::tempdir().map(|folder| folder.path().join("alone.h5"));
    let path = folder.unwrap_or_else(|_| Path::new("alone.h5").to_owned());
    drop(std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))));
    let script = "
        import time
        f = h5py.File(path, 'w')
        n = given['bytes'] // 8
        d = f.create_dataset('d', (0, n), '<f8', maxshape=(None, n), chunks=(max(1, 65536 // given['bytes']), n))
        row, count, began = np.arange(n, dtype='<f8'), 0, time.monotonic()
        while time.monotonic() - began < given['seconds']:
            d.resize(count + 1, 0)
            d[count] = row
            count += 1
        result = count / (time.monotonic() - began)";
    let given = json!({"bytes": load.bytes, "seconds": load.time.as_secs()});
    let rate = h5py_with(&path, &given, script).as_f64().unwrap_or_default();
    drop(std::fs::remove_file(&path));
    rate
}

/// Each client appends to its own dataset, and waits for every answer.
async fn served_appends(load: Load, clients: usize, durability: Durability) -> Result<f64, Error> {
    let n = load.bytes / 8;
    let script = format!(
        "for i in range({clients}): f.create_dataset(f'd{{i}}', (0, {n}), '<f8', maxshape=(None, {n}), chunks=(max(1, 65536 // {}), {n}))",
        load.bytes
    );
    let server = Setup::new().file("a.h5", &script).start().await;
    let elements = vec![1.5_f64; usize::try_from(n)?];
    let (mut work, end) = (JoinSet::new(), Instant::now() + load.time);
    let began = Instant::now();
    for client in 0..clients {
        let options = ConnectOptions::from(server.address.clone()).durability(durability);
        let file = server.connect(options).await.file("a.h5");
        let values = Values::from_slice(&[1, n], &elements)?;
        work.spawn(async move {
            let mut count = 0;
            while Instant::now() < end {
                let appended = file.append(&format!("/d{client}"), 0, &values).await;
                if appended.is_err() {
                    return Err(appended);
                }
                count += 1;
            }
            Ok(count)
        });
    }
    let mut count = 0;
    while let Some(appended) = work.join_next().await {
        count += appended?.map_err(|refused| format!("{refused:?}"))?;
    }
    Ok(per_second(count, began))
}
