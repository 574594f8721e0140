//! What may be on the disk after a crash: everything synced, and of the rest any sectors in any order.

use super::disk::{Image, Step, Which};
use super::random::Random;

const SECTOR: usize = 512;

/// How much of what was not synced reached the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Luck {
    /// All of it: the process was killed, the machine went on.
    All,
    /// Nothing.
    Nothing,
    /// Each sector by chance, with so many per cent.
    Some(u64),
    /// All before a moment, nothing after it.
    Before(usize),
}

impl Luck {
    pub(super) fn random(random: &mut Random, steps: usize) -> Self {
        match random.below(8) {
            0 => Self::All,
            1 => Self::Nothing,
            2 => Self::Before(usize::try_from(random.below(steps as u64 + 1)).unwrap()),
            _ => Self::Some(random.below(101)),
        }
    }
}

/// One file as it goes through a trace: what is safe, and what may still be lost.
#[derive(Clone, Debug)]
struct Uncertain<'a> {
    which: Which,
    safe: Image,
    /// Since the last full sync, with whether it is safe already: a data sync keeps bytes but not a cut.
    steps: Vec<(usize, &'a Step, bool)>,
    /// Changes in all.
    modified: i64,
}

/// The disk as it goes through a trace.
#[derive(Clone, Debug)]
pub(super) struct CrashingDisk<'a> {
    main: Uncertain<'a>,
    log: Uncertain<'a>,
    steps: usize,
}

impl<'a> CrashingDisk<'a> {
    pub(super) fn new(main: Image, log: Image) -> Self {
        Self {
            main: Uncertain::new(Which::Main, main),
            log: Uncertain::new(Which::Log, log),
            steps: 0,
        }
    }

    pub(super) fn step(&mut self, step: &'a Step) {
        self.main.step(self.steps, step);
        self.log.step(self.steps, step);
        self.steps += 1;
    }

    /// A state that a crash at this moment may leave.
    pub(super) fn crash(&self, random: &mut Random) -> (Image, Image) {
        let luck = Luck::random(random, self.steps);
        // One of the files may have been luckier than the other.
        let other = if random.below(3) == 0 { Luck::random(random, self.steps) } else { luck };
        (self.main.crash(luck, random), self.log.crash(other, random))
    }
}

impl<'a> Uncertain<'a> {
    fn new(which: Which, safe: Image) -> Self {
        let modified = safe.modified;
        Self { which, safe, steps: Vec::new(), modified }
    }

    fn step(&mut self, number: usize, step: &'a Step) {
        match step {
            Step::Write(which, ..) | Step::SetLen(which, _) if *which == self.which => {
                self.modified += 1;
                self.steps.push((number, step, false));
            }
            Step::SyncAll(which) if *which == self.which => {
                self.settle();
                self.safe.modified = self.modified;
            }
            Step::SyncData(which) if *which == self.which => self.sync_data(),
            _ => {}
        }
    }

    /// Bytes and growth are safe, a cut is not; what comes before a cut that may be lost has to wait for its turn.
    fn sync_data(&mut self) {
        let mut len = self.safe.bytes.len() as u64;
        let mut all_safe = true;
        for (_, step, safe) in &mut self.steps {
            match step {
                Step::Write(_, offset, bytes) => {
                    *safe = true;
                    len = len.max(offset + bytes.len() as u64);
                }
                Step::SetLen(_, to) => {
                    *safe |= *to >= len;
                    len = *to;
                    all_safe &= *safe;
                }
                _ => {}
            }
        }
        if all_safe {
            self.settle();
        }
    }

    /// All that was done is safe.
    fn settle(&mut self) {
        for (_, step, _) in std::mem::take(&mut self.steps) {
            apply(&mut self.safe, step);
        }
    }

    fn crash(&self, luck: Luck, random: &mut Random) -> Image {
        let mut image = self.safe.clone();
        for &(number, step, safe) in &self.steps {
            let luck = if safe { Luck::All } else { luck };
            let per_cent = match luck {
                Luck::All => 100,
                Luck::Nothing => 0,
                Luck::Some(per_cent) => per_cent,
                Luck::Before(moment) => {
                    if number < moment {
                        100
                    } else {
                        0
                    }
                }
            };
            match step {
                _ if per_cent == 100 => apply(&mut image, step),
                Step::Write(_, offset, bytes) => {
                    write_some(
                        &mut image,
                        *offset,
                        bytes,
                        |random| random.below(100) < per_cent,
                        random,
                    );
                }
                step if random.below(100) < per_cent => apply(&mut image, step),
                _ => {}
            }
        }
        if random.below(2) == 0 || matches!(luck, Luck::All) {
            image.modified = self.modified;
        }
        image
    }
}

fn apply(image: &mut Image, step: &Step) {
    match step {
        Step::Write(_, offset, bytes) => image.write(*offset, bytes),
        Step::SetLen(_, len) => image.set_len(*len),
        _ => {}
    }
}

/// Writes each sector, or leaves it.
fn write_some(
    image: &mut Image,
    offset: u64,
    bytes: &[u8],
    lucky: impl Fn(&mut Random) -> bool,
    random: &mut Random,
) {
    let mut position = usize::try_from(offset).unwrap();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (sector, after) = rest.split_at((SECTOR - position % SECTOR).min(rest.len()));
        if lucky(random) {
            image.write(position as u64, sector);
        }
        position += sector.len();
        rest = after;
    }
}
