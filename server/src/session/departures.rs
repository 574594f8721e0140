//! The paths of one request that lead out of its file, by the files that they lead into.

use std::collections::BTreeMap;
use std::sync::Arc;

use hdf5_async_protocol::message::{Command, ErrorCode, ErrorReply, Terms};
use hdf5_async_protocol::model::ObjectPath;

use super::Session;
use super::crossing::{Asked, placed, reach};
use super::turns::Turn;
use crate::file::{Class, JobResult};

/// What leads into one file, each by its number in the request and its path there.
#[derive(Debug)]
pub struct Departure {
    pub file: Arc<str>,
    pub places: Vec<(usize, ObjectPath)>,
}

#[derive(Debug, Default)]
pub struct Departures {
    pub by_file: Vec<Departure>,
    /// What leads nowhere, and why.
    pub lost: Vec<(usize, ErrorReply)>,
}

/// Whether the file has found that the path leads out of it.
pub fn leaves(error: &ErrorReply) -> bool {
    error.code == ErrorCode::ExternalLink
}

impl Departures {
    /// Follows paths of `file` that lead out of it, once all that came before `turn` has gone its way.
    pub async fn follow(
        session: &Session,
        file: &Arc<str>,
        leaving: Vec<(usize, ObjectPath)>,
        turn: Turn,
    ) -> Self {
        if leaving.is_empty() {
            return Self::default();
        }
        turn.come().await;
        let mut by_file: BTreeMap<Arc<str>, Vec<(usize, ObjectPath)>> = BTreeMap::new();
        let mut lost = Vec::new();
        for (number, path) in leaving {
            match reach(session, file, &path, &turn).await {
                Ok((file, path)) => by_file.entry(file).or_default().push((number, path)),
                Err(error) => lost.push((number, error)),
            }
        }
        let departure = |(file, places)| Departure { file, places };
        Self { by_file: by_file.into_iter().map(departure).collect(), lost }
    }
}

impl Departure {
    /// Asks the file something that changes nothing; a refusal says which file it is of.
    pub async fn ask(&self, session: &Session, command: Command) -> JobResult {
        let (file, terms) = (Arc::clone(&self.file), Terms::default());
        let asked = Asked { file, command, terms, values: None, class: Class::Small };
        asked.ask(session).await.map_err(|error| placed(error, &self.file))
    }
}
