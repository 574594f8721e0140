//! Files that are borrowed while their journal is at work on them.

use std::fs::{self, File};
use std::path::Path;

use super::super::page::PAGE;
use super::super::simulation::disk::{SimulatedDisk, Which};
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

/// Of the log, what is known is read once.
#[test]
fn only_what_came_since_is_read_to_see_whether_all_is_whole() {
    let disk = SimulatedDisk::default();
    let (main, log) = (disk.file(Which::Main), disk.file(Which::Log));
    let mut journal = Journal::open(main, log, small_limits()).unwrap().0;
    let mut commit = |byte| {
        journal.write(0, &[byte; PAGE]).unwrap();
        journal.commit(&[]).unwrap();
    };
    (0..50).for_each(&mut commit);
    let before = disk.bytes_read();
    let log = Some(disk.file(Which::Log));
    let borrowed = Borrowed::open(disk.file(Which::Main), log, &small_limits()).unwrap();
    let opened = disk.bytes_read();
    assert!(opened - before >= 50 * 2 * PAGE_LEN, "{}", opened - before);
    assert!(borrowed.is_whole().unwrap());
    let seen = disk.bytes_read();
    commit(50);
    assert!(borrowed.is_whole().unwrap());
    // The headers, and the record that has come.
    assert!(seen - opened <= 4 * PAGE_LEN, "{}", seen - opened);
    assert!(disk.bytes_read() - seen <= 6 * PAGE_LEN, "{}", disk.bytes_read() - seen);
}
