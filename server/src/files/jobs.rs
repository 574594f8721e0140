//! Jobs for the workers of served files, which are opened for them if need be.

use hdf5_async_protocol::message::ErrorReply;

use super::Files;
use crate::file::{Class, JobResult, Message, Submission};
use crate::worker::job::Work;

impl Files {
    /// Hands a job to the file `name`.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn submit(&self, name: &str, submission: Submission) -> Result<(), ErrorReply> {
        self.send(name, Message::Job(submission)).await.map_err(|unsent| unsent.error)
    }

    /// Lets the worker of the file `name` do something that changes nothing.
    ///
    /// # Errors
    /// As [`Self::send`], or what the worker refuses.
    pub async fn ask(&self, name: &str, work: Work, class: Class) -> JobResult {
        let (submission, answer) = Submission::new(work, class);
        self.submit(name, submission).await?;
        answer.come().await
    }
}
