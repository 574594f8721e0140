//! Answers `describe_many`: what the file that was asked says, and the others into which paths lead.

use std::collections::BTreeMap;
use std::sync::Arc;

use hdf5_async_protocol::message::command::DescribeMany;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, Terms};
use hdf5_async_protocol::model::ObjectPath;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Session;
use super::crossing::{Asked, placed, reach};
use super::lane::closed_error;
use super::responder::{Responder, cancelled_error};
use super::turns::Turn;
use crate::file::{Applied, Class, JobResult};
use crate::store::describe_many::Description;

/// What came of one path, and of which file it is.
struct Entry {
    /// `None` is the file that was asked.
    elsewhere: Option<(Arc<str>, Position)>,
    description: Description,
}

/// All paths of a request, in order.
struct Entries<'a> {
    session: &'a Session,
    /// The file that was asked.
    file: &'a Arc<str>,
    all: Vec<Entry>,
}

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<Shown<'a>>,
}

/// As the client reads it (`reply::DescribeResult`).
#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Found(Found<'a>),
    Failed(&'a ErrorReply),
}

#[derive(Serialize)]
#[serde(tag = "status", rename = "success")]
struct Found<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    object: &'a RawValue,
}

/// Answers with what the worker returned for the paths; those that lead into other files are described there.
pub async fn answer(
    session: &Arc<Session>,
    file: &Arc<str>,
    describe: DescribeMany,
    applied: Applied,
    turn: Turn,
    responder: Responder,
) {
    let position = applied.position;
    let here = descriptions(applied, describe.paths.len());
    let all = here.map(|description| Entry { elsewhere: None, description }).collect();
    let mut entries = Entries { session, file, all };
    let followed = tokio::select! {
        followed = entries.follow(&describe.paths, turn) => followed,
        () = responder.cancelled.cancelled() => Err(cancelled_error()),
    };
    match followed {
        Ok(()) => {
            let results = entries.all.iter().map(Entry::shown).collect();
            responder.succeed_with(&Results { results }, Some(position));
        }
        Err(error) => responder.refuse(error),
    }
}

/// What a file has answered to `count` paths.
fn descriptions(applied: Applied, count: usize) -> impl Iterator<Item = Description> {
    let missing = || {
        let message = "the worker described too few objects";
        Description::Failed(ErrorReply::new(ErrorCode::Internal, message))
    };
    applied.done.descriptions.into_iter().chain(std::iter::repeat_with(missing)).take(count)
}

impl Entry {
    fn leaves(&self) -> bool {
        matches!(&self.description, Description::Failed(error) if error.code == ErrorCode::ExternalLink)
    }

    fn shown(&self) -> Shown<'_> {
        let object = match &self.description {
            Description::There(object) => object,
            Description::Failed(error) => return Shown::Failed(error),
        };
        let position = self.elsewhere.as_ref().map(|(_, position)| *position);
        Shown::Found(Found {
            file: self.elsewhere.as_ref().map(|(file, _)| &**file),
            epoch: position.map(|position| position.epoch),
            seq: position.map(|position| position.seq),
            object,
        })
    }
}

impl Entries<'_> {
    /// Describes the objects whose paths leave the file where they lead to.
    async fn follow(&mut self, paths: &[ObjectPath], turn: Turn) -> Result<(), ErrorReply> {
        let leaving: Vec<usize> =
            (0..self.all.len()).filter(|&number| self.all[number].leaves()).collect();
        if leaving.is_empty() {
            return Ok(());
        }
        turn.come().await;
        let mut by_file: BTreeMap<Arc<str>, Vec<(usize, ObjectPath)>> = BTreeMap::new();
        for number in leaving {
            match reach(self.session, self.file, &paths[number], &turn).await {
                Ok((file, path)) => by_file.entry(file).or_default().push((number, path)),
                Err(error) => self.all[number].description = Description::Failed(error),
            }
        }
        for (file, places) in by_file {
            self.ask(&file, places).await;
            self.check_size()?;
        }
        Ok(())
    }

    /// Asks another file for the objects that lie there.
    async fn ask(&mut self, file: &Arc<str>, places: Vec<(usize, ObjectPath)>) {
        let (numbers, paths): (Vec<usize>, Vec<ObjectPath>) = places.into_iter().unzip();
        let is_here = file == self.file;
        match describe(self.session, file, paths).await {
            Ok(applied) => {
                let elsewhere = (!is_here).then(|| (Arc::clone(file), applied.position));
                let described = descriptions(applied, numbers.len());
                for (number, mut description) in numbers.into_iter().zip(described) {
                    if let Description::Failed(error) = description {
                        description = Description::Failed(placed(error, file));
                    }
                    self.all[number] = Entry { elsewhere: elsewhere.clone(), description };
                }
            }
            Err(error) => {
                for number in numbers {
                    self.all[number].description = Description::Failed(placed(error.clone(), file));
                }
            }
        }
    }

    /// What is said of all objects fits into one answer, from however many files it comes.
    fn check_size(&self) -> Result<(), ErrorReply> {
        let max = self.session.server.limits.max_json_values_bytes;
        let bytes: u64 = self.all.iter().map(|entry| entry.description.bytes()).sum();
        if bytes <= max {
            return Ok(());
        }
        let message = format!(
            "what is said of the objects has {bytes} bytes; at most {max} go into one answer. Ask for fewer at once"
        );
        Err(ErrorReply::new(ErrorCode::TooLarge, message))
    }
}

async fn describe(session: &Session, file: &Arc<str>, paths: Vec<ObjectPath>) -> JobResult {
    let command = DescribeMany { paths }.into();
    let (file, terms) = (Arc::clone(file), Terms::default());
    let asked = Asked { file, command, terms, values: None, class: Class::Small };
    let answer = asked.submit(session).await?;
    answer.await.unwrap_or_else(|_| Err(closed_error()))
}
