//! A consistent copy of a file, whether a server is at work on it or not: the file, with what its log has, at one commit.
//!
//! Nothing is locked against writers. The file is copied first and its log read afterwards: whatever a server brings into
//! the file meanwhile is in records that are read later. Only when a checkpoint has made it forget those, which it
//! delays while it is asked to, the copy begins anew.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use super::checkpoint::bring_all;
use super::disk::DiskFile;
use super::error::{Doing, storage};
use super::header::{self, Found, Header};
use super::page::{PAGE_LEN, Ranges};
use super::record;
use super::recovery::{Contents, Recovered, read_log};
use super::{JournalError, JournalLimits, index};

/// Bytes that are copied at once.
const COPY_BYTES: u64 = 1 << 20;

/// How often it is begun.
const ATTEMPTS: u32 = 5;

/// How long a log that is being made is waited for, each time.
const WAIT: Duration = Duration::from_millis(5);

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Bytes of the copy.
    pub len: u64,
    /// The commit whose content it has; 0 when there is no log.
    pub last_commit: u64,
    /// Commits of it that were not in the file, but in its log.
    pub from_log: u64,
}

/// Copies the content of `main`, at its newest commit, into the empty file `target`, and syncs it.
///
/// # Errors
/// A log that cannot be applied, as for [`Journal::open`](super::Journal::open); a file that changes faster than it is copied; errors of the disk.
pub fn copy(
    main: &dyn DiskFile,
    log: Option<&dyn DiskFile>,
    target: &dyn DiskFile,
    limits: &JournalLimits,
) -> Result<Copied, JournalError> {
    if let Some(log) = log {
        log.hold(true).map_err(storage(Doing::Locking))?;
    }
    let copied = attempts(main, log, target, limits);
    if let Some(log) = log {
        log.hold(false).map_err(storage(Doing::Locking))?;
    }
    copied
}

fn attempts(
    main: &dyn DiskFile,
    log: Option<&dyn DiskFile>,
    target: &dyn DiskFile,
    limits: &JournalLimits,
) -> Result<Copied, JournalError> {
    for attempt in 1..=ATTEMPTS {
        match try_copy(main, log, target, limits) {
            Ok(Some(copied)) => return Ok(copied),
            Ok(None) => {}
            // A log that is being made looks so for a moment.
            Err(JournalError::NotALog | JournalError::LogDamaged) if attempt < ATTEMPTS => {
                thread::sleep(WAIT);
            }
            Err(error) => return Err(error),
        }
    }
    Err(JournalError::CopyOvertaken { times: ATTEMPTS })
}

/// `None` when it has to be begun anew.
fn try_copy(
    main: &dyn DiskFile,
    log: Option<&dyn DiskFile>,
    target: &dyn DiskFile,
    limits: &JournalLimits,
) -> Result<Option<Copied>, JournalError> {
    match (log, generation(log)?) {
        (Some(log), Some(generation)) => with_log(main, log, target, limits, generation),
        _ => without_log(main, log, target),
    }
}

/// Of the newest header, or `None` if the log has none, or there is no log, or none that this program can read.
fn generation(log: Option<&dyn DiskFile>) -> Result<Option<u64>, JournalError> {
    let Some(log) = log else { return Ok(None) };
    match header::find(log).map_err(storage(Doing::Reading))? {
        Found::Header(header, _) => Ok(Some(header.generation)),
        Found::Nothing => Ok(None),
        Found::Damaged => Err(JournalError::LogDamaged),
        Found::Foreign => Err(JournalError::NotALog),
        Found::Version(found) => Err(JournalError::LogVersion { found }),
    }
}

/// `None` when it was changed meanwhile.
fn without_log(
    main: &dyn DiskFile,
    log: Option<&dyn DiskFile>,
    target: &dyn DiskFile,
) -> Result<Option<Copied>, JournalError> {
    let before = main.status().map_err(storage(Doing::Reading))?;
    copy_bytes(main, target, 0..before.len)?;
    finish(target, before.len)?;
    let after = main.status().map_err(storage(Doing::Reading))?;
    let unchanged = before == after && generation(log)?.is_none();
    Ok(unchanged.then_some(Copied { len: before.len, last_commit: 0, from_log: 0 }))
}

/// `None` when a checkpoint came between.
fn with_log(
    main: &dyn DiskFile,
    log: &dyn DiskFile,
    target: &dyn DiskFile,
    limits: &JournalLimits,
    generation: u64,
) -> Result<Option<Copied>, JournalError> {
    let len = main.status().map_err(storage(Doing::Reading))?.len;
    copy_bytes(main, target, 0..len)?;
    loop {
        let contents = match read_log(main, log, limits) {
            Ok(contents) => contents,
            // The log and the file may have been looked at before and after a checkpoint.
            Err(_) if self::generation(Some(log))? != Some(generation) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(header) = contents.header.as_ref().filter(|h| h.generation == generation) else {
            return Ok(None);
        };
        let Contents { changes, touched, recovered, .. } = &contents;
        copy_bytes(main, target, len.min(changes.end)..changes.end)?;
        for pages in written_directly(touched, &contents) {
            let end = (pages.end * PAGE_LEN).min(changes.end);
            copy_bytes(main, target, pages.start * PAGE_LEN..end)?;
        }
        let copied = target.status().map_err(storage(Doing::WritingCopy))?.len;
        bring_all(target, changes, copied)?;
        if is_overwritten(log, header, recovered, changes.end)? {
            continue;
        }
        if self::generation(Some(log))? != Some(generation) {
            return Ok(None);
        }
        return Ok(Some(Copied {
            len: changes.end,
            last_commit: recovered.last_commit,
            from_log: recovered.commits,
        }));
    }
}

/// The pages of which the file itself has the newest bytes, perhaps since it was copied.
fn written_directly(touched: &Ranges, contents: &Contents) -> Vec<Range<u64>> {
    let mut direct = touched.clone();
    for zeros in contents.changes.zeros.iter() {
        direct.remove(&zeros);
    }
    for &page in contents.changes.pages.keys() {
        direct.remove(&(page..page + 1));
    }
    direct.iter().collect()
}

/// Whether a later commit than those has cut the file below `end`: what comes beyond the cut may then be written to the
/// file.
fn is_overwritten(
    log: &dyn DiskFile,
    header: &Header,
    recovered: &Recovered,
    end: u64,
) -> Result<bool, JournalError> {
    let mut is_cut = false;
    record::each(log, header, recovered.next_record(header), |_, record| {
        is_cut |= record.changes.end < end;
    })
    .map_err(storage(Doing::Reading))?;
    Ok(is_cut)
}

fn copy_bytes(
    from: &dyn DiskFile,
    to: &dyn DiskFile,
    bytes: Range<u64>,
) -> Result<(), JournalError> {
    let mut buffer = vec![0; index(COPY_BYTES.min(bytes.end.saturating_sub(bytes.start)))];
    let mut offset = bytes.start;
    while offset < bytes.end {
        let part = &mut buffer[..index(COPY_BYTES.min(bytes.end - offset))];
        from.read_at(offset, part).map_err(storage(Doing::Reading))?;
        to.write_at(offset, part).map_err(storage(Doing::WritingCopy))?;
        offset += part.len() as u64;
    }
    Ok(())
}

fn finish(target: &dyn DiskFile, len: u64) -> Result<(), JournalError> {
    target.set_len(len).map_err(storage(Doing::WritingCopy))?;
    target.sync_all().map_err(storage(Doing::WritingCopy))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs::{self, File};
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::simulation::model::{Change, small_limits};
    use super::super::simulation::random::Random;
    use super::super::{Journal, RealFile};
    use super::*;

    fn real(path: &Path) -> RealFile {
        let options = File::options().read(true).write(true).create(true).truncate(false).clone();
        RealFile::new(options.open(path).unwrap())
    }

    /// Keeps changing a file, with checkpoints, until it is told to stop; `contents` has what each commit left.
    fn write(folder: &Path, stop: &AtomicBool, contents: &Mutex<HashMap<u64, Vec<u8>>>) {
        let (main, log) = (real(&folder.join("a")), real(&folder.join("a.log")));
        let (mut journal, _) =
            Journal::open(Box::new(main), Box::new(log), small_limits()).unwrap();
        let mut random = Random::new(5);
        let mut content = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            for _ in 0..=random.below(4) {
                let change = Change::random(&mut random, content.len() as u64, 200_000);
                change.apply(&mut journal).unwrap();
                change.apply_to(&mut content);
            }
            let next = journal.last_commit().0 + 1;
            contents.lock().unwrap().insert(next, content.clone());
            journal.commit(&[]).unwrap();
            if random.below(20) == 0 {
                journal.bring_to_file(0..random.below(200_000)).unwrap();
            }
            if journal.needs_checkpoint() || random.below(100) == 0 {
                journal.checkpoint().unwrap();
            }
        }
    }

    #[test]
    fn a_copy_is_a_commit_while_others_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("a"), b"").unwrap();
        let (stop, contents) = (AtomicBool::new(false), Mutex::new(HashMap::new()));
        thread::scope(|scope| {
            scope.spawn(|| write(folder, &stop, &contents));
            let mut seen = Vec::new();
            while seen.len() < 25 {
                let target = folder.join("copy");
                fs::write(&target, b"").unwrap();
                let (main, log) = (real(&folder.join("a")), real(&folder.join("a.log")));
                let copied = copy(&main, Some(&log), &real(&target), &small_limits());
                let copied = match copied {
                    Ok(copied) if copied.last_commit > 0 => copied,
                    Ok(_) | Err(JournalError::CopyOvertaken { .. }) => continue,
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        panic!("{error}");
                    }
                };
                let bytes = fs::read(&target).unwrap();
                let same = contents.lock().unwrap().get(&copied.last_commit) == Some(&bytes);
                if !same {
                    stop.store(true, Ordering::Relaxed);
                }
                assert!(same, "{copied:?}, after {seen:?}");
                seen.push(copied.last_commit);
            }
            stop.store(true, Ordering::Relaxed);
            assert!(seen.first() < seen.last(), "{seen:?}");
        });
    }

    #[test]
    fn a_file_without_a_log_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), [7; 5000]).unwrap();
        let (main, target) = (real(&folder.path().join("a")), real(&folder.path().join("copy")));
        let copied = copy(&main, None, &target, &JournalLimits::default()).unwrap();
        assert_eq!(copied, Copied { len: 5000, last_commit: 0, from_log: 0 });
        assert_eq!(fs::read(folder.path().join("copy")).unwrap(), [7; 5000]);
    }
}
