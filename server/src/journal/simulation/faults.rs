//! Failing calls of the disk: after any of them nothing is acknowledged falsely, and nothing acknowledged is lost.

use super::super::{AppliedRequest, Journal, JournalError};
use super::crash::CrashingDisk;
use super::disk::{Fault, Image, SimulatedDisk, Step};
use super::model::{content, open, request};
use super::random::Random;
use super::tell;

/// How far a script came: the newest acknowledged commit, and what the file holds after each.
#[derive(Debug, Default)]
struct Progress {
    acknowledged: usize,
    begun: usize,
    contents: Vec<Vec<u8>>,
    error: Option<JournalError>,
}

/// Thirty operations and more, that together make every kind of call of the disk: small and large writes, cuts,
/// commits, rollbacks, reads, checkpoints.
fn script(disk: &SimulatedDisk, progress: &mut Progress) -> Result<(), JournalError> {
    progress.contents.push(Vec::new());
    let (mut journal, _) = open(disk)?;
    for round in 0..6_u8 {
        let mut content = progress.contents[progress.acknowledged].clone();
        let first = usize::from(round) * 3000;
        let small = [round + 1; 700];
        journal.write(first as u64, &small)?;
        content.resize(content.len().max(first + small.len()), 0);
        content[first..first + small.len()].copy_from_slice(&small);
        let large = vec![round + 100; 20_000];
        journal.write(content.len() as u64, &large)?;
        content.extend_from_slice(&large);
        let cut = content.len() - 5000;
        journal.set_len(cut as u64)?;
        content.truncate(cut);
        commit(&mut journal, disk, progress, &content)?;
        journal.rollback();
        assert!(super::model::try_content(&journal)? == content);
        journal.bring_to_file(0..9000)?;
        if round % 2 == 1 {
            journal.checkpoint()?;
        }
    }
    journal.close()
}

fn commit(
    journal: &mut Journal,
    disk: &SimulatedDisk,
    progress: &mut Progress,
    content: &[u8],
) -> Result<(), JournalError> {
    progress.begun += 1;
    progress.contents.push(content.to_vec());
    disk.note(Step::Begin(progress.begun as u64));
    let key = request(progress.begun as u64);
    commit_and_go_on(journal, &key, content.len() as u64)?;
    progress.acknowledged = progress.begun;
    Ok(())
}

/// The next transaction begins while the commit is under way.
fn commit_and_go_on(
    journal: &mut Journal,
    request: &AppliedRequest,
    end: u64,
) -> Result<(), JournalError> {
    let Some(work) = journal.begin_commit(std::slice::from_ref(request))? else { return Ok(()) };
    journal.write(10, b"to be forgotten")?;
    journal.write(end, &vec![77; 20_000])?;
    let committed = journal.finish_commit(work.run()).map(drop);
    if let Err(error) = &committed {
        assert!(journal.is_poisoned(), "{error}");
        refuses_everything(journal);
    }
    committed
}

/// After an error of the disk.
fn refuses_everything(journal: &mut Journal) {
    let refused = |result: Result<(), JournalError>| {
        assert!(matches!(result, Err(JournalError::Poisoned)), "{result:?}");
    };
    refused(journal.write(0, b"more"));
    refused(journal.set_len(0));
    refused(journal.commit(&[]).map(drop));
    refused(journal.checkpoint());
    refused(journal.bring_to_file(0..1));
    journal.rollback();
    refused(journal.commit(&[request(99)]).map(drop));
}

fn play(fault: Option<(u64, Fault)>) -> (SimulatedDisk, Progress) {
    let disk = SimulatedDisk::new(Image::default(), Image::default());
    if let Some((call, fault)) = fault {
        disk.fail_at(call, fault);
    }
    let mut progress = Progress::default();
    progress.error = script(&disk, &mut progress).err();
    (disk, progress)
}

/// The disk works again, the file is opened again: it is at the newest acknowledged commit, or at the one under way.
fn opens_again(disk: &SimulatedDisk, progress: &Progress, what: &str) {
    let (journal, _) = open(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = content(&journal);
    let allowed = &progress.contents[progress.acknowledged..=progress.begun];
    assert!(allowed.contains(&found), "{what}: {} bytes", found.len());
    let seq = progress.acknowledged as u64;
    assert!(
        progress.acknowledged == 0
            || journal.last_commit().0 == 0
            || journal.was_applied(&request(seq).key).is_some(),
        "{what}: the request is forgotten"
    );
}

#[test]
fn no_failing_call_loses_anything() {
    let (disk, progress) = play(None);
    assert!(progress.error.is_none(), "{progress:?}");
    let calls = disk.calls();
    assert!(calls > 90, "{calls} calls are few");
    let mut random = Random::new(3);
    let mut states = 0;
    for call in 0..calls {
        for fault in [Fault::Full, Fault::Failed, Fault::Short] {
            let what = format!("call {call} fails, {fault:?}");
            let (disk, progress) = play(Some((call, fault)));
            let error = progress.error.as_ref().unwrap_or_else(|| panic!("{what}: unnoticed"));
            match (fault, error) {
                (Fault::Full | Fault::Short, JournalError::StorageFull { .. })
                | (Fault::Failed, JournalError::StorageFailed { .. }) => {}
                _ => panic!("{what}: {error:?}"),
            }
            // The process ends, the machine goes on.
            let (main, log) = super::scenario::image_after(&disk);
            opens_again(&SimulatedDisk::new(main, log), &progress, &what);
            // The machine fails, too.
            let steps = disk.take_steps();
            let mut crashing = CrashingDisk::new(Image::default(), Image::default());
            for step in &steps {
                crashing.step(step);
            }
            for _ in 0..4 {
                let (main, log) = crashing.crash(&mut random);
                opens_again(&SimulatedDisk::new(main, log), &progress, &what);
                states += 1;
            }
        }
    }
    tell(&format!("{calls} calls, each failing in 3 ways, with {states} crashes after"));
}
