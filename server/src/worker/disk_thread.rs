//! The thread that waits for the disk, so that the worker can do the next changes meanwhile.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::journal::{CommitOutcome, CommitWork};

/// One commit at a time goes in, and its outcome comes out; a byte on `signal` says that it is there.
#[derive(Debug)]
pub(super) struct DiskThread {
    work: SyncSender<CommitWork>,
    outcomes: Receiver<CommitOutcome>,
    signal: UnixStream,
    is_at_work: bool,
}

impl DiskThread {
    /// Ends when it is dropped; a commit that is under way then is still brought to its end.
    ///
    /// # Errors
    /// When the operating system has no thread or socket for it.
    pub(super) fn start() -> io::Result<Self> {
        let (work, commits) = sync_channel::<CommitWork>(1);
        let (done, outcomes) = sync_channel(1);
        let (signal, mut bell) = UnixStream::pair()?;
        signal.set_nonblocking(true)?;
        std::thread::Builder::new().name("hdf5-disk".to_owned()).spawn(move || {
            for commit in commits {
                if done.send(commit.run()).is_err() || bell.write_all(&[1]).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { work, outcomes, signal, is_at_work: false })
    }

    /// Readable when a commit has come to its end.
    pub(super) fn signal(&self) -> &UnixStream {
        &self.signal
    }

    pub(super) fn is_at_work(&self) -> bool {
        self.is_at_work
    }

    /// # Errors
    /// When the thread is gone.
    pub(super) fn begin(&mut self, work: CommitWork) -> io::Result<()> {
        self.work.send(work).map_err(|_| gone())?;
        self.is_at_work = true;
        Ok(())
    }

    /// What came of the commit that was begun, if it has come to its end.
    ///
    /// # Errors
    /// When the thread is gone.
    pub(super) fn poll(&mut self) -> io::Result<Option<CommitOutcome>> {
        let mut byte = [0];
        match (&self.signal).read(&mut byte) {
            Ok(0) => Err(gone()),
            Ok(_) => self.take().map(Some),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The same, waited for.
    ///
    /// # Errors
    /// When the thread is gone.
    pub(super) fn wait(&mut self) -> io::Result<CommitOutcome> {
        self.signal.set_nonblocking(false)?;
        let rung = (&self.signal).read_exact(&mut [0]);
        self.signal.set_nonblocking(true)?;
        rung?;
        self.take()
    }

    fn take(&mut self) -> io::Result<CommitOutcome> {
        self.is_at_work = false;
        self.outcomes.recv().map_err(|_| gone())
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread that waits for the disk has ended")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::medium::tests::journal;

    #[test]
    fn the_next_transaction_goes_on_while_a_commit_is_under_way() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(&folder);
        let mut disk = DiskThread::start().unwrap();
        assert!(!disk.is_at_work() && disk.poll().unwrap().is_none());
        journal.write(0, b"first").unwrap();
        for round in 0..20_u8 {
            disk.begin(journal.begin_commit(&[]).unwrap().unwrap()).unwrap();
            assert!(disk.is_at_work());
            journal.write(u64::from(round) * 5000, &[round; 5000]).unwrap();
            let outcome = loop {
                match disk.poll().unwrap() {
                    Some(outcome) => break outcome,
                    None if round % 2 == 0 => break disk.wait().unwrap(),
                    None => std::thread::yield_now(),
                }
            };
            assert!(!disk.is_at_work());
            assert_eq!(journal.finish_commit(outcome).unwrap().0, u64::from(round) + 1);
        }
        journal.commit(&[]).unwrap();
        drop(journal);
        let mut bytes = vec![0; 100_000];
        let journal = self::journal(&folder);
        journal.read(0, &mut bytes).unwrap();
        assert!(bytes.chunks(5000).zip(0_u8..).all(|(part, round)| part == [round; 5000]));
    }
}
