//! Being told that something may have happened to a file or a folder: by the system where it tells, by the clock
//! where it does not.

#[cfg(target_os = "linux")]
mod inotify;
mod network;

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Interval, MissedTickBehavior, interval};

#[cfg(target_os = "linux")]
use inotify::{Inotify, Watched};

/// How other programs' changes are noticed.
#[derive(Clone, Copy, Debug)]
pub struct WatchLimits {
    /// Looks by the clock, even where the system would tell.
    pub by_polling: bool,
    /// Between two looks at what the system does not tell of.
    pub poll_every: Duration,
    /// In which changes are taken together.
    pub gather: Duration,
    /// Folders that the system is asked to tell of; with more, they are looked at by the clock.
    pub max_folders: usize,
}

/// What is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Which names there are.
    Folder,
    /// Every write.
    Content,
    /// That another program is done writing, or that the name leads elsewhere: the server itself writes to it.
    Identity,
}

/// Shared by all who watch.
#[derive(Debug)]
pub struct Watcher {
    limits: WatchLimits,
    #[cfg(target_os = "linux")]
    inotify: Option<Inotify>,
}

/// As long as this is kept, its notification comes.
#[derive(Debug)]
pub struct Held {
    #[cfg(target_os = "linux")]
    _watched: Watched,
}

/// One file that is watched in one of the two ways.
#[derive(Debug)]
pub enum Sight {
    Told { stir: Arc<Notify>, held: Held },
    Looked(Interval),
}

impl Watcher {
    /// Has to be made inside the runtime.
    pub fn new(limits: WatchLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            #[cfg(target_os = "linux")]
            inotify: if limits.by_polling { None } else { Inotify::new() },
        })
    }

    pub fn limits(&self) -> &WatchLimits {
        &self.limits
    }

    /// Has `stir` notified; `None` where the system does not tell.
    #[cfg(target_os = "linux")]
    pub fn hold(&self, descriptor: BorrowedFd<'_>, kind: Kind, stir: &Arc<Notify>) -> Option<Held> {
        let inotify = self.inotify.as_ref()?;
        if network::is_shared(descriptor) {
            return None;
        }
        inotify.watch(descriptor, kind, stir).map(|watched| Held { _watched: watched })
    }

    /// Has `stir` notified; `None` where the system does not tell.
    #[cfg(not(target_os = "linux"))]
    pub fn hold(&self, _: BorrowedFd<'_>, _: Kind, _: &Arc<Notify>) -> Option<Held> {
        None
    }

    /// Watches one file.
    pub fn sight(&self, descriptor: BorrowedFd<'_>, kind: Kind) -> Sight {
        let stir = Arc::new(Notify::new());
        match self.hold(descriptor, kind, &stir) {
            Some(held) => Sight::Told { stir, held },
            None => Sight::Looked(self.clock()),
        }
    }

    /// Ticks when it is time to look.
    pub fn clock(&self) -> Interval {
        let mut clock = interval(self.limits.poll_every);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        clock
    }
}

impl Sight {
    /// Waits until something may have happened.
    ///
    /// # Cancel safety
    /// Nothing is missed when the future is dropped.
    pub async fn stirred(&mut self) {
        match self {
            Self::Told { stir, held: _ } => stir.notified().await,
            Self::Looked(clock) => {
                clock.tick().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::fd::AsFd as _;

    use super::*;

    fn watcher(by_polling: bool) -> Arc<Watcher> {
        Watcher::new(WatchLimits {
            by_polling,
            poll_every: Duration::from_millis(5),
            gather: Duration::ZERO,
            max_folders: 1,
        })
    }

    #[tokio::test]
    async fn writes_names_and_replacements_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "1").unwrap();
        let watcher = watcher(false);
        let file = File::open(&path).unwrap();
        let mut content = watcher.sight(file.as_fd(), Kind::Content);
        let mut identity = watcher.sight(file.as_fd(), Kind::Identity);
        assert!(matches!(content, Sight::Told { .. }));
        fs::write(&path, "2").unwrap();
        content.stirred().await;
        identity.stirred().await;
        let folder_file = File::open(folder.path()).unwrap();
        let mut names = watcher.sight(folder_file.as_fd(), Kind::Folder);
        fs::write(folder.path().join("b"), "3").unwrap();
        names.stirred().await;
        fs::rename(folder.path().join("b"), &path).unwrap();
        content.stirred().await;
        identity.stirred().await;
        names.stirred().await;
    }

    #[tokio::test]
    async fn the_clock_serves_where_the_system_does_not_tell() {
        let file = tempfile::tempfile().unwrap();
        let mut sight = watcher(true).sight(file.as_fd(), Kind::Content);
        assert!(matches!(sight, Sight::Looked(_)));
        for _ in 0..3 {
            sight.stirred().await;
        }
    }
}
