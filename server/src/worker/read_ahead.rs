//! The thread that takes the next job from the socket while the worker is at one with a large payload: copying a
//! payload out of the socket takes about as long as HDF5 takes for it.

use std::io::{self, BufRead as _, BufReader, ErrorKind};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::channel::{ChannelError, read_frame_into};
use super::incoming::Next;
use super::spares::Spares;

/// The socket, and what was read of it beyond the last job.
pub(super) type Reader = BufReader<UnixStream>;

/// The reader goes in, and comes back with the job.
#[derive(Debug)]
pub(super) struct ReadAhead {
    readers: SyncSender<Reader>,
    jobs: Receiver<(Reader, Result<Next, ChannelError>)>,
}

impl ReadAhead {
    /// The thread ends when this is dropped, or after the job that it is at then.
    ///
    /// # Errors
    /// When the operating system has no thread for it.
    pub(super) fn start(spares: Spares) -> io::Result<Self> {
        let (readers, given) = sync_channel::<Reader>(1);
        let (read, jobs) = sync_channel(1);
        std::thread::Builder::new().name("hdf5-reader".to_owned()).spawn(move || {
            for mut reader in given {
                let next = read_next(&mut reader, &spares);
                if read.send((reader, next)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { readers, jobs })
    }

    /// Lets a job be read that has begun to come.
    ///
    /// # Errors
    /// When the thread is gone.
    pub(super) fn begin(&self, reader: Reader) -> Result<(), ChannelError> {
        self.readers.send(reader).map_err(|_| gone())
    }

    /// Waits for it.
    ///
    /// # Errors
    /// When the thread is gone.
    pub(super) fn finish(&self) -> Result<(Reader, Result<Next, ChannelError>), ChannelError> {
        self.jobs.recv().map_err(|_| gone())
    }
}

fn gone() -> ChannelError {
    ChannelError::Io(io::Error::other("the thread that reads ahead has ended"))
}

/// The next job, which is waited for, or that there will be none.
pub(super) fn read_next(reader: &mut Reader, spares: &Spares) -> Result<Next, ChannelError> {
    if reader.buffer().is_empty() {
        match reader.fill_buf() {
            Ok([]) => return Ok(Next::Closed),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(Next::Closed),
            Err(error) => return Err(ChannelError::Io(error)),
        }
    }
    let (job, payload) = read_frame_into(reader, |bytes| spares.take(bytes))?;
    Ok(Next::Job(job, payload))
}
