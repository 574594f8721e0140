//! The kernel's own notices of changes (inotify), handed on to whoever watches the file.

use std::collections::HashMap;
use std::io::ErrorKind::{Interrupted, WouldBlock};
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use tokio::net::unix::pipe;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Kind;

/// Bytes of notices that are read at once; one takes up to 272.
const READ_BYTES: usize = 4096;

/// Of a notice, before the name.
const HEAD_BYTES: usize = 16;

#[derive(Debug)]
pub(super) struct Inotify {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    /// Read as a pipe is.
    notices: pipe::Receiver,
    listeners: Mutex<Listeners>,
}

#[derive(Debug, Default)]
struct Listeners {
    next: u64,
    /// By the kernel's number of the watch, of which a file has one however many listen.
    by_watch: HashMap<i32, Vec<(u64, Arc<Notify>)>>,
}

/// Ends the watch when the last who listens is gone.
#[derive(Debug)]
pub(super) struct Watched {
    shared: Weak<Shared>,
    watch: i32,
    listener: u64,
}

impl Inotify {
    /// `None` where the system refuses; the reason is in the log.
    pub(super) fn new() -> Option<Self> {
        let opened = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)
            .map_err(std::io::Error::from)
            .and_then(pipe::Receiver::from_owned_fd_unchecked);
        let notices = match opened {
            Ok(notices) => notices,
            Err(error) => {
                tracing::warn!(%error, "the system does not tell of changes; they are looked for by the clock");
                return None;
            }
        };
        let shared = Arc::new(Shared { notices, listeners: Mutex::default() });
        let task = tokio::spawn(hand_on(Arc::clone(&shared)));
        Some(Self { shared, task })
    }

    pub(super) fn watch(
        &self,
        descriptor: BorrowedFd<'_>,
        kind: Kind,
        stir: &Arc<Notify>,
    ) -> Option<Watched> {
        // The file itself is watched, whatever name it has.
        let path = format!("/proc/self/fd/{}", descriptor.as_raw_fd());
        let flags = flags(kind) | WatchFlags::MASK_ADD;
        let mut listeners = self.shared.lock();
        match inotify::add_watch(&self.shared.notices, path, flags) {
            Ok(watch) => {
                let listener = listeners.next;
                listeners.next += 1;
                listeners.by_watch.entry(watch).or_default().push((listener, Arc::clone(stir)));
                Some(Watched { shared: Arc::downgrade(&self.shared), watch, listener })
            }
            Err(errno) => {
                tracing::warn!(%errno, "the system does not tell of a file's changes; they are looked for by the clock");
                None
            }
        }
    }
}

fn flags(kind: Kind) -> WatchFlags {
    let identity = WatchFlags::CLOSE_WRITE
        | WatchFlags::ATTRIB
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF;
    match kind {
        Kind::Identity => identity,
        Kind::Content => identity | WatchFlags::MODIFY,
        Kind::Folder => {
            WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVED_FROM
                | WatchFlags::MOVED_TO
                | WatchFlags::CLOSE_WRITE
                | WatchFlags::DELETE_SELF
                | WatchFlags::MOVE_SELF
        }
    }
}

impl Shared {
    /// Each notice is the watch's number, what happened, a cookie, and the length of the name that follows.
    fn tell(&self, mut notices: &[u8]) {
        let listeners = self.lock();
        let told = |stirs: &Vec<(u64, Arc<Notify>)>| {
            for (_, stir) in stirs {
                stir.notify_one();
            }
        };
        while let Some((head, rest)) = notices.split_first_chunk::<HEAD_BYTES>() {
            let number = |at: usize| {
                u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
            };
            if number(4) & ReadFlags::QUEUE_OVERFLOW.bits() != 0 {
                listeners.by_watch.values().for_each(told);
            } else {
                listeners.by_watch.get(&number(0).cast_signed()).into_iter().for_each(told);
            }
            let name_bytes = usize::try_from(number(12)).unwrap_or(usize::MAX);
            notices = rest.get(name_bytes..).unwrap_or_default();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inotify {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads notices for as long as somebody could listen.
async fn hand_on(shared: Arc<Shared>) {
    // The kernel writes whole notices, and reads of too few bytes fail.
    let mut notices = vec![0; READ_BYTES];
    loop {
        let read = match shared.notices.readable().await {
            Ok(()) => shared.notices.try_read(&mut notices),
            Err(error) => Err(error),
        };
        match read {
            Ok(read) => shared.tell(&notices[..read]),
            Err(error) if matches!(error.kind(), WouldBlock | Interrupted) => {}
            Err(error) => {
                tracing::error!(%error, "the system does not tell of changes any more");
                return;
            }
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut listeners = shared.lock();
        let Some(listening) = listeners.by_watch.get_mut(&self.watch) else { return };
        listening.retain(|(listener, _)| *listener != self.listener);
        if listening.is_empty() {
            listeners.by_watch.remove(&self.watch);
            if let Err(errno) = inotify::remove_watch(&shared.notices, self.watch) {
                tracing::debug!(%errno, "the kernel has ended the watch of a file that is gone");
            }
        }
    }
}
