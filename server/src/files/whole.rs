//! Files as wholes: made, emptied, let go of, removed, whoever has them open.

use std::sync::PoisonError;

use hdf5_async_protocol::message::reply::FileInfo;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position};
use hdf5_async_protocol::model::FileCreation;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{Files, OpenFile, Unsent};
use crate::catalog::Incoming;
use crate::file::Message;

/// Where a file that is to be made stands.
enum Found {
    Open,
    /// It is being closed.
    Ending(CancellationToken),
    /// Its task has been started, which makes it.
    Started,
}

impl Files {
    /// Makes a file; one that is there is emptied where `replace` says so, and stays open for those who have it.
    ///
    /// # Errors
    /// `already_exists`, `limit_exceeded`, or why it could not be made.
    pub async fn create(
        &self,
        name: &str,
        creation: FileCreation,
        replace: bool,
    ) -> Result<Position, ErrorReply> {
        let made = self.make(name, creation, replace).await;
        self.listing.stir();
        made
    }

    async fn make(
        &self,
        name: &str,
        creation: FileCreation,
        replace: bool,
    ) -> Result<Position, ErrorReply> {
        loop {
            match self.find_or_start(name, creation, replace)? {
                Found::Ending(ended) => ended.cancelled().await,
                Found::Open => {
                    let (done, emptied) = oneshot::channel();
                    return self.told(name, Message::Empty { creation, done }, emptied).await?;
                }
                Found::Started => {
                    let made = self.first_position(name).await;
                    if made.is_err() {
                        // Nothing but what was made here: a name that was there is only emptied.
                        self.remove_if_empty(name);
                    }
                    return made;
                }
            }
        }
    }

    fn find_or_start(
        &self,
        name: &str,
        creation: FileCreation,
        replace: bool,
    ) -> Result<Found, ErrorReply> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, file| !file.ended.is_cancelled());
        match open.get(name) {
            Some(OpenFile { handle, ended }) if handle.is_closed() => {
                Ok(Found::Ending(ended.clone()))
            }
            Some(_) if replace => Ok(Found::Open),
            _ if open.len() >= self.limits.max_open_files && !open.contains_key(name) => {
                Err(self.too_many())
            }
            _ => {
                match self.catalog.make(name) {
                    Err(error) if error.code == ErrorCode::AlreadyExists && replace => {}
                    made => made?,
                }
                open.insert(name.to_owned(), self.start(name, Some(creation)));
                Ok(Found::Started)
            }
        }
    }

    /// Waits until the file's worker has it open.
    pub(super) async fn first_position(&self, name: &str) -> Result<Position, ErrorReply> {
        let (done, opened) = oneshot::channel();
        self.told(name, Message::Opened { done }, opened).await?
    }

    async fn told<T>(
        &self,
        name: &str,
        message: Message,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, ErrorReply> {
        self.send(name, message).await.map_err(|unsent| {
            let Unsent { error, .. } = *unsent;
            error
        })?;
        answer.await.map_err(|_| {
            let message = format!("{name} cannot be made; the server's log says why");
            ErrorReply::new(ErrorCode::Hdf5, message)
        })
    }

    fn remove_if_empty(&self, name: &str) {
        if self.catalog.is_empty(name)
            && let Err(error) = self.catalog.remove(name)
        {
            tracing::warn!(file = name, error = error.message, "an empty file stays");
        }
    }

    /// Closes the file unless somebody watches it or has asked for something; whether it is closed now.
    pub async fn close_unused(&self, name: &str) -> bool {
        let open = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.get(name).map(|file| (file.handle.clone(), file.ended.clone()))
        };
        let Some((handle, ended)) = open else { return true };
        let (done, decided) = oneshot::channel();
        if handle.send(Message::CloseIfUnused { done }).await.is_ok()
            && matches!(decided.await, Ok(false))
        {
            return false;
        }
        ended.cancelled().await;
        true
    }

    /// Whether clients may remove files.
    pub fn may_delete(&self) -> bool {
        self.limits.may_delete
    }

    /// # Errors
    /// `read_only` where clients may not remove files.
    pub fn check_may_delete(&self, name: &str) -> Result<(), ErrorReply> {
        if self.limits.may_delete {
            return Ok(());
        }
        let message = format!(
            "{name} stays: the server removes no files unless it is started with --allow-delete-files"
        );
        Err(ErrorReply::new(ErrorCode::ReadOnly, message))
    }

    /// Gives a file that has arrived its place, once whoever has the one that it replaces open is done with it.
    ///
    /// # Errors
    /// `file_unreadable` for what is no HDF5 file; `already_exists`, `file_locked`, `log_unusable`, `storage_failed`.
    pub async fn place(
        &self,
        name: &str,
        incoming: Incoming,
        replace: bool,
    ) -> Result<FileInfo, ErrorReply> {
        loop {
            let open = {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                open.retain(|_, file| !file.ended.is_cancelled());
                match open.get(name) {
                    Some(file) if replace => (file.handle.clone(), file.ended.clone()),
                    _ => {
                        let placed = self.catalog.place_upload(incoming, replace);
                        self.listing.stir();
                        return placed;
                    }
                }
            };
            let (handle, ended) = open;
            handle.close().await;
            ended.cancelled().await;
        }
    }

    /// Closes the file and removes it from disk.
    ///
    /// # Errors
    /// `read_only` where the server does not allow it, `file_not_found`, `storage_failed`.
    pub async fn delete(&self, name: &str) -> Result<(), ErrorReply> {
        self.check_may_delete(name)?;
        loop {
            let open = {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                open.retain(|_, file| !file.ended.is_cancelled());
                let Some(file) = open.get(name) else {
                    let removed = self.catalog.remove(name);
                    self.listing.stir();
                    return removed;
                };
                (file.handle.clone(), file.ended.clone())
            };
            let (handle, ended) = open;
            handle.close().await;
            ended.cancelled().await;
        }
    }
}
