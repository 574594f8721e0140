//! The front's end of the socket to a worker, and the worker itself.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream as StdUnixStream;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Child;
use tokio::sync::mpsc;

use crate::worker::channel::{self, ChannelError, LENGTHS_BYTES, Lengths};
use crate::worker::job::{Done, Job};

/// What runs the worker loop.
#[derive(Debug)]
pub enum Host {
    Process(Child),
    /// Ends when the socket closes.
    Thread,
}

#[derive(Debug)]
pub struct WorkerLink {
    host: Host,
    writer: OwnedWriteHalf,
    outcomes: mpsc::Receiver<(Done, Vec<u8>)>,
}

impl WorkerLink {
    /// `window` is the largest number of jobs the worker is given at once: as many answers are always read, so
    /// that a worker that writes an answer never waits for a front that writes a job.
    ///
    /// # Errors
    /// When the socket cannot be used with the runtime.
    pub fn new(socket: StdUnixStream, host: Host, window: usize) -> std::io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (reader, writer) = UnixStream::from_std(socket)?.into_split();
        let (sender, outcomes) = mpsc::channel(window + 1);
        tokio::spawn(read_outcomes(reader, sender));
        Ok(Self { host, writer, outcomes })
    }

    /// # Errors
    /// When the worker is gone, or the job cannot be written.
    pub async fn send(&mut self, job: &Job, payload: &Bytes) -> Result<(), ChannelError> {
        let prefix = channel::prefix_of(job, payload)?;
        self.writer.write_all(&prefix).await.map_err(ChannelError::Io)?;
        self.writer.write_all(payload).await.map_err(ChannelError::Io)
    }

    /// The next outcome in the order of jobs; `None` when the worker is gone.
    ///
    /// # Cancel safety
    /// An outcome is not lost when the future is dropped.
    pub async fn outcome(&mut self) -> Option<(Done, Vec<u8>)> {
        self.outcomes.recv().await
    }

    pub fn process_id(&self) -> Option<u32> {
        match &self.host {
            Host::Process(child) => child.id(),
            Host::Thread => None,
        }
    }

    /// Ends the worker at once, whatever it does.
    pub async fn kill(mut self) {
        if let Host::Process(child) = &mut self.host
            && let Err(error) = child.kill().await
        {
            tracing::warn!(%error, "a worker could not be killed");
        }
    }

    /// Waits until the worker has ended after it was told to.
    pub async fn ended(mut self) {
        while self.outcomes.recv().await.is_some() {}
        if let Host::Process(child) = &mut self.host
            && let Err(error) = child.wait().await
        {
            tracing::warn!(%error, "a worker could not be waited for");
        }
    }
}

async fn read_outcomes(mut reader: OwnedReadHalf, outcomes: mpsc::Sender<(Done, Vec<u8>)>) {
    loop {
        match read_outcome(&mut reader).await {
            Ok(Some(outcome)) => {
                if outcomes.send(outcome).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "a worker's answer could not be read");
                return;
            }
        }
    }
}

async fn read_outcome(reader: &mut OwnedReadHalf) -> Result<Option<(Done, Vec<u8>)>, ChannelError> {
    let mut lengths = [0; LENGTHS_BYTES];
    if let Err(error) = reader.read_exact(&mut lengths).await {
        let gone = matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset);
        return if gone { Ok(None) } else { Err(ChannelError::Io(error)) };
    }
    let lengths = Lengths::parse(lengths)?;
    let mut head = vec![0; lengths.head()];
    reader.read_exact(&mut head).await.map_err(ChannelError::Io)?;
    let done = lengths.decode(&head)?;
    let mut values = Vec::with_capacity(lengths.values);
    reader.take(lengths.values as u64).read_to_end(&mut values).await.map_err(ChannelError::Io)?;
    if values.len() < lengths.values {
        return Err(ChannelError::Io(ErrorKind::UnexpectedEof.into()));
    }
    Ok(Some((done, values)))
}
