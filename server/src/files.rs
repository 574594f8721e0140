//! The files that are open now: each has one task and one worker, shared by all sessions.

mod jobs;
mod keeper;
mod sources;
mod whole;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use hdf5_async_protocol::message::reply::FileInfo;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use hdf5_async_protocol::model::FileCreation;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::catalog::Catalog;
use crate::file::queue::{FileQueue, QueueLimits};
use crate::file::{FileHandle, Message, SendError};
use crate::hub::{HistoryLimits, Hub};
use crate::listing::Listing;
use crate::store::StoreLimits;
use crate::watch::{WatchLimits, Watcher};
use crate::worker::CommitLimits;
use keeper::Keeper;

#[derive(Clone, Copy, Debug)]
pub struct FileLimits {
    pub queue: QueueLimits,
    pub history: HistoryLimits,
    pub store: StoreLimits,
    pub commits: CommitLimits,
    /// Files open at the same time.
    pub max_open_files: usize,
    /// How long a request waits for a place in a file's queue.
    pub busy_after: Duration,
    /// Whether clients may remove files.
    pub may_delete: bool,
    pub watch: WatchLimits,
}

#[derive(Debug)]
pub struct Files {
    /// For the tasks that answer workers.
    this: Weak<Self>,
    catalog: Arc<Catalog>,
    listing: Arc<Listing>,
    watcher: Arc<Watcher>,
    limits: FileLimits,
    open: Mutex<HashMap<String, OpenFile>>,
}

/// A message that did not reach its file, and why.
#[derive(Debug)]
pub struct Unsent {
    pub message: Message,
    pub error: ErrorReply,
}

#[derive(Debug)]
struct OpenFile {
    handle: FileHandle,
    /// Cancelled when the task has ended and its worker has let go of the file.
    ended: CancellationToken,
}

impl Files {
    /// Has to be made inside the runtime.
    pub fn new(catalog: Catalog, limits: FileLimits) -> Arc<Self> {
        let (catalog, watcher) = (Arc::new(catalog), Watcher::new(limits.watch));
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            listing: Listing::new(Arc::clone(&catalog), Arc::clone(&watcher)),
            watcher,
            catalog,
            limits,
            open: Mutex::default(),
        })
    }

    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog)
    }

    /// The list of files, for those who watch it.
    pub fn listing(&self) -> &Arc<Listing> {
        &self.listing
    }

    pub fn list(&self) -> Vec<FileInfo> {
        self.catalog.list()
    }

    /// How many files have a worker.
    pub fn n_open(&self) -> usize {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().filter(|file| !file.ended.is_cancelled()).count()
    }

    /// Opens the named files that are still empty, which makes them HDF5 files.
    ///
    /// # Errors
    /// The name of the file that cannot be made, and why.
    pub async fn make_new(&self) -> Result<(), (String, ErrorReply)> {
        for name in self.catalog.new_files() {
            self.first_position(&name).await.map_err(|error| (name, error))?;
        }
        Ok(())
    }

    /// The served name that a request means.
    ///
    /// # Errors
    /// `file_not_found` when it is not clear.
    pub fn choose(&self, file: Option<&str>) -> Result<String, ErrorReply> {
        self.catalog.choose(file)
    }

    /// Device and inode of the file that a served name leads to now.
    ///
    /// # Errors
    /// `file_not_found`, `file_unreadable`.
    pub fn identity(&self, name: &str) -> Result<(u64, u64), ErrorReply> {
        self.catalog.identity(name)
    }

    /// The served file that an external link of `holder` names as `file`, if there is one.
    pub fn linked(&self, holder: &str, file: &str) -> Option<String> {
        self.catalog.linked(holder, file)
    }

    /// The open file `name`, opened if need be.
    ///
    /// # Errors
    /// When there is no such file, or too many are open.
    pub async fn get(&self, name: &str) -> Result<FileHandle, ErrorReply> {
        loop {
            let ended = {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                open.retain(|_, file| !file.ended.is_cancelled());
                match open.get(name) {
                    Some(file) if !file.handle.is_closed() => return Ok(file.handle.clone()),
                    // It is being closed: HDF5 lets nobody open it before that is done.
                    Some(file) => file.ended.clone(),
                    None => {
                        if open.len() >= self.limits.max_open_files {
                            return Err(self.too_many());
                        }
                        // Whether the name is served is decided here, before a task exists for it.
                        drop(self.catalog.open(name)?);
                        let file = self.start(name, None);
                        let handle = file.handle.clone();
                        open.insert(name.to_owned(), file);
                        return Ok(handle);
                    }
                }
            };
            ended.cancelled().await;
        }
    }

    /// Sends a message to the file, opening it again if it was closed in between.
    ///
    /// # Errors
    /// As [`Self::get`], or `busy`; the message comes back.
    pub async fn send(&self, name: &str, mut message: Message) -> Result<(), Box<Unsent>> {
        loop {
            let handle = match self.get(name).await {
                Ok(handle) => handle,
                Err(error) => return Err(Box::new(Unsent { message, error })),
            };
            match handle.send(message).await {
                Ok(()) => return Ok(()),
                Err(SendError::Busy(message)) => {
                    return Err(Box::new(Unsent { message, error: handle.busy_error() }));
                }
                Err(SendError::Closed(returned)) => message = returned,
            }
        }
    }

    /// The open file, if it is open.
    pub fn if_open(&self, name: &str) -> Option<FileHandle> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(name).map(|file| file.handle.clone())
    }

    fn too_many(&self) -> ErrorReply {
        let message = format!(
            "{} files are open, which is the server's limit; try again later",
            self.limits.max_open_files
        );
        ErrorReply::new(ErrorCode::LimitExceeded, message)
    }

    fn start(&self, name: &str, creation: Option<FileCreation>) -> OpenFile {
        let shared_name: Arc<str> = name.into();
        let (sender, messages) = mpsc::channel(self.limits.queue.max_waiting);
        let handle = FileHandle::new(Arc::clone(&shared_name), sender, self.limits.busy_after);
        let hub = Hub::new(name, self.limits.history);
        let queue = FileQueue::new(
            shared_name,
            self.limits.queue,
            messages,
            Box::new(self.keeper(name)),
            creation,
            hub,
        );
        let ended = CancellationToken::new();
        let guard = ended.clone().drop_guard();
        tokio::spawn(async move {
            queue.run().await;
            drop(guard);
        });
        OpenFile { handle, ended }
    }

    fn keeper(&self, name: &str) -> Keeper {
        Keeper {
            name: name.to_owned(),
            catalog: Arc::clone(&self.catalog),
            files: Weak::clone(&self.this),
            watcher: Arc::clone(&self.watcher),
            limits: self.limits,
            held: None,
        }
    }

    /// Closes all files after what is queued for them.
    pub async fn close_all(&self) {
        let files: Vec<(FileHandle, CancellationToken)> = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.values().map(|file| (file.handle.clone(), file.ended.clone())).collect()
        };
        futures::future::join_all(files.iter().map(|(handle, ended)| async {
            handle.close().await;
            ended.cancelled().await;
        }))
        .await;
    }
}
