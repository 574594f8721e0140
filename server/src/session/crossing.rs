//! Requests whose path leaves the file through an external link: they go on in the other file, if it is served.

use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::message::{Command, ErrorCode, ErrorReply, Terms, command};
use hdf5_async_protocol::model::ObjectPath;
use serde_json::value::RawValue;

use super::Session;
use super::reading::Source;
use super::turns::Turn;
use crate::file::{Answer, Class, Condition, JobResult, Submission};
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
    pub async fn submit(&self, session: &Session) -> Result<Answer, ErrorReply> {
        let work = Work::Command {
            command: self.in_json()?,
            binary: self.values.is_some(),
            terms: self.terms.clone(),
            refusal: None,
        };
        let (mut submission, answer) = Submission::new(work, self.class);
        submission.payload = self.values.clone().unwrap_or_default();
        submission.is_change = self.command.is_change();
        submission.author = Some(session.author());
        submission.condition = self.condition();
        session.server.files.submit(&self.file, submission).await?;
        Ok(answer)
    }

    /// Hands the request to its file, and waits for the answer of that one.
    ///
    /// # Errors
    /// As [`Self::submit`], or the file's refusal.
    pub async fn ask(&self, session: &Session) -> JobResult {
        self.submit(session).await?.come().await
    }

    /// The command as a worker reads it.
    ///
    /// # Errors
    /// `internal`.
    pub fn in_json(&self) -> Result<Box<RawValue>, ErrorReply> {
        serde_json::value::to_raw_value(&self.command)
            .map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))
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
    pub async fn outcome(&mut self, session: &Session, first: Answer, turn: &Turn) -> JobResult {
        let mut answer = first;
        let goes_on = self.command.path().is_some() || matches!(self.command, Command::Batch(_));
        for crossed in 0..=MAX_EXTERNAL_LINKS {
            let refusal = match answer.come().await {
                Err(error) if error.code == ErrorCode::ExternalLink && goes_on => error,
                Err(error) if crossed > 0 => return Err(placed(error, &self.file)),
                outcome => return outcome,
            };
            turn.come().await;
            let has_crossed = self.cross(session, turn).await?;
            if !has_crossed && matches!(self.command, Command::Batch(_) | Command::Copy(_)) {
                // The batch itself makes the link that it goes on to follow, or the link is in the file copied from.
                return Err(refusal);
            }
            answer = self.submit(session).await?;
        }
        Err(too_many(&self.file))
    }

    /// Puts the other file, and the command as it is there, in place of this one; whether there is one.
    async fn cross(&mut self, session: &Session, turn: &Turn) -> Result<bool, ErrorReply> {
        let crossed = match &self.command {
            Command::Batch(batch) => batch_beyond(session, &self.file, batch).await?,
            Command::Copy(copy) => copy_beyond(session, &self.file, copy, turn).await?,
            command => beyond(session, &self.file, command).await?,
        };
        let Some((file, command)) = crossed else { return Ok(false) };
        (self.file, self.command) = (file, command);
        Ok(true)
    }
}

/// The command as it is in the file that its paths lead to, and that file; `None` where it stays in `file`.
async fn beyond(
    session: &Session,
    file: &Arc<str>,
    command: &Command,
) -> Result<Option<(Arc<str>, Command)>, ErrorReply> {
    let mut places = Vec::new();
    for (path, last) in command.ways() {
        places.push(crossing(session, file, &path, last).await?);
    }
    let Some(Some((other, _))) = places.first() else {
        return if places.iter().any(Option::is_some) { Err(apart(command)) } else { Ok(None) };
    };
    let other = Arc::clone(other);
    let mut paths = Vec::new();
    for place in places {
        match place {
            Some((file, path)) if file == other => paths.push(path),
            _ => return Err(apart(command)),
        }
    }
    let mut command = command.clone();
    command.set_ways(paths);
    Ok(Some((other, command)))
}

/// As [`beyond`]: a copy is made where its second path leads to, from where its first one does.
async fn copy_beyond(
    session: &Session,
    file: &Arc<str>,
    copy: &command::Copy,
    turn: &Turn,
) -> Result<Option<(Arc<str>, Command)>, ErrorReply> {
    let mut copy = copy.clone();
    let source: Arc<str> = if let Some(source) = &copy.from_file {
        source.as_str().into()
    } else {
        let (source, path) = reach(session, file, &copy.path, turn).await?;
        copy.path = path;
        source
    };
    let target = crossing(session, file, &copy.to, false).await?;
    if target.is_none() && source == *file {
        return Ok(None);
    }
    let (target, to) = target.unwrap_or_else(|| (Arc::clone(file), copy.to.clone()));
    copy.from_file = (source != target).then(|| source.to_string());
    copy.to = to;
    Ok(Some((target, copy.into())))
}

/// Says of a copy from another file where its source is: nobody has to name that file as the server does, or without
/// links on the way.
///
/// # Errors
/// When the file is not served, or the path leads into one that is not.
pub async fn find_source(
    session: &Session,
    file: &Arc<str>,
    copy: &mut command::Copy,
    turn: &Turn,
) -> Result<(), ErrorReply> {
    let Some(from) = &copy.from_file else { return Ok(()) };
    let from = session.server.files.choose(Some(from))?.into();
    let (source, path) = reach(session, &from, &copy.path, turn).await?;
    copy.path = path;
    copy.from_file = (source != *file).then(|| source.to_string());
    Ok(())
}

/// The command as it is in the file where its paths end, and that file.
async fn to_the_end(
    session: &Session,
    file: &Arc<str>,
    command: Command,
) -> Result<(Arc<str>, Command), ErrorReply> {
    let mut place = (Arc::clone(file), command);
    for _ in 0..=MAX_EXTERNAL_LINKS {
        // A batch copies within its file.
        match beyond(session, &place.0, &place.1).await? {
            Some(next) => place = next,
            None => return Ok(place),
        }
    }
    Err(too_many(file))
}

/// As [`beyond`]: all commands of a batch go on in the same file, or the batch is refused.
async fn batch_beyond(
    session: &Session,
    file: &Arc<str>,
    batch: &command::Batch,
) -> Result<Option<(Arc<str>, Command)>, ErrorReply> {
    let mut place: Option<Arc<str>> = None;
    let mut commands = Vec::new();
    for (index, step) in batch.commands.iter().enumerate() {
        let in_batch = |mut error: ErrorReply| {
            error.index = u32::try_from(index).ok();
            error
        };
        let (here, command) =
            to_the_end(session, file, step.command.clone()).await.map_err(in_batch)?;
        if *place.get_or_insert_with(|| Arc::clone(&here)) != here {
            let message = format!(
                "command {index} of the batch, counted from 0, is about {here:?} and those before it are about {:?}: \
                 a batch is about one file, send one for each",
                place.as_deref().unwrap_or_default()
            );
            let path = command.path().map_or("/", ObjectPath::as_str).to_owned();
            return Err(in_batch(
                ErrorReply::new(ErrorCode::ExternalLink, message).with_path(&path),
            ));
        }
        commands.push(command::BatchStep { command, bytes: step.bytes });
    }
    let other = place.filter(|place| place != file);
    Ok(other.map(|other| (other, command::Batch { commands }.into())))
}

fn apart(command: &Command) -> ErrorReply {
    let message = format!("{}: the two paths are in different files", command.name());
    let error = ErrorReply::new(ErrorCode::Unsupported, message);
    command.path().into_iter().fold(error, |error, path| error.with_path(path.as_str()))
}

/// Says in which file the error was met.
pub(super) fn placed(mut error: ErrorReply, file: &str) -> ErrorReply {
    error.message = format!("{} (in {file:?}, behind an external link)", error.message);
    error
}

/// Follows `path` from `file` on to the file that it ends in, once all that came before `turn` has gone its way.
///
/// A path that leads nowhere is left where it ends, which is where it is refused, or watched.
///
/// # Errors
/// When the other file is not served.
pub async fn reach(
    session: &Session,
    file: &Arc<str>,
    path: &ObjectPath,
    turn: &Turn,
) -> Result<(Arc<str>, ObjectPath), ErrorReply> {
    let mut place = (Arc::clone(file), path.clone());
    for _ in 0..=MAX_EXTERNAL_LINKS {
        match crossing(session, &place.0, &place.1, true).await {
            Ok(Some(next)) => place = next,
            Ok(None) => return Ok(place),
            Err(error) if matches!(error.code, ErrorCode::NotFound | ErrorCode::WrongKind) => {
                return Ok(place);
            }
            Err(error) => return Err(error),
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
    let applied = Source::new(session, file, path, None).submit(work, Class::Small).await?;
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

fn too_many(file: &str) -> ErrorReply {
    let message = format!(
        "the path passes more than {MAX_EXTERNAL_LINKS} external links, from {file:?} on; they probably lead in a circle"
    );
    ErrorReply::new(ErrorCode::Unsupported, message)
}
