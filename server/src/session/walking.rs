//! Answers `walk` and `search`: step by step through a file, as far as one answer goes; the session keeps the place
//! between two answers.

use std::collections::HashSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hdf5_async_protocol::message::command::{Search, Walk};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, reply};
use hdf5_async_protocol::model::ObjectPath;

use super::crossing::reach;
use super::reading::Source;
use super::responder::{Responder, cancelled_error};
use super::turns::Turn;
use super::{Session, lock};
use crate::file::Class;
use crate::store::search::Wanted;
use crate::store::walk::{Below, Identity, Spot, Stretch};
use crate::worker::job::Work;

/// Groups that the worker is given at once; it begins as many as it has time for.
const SPOTS_AT_ONCE: usize = 64;

/// A search that finds little answers after so long what it has.
const ANSWER_WITHIN: Duration = Duration::from_millis(250);

/// What a group on the way takes beside its path, about, in bytes.
const PENDING_BYTES: usize = size_of::<Pending>();

/// A request to go through what is below a group.
#[derive(Debug)]
pub enum Walking {
    Walk(Walk),
    Search(Search),
}

/// The walks of one session that wait for the client to go on.
#[derive(Debug, Default)]
pub struct Walks {
    last: u64,
    kept: BTreeMap<u64, Place>,
}

impl Walks {
    fn new_cursor(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Keeps a walk for whoever has its cursor; the oldest gives way if there are too many.
    fn keep(&mut self, cursor: u64, place: Place, max: usize) {
        self.kept.insert(cursor, place);
        while self.kept.len() > max.max(1) {
            self.kept.pop_first();
        }
    }

    /// Hands out the walk, or the search, that has the cursor.
    fn take(&mut self, cursor: u64, walking: &Walking) -> Result<Place, ErrorReply> {
        let is_search = matches!(walking, Walking::Search(_));
        match self.kept.entry(cursor) {
            Entry::Occupied(kept) if kept.get().wanted.is_some() == is_search => Ok(kept.remove()),
            _ => Err(unknown(cursor)),
        }
    }
}

/// How far a walk has come.
#[derive(Debug)]
struct Place {
    file: Arc<str>,
    /// All has to come from the same file; `None` before the first step.
    file_epoch: Option<u64>,
    /// Of the last step.
    position: Option<Position>,
    /// What was come by and is not answered yet.
    gathered: Vec<Stretch>,
    /// Of a search.
    wanted: Option<Wanted>,
    /// The groups that are still to be gone through; the next one last.
    pending: Vec<Pending>,
    pending_bytes: usize,
    /// The groups with several links that have been entered.
    entered: HashSet<Identity>,
}

#[derive(Debug)]
struct Pending {
    spot: Spot,
    /// Levels that may still be gone down; the group's own links are one.
    depth: Option<u32>,
}

impl Walking {
    fn cursor(&self) -> Option<u64> {
        match self {
            Self::Walk(walk) => walk.cursor,
            Self::Search(search) => search.cursor,
        }
    }

    fn path(&self) -> &ObjectPath {
        match self {
            Self::Walk(walk) => &walk.path,
            Self::Search(search) => &search.path,
        }
    }

    fn limit(&self, max: u64) -> u64 {
        let limit = match self {
            Self::Walk(walk) => walk.limit,
            Self::Search(search) => search.limit,
        };
        limit.unwrap_or(max).clamp(1, max)
    }
}

/// Goes on, or begins, and answers. A request that fails leaves the place as it is, so that it can be sent again.
pub async fn answer(
    session: &Arc<Session>,
    file: &Arc<str>,
    walking: Walking,
    turn: Turn,
    mut responder: Responder,
) {
    let cancelled = responder.cancelled.clone();
    let begun = tokio::select! {
        begun = Place::find(session, file, &walking, turn) => begun,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    let mut place = match begun {
        Ok(place) => place,
        Err(error) => return responder.refuse(error),
    };
    let limits = &session.server.limits;
    let advanced = tokio::select! {
        advanced = place.advance(session, walking.limit(limits.max_list_page)) => advanced,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    if let Err(error) = advanced {
        if let Some(cursor) = walking.cursor() {
            lock(&session.walks).keep(cursor, place, limits.max_walks);
        }
        return responder.refuse(error);
    }
    if place.file != *file {
        responder.answered_by(Some(&place.file));
    }
    let (stretches, position) = (std::mem::take(&mut place.gathered), place.position);
    let cursor = (!place.pending.is_empty()).then(|| {
        let mut walks = lock(&session.walks);
        let cursor = walks.new_cursor();
        walks.keep(cursor, place, limits.max_walks);
        cursor
    });
    match walking {
        Walking::Walk(_) => {
            let groups = stretches.into_iter().map(|stretch| stretch.group).collect();
            responder.succeed_with(&reply::Walk { groups, cursor }, position);
        }
        Walking::Search(_) => {
            let found = stretches.into_iter().flat_map(|stretch| stretch.found).collect();
            responder.succeed_with(&reply::Search { found, cursor }, position);
        }
    }
}

impl Place {
    /// Where the client left off, or the beginning.
    async fn find(
        session: &Session,
        file: &Arc<str>,
        walking: &Walking,
        turn: Turn,
    ) -> Result<Self, ErrorReply> {
        if let Some(cursor) = walking.cursor() {
            return lock(&session.walks).take(cursor, walking);
        }
        let (wanted, depth) = match walking {
            Walking::Walk(walk) => (None, walk.depth),
            Walking::Search(search) => {
                let invalid = |message| ErrorReply::new(ErrorCode::InvalidRequest, message);
                (Some(Wanted::new(search).map_err(invalid)?), None)
            }
        };
        let (file, path) = reach(session, file, walking.path(), &turn).await?;
        let mut place = Self {
            file,
            file_epoch: None,
            position: None,
            gathered: Vec::new(),
            wanted,
            pending: Vec::new(),
            pending_bytes: 0,
            entered: HashSet::new(),
        };
        if depth != Some(0) {
            place.push(Pending { spot: Spot { path, offset: 0, is_start: true }, depth });
        }
        Ok(place)
    }

    fn push(&mut self, pending: Pending) {
        self.pending_bytes += pending.spot.path.as_str().len() + PENDING_BYTES;
        self.pending.push(pending);
    }

    /// Goes on until there is enough for an answer. It may be given up at any time, and begun again.
    async fn advance(&mut self, session: &Session, limit: u64) -> Result<(), ErrorReply> {
        let begun = Instant::now();
        while !self.pending.is_empty() && begun.elapsed() < ANSWER_WITHIN {
            let room = limit.saturating_sub(self.gathered.iter().map(size).sum());
            if room == 0 {
                break;
            }
            self.check_size(session.server.limits.max_walk_bytes)?;
            self.step(session, room).await?;
        }
        Ok(())
    }

    /// Has the worker go through some groups, and notes down what came of it.
    async fn step(&mut self, session: &Session, room: u64) -> Result<(), ErrorReply> {
        let from = self.pending.len().saturating_sub(SPOTS_AT_ONCE);
        let spots: Vec<Spot> =
            self.pending[from..].iter().rev().map(|pending| pending.spot.clone()).collect();
        let start = spots[0].path.clone();
        let source = Source::new(session, &self.file, &start, None);
        let work = Work::Walk { spots, wanted: self.wanted.clone(), limit: room };
        let applied = source.submit(work, Class::Bulk).await?;
        if *self.file_epoch.get_or_insert(applied.file_epoch) != applied.file_epoch {
            return Err(is_another(&self.file));
        }
        self.position = Some(applied.position);
        let stretches = applied.done.stretches;
        let begun_with = self.pending.split_off(self.pending.len().saturating_sub(stretches.len()));
        // The last one first, so that what is below the first one comes next.
        for (pending, stretch) in begun_with.iter().zip(stretches.iter().rev()) {
            self.take_in(pending, stretch);
        }
        self.gathered.extend(stretches.into_iter().filter(|stretch| size(stretch) > 0));
        Ok(())
    }

    /// Notes down where to go on.
    fn take_in(&mut self, pending: &Pending, stretch: &Stretch) {
        let path = &pending.spot.path;
        self.pending_bytes = self.pending_bytes.saturating_sub(path.as_str().len() + PENDING_BYTES);
        self.entered.extend(stretch.identity);
        if let Some(offset) = stretch.next_offset {
            let spot = Spot { path: path.clone(), offset, is_start: pending.spot.is_start };
            self.push(Pending { spot, depth: pending.depth });
        }
        let depth = pending.depth.map(|depth| depth.saturating_sub(1));
        if depth == Some(0) {
            return;
        }
        let is_new =
            |below: &&Below| below.identity.is_none_or(|identity| self.entered.insert(identity));
        let below: Vec<&Below> = stretch.below.iter().filter(is_new).collect();
        for path in below.into_iter().rev().filter_map(|below| path.join(&below.name).ok()) {
            self.push(Pending { spot: Spot { path, offset: 0, is_start: false }, depth });
        }
    }

    fn check_size(&self, max: usize) -> Result<(), ErrorReply> {
        let bytes = self.pending_bytes + self.entered.len() * 2 * size_of::<Identity>();
        if bytes <= max {
            return Ok(());
        }
        let message = format!(
            "more groups wait to be entered than the server notes down ({max} bytes of them); begin further below"
        );
        Err(ErrorReply::new(ErrorCode::TooLarge, message))
    }
}

/// How much of an answer it is.
fn size(stretch: &Stretch) -> u64 {
    (stretch.group.children.len() + stretch.found.len()) as u64
}

fn is_another(file: &str) -> ErrorReply {
    let message = format!(
        "{file} was closed or changed by another program since the walk began, and may be another file; begin again"
    );
    ErrorReply::new(ErrorCode::FileChanged, message)
}

fn unknown(cursor: u64) -> ErrorReply {
    let message = format!(
        "there is no walk {cursor} to go on with: it has ended, or others have begun since"
    );
    ErrorReply::new(ErrorCode::NotFound, message)
}
