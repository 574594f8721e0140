//! The links of some groups, as much as fits into one step of a long walk.

use std::time::{Duration, Instant};

use hdf5_async_protocol::message::reply::{Found, WalkedGroup};
use hdf5_async_protocol::model::{Child, Link, ObjectKind, ObjectPath};
use serde::{Deserialize, Serialize};

use super::error::{At as _, StoreError};
use super::library::link::Order;
use super::library::object;
use super::resolve::{Resolved, resolve_group};
use super::search::Wanted;
use super::{Store, locked};

/// A step ends when it has taken so long, so that others' requests have their turn.
const STEP: Duration = Duration::from_millis(5);

/// Links that are looked at before the time is.
const LINKS_AT_ONCE: u64 = 100;

/// Where to go on in a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spot {
    pub path: ObjectPath,
    pub offset: u64,
    /// It is the group that was asked for: it must be there.
    pub is_start: bool,
}

/// What distinguishes an object from all others of its file: where it is.
pub type Identity = u64;

/// Some links of one group.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stretch {
    pub group: WalkedGroup,
    /// What a search found among them.
    pub found: Vec<Found>,
    /// Where the rest of the group begins, if there is a rest.
    pub next_offset: Option<u64>,
    /// Of the group, where several links lead to it.
    pub identity: Option<Identity>,
    /// The groups that hard links lead to.
    pub below: Vec<Below>,
}

/// A group below, and its identity where several links lead to it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Below {
    pub name: String,
    pub identity: Option<Identity>,
}

impl Store {
    /// Goes through the groups at `spots`, one after the other, until `limit` links or some milliseconds have passed;
    /// spots behind those of the answer are untouched. With a `wanted` the answer holds what fits it instead of links.
    ///
    /// # Errors
    /// When the group that was asked for is not there. Others that are gone meanwhile are passed over.
    pub fn walk(
        &mut self,
        spots: &[Spot],
        wanted: Option<&Wanted>,
        limit: u64,
    ) -> Result<Vec<Stretch>, StoreError> {
        let begun = Instant::now();
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut room = limit.clamp(1, self.limits.max_list_page);
        for spot in spots {
            if !stretches.is_empty() && (room == 0 || begun.elapsed() > STEP) {
                break;
            }
            match locked(|| self.stretch(spot, wanted, room.clamp(1, LINKS_AT_ONCE))) {
                Ok(stretch) => {
                    room = room.saturating_sub(stretch.1);
                    stretches.push(stretch.0);
                }
                Err(error) if spot.is_start => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "a group is passed over");
                    stretches.push(Stretch::nothing(spot));
                }
            }
        }
        Ok(stretches)
    }

    /// Also says how many links it has looked at.
    fn stretch(
        &mut self,
        spot: &Spot,
        wanted: Option<&Wanted>,
        limit: u64,
    ) -> Result<(Stretch, u64), StoreError> {
        let path = &spot.path;
        let group = resolve_group(&self.file, path)?;
        let total = self.names.total(&group.object, &group.path).at(path)?;
        let count = limit.min(total.saturating_sub(spot.offset));
        let group_at = (&group.object, &group.path);
        let names = self.names.page(group_at, Order::Name, total, spot.offset, count).at(path)?;
        let mut stretch = Stretch::nothing(spot);
        stretch.identity = (group.facts.n_links > 1).then_some(group.facts.address);
        if let (Some(wanted), true) = (wanted, spot.is_start && spot.offset == 0) {
            let (link, kind) = (group.link.clone(), group.facts.kind);
            self.find_in(path, link, kind, Some(&group), wanted, &mut stretch.found)?;
        }
        for name in &names {
            let child = self.child(&group.object, &group.path, name).at(path)?;
            self.note(path, &group, child, wanted, &mut stretch)?;
        }
        let reached = spot.offset + count;
        stretch.next_offset = (reached < total && count > 0).then_some(reached);
        Ok((stretch, count.max(1)))
    }

    fn note(
        &mut self,
        path: &ObjectPath,
        group: &Resolved,
        child: Child,
        wanted: Option<&Wanted>,
        stretch: &mut Stretch,
    ) -> Result<(), StoreError> {
        if child.kind == Some(ObjectKind::Group) && child.link == Link::Hard {
            let identity = identity(group, &child.name);
            stretch.below.push(Below { name: child.name.clone(), identity });
        }
        match wanted {
            None => stretch.group.children.push(child),
            Some(wanted) => {
                if let Ok(at) = path.join(&child.name) {
                    let Child { link, kind, .. } = child;
                    self.find_in(&at, link, kind, None, wanted, &mut stretch.found)?;
                }
            }
        }
        Ok(())
    }
}

fn identity(group: &Resolved, name: &str) -> Option<Identity> {
    let name = std::ffi::CString::new(name).ok()?;
    let object = object::open(&group.object, &name).ok()?;
    let facts = object::facts(&object).ok()?;
    (facts.n_links > 1).then_some(facts.address)
}

impl Stretch {
    fn nothing(spot: &Spot) -> Self {
        Self {
            group: WalkedGroup { path: spot.path.clone(), children: Vec::new() },
            found: Vec::new(),
            next_offset: None,
            identity: None,
            below: Vec::new(),
        }
    }
}
