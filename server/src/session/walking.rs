//! Answers `walk` and `search`: step by step through a file, as far as one answer goes; the session keeps the place
//! between two answers.

use std::collections::{BTreeMap, HashSet};
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
    /// Keeps a walk, in place of the oldest if there are too many.
    fn keep(&mut self, place: Place, max: usize) -> u64 {
        while self.kept.len() >= max.max(1) {
            self.kept.pop_first();
        }
        self.last += 1;
        self.kept.insert(self.last, place);
        self.last
    }
}

/// How far a walk has come.
#[derive(Debug)]
struct Place {
    file: Arc<str>,
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

/// Goes on, or begins, and answers.
pub async fn answer(
    session: &Arc<Session>,
    file: &Arc<str>,
    walking: Walking,
    turn: Turn,
    mut responder: Responder,
) {
    let cancelled = responder.cancelled.clone();
    let gone = tokio::select! {
        gone = go(session, file, &walking, turn) => gone,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    let (place, stretches, position) = match gone {
        Ok(gone) => gone,
        Err(error) => return responder.refuse(error),
    };
    if place.file != *file {
        responder.answered_by(Some(&place.file));
    }
    let keep = |place: Place| {
        let max = session.server.limits.max_walks;
        (!place.pending.is_empty()).then(|| lock(&session.walks).keep(place, max))
    };
    match walking {
        Walking::Walk(_) => {
            let groups = stretches.into_iter().map(|stretch| stretch.group).collect();
            responder.succeed_with(&reply::Walk { groups, cursor: keep(place) }, position);
        }
        Walking::Search(_) => {
            let found = stretches.into_iter().flat_map(|stretch| stretch.found).collect();
            responder.succeed_with(&reply::Search { found, cursor: keep(place) }, position);
        }
    }
}

async fn go(
    session: &Session,
    file: &Arc<str>,
    walking: &Walking,
    turn: Turn,
) -> Result<(Place, Vec<Stretch>, Option<Position>), ErrorReply> {
    let mut place = match walking.cursor() {
        Some(cursor) => {
            let kept = lock(&session.walks).kept.remove(&cursor);
            let is_search = matches!(walking, Walking::Search(_));
            kept.filter(|place| place.wanted.is_some() == is_search)
                .ok_or_else(|| unknown(cursor))?
        }
        None => Place::begin(session, file, walking, turn).await?,
    };
    let limit = walking.limit(session.server.limits.max_list_page);
    let (stretches, position) = place.advance(session, limit).await?;
    Ok((place, stretches, position))
}

impl Place {
    async fn begin(
        session: &Session,
        file: &Arc<str>,
        walking: &Walking,
        turn: Turn,
    ) -> Result<Self, ErrorReply> {
        let (wanted, depth) = match walking {
            Walking::Walk(walk) => (None, walk.depth),
            Walking::Search(search) => {
                let invalid = |message| ErrorReply::new(ErrorCode::InvalidRequest, message);
                (Some(Wanted::new(search).map_err(invalid)?), None)
            }
        };
        let (file, path) = reach(session, file, walking.path(), &turn).await?;
        let (pending, entered) = (Vec::new(), HashSet::new());
        let mut place = Self { file, wanted, pending, pending_bytes: 0, entered };
        if depth != Some(0) {
            place.push(Pending { spot: Spot { path, offset: 0, is_start: true }, depth });
        }
        Ok(place)
    }

    fn push(&mut self, pending: Pending) {
        self.pending_bytes += pending.spot.path.as_str().len() + PENDING_BYTES;
        self.pending.push(pending);
    }

    /// Goes on until there is enough for an answer.
    async fn advance(
        &mut self,
        session: &Session,
        limit: u64,
    ) -> Result<(Vec<Stretch>, Option<Position>), ErrorReply> {
        let begun = Instant::now();
        let (mut all, mut position) = (Vec::new(), None);
        let mut room = limit;
        while room > 0 && !self.pending.is_empty() && begun.elapsed() < ANSWER_WITHIN {
            let from = self.pending.len().saturating_sub(SPOTS_AT_ONCE);
            let mut next = self.pending.split_off(from);
            next.reverse();
            let spots: Vec<Spot> = next.iter().map(|pending| pending.spot.clone()).collect();
            let start = spots[0].path.clone();
            let source = Source::new(session, &self.file, &start, None);
            let work = Work::Walk { spots, wanted: self.wanted.clone(), limit: room };
            let applied = source.submit(work, Class::Bulk).await?;
            position = Some(applied.position);
            let stretches = applied.done.stretches;
            let begun_with: Vec<Pending> = next.drain(..stretches.len().min(next.len())).collect();
            // Those that were not begun stay where they were.
            self.pending.extend(next.into_iter().rev());
            // The last one first, so that what is below the first one comes next.
            for (pending, stretch) in begun_with.iter().zip(&stretches).rev() {
                room = room.saturating_sub(self.take_in(pending, stretch));
            }
            all.extend(stretches);
            self.check_size(session.server.limits.max_walk_bytes)?;
        }
        all.retain(|stretch| !stretch.group.children.is_empty() || !stretch.found.is_empty());
        Ok((all, position))
    }

    /// Notes down where to go on; says how much of an answer the stretch is.
    fn take_in(&mut self, pending: &Pending, stretch: &Stretch) -> u64 {
        let path = &pending.spot.path;
        self.pending_bytes = self.pending_bytes.saturating_sub(path.as_str().len() + PENDING_BYTES);
        self.entered.extend(stretch.identity);
        if let Some(offset) = stretch.next_offset {
            let spot = Spot { path: path.clone(), offset, is_start: pending.spot.is_start };
            self.push(Pending { spot, depth: pending.depth });
        }
        let depth = pending.depth.map(|depth| depth.saturating_sub(1));
        if depth != Some(0) {
            let is_new = |below: &&Below| {
                below.identity.is_none_or(|identity| self.entered.insert(identity))
            };
            let below: Vec<&Below> = stretch.below.iter().filter(is_new).collect();
            for path in below.into_iter().rev().filter_map(|below| path.join(&below.name).ok()) {
                self.push(Pending { spot: Spot { path, offset: 0, is_start: false }, depth });
            }
        }
        (stretch.group.children.len() + stretch.found.len()) as u64
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

fn unknown(cursor: u64) -> ErrorReply {
    let message = format!(
        "there is no walk {cursor} to go on with: it has ended, or others have begun since"
    );
    ErrorReply::new(ErrorCode::NotFound, message)
}
