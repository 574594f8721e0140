//! Answers `describe_many`: what the file that was asked says, and the others into which paths lead.

use std::sync::Arc;

use hdf5_async_protocol::message::command::DescribeMany;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position};
use hdf5_async_protocol::model::ObjectPath;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Session;
use super::crossing::placed;
use super::departures::{Departure, Departures, leaves};
use super::responder::{Responder, cancelled_error};
use super::turns::Turn;
use crate::file::Applied;
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
        matches!(&self.description, Description::Failed(error) if leaves(error))
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
        let all = self.all.iter().zip(paths).enumerate();
        let leaving = all.filter(|(_, (entry, _))| entry.leaves());
        let leaving = leaving.map(|(number, (_, path))| (number, path.clone())).collect();
        let Departures { by_file, lost } =
            Departures::follow(self.session, self.file, leaving, turn).await;
        for (number, error) in lost {
            self.all[number].description = Description::Failed(error);
        }
        for departure in by_file {
            self.ask(departure).await;
            self.check_size()?;
        }
        Ok(())
    }

    /// Asks another file for the objects that lie there.
    async fn ask(&mut self, departure: Departure) {
        let paths: Vec<ObjectPath> =
            departure.places.iter().map(|(_, path)| path.clone()).collect();
        let count = paths.len();
        let described = departure.ask(self.session, DescribeMany { paths }.into()).await;
        let Departure { file, places } = departure;
        let numbers = places.into_iter().map(|(number, _)| number);
        match described {
            Ok(applied) => {
                let elsewhere = (file != *self.file).then(|| (Arc::clone(&file), applied.position));
                for (number, mut description) in numbers.zip(descriptions(applied, count)) {
                    if let Description::Failed(error) = description {
                        description = Description::Failed(placed(error, &file));
                    }
                    self.all[number] = Entry { elsewhere: elsewhere.clone(), description };
                }
            }
            Err(error) => {
                for number in numbers {
                    self.all[number].description = Description::Failed(error.clone());
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
