//! Something that a server did with a file, as a trace of steps between which it may crash.

use super::super::{AppliedRequest, Journal};
use super::disk::{Image, SimulatedDisk, Step, Which};
use super::model::{Change, open, request};
use super::random::Random;

/// The trace, with what the file held after each commit.
#[derive(Debug)]
pub(super) struct Scenario {
    /// What is safely on the disk before the first step.
    pub(super) main: Image,
    pub(super) log: Image,
    pub(super) steps: Vec<Step>,
    /// The content that the file starts with, then those after each commit.
    pub(super) contents: Vec<Vec<u8>>,
    /// Those of them that somebody else has written, without a request.
    strange: Vec<usize>,
    /// The number of the first commit; it is the request of the same number.
    first: u64,
}

/// About the size of the files.
const MOST_BYTES: u64 = 60_000;

impl Scenario {
    /// Opens what is there and works with it: transactions, some of them rolled back; checkpoints; kills.
    ///
    /// `None` when it cannot be opened, which is for others to judge.
    pub(super) fn record(main: Image, log: Image, random: &mut Random) -> Option<Self> {
        let disk = SimulatedDisk::new(main.clone(), log.clone());
        let (mut journal, _) = open(&disk).ok()?;
        // Larger than all that the log remembers.
        let first = random.below(1 << 40) + 1;
        let mut number = first;
        let mut committed = super::model::content(&journal);
        let (mut contents, mut strange) = (vec![committed.clone()], Vec::new());
        // What the transaction has that began while the last commit was under way.
        let mut begun = None;
        for _ in 0..3 + random.below(12) {
            let mut content = begun.take().unwrap_or_else(|| committed.clone());
            change(&mut journal, &mut content, random.below(5), random)?;
            if random.below(8) == 0 {
                journal.rollback();
            } else {
                disk.note(Step::Begin(number));
                begun = commit(&mut journal, request(number), &content, random)?;
                disk.note(Step::Acknowledged(number));
                number += 1;
                committed.clone_from(&content);
                contents.push(content);
            }
            let deed = random.below(16);
            if deed <= 6 && begun.take().is_some() {
                journal.rollback();
            }
            match deed {
                0 | 1 => journal.checkpoint().ok()?,
                2 => journal.bring_to_file(random.below(MOST_BYTES)..MOST_BYTES).ok()?,
                3 => {
                    drop(journal);
                    (journal, _) = open(&disk).ok()?;
                }
                4 => (journal, _) = journal.close().and_then(|()| open(&disk)).ok()?,
                5 => {
                    // Killed while it closes.
                    journal.checkpoint().ok()?;
                    drop(journal);
                    disk.file(Which::Log).set_len(0).ok()?;
                    (journal, _) = open(&disk).ok()?;
                }
                6 if committed.len() > 200 => {
                    // Somebody else writes to the file, and does not sync it.
                    journal.checkpoint().ok()?;
                    drop(journal);
                    disk.note(Step::Begin(number));
                    let (offset, bytes) = (random.below(100), random.next().to_le_bytes());
                    disk.file(Which::Main).write_at(offset, &bytes).ok()?;
                    (journal, _) = open(&disk).ok()?;
                    disk.note(Step::Acknowledged(number));
                    number += 1;
                    Change::Write(offset, bytes.to_vec()).apply_to(&mut committed);
                    strange.push(contents.len());
                    contents.push(committed.clone());
                }
                _ => {}
            }
            if begun.is_none() && journal.needs_checkpoint() {
                journal.checkpoint().ok()?;
            }
        }
        Some(Self { main, log, steps: disk.take_steps(), contents, strange, first })
    }

    /// What the file may hold after a crash, as indices of `contents`: what the newest commit acknowledged before it
    /// left, or one that had begun.
    pub(super) fn allowed(&self, steps: usize) -> std::ops::RangeInclusive<usize> {
        let (mut acknowledged, mut begun) = (0, 0);
        let index = |number: u64| usize::try_from(number - self.first).unwrap() + 1;
        for step in &self.steps[..steps] {
            match step {
                Step::Acknowledged(number) => acknowledged = index(*number),
                Step::Begin(number) => begun = index(*number),
                _ => {}
            }
        }
        acknowledged..=begun
    }

    /// Whether a request may be the newest that is remembered when the file has this content.
    pub(super) fn fits(&self, content: usize, newest: usize) -> bool {
        (newest..=content).all(|index| index == newest || self.strange.contains(&index))
            && newest <= content
    }

    /// The content after which a request was made, if it is one of this scenario's.
    pub(super) fn index_of(&self, request: &AppliedRequest) -> Option<usize> {
        let number = u64::from_le_bytes(request.key.as_slice().try_into().ok()?);
        let index = usize::try_from(number.checked_sub(self.first)?).ok()? + 1;
        (index < self.contents.len()).then_some(index)
    }
}

fn change(
    journal: &mut Journal,
    content: &mut Vec<u8>,
    times: u64,
    random: &mut Random,
) -> Option<()> {
    for _ in 0..times {
        let change = Change::random(random, content.len() as u64, MOST_BYTES);
        change.apply(journal).ok()?;
        change.apply_to(content);
    }
    Some(())
}

/// Commits, and works on before and after the disk does its part. Returns what the next transaction has, if it has
/// begun.
#[expect(clippy::option_option, reason = "the outer one is a disk that cannot be worked with")]
fn commit(
    journal: &mut Journal,
    request: AppliedRequest,
    content: &[u8],
    random: &mut Random,
) -> Option<Option<Vec<u8>>> {
    let work = journal.begin_commit(&[request]).ok()??;
    let mut next = content.to_vec();
    let (before, after) = (random.below(4).saturating_sub(1), random.below(3).saturating_sub(1));
    change(journal, &mut next, before, random)?;
    if random.below(8) == 0 {
        journal.rollback();
        next = content.to_vec();
    }
    let outcome = work.run();
    change(journal, &mut next, after, random)?;
    journal.finish_commit(outcome).ok()?;
    Some((before + after > 0).then_some(next))
}

/// A file as somebody else may have left it.
pub(super) fn stranger(random: &mut Random, inode: u64) -> Image {
    let len = usize::try_from(random.below(MOST_BYTES)).unwrap() + 1;
    let mut bytes = random.next().to_le_bytes().repeat(len.div_ceil(8));
    bytes.truncate(len);
    Image { bytes, modified: 1_000_000, inode }
}

/// The state of one file's steps when all of them reached the disk.
pub(super) fn image_after(disk: &SimulatedDisk) -> (Image, Image) {
    (disk.image(Which::Main), disk.image(Which::Log))
}
