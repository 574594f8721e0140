//! Tests against the simplest model of a file, a vector of bytes: random operations, whose results must be the same.

use super::super::{AppliedRequest, Journal, JournalError, JournalLimits, Recovered};
use super::disk::{Image, SimulatedDisk, Which};
use super::random::Random;

/// Limits so small that every way through the journal is taken by small files.
pub(in super::super) fn small_limits() -> JournalLimits {
    JournalLimits {
        checkpoint_bytes: 96 << 10,
        max_uncommitted_bytes: 1 << 20,
        direct_bytes: 8 << 10,
        preallocate_bytes: 16 << 10,
        max_remembered_requests: 5,
        remembered_bytes: 4096,
        accept_touched: false,
    }
}

pub(super) fn open(disk: &SimulatedDisk) -> Result<(Journal, Recovered), JournalError> {
    Journal::open(disk.file(Which::Main), disk.file(Which::Log), small_limits())
}

pub(super) fn request(number: u64) -> AppliedRequest {
    AppliedRequest { key: number.to_le_bytes().to_vec(), reply: vec![7; 5] }
}

/// A change of a file.
#[derive(Clone, Debug)]
pub(in super::super) enum Change {
    Write(u64, Vec<u8>),
    SetLen(u64),
}

impl Change {
    /// Small and large, overlapping and beyond the end, aligned and not, in a file of about `most` bytes.
    pub(in super::super) fn random(random: &mut Random, len: u64, most: u64) -> Self {
        let offset = match random.below(4) {
            0 => len,
            1 => len + random.below(20_000),
            _ => random.below(len + 1),
        };
        if len > most || random.below(8) == 0 {
            return Self::SetLen(if len > most / 4 * 3 { random.below(len) } else { offset });
        }
        let offset = if random.below(3) == 0 { offset / 4096 * 4096 } else { offset };
        let len = match random.below(8) {
            0 => 8192 + random.below(30_000),
            1 => 4096 * random.below(4),
            _ => random.below(600),
        };
        let mark = random.next();
        let mut bytes = mark.to_le_bytes().repeat(usize::try_from(len.div_ceil(8)).unwrap());
        bytes.truncate(usize::try_from(len).unwrap());
        Self::Write(offset, bytes)
    }

    pub(in super::super) fn apply_to(&self, model: &mut Vec<u8>) {
        match self {
            Self::Write(offset, bytes) => {
                let start = usize::try_from(*offset).unwrap();
                if !bytes.is_empty() {
                    model.resize(model.len().max(start + bytes.len()), 0);
                    model[start..start + bytes.len()].copy_from_slice(bytes);
                }
            }
            Self::SetLen(len) => model.resize(usize::try_from(*len).unwrap(), 0),
        }
    }

    pub(in super::super) fn apply(&self, journal: &mut Journal) -> Result<(), JournalError> {
        match self {
            Self::Write(offset, bytes) => journal.write(*offset, bytes),
            Self::SetLen(len) => journal.set_len(*len),
        }
    }
}

pub(super) fn content(journal: &Journal) -> Vec<u8> {
    try_content(journal).unwrap()
}

pub(super) fn try_content(journal: &Journal) -> Result<Vec<u8>, JournalError> {
    let mut bytes = vec![0xEE; usize::try_from(journal.len()).unwrap()];
    journal.read(0, &mut bytes)?;
    Ok(bytes)
}

fn compare(journal: &Journal, model: &[u8], random: &mut Random) {
    assert_eq!(journal.len(), model.len() as u64);
    let found = content(journal);
    if found != model {
        let at = (0..model.len()).find(|at| found[*at] != model[*at]);
        panic!("byte {at:?} of {} differs", model.len());
    }
    let start = usize::try_from(random.below(model.len() as u64 + 5000)).unwrap();
    let mut some = vec![0xEE; usize::try_from(random.below(20_000)).unwrap()];
    journal.read(start as u64, &mut some).unwrap();
    let expected = (start..start + some.len()).map(|i| model.get(i).copied().unwrap_or(0));
    assert!(some.iter().copied().eq(expected), "{} bytes from {start}", some.len());
}

/// Where the journal says so, the file itself has the committed content.
fn check_file(journal: &mut Journal, disk: &SimulatedDisk, committed: &[u8], random: &mut Random) {
    let start = random.below(committed.len() as u64 + 1);
    let range = start..(start + random.below(30_000)).min(committed.len() as u64);
    let told = journal.is_in_file(range.clone());
    if !told && !journal.has_uncommitted() {
        journal.bring_to_file(range.clone()).unwrap();
        assert!(journal.is_in_file(range.clone()));
    }
    if journal.is_in_file(range.clone()) {
        let bytes = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        let main = disk.image(Which::Main).bytes;
        assert!(main[bytes.clone()] == committed[bytes], "{range:?} is not in the file");
    }
}

/// The transaction that begins while a commit is under way, rolled back now and then.
fn go_on(journal: &mut Journal, model: &mut Vec<u8>, committed: &[u8], random: &mut Random) {
    for _ in 0..random.below(3) {
        let change = Change::random(random, journal.len(), 400_000);
        change.apply(journal).unwrap();
        change.apply_to(model);
        compare(journal, model, random);
    }
    if random.below(4) == 0 {
        journal.rollback();
        *model = committed.to_vec();
        compare(journal, model, random);
    }
}

fn run(seed: u64, operations: u64) {
    let mut random = Random::new(seed);
    let disk = SimulatedDisk::new(Image::default(), Image::default());
    let (mut journal, _) = open(&disk).unwrap();
    let (mut model, mut committed) = (Vec::new(), Vec::new());
    let mut requests = 0;
    for _ in 0..operations {
        match random.below(16) {
            0..=9 => {
                let change = Change::random(&mut random, journal.len(), 400_000);
                change.apply(&mut journal).unwrap();
                change.apply_to(&mut model);
            }
            10 => {
                journal.rollback();
                model.clone_from(&committed);
            }
            11 | 12 => {
                requests += 1;
                let work = journal.begin_commit(&[request(requests)]).unwrap().unwrap();
                committed.clone_from(&model);
                go_on(&mut journal, &mut model, &committed, &mut random);
                journal.finish_commit(work.run()).unwrap();
                assert_eq!(journal.was_applied(&requests.to_le_bytes()), Some([7; 5].as_slice()));
            }
            13 => check_file(&mut journal, &disk, &committed, &mut random),
            14 if !journal.has_uncommitted() => {
                journal.checkpoint().unwrap();
                assert!(disk.image(Which::Main).bytes == committed, "the file after a checkpoint");
            }
            14 => {}
            _ => {
                let read_only = Journal::open_read_only(
                    disk.file(Which::Main),
                    &*disk.file(Which::Log),
                    small_limits(),
                );
                assert!(content(&read_only.unwrap().0) == committed, "what a reader sees");
                drop(journal);
                let recovered;
                (journal, recovered) = open(&disk).unwrap();
                let keys: Vec<u64> = (requests.saturating_sub(4).max(1)..=requests).collect();
                let found = recovered.requests.iter().rev().take(5).rev().cloned();
                assert!(found.eq(keys.into_iter().map(request)), "{recovered:?} of {requests}");
                model.clone_from(&committed);
            }
        }
        compare(&journal, &model, &mut random);
    }
    journal.rollback();
    journal.close().unwrap();
    assert!(disk.image(Which::Main).bytes == committed, "the file after closing");
    assert_eq!(disk.image(Which::Log).bytes, [0; 0]);
}

#[test]
fn a_journal_is_a_vector_of_bytes() {
    for seed in 0..40 {
        run(seed, 100);
    }
}
