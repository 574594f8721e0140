//! How a worker gets files beside its own: it asks over a socket that is only for that, and the front sends the
//! opened file along with its answer (`SCM_RIGHTS`).
//!
//! The worker waits for the answer in the middle of a job; the front answers each worker from a task of its own.

use std::future::Future;
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};

use crate::journal::{Borrowed, DiskFile, JournalError, JournalLimits, RealFile};
use crate::store::{Lender, Lent, Medium};

/// Bytes of a name; longer ones name nothing.
const MAX_NAME: usize = 64 << 10;
/// A tag, and the length of the reason that follows.
const HEAD: usize = 5;
const FILE: u8 = 1;
const MISSING: u8 = 2;
const REFUSED: u8 = 3;

/// What the front says of a name.
#[derive(Debug)]
pub enum Answer {
    /// The file, and its log, opened for reading for this answer alone.
    File(OwnedFd, Option<OwnedFd>),
    Missing,
    /// Why it is not opened.
    Refused(String),
}

/// The worker's end.
#[derive(Debug)]
pub struct Borrower {
    socket: UnixStream,
}

impl Borrower {
    pub fn new(socket: UnixStream) -> Self {
        Self { socket }
    }

    fn ask(&self, name: &str) -> std::io::Result<Answer> {
        let mut socket = &self.socket;
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX).to_le_bytes();
        socket.write_all(&[&length[..], name.as_bytes()].concat())?;
        let mut head = [0; HEAD];
        let mut files = self.receive(&mut head)?;
        let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        match (head[0], &mut files) {
            (FILE, [file, log]) if file.is_some() => {
                Ok(file.take().map_or(Answer::Missing, |file| Answer::File(file, log.take())))
            }
            (MISSING, _) => Ok(Answer::Missing),
            (REFUSED, _) if length <= MAX_NAME => {
                let mut reason = vec![0; length];
                socket.read_exact(&mut reason)?;
                Ok(Answer::Refused(String::from_utf8_lossy(&reason).into_owned()))
            }
            _ => Err(ErrorKind::InvalidData.into()),
        }
    }

    /// Fills `head`, and takes the files that come with its first byte.
    fn receive(&self, head: &mut [u8; HEAD]) -> std::io::Result<[Option<OwnedFd>; 2]> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(head)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = recvmsg(self.socket.as_fd(), &mut parts, &mut control, flags)?.bytes;
        let mut files = [None, None];
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                files.iter_mut().zip(received).for_each(|(place, file)| *place = Some(file));
            }
        }
        let mut socket = &self.socket;
        socket.read_exact(&mut head[received.clamp(1, HEAD)..])?;
        if received == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(files) }
    }
}

/// Another server file as it was when it was lent.
#[derive(Debug)]
struct LentFile(Borrowed);

impl LentFile {
    fn open(file: OwnedFd, log: Option<OwnedFd>) -> Result<Self, JournalError> {
        let disk = |file: OwnedFd| -> Box<dyn DiskFile> { Box::new(RealFile::new(file.into())) };
        let limits = JournalLimits { accept_touched: true, ..JournalLimits::default() };
        Ok(Self(Borrowed::open(disk(file), log.map(disk), &limits)?))
    }
}

impl Medium for LentFile {
    fn len(&self) -> std::io::Result<u64> {
        Ok(self.0.len())
    }

    fn is_writable(&self) -> bool {
        false
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> std::io::Result<()> {
        self.0.read(at, bytes).map_err(std::io::Error::other)
    }

    fn write(&self, _at: u64, _bytes: &[u8]) -> std::io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn set_len(&self, _len: u64) -> std::io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn is_whole(&self) -> std::io::Result<bool> {
        self.0.is_whole().map_err(std::io::Error::other)
    }
}

impl Lender for Borrower {
    fn lend(&self, name: &str) -> Lent {
        if name.len() > MAX_NAME {
            return Lent::Missing;
        }
        match self.ask(name) {
            Ok(Answer::File(file, log)) => match LentFile::open(file, log) {
                Ok(file) => Lent::File(Arc::new(file)),
                Err(error) => Lent::Refused(error.to_string()),
            },
            Ok(Answer::Missing) => Lent::Missing,
            Ok(Answer::Refused(reason)) => Lent::Refused(reason),
            Err(error) => Lent::Refused(format!("the server could not be asked for it: {error}")),
        }
    }
}

/// Answers a worker until it has ended.
pub async fn serve<F: Future<Output = Answer>>(
    socket: UnixStream,
    mut answer: impl FnMut(String) -> F,
) -> std::io::Result<()> {
    socket.set_nonblocking(true)?;
    let mut socket = tokio::net::UnixStream::from_std(socket)?;
    loop {
        let mut length = [0; 4];
        match socket.read_exact(&mut length).await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_NAME {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut name = vec![0; length];
        socket.read_exact(&mut name).await?;
        let answer = match String::from_utf8(name) {
            Ok(name) => answer(name).await,
            Err(_) => Answer::Missing,
        };
        send(&mut socket, answer).await?;
    }
}

async fn send(socket: &mut tokio::net::UnixStream, answer: Answer) -> std::io::Result<()> {
    let (tag, files, reason) = match answer {
        Answer::File(file, log) => (FILE, [Some(file), log], String::new()),
        Answer::Missing => (MISSING, [None, None], String::new()),
        Answer::Refused(reason) => (REFUSED, [None, None], reason),
    };
    let files: Vec<_> = files.iter().flatten().map(AsFd::as_fd).collect();
    let mut bytes = vec![tag];
    bytes.extend(u32::try_from(reason.len()).unwrap_or(0).to_le_bytes());
    bytes.extend(reason.into_bytes());
    let mut sent = 0;
    if !files.is_empty() {
        sent = socket
            .async_io(Interest::WRITABLE, || {
                let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
                let mut control = SendAncillaryBuffer::new(&mut space);
                control.push(SendAncillaryMessage::ScmRights(&files));
                let parts = [IoSlice::new(&bytes)];
                Ok(sendmsg(&*socket, &parts, &mut control, SendFlags::empty())?)
            })
            .await?;
    }
    socket.write_all(&bytes[sent..]).await
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[tokio::test]
    async fn a_worker_is_lent_what_it_asks_for() {
        let (front, worker) = UnixStream::pair().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "elements").unwrap();
        let desk = tokio::spawn(serve(front, move |name| {
            let answer = match &*name {
                "a" => Answer::File(File::open(&path).unwrap().into(), None),
                "b" => Answer::Refused("for a reason".to_owned()),
                _ => Answer::Missing,
            };
            std::future::ready(answer)
        }));
        let asked = std::thread::Builder::new().spawn(move || {
            let borrower = Borrower::new(worker);
            let Lent::File(file) = borrower.lend("a") else { panic!("no file") };
            let mut bytes = [0; 8];
            file.read(0, &mut bytes).unwrap();
            assert_eq!(&bytes, b"elements");
            assert!(!file.is_writable());
            assert!(
                matches!(borrower.lend("b"), Lent::Refused(reason) if reason == "for a reason")
            );
            assert!(matches!(borrower.lend("c"), Lent::Missing));
            assert!(matches!(borrower.lend(&"c".repeat(MAX_NAME + 1)), Lent::Missing));
        });
        desk.await.unwrap().unwrap();
        asked.unwrap().join().unwrap();
    }
}
