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
    /// The front has closed the connection.
    Closed,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(socket: &'a UnixStream) -> Self {
        Self { reader: BufReader::with_capacity(READ_AHEAD, socket) }
    }

    /// The next job; waits at most for `wait`, or for as long as it takes. A job that has begun to come is
    /// waited for.
    pub(super) fn next(&mut self, wait: Option<Duration>) -> Result<Next, ChannelError> {
        if self.reader.buffer().is_empty() {
            if !self.is_ready(wait)? {
                return Ok(Next::Nothing);
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

    fn is_ready(&self, wait: Option<Duration>) -> Result<bool, ChannelError> {
        let timeout = wait.map(|wait| Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(wait.subsec_nanos()),
        });
        let mut polled = [PollFd::new(*self.reader.get_ref(), PollFlags::IN)];
        match poll(&mut polled, timeout.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(errno) => Err(ChannelError::Io(errno.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::channel::write_frame;
    use super::super::job::Work;
    use super::*;

    #[test]
    fn jobs_come_in_order_and_silence_is_told() {
        let (front, worker) = UnixStream::pair().unwrap();
        let mut incoming = Incoming::new(&worker);
        assert!(matches!(incoming.next(Some(Duration::ZERO)).unwrap(), Next::Nothing));
        for job in 1..=2 {
            write_frame(&front, &Job { job, work: Work::Close {} }, &[1, 2, 3]).unwrap();
        }
        for expected in 1..=2 {
            let next = incoming.next(Some(Duration::ZERO)).unwrap();
            assert!(
                matches!(&next, Next::Job(job, payload) if job.job == expected && *payload == [1, 2, 3]),
                "{next:?}"
            );
        }
        assert!(matches!(incoming.next(Some(Duration::from_millis(1))).unwrap(), Next::Nothing));
        drop(front);
        assert!(matches!(incoming.next(None).unwrap(), Next::Closed));
    }
}
