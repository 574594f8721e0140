//! How fast the write-ahead log is on this disk: recovery, small commits, and large writes beside writes without a log.
//!
//! `cargo bench --package hdf5-async-server --bench journal`; the folder is `$HDF5_ASYNC_BENCH_DIR`, or the temporary one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hdf5_async_server::journal::{Journal, JournalLimits, RealFile, Recovered};

const MIB: usize = 1 << 20;
const PAGE: usize = 4096;

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let base =
        std::env::var_os("HDF5_ASYNC_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(base)?;
    recovery(folder.path())?;
    small_commits(folder.path())?;
    large_writes(folder.path())
}

fn tell(what: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{what}")
}

fn opened(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

fn open(folder: &Path, name: &str, limits: JournalLimits) -> Result<(Journal, Recovered), Error> {
    let main = RealFile::new(opened(&folder.join(name))?);
    let log = RealFile::new(opened(&folder.join(format!("{name}.log")))?);
    Ok(Journal::open(Box::new(main), Box::new(log), limits)?)
}

/// A crash with a full log of 64 MiB, of commits of 16 pages all over a file of 1 GiB.
fn recovery(folder: &Path) -> Result<(), Error> {
    let limits = || JournalLimits { direct_bytes: u64::MAX, ..JournalLimits::default() };
    let file = opened(&folder.join("recovery"))?;
    file.set_len(1 << 30)?;
    file.sync_all()?;
    let (mut journal, _) = open(folder, "recovery", limits())?;
    let mut pages = BTreeSet::new();
    let mut page = 1_u64;
    while journal.log_bytes() < 64 << 20 {
        for _ in 0..16 {
            page = page.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            pages.insert((page >> 46) * PAGE as u64);
            journal.write((page >> 46) * PAGE as u64, &page.to_le_bytes().repeat(PAGE / 8))?;
        }
        journal.commit(&[])?;
    }
    drop(journal);
    let begin = Instant::now();
    let (_, recovered) = open(folder, "recovery", limits())?;
    let took = begin.elapsed();
    let (mib, commits) = (recovered.bytes >> 20, recovered.commits);
    let bare = opened(&folder.join("bare"))?;
    bare.set_len(1 << 30)?;
    let begin = Instant::now();
    for offset in pages {
        bare.write_all_at(&[7; PAGE], offset)?;
    }
    bare.sync_all()?;
    let disk = begin.elapsed();
    tell(&format!(
        "recovery of {mib} MiB of log, {commits} commits: {took:.2?}; writing and syncing its pages alone: {disk:.2?}"
    ))?;
    Ok(())
}

/// One page a commit, one commit after the other, beside the disk's own fdatasync.
fn small_commits(folder: &Path) -> Result<(), Error> {
    let bare = opened(&folder.join("bare"))?;
    bare.write_all_at(&vec![0; 16 * MIB], 0)?;
    bare.sync_all()?;
    let (mut journal, _) = open(folder, "small", JournalLimits::default())?;
    let [commits, fdatasyncs] = rates([
        &mut |i| {
            journal.write(i % 1000 * PAGE as u64, &[7; PAGE])?;
            commit(&mut journal)
        },
        &mut |i| {
            bare.write_all_at(&[7; PAGE], i % 4096 * PAGE as u64)?;
            Ok(bare.sync_data()?)
        },
    ])?;
    tell(&format!(
        "commits of 4 KiB: {commits:.0} a second; fdatasync of 4 KiB: {fdatasyncs:.0} a second"
    ))?;
    Ok(())
}

/// 1 MiB appended and made safe, with the log and with fdatasync alone.
fn large_writes(folder: &Path) -> Result<(), Error> {
    let bytes = vec![7; MIB];
    let bare = opened(&folder.join("bare"))?;
    bare.set_len(0)?;
    let (mut journal, _) = open(folder, "large", JournalLimits::default())?;
    let [with, without] = rates([
        &mut |i| {
            // As HDF5 places a chunk: at no multiple of the page size.
            journal.write(800 + i * MIB as u64, &bytes)?;
            commit(&mut journal)
        },
        &mut |i| {
            bare.write_all_at(&bytes, i * MIB as u64)?;
            Ok(bare.sync_data()?)
        },
    ])?;
    let share = with / without * 100.0;
    tell(&format!(
        "1 MiB appended and synced: {with:.0} MiB/s with the log, {without:.0} without, {share:.0} %"
    ))?;
    Ok(())
}

fn commit(journal: &mut Journal) -> Result<(), Error> {
    journal.commit(&[])?;
    if journal.needs_checkpoint() {
        journal.checkpoint()?;
    }
    Ok(())
}

type Step<'a> = &'a mut dyn FnMut(u64) -> Result<(), Error>;

/// How often a second each is done, in turns of a quarter of a second, because disks have good and bad moments.
fn rates<const N: usize>(mut steps: [Step<'_>; N]) -> Result<[f64; N], Error> {
    let (mut times, mut took) = ([0_u32; N], [Duration::ZERO; N]);
    for _ in 0..12 {
        for (i, step) in steps.iter_mut().enumerate() {
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_millis(250) {
                step(u64::from(times[i]))?;
                times[i] += 1;
            }
            took[i] += begin.elapsed();
        }
    }
    Ok(std::array::from_fn(|i| f64::from(times[i]) / took[i].as_secs_f64()))
}
