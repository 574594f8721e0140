//! The jobs as they come over the socket, read ahead so that waiting ones cost no further call.

use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::channel::{ChannelError, read_frame};
use super::job::Job;

/// Bytes read ahead.
const READ_AHEAD: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Incoming<'a> {
    reader: BufReader<&'a UnixStream>,
}

#[derive(Debug)]
pub(super) enum Next {
    Job(Job, Vec<u8>),
    /// None came in time.
    Nothing,
    /// The signal came first.
    Signal,
    /// The front has closed the connection.
    Closed,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(socket: &'a UnixStream) -> Self {
        Self { reader: BufReader::with_capacity(READ_AHEAD, socket) }
    }

    /// The next job; waits at most for `wait`, or for as long as it takes, or until `signal` is readable. A job that
    /// has begun to come is waited for.
    pub(super) fn next(
        &mut self,
        wait: Option<Duration>,
        signal: &UnixStream,
    ) -> Result<Next, ChannelError> {
        if self.reader.buffer().is_empty() {
            match self.wait(wait, signal)? {
                Ready::Job => {}
                Ready::Signal => return Ok(Next::Signal),
                Ready::Nothing => return Ok(Next::Nothing),
            }
            match self.reader.fill_buf() {
                Ok([]) => return Ok(Next::Closed),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                    return Ok(Next::Closed);
                }
                Err(error) => return Err(ChannelError::Io(error)),
            }
        }
        let (job, payload) = read_frame(&mut self.reader)?;
        Ok(Next::Job(job, payload))
    }

    fn wait(&self, wait: Option<Duration>, signal: &UnixStream) -> Result<Ready, ChannelError> {
        let timeout = wait.map(|wait| Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(wait.subsec_nanos()),
        });
        let jobs: &UnixStream = self.reader.get_ref();
        let mut polled = [jobs, signal].map(|socket| PollFd::new(socket, PollFlags::IN));
        match poll(&mut polled, timeout.as_ref()) {
            Ok(_) if !polled[1].revents().is_empty() => Ok(Ready::Signal),
            Ok(0) | Err(Errno::INTR) => Ok(Ready::Nothing),
            Ok(_) => Ok(Ready::Job),
            Err(errno) => Err(ChannelError::Io(errno.into())),
        }
    }
}

/// What ended a wait.
enum Ready {
    Job,
    Signal,
    Nothing,
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::super::channel::write_frame;
    use super::super::job::Work;
    use super::*;

    #[test]
    fn jobs_come_in_order_and_silence_is_told() {
        let (front, worker) = UnixStream::pair().unwrap();
        let (bell, signal) = UnixStream::pair().unwrap();
        let mut incoming = Incoming::new(&worker);
        assert!(matches!(incoming.next(Some(Duration::ZERO), &signal).unwrap(), Next::Nothing));
        for job in 1..=2 {
            write_frame(&front, &Job { job, work: Work::Close {} }, &[1, 2, 3]).unwrap();
        }
        for expected in 1..=2 {
            let next = incoming.next(Some(Duration::ZERO), &signal).unwrap();
            assert!(
                matches!(&next, Next::Job(job, payload) if job.job == expected && *payload == [1, 2, 3]),
                "{next:?}"
            );
        }
        assert!(matches!(
            incoming.next(Some(Duration::from_millis(1)), &signal).unwrap(),
            Next::Nothing
        ));
        (&bell).write_all(&[1]).unwrap();
        assert!(matches!(incoming.next(None, &signal).unwrap(), Next::Signal));
        (&signal).read_exact(&mut [0]).unwrap();
        drop(front);
        assert!(matches!(incoming.next(None, &signal).unwrap(), Next::Closed));
    }
}
