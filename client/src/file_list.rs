//! The files that a server has, as they come and go.

use hdf5_async_protocol::message::command::Files;
use hdf5_async_protocol::message::reply::FileInfo;
use tokio::sync::watch;

use crate::client::{Client, ConnectionState, Status};
use crate::error::CallError;

/// Watches which files are served.
#[derive(Debug)]
pub struct FileList {
    client: Client,
    status: watch::Receiver<Status>,
    /// The count of lists when the last one was asked for.
    seen: Option<u64>,
}

impl FileList {
    pub(crate) fn new(client: Client, status: watch::Receiver<Status>) -> Self {
        Self { client, status, seen: None }
    }

    /// The files, in order of name: the first time at once, then as soon as they are others than before.
    ///
    /// # Errors
    /// When the server cannot list them, or the connection is closed for good.
    pub async fn next(&mut self) -> Result<Vec<FileInfo>, CallError> {
        if let Some(seen) = self.seen {
            let is_new = |status: &Status| {
                status.lists != seen || matches!(status.state, ConnectionState::Closed { .. })
            };
            // Where there will be no connection, the call says so.
            drop(self.status.wait_for(is_new).await);
        }
        self.seen = Some(self.status.borrow().lists);
        let answer = self.client.call(Files { watch: Some(true) }).await?;
        Ok(answer.reply.files)
    }
}
