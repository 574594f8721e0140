//! A file that another process has open with its log, read as it was at one commit, without stopping anybody.
//!
//! Checkpoints wait while it is read, as far as they can. Those that do not are noticed: what was read of the file and is
//! about to be overwritten, or may have been, makes the reading worthless, and it is done again.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::disk::{DiskFile, FileStatus, Lock};
use super::error::{Doing, storage};
use super::header::{self, Found, Header};
use super::overlay::{Overlay, Place};
use super::page::{PAGE_LEN, Ranges, pages_of};
use super::recovery::{Contents, each_record, read_log};
use super::{JournalError, JournalLimits, index};

/// How often opening is tried while a checkpoint or the log's first header is under way.
const ATTEMPTS: u32 = 20;

/// Between two of them.
const WAIT: Duration = Duration::from_millis(5);

/// A file at one commit of its log, or as it is where it has none.
pub struct Borrowed {
    main: Box<dyn DiskFile>,
    log: Option<Box<dyn DiskFile>>,
    /// What the log has and the file has not.
    changes: Overlay,
    last_commit: u64,
    at: At,
    /// The pages that were read of the file itself.
    read: Mutex<Ranges>,
}

/// Which content it is.
enum At {
    Header(Box<Header>),
    /// There is no log, or an empty one.
    Status(FileStatus),
}

impl std::fmt::Debug for Borrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Borrowed")
            .field("end", &self.changes.end)
            .field("last_commit", &self.last_commit)
            .finish_non_exhaustive()
    }
}

impl Borrowed {
    /// The file with all that is committed now.
    ///
    /// # Errors
    /// A log that cannot be applied, as for [`Journal::open`](super::Journal::open); errors of the disk.
    pub fn open(
        main: Box<dyn DiskFile>,
        log: Option<Box<dyn DiskFile>>,
        limits: &JournalLimits,
    ) -> Result<Self, JournalError> {
        for attempt in 1..=ATTEMPTS {
            let last = attempt == ATTEMPTS;
            let is_held = match &log {
                Some(log) => log.try_hold(Some(Lock::Shared)).map_err(storage(Doing::Locking))?,
                None => true,
            };
            // Held or not: a checkpoint that is under way changes nothing of what is committed.
            if is_held || last {
                match contents(&*main, log.as_deref(), limits) {
                    Ok((changes, last_commit, at)) => {
                        let read = Mutex::default();
                        return Ok(Self { main, log, changes, last_commit, at, read });
                    }
                    Err(error) if last => return Err(error),
                    Err(_) => {}
                }
            }
            thread::sleep(WAIT);
        }
        Err(JournalError::CopyOvertaken { times: ATTEMPTS })
    }

    pub fn len(&self) -> u64 {
        self.changes.end
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from `offset`; beyond the end with zeros.
    ///
    /// # Errors
    /// Errors of the disk.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), JournalError> {
        let len = buffer.len() as u64;
        let end = offset.checked_add(len).ok_or(JournalError::OutOfRange { offset, len })?;
        let inside = index(self.len().saturating_sub(offset).min(len));
        buffer[inside..].fill(0);
        let mut rest = &mut buffer[..inside];
        let pages = pages_of(&(offset..end.min(self.len())));
        let (mut position, mut number) = (offset, pages.start);
        while !rest.is_empty() {
            let run = (number..pages.end).take_while(|&page| self.is_of_file(page)).count() as u64;
            let run_end = (number + run.max(1)) * PAGE_LEN;
            let (part, after) = rest.split_at_mut(index(run_end - position).min(rest.len()));
            let begin = index(position % PAGE_LEN);
            match self.changes.find(number) {
                Place::Memory(page) => part.copy_from_slice(&page[begin..begin + part.len()]),
                Place::Zeros => part.fill(0),
                Place::File | Place::Below => {
                    let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
                    read.insert(number..number + run);
                    self.main.read_at(position, part).map_err(storage(Doing::Reading))?;
                }
            }
            rest = after;
            position = run_end;
            number += run.max(1);
        }
        Ok(())
    }

    fn is_of_file(&self, page: u64) -> bool {
        matches!(self.changes.find(page), Place::File | Place::Below)
    }

    /// Whether all that was read until now is of one commit.
    ///
    /// # Errors
    /// Errors of the disk.
    pub fn is_whole(&self) -> Result<bool, JournalError> {
        self.check().map_err(storage(Doing::Reading))
    }

    fn check(&self) -> std::io::Result<bool> {
        let (header, log) = match (&self.at, &self.log) {
            (At::Status(status), _) => return Ok(self.main.status()? == *status),
            (At::Header(header), Some(log)) => (header, &**log),
            (At::Header(_), None) => return Ok(false),
        };
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut is_cut, mut is_about_read) = (false, false);
        each_record(log, header, |seq, record| {
            if seq <= self.last_commit {
                return;
            }
            let Overlay { pages, zeros, direct, end } = &record.changes;
            // Beyond a cut the file may have been written to without any record.
            is_cut |= *end < self.changes.end;
            is_about_read |= pages.keys().any(|&page| read.contains(page))
                || zeros.iter().chain(direct.iter()).any(|pages| read.intersects(&pages));
        })?;
        // Looked at last: what a checkpoint had brought before is in the records that were there until now. As long as
        // the header is the same, none has begun.
        let now = header::find(log)?;
        let is_untouched =
            matches!(&now, Found::Header(now, _) if now.generation == header.generation);
        Ok(is_same(header, &now) && !is_cut && (is_untouched || !is_about_read))
    }
}

/// Whether the log, which has this header now, still has the records that it had.
fn is_same(header: &Header, now: &Found) -> bool {
    let Found::Header(now, _) = now else { return false };
    (now.uuid, now.epoch, now.first_seq) == (header.uuid, header.epoch, header.first_seq)
}

fn contents(
    main: &dyn DiskFile,
    log: Option<&dyn DiskFile>,
    limits: &JournalLimits,
) -> Result<(Overlay, u64, At), JournalError> {
    let status = main.status().map_err(storage(Doing::Reading))?;
    if let Some(log) = log {
        let Contents { header, changes, recovered, .. } = read_log(main, log, limits)?;
        if let Some(header) = header {
            let now = header::find(log).map_err(storage(Doing::Reading))?;
            if !is_same(&header, &now) {
                return Err(JournalError::CopyOvertaken { times: 1 });
            }
            return Ok((changes, recovered.last_commit, At::Header(Box::new(header))));
        }
    }
    Ok((Overlay::of_end(status.len), 0, At::Status(status)))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;

    use super::super::simulation::model::{Change, small_limits};
    use super::super::simulation::random::Random;
    use super::super::{Journal, RealFile};
    use super::*;

    fn real(path: &Path) -> RealFile {
        let options = File::options().read(true).write(true).create(true).truncate(false).clone();
        RealFile::new(options.open(path).unwrap())
    }

    fn journal(folder: &Path, bytes: &[u8]) -> Journal {
        fs::write(folder.join("a"), bytes).unwrap();
        let (main, log) = (real(&folder.join("a")), real(&folder.join("a.log")));
        Journal::open(Box::new(main), Box::new(log), small_limits()).unwrap().0
    }

    fn borrow(folder: &Path) -> Borrowed {
        let (main, log) = (real(&folder.join("a")), real(&folder.join("a.log")));
        Borrowed::open(Box::new(main), Some(Box::new(log)), &small_limits()).unwrap()
    }

    fn all(borrowed: &Borrowed) -> Vec<u8> {
        let mut bytes = vec![1; index(borrowed.len())];
        borrowed.read(0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_committed_is_read_and_checkpoints_wait() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(folder.path(), &[1; 9000]);
        journal.write(100, &[2; 5000]).unwrap();
        journal.commit(&[]).unwrap();
        journal.write(0, &[3; 10]).unwrap();
        let borrowed = borrow(folder.path());
        assert!(journal.is_held());
        let expected = [vec![1; 100], vec![2; 5000], vec![1; 3900]].concat();
        assert_eq!(all(&borrowed), expected);
        journal.commit(&[]).unwrap();
        assert_eq!(all(&borrowed), expected);
        // Later commits do no harm, whatever they are about, before they are brought into the file.
        journal.write(8500, &[4; 10]).unwrap();
        journal.commit(&[]).unwrap();
        assert!(borrowed.is_whole().unwrap());
        drop(borrowed);
        assert!(!journal.is_held());
    }

    #[test]
    fn a_checkpoint_that_did_not_wait_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(folder.path(), &[1; 9000]);
        let borrowed = borrow(folder.path());
        assert_eq!(all(&borrowed), [1; 9000]);
        assert!(borrowed.is_whole().unwrap());
        journal.write(0, &[2; 10]).unwrap();
        journal.commit(&[]).unwrap();
        journal.checkpoint().unwrap();
        assert!(!borrowed.is_whole().unwrap());
    }

    #[test]
    fn what_is_written_beyond_the_end_does_no_harm_and_what_replaces_a_cut_does() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(folder.path(), &[1; 9000]);
        let borrowed = borrow(folder.path());
        assert_eq!(all(&borrowed), [1; 9000]);
        let large = index(small_limits().direct_bytes) * 2;
        journal.write(20_480, &vec![5; large]).unwrap();
        journal.commit(&[]).unwrap();
        assert_eq!(all(&borrowed), [1; 9000]);
        assert!(borrowed.is_whole().unwrap());
        journal.set_len(4096).unwrap();
        journal.commit(&[]).unwrap();
        assert!(!borrowed.is_whole().unwrap());
    }

    #[test]
    fn a_file_without_a_log_is_whole_until_it_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), [1; 5000]).unwrap();
        let main = Box::new(real(&folder.path().join("a")));
        let borrowed = Borrowed::open(main, None, &small_limits()).unwrap();
        assert_eq!(all(&borrowed), [1; 5000]);
        assert!(borrowed.is_whole().unwrap());
        fs::write(folder.path().join("a"), [1; 5001]).unwrap();
        assert!(!borrowed.is_whole().unwrap());
    }

    /// Changes and reads in any order: what is said to be whole is the content at a commit.
    #[test]
    fn what_is_whole_is_what_a_commit_left() {
        for seed in 0..8 {
            let folder = tempfile::tempdir().unwrap();
            let mut journal = journal(folder.path(), b"");
            let mut random = Random::new(seed);
            let (mut content, mut committed) = (Vec::new(), Vec::new());
            let mut whole = 0;
            for _ in 0..60 {
                let borrowed = borrow(folder.path());
                let known = committed.clone();
                let mut bytes = vec![0; index(borrowed.len())];
                let half = bytes.len() / 2;
                borrowed.read(0, &mut bytes[..half]).unwrap();
                for _ in 0..random.below(3) {
                    let change = Change::random(&mut random, content.len() as u64, 100_000);
                    change.apply(&mut journal).unwrap();
                    change.apply_to(&mut content);
                    if random.below(2) == 0 {
                        journal.commit(&[]).unwrap();
                        committed.clone_from(&content);
                        if random.below(3) == 0 {
                            journal.checkpoint().unwrap();
                        }
                    }
                }
                borrowed.read(half as u64, &mut bytes[half..]).unwrap();
                if borrowed.is_whole().unwrap() {
                    whole += 1;
                    assert!(bytes == known, "seed {seed}");
                }
            }
            assert!(whole > 5, "seed {seed}: {whole}");
        }
    }
}
