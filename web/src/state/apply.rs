//! The only writer of server facts: what the server told becomes state, and what it left open becomes questions.

use std::collections::BTreeSet;

use hdf5_async_protocol::message::{Change, Event, reply};
use hdf5_async_protocol::model::{AxisSelection, Link, ObjectInfo, ObjectPath, Selection};
use leptos::prelude::*;

use super::batch::Batch;
use super::object::AttributeChange;
use super::{RegionChange, ShownObject, State};
use crate::refusal::Refusal;

/// What is to be asked after a batch of events, because the events do not say it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Describe the object on screen again.
    pub object: bool,
    /// Rows of the tree whose facts changed.
    pub stale: BTreeSet<ObjectPath>,
    /// Groups to list again.
    pub groups: BTreeSet<ObjectPath>,
    pub files: bool,
    /// Where the object on screen has been moved to.
    pub follow: Option<ObjectPath>,
    /// Read everything on screen again.
    pub everything: bool,
}

/// Applies events in their order; the tree and the log wake their readers once.
pub fn batch(state: State, batch: Batch, now_ms: f64) -> Questions {
    let mut questions = Questions::default();
    let session = state.session.with_untracked(|hello| hello.as_ref().map(|hello| hello.session));
    let Batch { events, resync } = batch;
    state.event_log.update(|log| {
        for event in &events {
            log.push(event, is_mine(event, session));
        }
    });
    for event in events {
        one(state, &event, is_mine(&event, session), now_ms, &mut questions);
    }
    state.tree.update(super::Tree::settle);
    if resync || questions.everything {
        questions.everything = true;
        state.forget_changes();
    }
    questions
}

fn is_mine(event: &Event, session: Option<u64>) -> bool {
    event.session.is_some() && event.session == session
}

fn one(state: State, event: &Event, by_me: bool, now_ms: f64, questions: &mut Questions) {
    let shown = state.object.with_untracked(|object| object.path().cloned());
    let is_shown = |path: &ObjectPath| shown.as_ref() == Some(path);
    if let Some(path) = event.change.path().filter(|_| !by_me) {
        state.tree.update_untracked(|tree| tree.mark(path, now_ms));
    }
    match &event.change {
        Change::Created { path, kind, link } => {
            let link = link.clone().unwrap_or(Link::Hard);
            let shown = state.tree.try_update_untracked(|tree| tree.created(path, *kind, link));
            if shown == Some(true) && kind.is_some() {
                questions.stale.insert(path.clone());
            }
            if is_shown(path) {
                state.forget_changes_of(path);
            }
            let in_shown = path.parent().is_some_and(|parent| is_shown(&parent));
            questions.object |= is_shown(path) || in_shown;
        }
        Change::Deleted { path } => {
            deleted(state, event, path);
            questions.object |= path.parent().is_some_and(|parent| is_shown(&parent));
        }
        Change::Moved { path, to } => {
            if state.tree.try_update_untracked(|tree| tree.moved(path, to)) == Some(false) {
                questions.groups.extend(to.parent());
            }
            let is_or_holds =
                |group: Option<ObjectPath>| group.is_some_and(|group| is_shown(&group));
            questions.object |= is_or_holds(path.parent()) || is_or_holds(to.parent());
            let at = questions.follow.as_ref().or(shown.as_ref());
            if let Some(new) = at.and_then(|at| at.rebased(path, to)) {
                questions.follow = Some(new);
            }
        }
        Change::Written { path, region, shape, .. } => {
            reshaped(state, path, shape);
            let change = RegionChange { region: region.clone(), shape: shape.clone(), by_me };
            state.changed(path, &change);
            questions.object |= is_shown(path);
        }
        Change::Resized { path, old_shape, shape } => {
            reshaped(state, path, shape);
            let region = resized_region(old_shape, shape);
            state.changed(path, &RegionChange { region, shape: shape.clone(), by_me });
            questions.object |= is_shown(path);
        }
        Change::AttributeWritten { path, name, .. } | Change::AttributeDeleted { path, name } => {
            if is_shown(path) {
                attribute_changed(state, event, name, by_me);
                questions.object = true;
            }
            if state.tree.with_untracked(|tree| tree.child(path).is_some()) {
                questions.stale.insert(path.clone());
            }
        }
        Change::FileOpened {} | Change::FilesChanged { .. } => questions.files = true,
        Change::FileClosed {} => {}
        Change::FileChanged { .. } | Change::Lagged { .. } => questions.everything = true,
    }
}

fn attribute_changed(state: State, event: &Event, name: &str, by_me: bool) {
    state.attribute_changes.update(|changes| {
        let number = changes.get(name).map_or(0, |change| change.number) + 1;
        let by = event.by.clone().unwrap_or_else(|| "the server".to_owned());
        changes.insert(name.to_owned(), AttributeChange { by, by_me, number });
    });
}

fn deleted(state: State, event: &Event, path: &ObjectPath) {
    state.tree.update_untracked(|tree| tree.deleted(path));
    let is_gone = state.object.with_untracked(
        |object| matches!(object, ShownObject::Known(info) if info.path.is_within(path)),
    );
    if is_gone {
        state.object.update(|object| {
            if let ShownObject::Known(info) = std::mem::take(object) {
                let by = event.by.clone().unwrap_or_else(|| "the server".to_owned());
                *object = ShownObject::Deleted { last: info, by, time_ms: event.time * 1000.0 };
            }
        });
    }
}

fn reshaped(state: State, path: &ObjectPath, shape: &[u64]) {
    state.tree.update_untracked(|tree| tree.shape_changed(path, shape));
    let differs = state.object.with_untracked(|object| {
        object.path() == Some(path)
            && object.dataset().is_some_and(|facts| facts.shape.as_deref() != Some(shape))
    });
    if differs {
        state.object.update(|object| {
            if let ShownObject::Known(ObjectInfo { dataset: Some(facts), .. }) = object {
                facts.shape = Some(shape.to_vec());
            }
        });
    }
}

/// The elements that came or went: those behind the shorter length where one axis changed, otherwise all.
fn resized_region(old: &[u64], new: &[u64]) -> Selection {
    let differing = old.iter().zip(new).filter(|(old, new)| old != new).count();
    if old.len() != new.len() || differing != 1 {
        return Selection::all();
    }
    let axes = old.iter().zip(new).map(|(&old, &new)| {
        let signed = |length: u64| i64::try_from(length).unwrap_or(i64::MAX);
        let start = (old != new).then(|| signed(old.min(new)));
        let stop = (old != new).then(|| signed(old.max(new)));
        AxisSelection::Slice { start, stop, step: None }
    });
    Selection { axes: axes.collect() }
}

/// A session has begun.
pub fn greeted(state: State, hello: reply::Hello) {
    state.session.set(Some(hello));
}

pub fn files(state: State, files: Vec<reply::FileInfo>) {
    if state.files.with_untracked(|known| known.as_ref() != Some(&files)) {
        state.files.set(Some(files));
    }
}

/// Another file is on screen: nothing of the former one counts any more.
pub fn file_chosen(state: State) {
    state.object.set(ShownObject::Nothing);
    state.event_log.update(super::EventLog::clear);
    state.tree.update(super::Tree::begin);
}

/// Another object is on screen; what the tree knows of it already is not enough to show it.
pub fn object_chosen(state: State, path: ObjectPath) {
    state.attribute_changes.update(std::collections::BTreeMap::clear);
    state.object.set(ShownObject::Loading(path));
}

/// The answer to a `describe` of the object on screen.
pub fn described(state: State, path: &ObjectPath, answer: Result<ObjectInfo, Refusal>) {
    match answer {
        Ok(info) => {
            facts(state, &info);
            let is_new = state.object.with_untracked(|object| object.info() != Some(&info));
            if is_new {
                state.object.set(ShownObject::Known(info));
            }
        }
        Err(refusal) => {
            // What was deleted under the reader's eyes stays on screen as it was.
            let keeps = state.object.with_untracked(
                |object| matches!(object, ShownObject::Deleted { last, .. } if last.path == *path),
            );
            if !keeps {
                state.object.set(ShownObject::Failed { path: path.clone(), refusal });
            }
        }
    }
}

/// Facts of any object of the tree.
pub fn facts(state: State, info: &ObjectInfo) {
    state.tree.update(|tree| tree.described(info));
}

pub fn page(state: State, answer: reply::List) {
    let reply::List { path, total, offset, children } = answer;
    state.tree.update(|tree| tree.page(&path, offset, total, children));
}

#[cfg(test)]
mod tests;
