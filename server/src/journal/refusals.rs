//! Opening real files that cannot be opened, and what is said about each.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::{
    Difference, DiskFile as _, Journal, JournalError, JournalLimits, Lock, RealFile, Recovered,
};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, main: &str, log: &str) -> Result<(Journal, Recovered), JournalError> {
        self.open_with(main, log, JournalLimits::default())
    }

    fn open_with(
        &self,
        main: &str,
        log: &str,
        limits: JournalLimits,
    ) -> Result<(Journal, Recovered), JournalError> {
        let files = [main, log].map(|name| opened(&self.path(name)));
        let [main, log] = files.map(|file| Box::new(RealFile::new(file)));
        Journal::open(main, log, limits)
    }

    /// A file of 200 KB with a log in which one commit is left.
    fn with_commit(name: &str) -> Self {
        let folder = Self::new();
        folder.make(name, 1);
        folder
    }

    fn make(&self, name: &str, byte: u8) {
        fs::write(self.path(name), vec![byte; 200_000]).unwrap();
        let (mut journal, _) = self.open(name, &format!("{name}.log")).unwrap();
        journal.write(5, b"committed").unwrap();
        journal.commit(&[]).unwrap();
    }
}

fn opened(path: &Path) -> File {
    File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap()
}

#[track_caller]
fn refused(opened: Result<(Journal, Recovered), JournalError>) -> JournalError {
    opened.map(|_| ()).unwrap_err()
}

#[test]
fn a_left_log_is_recovered() {
    let folder = Folder::with_commit("a");
    assert!(!fs::read(folder.path("a")).unwrap().starts_with(b"\x01\x01\x01\x01\x01committed"));
    let (journal, recovered) = folder.open("a", "a.log").unwrap();
    assert!(recovered.log_was_left);
    assert_eq!((recovered.commits, recovered.last_commit, journal.epoch()), (1, 1, 2));
    assert!(fs::read(folder.path("a")).unwrap().starts_with(b"\x01\x01\x01\x01\x01committed"));
    journal.close().unwrap();
    assert_eq!(fs::metadata(folder.path("a.log")).unwrap().len(), 0);
    let (_, recovered) = folder.open("a", "a.log").unwrap();
    assert_eq!(recovered, Recovered::default());
}

#[test]
fn one_server_at_a_time() {
    let folder = Folder::with_commit("a");
    let first = folder.open("a", "a.log").unwrap();
    assert!(matches!(refused(folder.open("a", "a.log")), JournalError::LogInUse));
    drop(first);
    let other_program = RealFile::new(opened(&folder.path("a")));
    assert!(other_program.try_lock(Lock::Exclusive).unwrap());
    assert!(matches!(refused(folder.open("a", "a.log")), JournalError::FileInUse));
    drop(other_program);
    folder.open("a", "a.log").unwrap();
}

#[test]
fn a_log_of_another_file_is_not_applied() {
    let folder = Folder::with_commit("a");
    folder.make("b", 2);
    assert!(matches!(refused(folder.open("b", "a.log")), JournalError::ForeignLog));
    fs::write(folder.path("longer"), vec![1; 200_001]).unwrap();
    assert!(matches!(refused(folder.open("longer", "a.log")), JournalError::ForeignLog));
    assert_eq!(folder.open("a", "a.log").unwrap().1.commits, 1, "the right one is still there");
}

#[test]
fn a_file_changed_by_others_is_refused() {
    let folder = Folder::with_commit("a");
    let original = fs::read(folder.path("a")).unwrap();
    let times = |path| fs::metadata(path).unwrap().modified().unwrap();
    let modified = times(folder.path("a"));

    fs::write(folder.path("a"), [original.as_slice(), b"more"].concat()).unwrap();
    let JournalError::FileChanged { what } = refused(folder.open("a", "a.log")) else { panic!() };
    assert_eq!(what, Difference::Length { expected: 200_000, found: 200_004 });

    let mut changed = original.clone();
    changed[70] = 9;
    fs::write(folder.path("a"), &changed).unwrap();
    opened(&folder.path("a")).set_modified(modified).unwrap();
    let JournalError::FileChanged { what } = refused(folder.open("a", "a.log")) else { panic!() };
    assert_eq!(what, Difference::Content { page: 0 });

    fs::write(folder.path("a"), &original).unwrap();
    let error = refused(folder.open("a", "a.log"));
    assert!(matches!(error, JournalError::FileChanged { what: Difference::Time }), "{error}");
    let limits = JournalLimits { accept_touched: true, ..JournalLimits::default() };
    assert_eq!(folder.open_with("a", "a.log", limits).unwrap().1.commits, 1);
}

#[test]
fn a_file_may_be_changed_when_the_log_is_empty() {
    let folder = Folder::with_commit("a");
    drop(folder.open("a", "a.log").unwrap());
    fs::write(folder.path("a"), b"another content").unwrap();
    let (journal, recovered) = folder.open("a", "a.log").unwrap();
    assert_eq!((journal.len(), recovered.commits), (15, 0));
    assert_eq!(fs::read(folder.path("a")).unwrap(), b"another content");
}

#[test]
fn a_change_behind_the_server_is_noticed_at_the_checkpoint() {
    let folder = Folder::with_commit("a");
    let (mut journal, _) = folder.open("a", "a.log").unwrap();
    journal.write(0, b"more").unwrap();
    journal.commit(&[]).unwrap();
    let mut changed = fs::read(folder.path("a")).unwrap();
    changed[100_000] = 77;
    fs::write(folder.path("a"), &changed).unwrap();
    assert!(matches!(journal.checkpoint(), Err(JournalError::FileChanged { .. })));
    assert!(matches!(journal.commit(&[]), Err(JournalError::Poisoned)));
    assert_eq!(fs::read(folder.path("a")).unwrap(), changed, "it is left as it is");
}

#[test]
fn what_is_no_log_of_ours_is_left_alone() {
    let folder = Folder::with_commit("a");
    let log = fs::read(folder.path("a.log")).unwrap();
    let try_log = |bytes: &[u8]| {
        fs::write(folder.path("other.log"), bytes).unwrap();
        let error = refused(folder.open("a", "other.log"));
        assert_eq!(fs::read(folder.path("other.log")).unwrap(), bytes);
        error
    };
    assert!(matches!(try_log(b"2026-11-26 INFO a log of another kind"), JournalError::NotALog));
    assert!(matches!(try_log(&[vec![0; 9000], vec![1]].concat()), JournalError::NotALog));

    let mut damaged = log.clone();
    for header in [0, 4096] {
        damaged[header + 100] ^= 1;
    }
    assert!(matches!(try_log(&damaged), JournalError::LogDamaged));
}

#[test]
fn a_log_of_another_version_is_named() {
    let folder = Folder::with_commit("a");
    let mut log = fs::read(folder.path("a.log")).unwrap();
    for header in [0, 4096] {
        if log[header] == 0 {
            continue;
        }
        log[header + 8] = 9;
        let checksum = xxhash_rust::xxh3::xxh3_64(&log[header..header + 4088]);
        log[header + 4088..header + 4096].copy_from_slice(&checksum.to_le_bytes());
    }
    fs::write(folder.path("a.log"), &log).unwrap();
    let error = refused(folder.open("a", "a.log"));
    assert!(matches!(error, JournalError::LogVersion { found: 9 }), "{error}");
}

#[test]
fn limits_are_errors() {
    let folder = Folder::new();
    let limits = JournalLimits { max_uncommitted_bytes: 20_000, ..JournalLimits::default() };
    let (mut journal, _) = folder.open_with("a", "a.log", limits).unwrap();
    journal.write(0, &[1; 16_384]).unwrap();
    let error = journal.write(16_384, &[1; 5000]).unwrap_err();
    assert!(matches!(error, JournalError::TransactionTooLarge { limit: 20_000 }), "{error}");
    assert!(matches!(journal.checkpoint(), Err(JournalError::Uncommitted)));
    journal.rollback();
    assert_eq!(journal.len(), 0);
    let error = journal.write(i64::MAX as u64, &[1]).unwrap_err();
    assert!(matches!(error, JournalError::OutOfRange { .. }), "{error}");
    assert!(matches!(journal.set_len(u64::MAX), Err(JournalError::OutOfRange { .. })));
    let request = super::AppliedRequest { key: vec![0; 200], reply: Vec::new() };
    let error = journal.commit(&[request]).unwrap_err();
    assert!(matches!(error, JournalError::RequestTooLong { len: 200, .. }), "{error}");
    journal.write(0, &[1; 100]).unwrap();
    journal.commit(&[]).unwrap();
}

#[test]
fn a_reader_changes_nothing() {
    let folder = Folder::with_commit("a");
    let before = ["a", "a.log"].map(|name| fs::read(folder.path(name)).unwrap());
    let file = |name| RealFile::new(File::open(folder.path(name)).unwrap());
    let (mut journal, recovered) =
        Journal::open_read_only(Box::new(file("a")), &file("a.log"), JournalLimits::default())
            .unwrap();
    let mut bytes = [0; 9];
    journal.read(5, &mut bytes).unwrap();
    assert_eq!((&bytes, recovered.commits), (b"committed", 1));
    assert!(matches!(journal.write(0, b"x"), Err(JournalError::ReadOnly)));
    assert!(matches!(journal.commit(&[]), Err(JournalError::ReadOnly)));
    journal.close().unwrap();
    assert_eq!(before, ["a", "a.log"].map(|name| fs::read(folder.path(name)).unwrap()));
}
