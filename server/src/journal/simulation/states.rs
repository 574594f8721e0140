//! Crash states by the hundred thousand: from each, the file comes back as it was at the newest acknowledged commit,
//! or at the one that was under way.

use std::time::{Duration, Instant};

use super::super::JournalError;
use super::super::header::{self, Found};
use super::super::overlay::Overlay;
use super::super::page::PAGE;
use super::super::record;
use super::crash::CrashingDisk;
use super::disk::{Image, SimulatedDisk, Which};
use super::model::{content, open};
use super::random::Random;
use super::scenario::{Scenario, image_after, stranger};
use super::tell;

/// What became of the crash states that were tried.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) states: u64,
    /// Of them, crashes during a recovery.
    pub(super) nested: u64,
    /// Of them, with a file that somebody else had put there.
    pub(super) strange: u64,
    /// Recovered to a commit that was never acknowledged.
    pub(super) forward: u64,
    pub(super) bad: u64,
    pub(super) first_bad: Option<String>,
}

impl Report {
    fn bad(&mut self, what: impl FnOnce() -> String) {
        self.bad += 1;
        self.first_bad.get_or_insert_with(what);
    }

    fn add(&mut self, other: Self) {
        self.states += other.states;
        self.nested += other.nested;
        self.strange += other.strange;
        self.forward += other.forward;
        self.bad += other.bad;
        self.first_bad = self.first_bad.take().or(other.first_bad);
    }
}

/// A chain of scenarios, each of which begins where a crash of the one before may have ended, with crashes at every
/// step of each.
pub(super) fn run_chain(seed: u64, states_a_step: u64) -> Report {
    let mut random = Random::new(seed);
    let mut report = Report::default();
    let mut main = if random.below(2) == 0 { Image::default() } else { stranger(&mut random, 0) };
    let mut log = Image::default();
    for _ in 0..3 {
        let Some(scenario) = Scenario::record(main, log, &mut random) else {
            report.bad(|| format!("seed {seed}: a scenario cannot be played"));
            return report;
        };
        let chosen = random.below(scenario.steps.len() as u64 + 1);
        let mut disk = CrashingDisk::new(scenario.main.clone(), scenario.log.clone());
        let mut next = None;
        for taken in 0..=scenario.steps.len() {
            for _ in 0..states_a_step {
                let (main, log) = disk.crash(&mut random);
                check(&scenario, taken, &main, &log, &mut random, &mut report);
            }
            if taken as u64 == chosen {
                next = Some(disk.crash(&mut random));
            }
            if let Some(step) = scenario.steps.get(taken) {
                disk.step(step);
            }
        }
        let Some(next) = next else { return report };
        (main, log) = next;
        if random.below(2) == 0 {
            // Somebody else works with the file, when the log has nothing for it: it is closed properly before.
            let closed = SimulatedDisk::new(main.clone(), log.clone());
            if open(&closed).is_ok() {
                (main, log) = image_after(&closed);
                main.write(random.below(100), &random.next().to_le_bytes());
                main.modified += 1;
            }
        }
    }
    report
}

/// Recovers one crash state, once without and sometimes once with a crash in between.
fn check(
    scenario: &Scenario,
    taken: usize,
    main: &Image,
    log: &Image,
    random: &mut Random,
    report: &mut Report,
) {
    let disk = SimulatedDisk::new(main.clone(), log.clone());
    let found = recover(scenario, taken, &disk);
    report.states += 1;
    match found {
        Ok(index) => report.forward += u64::from(index > *scenario.allowed(taken).start()),
        Err(what) => return report.bad(|| format!("after {taken} steps: {what}")),
    }
    if random.below(4) == 0 {
        let steps = disk.take_steps();
        let mut crashing = CrashingDisk::new(main.clone(), log.clone());
        let moment = usize::try_from(random.below(steps.len() as u64 + 1)).unwrap();
        for step in &steps[..moment] {
            crashing.step(step);
        }
        let (main, log) = crashing.crash(random);
        report.states += 1;
        report.nested += 1;
        if let Err(what) = recover(scenario, taken, &SimulatedDisk::new(main, log)) {
            report.bad(|| format!("after {taken} steps and {moment} of recovery: {what}"));
        }
    }
    if random.below(8) == 0 {
        report.states += 1;
        report.strange += 1;
        let disk = SimulatedDisk::new(main.clone(), with_foreign_record(log));
        if let Err(what) = recover(scenario, taken, &disk) {
            report.bad(|| format!("after {taken} steps, with a foreign record: {what}"));
        }
    }
    if random.below(8) == 0 {
        report.states += 1;
        report.strange += 1;
        if let Err(what) = recover_stranger(main, log, random) {
            report.bad(|| format!("after {taken} steps: {what}"));
        }
    }
}

/// Opens, and says to which of the scenario's contents that led, if it is one that is allowed.
fn recover(scenario: &Scenario, taken: usize, disk: &SimulatedDisk) -> Result<usize, String> {
    let allowed = scenario.allowed(taken);
    let (journal, recovered) = open(disk).map_err(|error| error.to_string())?;
    let found = content(&journal);
    // A log that was closed forgets the requests.
    let newest = recovered.requests.iter().filter_map(|r| scenario.index_of(r)).next_back();
    let mut candidates = allowed.clone().filter(|index| scenario.contents[*index] == found);
    let fitting = |index: &usize| newest.is_none_or(|newest| scenario.fits(*index, newest));
    let candidate = candidates.clone().find(fitting).or(candidates.next());
    match (candidate, newest) {
        (None, _) => Err(format!("the content is none of the commits {allowed:?}")),
        (Some(candidate), Some(newest)) if !scenario.fits(candidate, newest) => {
            Err(format!("content {candidate} with the requests of commit {newest}"))
        }
        (Some(candidate), _) => Ok(candidate),
    }
}

/// The log with a record of another log where its next record would go, as from blocks that the file system reused.
fn with_foreign_record(log: &Image) -> Image {
    let disk = SimulatedDisk::new(Image::default(), log.clone());
    let file = disk.file(Which::Log);
    let Ok(Found::Header(mut header, _)) = header::find(&*file) else { return log.clone() };
    let len = log.bytes.len() as u64;
    let (mut offset, mut seq) = (header.records_start(), header.first_seq);
    while let Ok(Some(record)) = record::read(&*file, len, offset, &header, seq) {
        offset += record.len;
        seq += 1;
    }
    header.uuid[3] ^= 1;
    let mut changes = Overlay::of_end(5000);
    changes.put_page(0, Box::new([0xFF; PAGE]));
    record::write(&*file, offset, &header, seq, &changes, &[]).unwrap();
    disk.image(Which::Log)
}

/// With another file in the place of the log's own: it is refused, or the log had nothing and it is left as it is.
fn recover_stranger(main: &Image, log: &Image, random: &mut Random) -> Result<(), String> {
    // What the log knows of the file, and can miss.
    let known = match header::find(&*SimulatedDisk::new(main.clone(), log.clone()).file(Which::Log))
    {
        Ok(Found::Header(header, _)) => header.stamp.status.len.min(main.bytes.len() as u64),
        _ => 0,
    };
    let strange = if random.below(2) == 0 || known == 0 {
        stranger(random, main.inode + 1)
    } else {
        // The own file, changed by somebody who does not change its length.
        let mut changed = main.clone();
        let offset = random.below(known.min(4096));
        let byte = &mut changed.bytes[usize::try_from(offset).unwrap()];
        *byte = !*byte;
        changed.modified += 7;
        changed
    };
    let is_replaced = strange.inode != main.inode;
    let disk = SimulatedDisk::new(strange.clone(), log.clone());
    match open(&disk) {
        Ok((_, recovered)) if recovered.commits == 0 => {
            let same = image_after(&disk).0.bytes == strange.bytes;
            if same { Ok(()) } else { Err("a stranger's file was changed".to_owned()) }
        }
        // A change in a page that the log is going to write anyway cannot be told from a checkpoint under way.
        Ok(_) if !is_replaced => Ok(()),
        Ok(_) => Err("a log was applied to a stranger's file".to_owned()),
        Err(JournalError::ForeignLog | JournalError::FileChanged { .. }) => Ok(()),
        Err(error) => Err(format!("a stranger's file: {error}")),
    }
}

/// Runs chains on two threads until there are enough states or the time is over.
pub(super) fn run(first_seed: u64, enough: u64, time: Duration) -> Report {
    let end = Instant::now() + time;
    let work = |offset: u64| {
        let mut report = Report::default();
        let mut seed = first_seed + offset;
        while report.states < enough / 2 && Instant::now() < end {
            report.add(run_chain(seed, 4));
            seed += 2;
        }
        report
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| work(1));
        let mut report = work(0);
        report.add(other.join().unwrap());
        report
    })
}

/// How long, and how many states at least: `HDF5_ASYNC_SOAK_SECS` asks for more.
fn extent() -> (Duration, u64) {
    let soak = std::env::var("HDF5_ASYNC_SOAK_SECS").ok().and_then(|secs| secs.parse().ok());
    match soak {
        Some(secs) => (Duration::from_secs(secs), u64::MAX),
        None if cfg!(debug_assertions) => (Duration::from_secs(8), 200_000),
        None => (Duration::from_mins(1), 200_000),
    }
}

#[test]
fn every_crash_leads_back_to_a_commit() {
    let (time, enough) = extent();
    let begin = Instant::now();
    let first_seed = if enough == u64::MAX { std::process::id().into() } else { 1 };
    let report = run(first_seed, enough, time);
    tell(&format!("{report:?} in {:.1?}, seeds from {first_seed}", begin.elapsed()));
    assert_eq!(report.bad, 0, "{report:?}");
    assert!(report.states > 1000 && report.nested > 0 && report.forward > 0, "{report:?}");
}
