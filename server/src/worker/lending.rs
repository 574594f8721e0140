//! How a worker gets files beside its own: it asks over a socket that is only for that, and the front sends the
//! opened file along with its answer (`SCM_RIGHTS`).
//!
//! The worker waits for the answer in the middle of a job; the front answers each worker from a task of its own.

use std::fs::File;
use std::future::Future;
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};

use crate::store::{Lender, Lent, PlainFile};

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
    File(OwnedFd),
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
        let file = self.receive(&mut head)?;
        let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        match (head[0], file) {
            (FILE, Some(file)) => Ok(Answer::File(file)),
            (MISSING, _) => Ok(Answer::Missing),
            (REFUSED, _) if length <= MAX_NAME => {
                let mut reason = vec![0; length];
                socket.read_exact(&mut reason)?;
                Ok(Answer::Refused(String::from_utf8_lossy(&reason).into_owned()))
            }
            _ => Err(ErrorKind::InvalidData.into()),
        }
    }

    /// Fills `head`, and takes the file that comes with its first byte.
    fn receive(&self, head: &mut [u8; HEAD]) -> std::io::Result<Option<OwnedFd>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(head)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = recvmsg(self.socket.as_fd(), &mut parts, &mut control, flags)?.bytes;
        let file = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut files) => files.next(),
            _ => None,
        });
        let mut socket = &self.socket;
        socket.read_exact(&mut head[received.clamp(1, HEAD)..])?;
        if received == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(file) }
    }
}

impl Lender for Borrower {
    fn lend(&self, name: &str) -> Lent {
        if name.len() > MAX_NAME {
            return Lent::Missing;
        }
        match self.ask(name) {
            Ok(Answer::File(file)) => Lent::File(Arc::new(PlainFile::read_only(File::from(file)))),
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
    let (tag, file, reason) = match answer {
        Answer::File(file) => (FILE, Some(file), String::new()),
        Answer::Missing => (MISSING, None, String::new()),
        Answer::Refused(reason) => (REFUSED, None, reason),
    };
    let mut bytes = vec![tag];
    bytes.extend(u32::try_from(reason.len()).unwrap_or(0).to_le_bytes());
    bytes.extend(reason.into_bytes());
    let mut sent = 0;
    if let Some(file) = file {
        sent = socket
            .async_io(Interest::WRITABLE, || {
                let files = [file.as_fd()];
                let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
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
    use super::*;

    #[tokio::test]
    async fn a_worker_is_lent_what_it_asks_for() {
        let (front, worker) = UnixStream::pair().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "elements").unwrap();
        let desk = tokio::spawn(serve(front, move |name| {
            let answer = match &*name {
                "a" => Answer::File(File::open(&path).unwrap().into()),
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
