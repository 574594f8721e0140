//! Requests whose path leaves the file through an external link: they go on in the other file, if it is served.

use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::message::command::LinkKind;
use hdf5_async_protocol::message::{Command, ErrorCode, ErrorReply, Terms};
use hdf5_async_protocol::model::ObjectPath;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::Session;
use super::lane::closed_error;
use super::reading::Source;
use super::turns::Turn;
use crate::file::{Class, Condition, JobResult, Message, Submission};
use crate::worker::job::Work;

/// External links that one path may pass; more are taken for a circle.
const MAX_EXTERNAL_LINKS: u32 = 16;

/// A request, and the file that is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub file: Arc<str>,
    pub command: Command,
    pub terms: Terms,
    pub values: Option<Bytes>,
    pub class: Class,
}

impl Asked {
    /// Hands the request to its file.
    ///
    /// # Errors
    /// When the file cannot be opened or has no room.
    pub async fn submit(
        &self,
        session: &Session,
    ) -> Result<oneshot::Receiver<JobResult>, ErrorReply> {
        let command = serde_json::to_string(&self.command).and_then(RawValue::from_string);
        let command =
            command.map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))?;
        let (answer, receiver) = oneshot::channel();
        let submission = Submission {
            work: Work::Command {
                command,
                binary: self.values.is_some(),
                terms: self.terms.clone(),
                refusal: None,
            },
            payload: self.values.clone().unwrap_or_default(),
            class: self.class,
            is_change: self.command.is_change(),
            author: Some(session.author()),
            condition: self.condition(),
            answer,
        };
        let sent = session.server.files.send(&self.file, Message::Job(submission)).await;
        sent.map_err(|unsent| unsent.error)?;
        Ok(receiver)
    }

    fn condition(&self) -> Option<Box<Condition>> {
        let seq = self.terms.if_seq?;
        let paths = self.command.changed_paths().into_iter().cloned().collect();
        Some(Box::new(Condition { epoch: self.terms.if_epoch, seq, paths }))
    }

    /// Waits for the outcome, of whichever file the path leads to; `first` is the answer of the one asked first.
    ///
    /// # Errors
    /// The last file's refusal, or why the path cannot be followed.
    pub async fn outcome(
        &mut self,
        session: &Session,
        first: oneshot::Receiver<JobResult>,
        turn: Turn,
    ) -> JobResult {
        let mut answer = first;
        let has_path = self.command.path().is_some();
        for crossed in 0..=MAX_EXTERNAL_LINKS {
            match answer.await.unwrap_or_else(|_| Err(closed_error())) {
                Err(error) if error.code == ErrorCode::ExternalLink && has_path => {}
                Err(error) if crossed > 0 => return Err(self.placed(error)),
                outcome => return outcome,
            }
            turn.come().await;
            self.cross(session).await?;
            answer = self.submit(session).await?;
        }
        Err(too_many(&self.file))
    }

    /// Puts the other file, and the paths as they are there, in place of this one.
    async fn cross(&mut self, session: &Session) -> Result<(), ErrorReply> {
        let Some(path) = self.command.path().cloned() else { return Ok(()) };
        let follows_last =
            !matches!(self.command, Command::Delete(_) | Command::Move(_) | Command::Link(_));
        let first = crossing(session, &self.file, &path, follows_last).await?;
        let second = match second_path(&self.command) {
            None => None,
            Some((path, last)) => Some(crossing(session, &self.file, &path, last).await?),
        };
        match (first, second) {
            (Some((file, path)), None) => {
                self.file = file;
                if let Some(place) = self.command.path_mut() {
                    *place = path;
                }
                Ok(())
            }
            (Some((file, path)), Some(Some((other, to)))) if file == other => {
                self.file = file;
                if let Some(place) = self.command.path_mut() {
                    *place = path;
                }
                set_second_path(&mut self.command, to);
                Ok(())
            }
            (None, None | Some(None)) => Ok(()),
            _ => {
                let message = format!(
                    "{}: the two paths are in different files; only a copy can go from file to file, with \"to_file\"",
                    self.command.name()
                );
                Err(ErrorReply::new(ErrorCode::Unsupported, message).with_path(path.as_str()))
            }
        }
    }

    /// Says in which file the error was met.
    fn placed(&self, mut error: ErrorReply) -> ErrorReply {
        error.message =
            format!("{} (in {:?}, behind an external link)", error.message, &*self.file);
        error
    }
}

/// Follows `path` from `file` on to the file that it ends in.
///
/// # Errors
/// When the path leads nowhere before an external link, or the other file is not served.
pub async fn reach(
    session: &Session,
    file: &Arc<str>,
    path: &ObjectPath,
    turn: Turn,
) -> Result<(Arc<str>, ObjectPath), ErrorReply> {
    let mut place = (Arc::clone(file), path.clone());
    for _ in 0..=MAX_EXTERNAL_LINKS {
        match crossing(session, &place.0, &place.1, true).await? {
            None => return Ok(place),
            Some(next) => place = next,
        }
        turn.come().await;
    }
    Err(too_many(file))
}

/// The file that `path` leads to from `file`, if it leaves that, and the path there.
async fn crossing(
    session: &Session,
    file: &Arc<str>,
    path: &ObjectPath,
    last: bool,
) -> Result<Option<(Arc<str>, ObjectPath)>, ErrorReply> {
    let work = Work::Crossing { path: path.clone(), last };
    let applied = Source { session, file, path, fields: None }.submit(work, Class::Small).await?;
    let Some(elsewhere) = applied.done.elsewhere else { return Ok(None) };
    let Some(other) = session.server.files.linked(file, &elsewhere.file) else {
        let message = format!(
            "{} is an external link to {:?}, and no such file is served",
            elsewhere.link, elsewhere.file
        );
        return Err(ErrorReply::new(ErrorCode::FileNotFound, message).with_path(path.as_str()));
    };
    Ok(Some((other.into(), elsewhere.path)))
}

/// The other path of a command about two, and whether the link that it ends with is followed.
fn second_path(command: &Command) -> Option<(ObjectPath, bool)> {
    match command {
        Command::Move(relocate) => Some((relocate.to.clone(), false)),
        Command::Copy(copy) => Some((copy.to.clone(), false)),
        Command::Link(link) if link.kind == LinkKind::Hard => {
            Some((ObjectPath::new(&link.target).ok()?, true))
        }
        _ => None,
    }
}

fn set_second_path(command: &mut Command, path: ObjectPath) {
    match command {
        Command::Move(relocate) => relocate.to = path,
        Command::Copy(copy) => copy.to = path,
        Command::Link(link) => path.as_str().clone_into(&mut link.target),
        _ => {}
    }
}

fn too_many(file: &str) -> ErrorReply {
    let message = format!(
        "the path passes more than {MAX_EXTERNAL_LINKS} external links, from {file:?} on; they probably lead in a circle"
    );
    ErrorReply::new(ErrorCode::Unsupported, message)
}
