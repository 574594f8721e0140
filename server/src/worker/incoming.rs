//! The jobs as they come over the socket, read ahead so that waiting ones cost no further call.

use std::io;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::channel::ChannelError;
use super::job::Job;
use super::read_ahead::{ReadAhead, Reader, read_next};
use super::spares::Spares;

/// Bytes of small jobs that are taken from the socket in one call.
const BUFFER_BYTES: usize = 64 << 10;

/// Bytes of a payload while which is worked on the next job is read: with less the other thread costs more than it saves.
const LARGE: usize = 128 << 10;

#[derive(Debug)]
pub(super) struct Incoming {
    /// Absent while the next job is read ahead.
    reader: Option<Reader>,
    ahead: ReadAhead,
    spares: Spares,
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

impl Incoming {
    /// # Errors
    /// When the operating system has no descriptor or thread for it.
    pub(super) fn new(socket: &UnixStream, spares: Spares) -> io::Result<Self> {
        let reader = Reader::with_capacity(BUFFER_BYTES, socket.try_clone()?);
        Ok(Self { reader: Some(reader), ahead: ReadAhead::start(spares.clone())?, spares })
    }

    /// The next job; waits at most for `wait`, or for as long as it takes, or until `signal` is readable. A job that
    /// has begun to come is waited for.
    pub(super) fn next(
        &mut self,
        wait: Option<Duration>,
        signal: &UnixStream,
    ) -> Result<Next, ChannelError> {
        let (reader, next) = match self.reader.take() {
            None => {
                let (reader, next) = self.ahead.finish()?;
                (reader, next?)
            }
            Some(mut reader) => {
                let ready = ready(&reader, wait, signal)?;
                let next = match ready {
                    Ready::Job => read_next(&mut reader, &self.spares)?,
                    Ready::Signal => Next::Signal,
                    Ready::Nothing => Next::Nothing,
                };
                (reader, next)
            }
        };
        let is_large = matches!(&next, Next::Job(_, payload) if payload.len() >= LARGE);
        if is_large && matches!(ready(&reader, Some(Duration::ZERO), signal)?, Ready::Job) {
            self.ahead.begin(reader)?;
        } else {
            self.reader = Some(reader);
        }
        Ok(next)
    }
}

/// What there is to do, a job before a signal; waits as [`Incoming::next`] does.
fn ready(
    reader: &Reader,
    wait: Option<Duration>,
    signal: &UnixStream,
) -> Result<Ready, ChannelError> {
    if !reader.buffer().is_empty() {
        return Ok(Ready::Job);
    }
    let timeout = wait.map(|wait| Timespec {
        tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(wait.subsec_nanos()),
    });
    let mut polled = [reader.get_ref(), signal].map(|socket| PollFd::new(socket, PollFlags::IN));
    match poll(&mut polled, timeout.as_ref()) {
        Ok(0) | Err(Errno::INTR) => Ok(Ready::Nothing),
        Ok(_) if !polled[0].revents().is_empty() => Ok(Ready::Job),
        Ok(_) => Ok(Ready::Signal),
        Err(errno) => Err(ChannelError::Io(errno.into())),
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
        let mut incoming = Incoming::new(&worker, Spares::new(0)).unwrap();
        let mut next = |wait| incoming.next(wait, &signal).unwrap();
        assert!(matches!(next(Some(Duration::ZERO)), Next::Nothing));
        for job in 1..=2 {
            write_frame(&front, &Job { job, work: Work::Close {} }, &[1, 2, 3]).unwrap();
        }
        for expected in 1..=2 {
            let next = next(Some(Duration::ZERO));
            assert!(
                matches!(&next, Next::Job(job, payload) if job.job == expected && *payload == [1, 2, 3]),
                "{next:?}"
            );
        }
        assert!(matches!(next(Some(Duration::from_millis(1))), Next::Nothing));
        (&bell).write_all(&[1]).unwrap();
        assert!(matches!(next(None), Next::Signal));
        (&signal).read_exact(&mut [0]).unwrap();
        drop(front);
        assert!(matches!(next(None), Next::Closed));
    }

    #[test]
    fn jobs_behind_a_large_payload_are_read_ahead_in_order() {
        let (front, worker) = UnixStream::pair().unwrap();
        let (_bell, signal) = UnixStream::pair().unwrap();
        let payload = |job: u64| vec![job.to_le_bytes()[0]; if job % 3 == 2 { 5 } else { LARGE }];
        let sender = std::thread::Builder::new()
            .spawn(move || {
                for job in 1..=20 {
                    write_frame(&front, &Job { job, work: Work::Close {} }, &payload(job)).unwrap();
                }
            })
            .unwrap();
        let mut incoming = Incoming::new(&worker, Spares::new(4 * LARGE)).unwrap();
        let mut ahead = 0;
        for expected in 1..=20 {
            let next = incoming.next(None, &signal).unwrap();
            let Next::Job(job, values) = next else { panic!("{next:?}") };
            assert!(job.job == expected && values == payload(expected), "job {expected}");
            incoming.spares.give(values);
            ahead += u32::from(incoming.reader.is_none());
        }
        sender.join().unwrap();
        assert!(ahead > 0);
        assert!(matches!(incoming.next(None, &signal).unwrap(), Next::Closed));
    }

    #[test]
    fn a_job_that_is_cut_off_is_an_error_on_either_thread() {
        for first in [1, LARGE] {
            let (front, worker) = UnixStream::pair().unwrap();
            let (_bell, signal) = UnixStream::pair().unwrap();
            let sender = std::thread::Builder::new()
                .spawn(move || {
                    let whole = Job { job: 1, work: Work::Close {} };
                    write_frame(&front, &whole, &vec![0; first]).unwrap();
                    (&front).write_all(&[9, 0, 0]).unwrap();
                })
                .unwrap();
            let mut incoming = Incoming::new(&worker, Spares::new(0)).unwrap();
            assert!(matches!(incoming.next(None, &signal).unwrap(), Next::Job(..)));
            assert!(matches!(incoming.next(None, &signal), Err(ChannelError::Io(_))));
            sender.join().unwrap();
        }
    }
}
