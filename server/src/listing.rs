//! Which files there are, announced to those who watch the list: files that appear, vanish, or change their name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap_std::fs::{Metadata, MetadataExt as _};
use hdf5_async_protocol::message::reply::FileInfo;
use hdf5_async_protocol::message::{Change, ErrorCode, ErrorReply, Event, Position};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::catalog::{Catalog, Seen};
use crate::clock;
use crate::outbox::Outbox;
use crate::watch::{Held, Kind, Watcher};

/// Names that one event tells; more have to be asked for.
const MAX_NAMES: usize = 1000;

/// Looks until every folder is watched; folders that come faster are found later.
const MAX_LOOKS: usize = 8;

/// A list that takes long to make is made less often: it may take this part of the time.
const SHARE: u32 = 4;

/// Device and inode.
type Identity = (u64, u64);

#[derive(Debug)]
pub struct Listing {
    catalog: Arc<Catalog>,
    watcher: Arc<Watcher>,
    /// Something may have changed.
    stir: Arc<Notify>,
    audience: Mutex<Audience>,
    /// Held while the list is made, so that one follows the other.
    known: tokio::sync::Mutex<Known>,
}

#[derive(Debug)]
struct Audience {
    position: Position,
    outboxes: BTreeMap<u64, Arc<Outbox>>,
    /// Ends the task that looks again; absent while nobody watches.
    looking: Option<DropGuard>,
}

/// What the last look has found.
#[derive(Debug, Default)]
struct Known {
    names: Option<BTreeSet<String>>,
    held: HashMap<Identity, Held>,
    /// The system does not tell of everything.
    by_clock: bool,
}

impl Listing {
    pub fn new(catalog: Arc<Catalog>, watcher: Arc<Watcher>) -> Arc<Self> {
        let position = Position { epoch: clock::epoch(), seq: 0 };
        Arc::new(Self {
            catalog,
            watcher,
            stir: Arc::new(Notify::new()),
            audience: Mutex::new(Audience { position, outboxes: BTreeMap::new(), looking: None }),
            known: tokio::sync::Mutex::default(),
        })
    }

    fn audience(&self) -> MutexGuard<'_, Audience> {
        self.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server itself has made or removed a file.
    pub fn stir(&self) {
        self.stir.notify_one();
    }

    /// Announces changes to a session from now on. `reply` is called with the files before the first event.
    ///
    /// # Errors
    /// When the list cannot be made.
    pub async fn watch(
        self: &Arc<Self>,
        session: u64,
        outbox: Arc<Outbox>,
        reply: impl FnOnce(Vec<FileInfo>, Position),
    ) -> Result<(), ErrorReply> {
        let mut known = self.known.lock().await;
        let files = self.look(&mut known).await?;
        let mut audience = self.audience();
        reply(files, audience.position);
        audience.outboxes.insert(session, outbox);
        if audience.looking.is_none() {
            let end = CancellationToken::new();
            audience.looking = Some(end.clone().drop_guard());
            tokio::spawn(Arc::clone(self).keep_looking(end));
        }
        Ok(())
    }

    /// Announces no more changes to a session.
    pub fn forget(&self, session: u64) -> Position {
        let mut audience = self.audience();
        audience.outboxes.remove(&session);
        if audience.outboxes.is_empty() {
            audience.looking = None;
        }
        audience.position
    }

    async fn keep_looking(self: Arc<Self>, end: CancellationToken) {
        let mut clock = self.watcher.clock();
        while !end.is_cancelled() {
            let by_clock = self.known.lock().await.by_clock;
            tokio::select! {
                () = end.cancelled() => break,
                () = self.stir.notified() => {}
                _ = clock.tick(), if by_clock => {}
            }
            sleep(self.watcher.limits().gather).await;
            let began = Instant::now();
            {
                let mut known = self.known.lock().await;
                if let Err(error) = self.look(&mut known).await {
                    tracing::warn!(error = error.message, "the files cannot be listed");
                }
            }
            sleep(began.elapsed() * SHARE).await;
        }
        // Whoever watches next begins anew; somebody may have begun, and is in the audience once `known` is free.
        let mut known = self.known.lock().await;
        if self.audience().outboxes.is_empty() {
            known.held.clear();
        }
    }

    /// Makes the list and announces what is other than before.
    async fn look(&self, known: &mut Known) -> Result<Vec<FileInfo>, ErrorReply> {
        let mut files = Vec::new();
        for _ in 0..MAX_LOOKS {
            let (catalog, watcher) = (Arc::clone(&self.catalog), Arc::clone(&self.watcher));
            let (stir, held) = (Arc::clone(&self.stir), std::mem::take(&mut known.held));
            let round = move || Round::new(watcher, stir, held).go(&catalog);
            #[expect(
                clippy::disallowed_methods,
                reason = "lists folders, which may block; no HDF5 is called"
            )]
            let gone = tokio::task::spawn_blocking(round).await;
            let round;
            (files, round) =
                gone.map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))?;
            known.by_clock = round.by_clock;
            known.held = round.held;
            if !round.is_new {
                break;
            }
        }
        let names: BTreeSet<String> = files.iter().map(|file| file.name.clone()).collect();
        if let Some(before) = &known.names {
            self.announce(before, &names);
        }
        known.names = Some(names);
        Ok(files)
    }

    fn announce(&self, before: &BTreeSet<String>, now: &BTreeSet<String>) {
        let mut appeared: Vec<String> = now.difference(before).cloned().collect();
        let mut vanished: Vec<String> = before.difference(now).cloned().collect();
        if appeared.is_empty() && vanished.is_empty() {
            return;
        }
        if appeared.len() + vanished.len() > MAX_NAMES {
            (appeared, vanished) = (Vec::new(), Vec::new());
        }
        let mut audience = self.audience();
        audience.position.seq += 1;
        let change = Change::FilesChanged { appeared, vanished };
        let event = Event::of_nobody("", audience.position, clock::now(), change);
        match serde_json::to_string(&event) {
            Ok(text) => {
                let text = text.into();
                audience.outboxes.values().for_each(|outbox| outbox.offer(&event, &text));
            }
            Err(error) => tracing::error!(%error, "an event could not be written as JSON"),
        }
    }
}

/// One look at the folders, which are watched before they are looked into.
struct Round {
    watcher: Arc<Watcher>,
    stir: Arc<Notify>,
    before: HashMap<Identity, Held>,
    held: HashMap<Identity, Held>,
    by_clock: bool,
    /// Something is watched that was not before: what happened in between is found by another look.
    is_new: bool,
}

impl Round {
    fn new(watcher: Arc<Watcher>, stir: Arc<Notify>, before: HashMap<Identity, Held>) -> Self {
        Self { watcher, stir, before, held: HashMap::new(), by_clock: false, is_new: false }
    }

    fn go(mut self, catalog: &Catalog) -> (Vec<FileInfo>, Self) {
        let files = catalog.survey(&mut |seen| match seen {
            Seen::Folder(folder) => {
                self.hold(folder.dir_metadata().ok(), folder.as_fd(), Kind::Folder);
            }
            Seen::Unfinished(file) => {
                self.hold(file.metadata().ok(), file.as_fd(), Kind::Content);
            }
        });
        (files, self)
    }

    fn hold(&mut self, metadata: Option<Metadata>, descriptor: BorrowedFd<'_>, kind: Kind) {
        let Some(identity) = metadata.map(|metadata| (metadata.dev(), metadata.ino())) else {
            return;
        };
        if self.held.contains_key(&identity) {
            return;
        }
        if let Some(held) = self.before.remove(&identity) {
            self.held.insert(identity, held);
            return;
        }
        let has_room = self.held.len() < self.watcher.limits().max_folders;
        let held = if has_room { self.open(descriptor, kind) } else { None };
        match held {
            Some(held) => {
                self.is_new = true;
                self.held.insert(identity, held);
            }
            None => self.by_clock = true,
        }
    }

    fn open(&self, descriptor: BorrowedFd<'_>, kind: Kind) -> Option<Held> {
        self.watcher.hold(descriptor, kind, &self.stir)
    }
}

#[cfg(test)]
mod tests;
