//! Looking around: files, pages of groups, the object on screen.

use hdf5_async_protocol::message::command::{Describe, Files, List, ListOrder};
use hdf5_async_protocol::message::reply;
use hdf5_async_protocol::model::{ObjectInfo, ObjectKind, ObjectPath};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::Actions;
use crate::refusal::Refusal;
use crate::state::apply;

/// Links per request; fewer where the server allows fewer.
const PAGE: u64 = 500;

/// Pages that are read again at once; what lies behind is dropped and comes back on scroll.
const PAGES_AGAIN: u64 = 4;

impl Actions {
    /// Asks which files are served, and to be told when others are.
    pub async fn load_files(self) {
        match self.connection().call(None, Files { watch: Some(true) }).await {
            Ok(reply) => apply::files(self.state, reply.files),
            Err(refusal) => self.state.report_failure(refusal.message),
        }
    }

    /// Asks for everything about one object.
    ///
    /// # Errors
    /// `not_found` and whatever else the server refuses.
    pub async fn describe(self, path: &ObjectPath) -> Result<ObjectInfo, Refusal> {
        let describe = Describe { path: path.clone() };
        self.connection().call(self.file(), describe).await.map(|reply| reply.object)
    }

    /// Asks again for the facts of the object on screen.
    pub async fn describe_shown(self) {
        let place = self.address.place_untracked();
        let answer = self.describe(&place.path).await;
        if self.address.place_untracked() == place {
            apply::described(self.state, &place.path, answer);
        }
    }

    /// Asks again for the facts of a row of the tree.
    pub async fn describe_row(self, path: &ObjectPath) {
        let place = self.address.place_untracked();
        if let Ok(info) = self.describe(path).await
            && self.address.place_untracked().file == place.file
        {
            apply::facts(self.state, &info);
        }
    }

    /// Opens or closes a group in the tree.
    pub fn set_open(self, path: &ObjectPath, open: bool) {
        self.state.tree.update(|tree| tree.set_open(path, open));
        if open {
            self.begin_group(path);
        }
    }

    /// Lists the beginning of a group, unless that is known.
    pub fn begin_group(self, path: &ObjectPath) {
        if self.state.tree.with_untracked(|tree| tree.group(path).is_none()) {
            self.load_more(path);
        }
    }

    /// Lists the next page of a group, unless one is on its way.
    pub fn load_more(self, path: &ObjectPath) {
        let begun = self.state.tree.try_update(|tree| tree.begin_loading(path)).unwrap_or(false);
        if begun {
            let path = path.clone();
            spawn_local(async move { self.load_page(&path).await });
        }
    }

    async fn load_page(self, path: &ObjectPath) {
        let file = self.file();
        let offset = self
            .state
            .tree
            .with_untracked(|tree| tree.group(path).map_or(0, |group| group.children.len() as u64));
        let answer = self.list(path, offset, self.page()).await;
        if self.file() != file {
            return;
        }
        match answer {
            Ok(page) => apply::page(self.state, page),
            Err(refusal) => {
                self.state.tree.update(|tree| tree.loading_failed(path, refusal));
            }
        }
    }

    /// Lists again what is shown of a group.
    pub async fn list_again(self, path: &ObjectPath) {
        let file = self.file();
        let shown = self
            .state
            .tree
            .with_untracked(|tree| tree.group(path).map_or(0, |group| group.children.len() as u64));
        let pages = shown.div_ceil(self.page()).clamp(1, PAGES_AGAIN);
        for page in 0..pages {
            let answer = self.list(path, page * self.page(), self.page()).await;
            match answer {
                Ok(answer) if self.file() == file => {
                    let end = answer.offset + answer.children.len() as u64;
                    let complete = end >= answer.total;
                    apply::page(self.state, answer);
                    if complete {
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    async fn list(
        self,
        path: &ObjectPath,
        offset: u64,
        limit: u64,
    ) -> Result<reply::List, Refusal> {
        let list = List { path: path.clone(), offset, limit: Some(limit), order: ListOrder::Name };
        self.connection().call(self.file(), list).await
    }

    fn page(self) -> u64 {
        let most = self.state.session.with_untracked(|hello| {
            hello.as_ref().map_or(PAGE, |hello| hello.limits.max_list_page)
        });
        most.clamp(1, PAGE)
    }

    /// Counts what lies below a group, in at most a few requests.
    pub async fn count_below(self, path: &ObjectPath) -> Below {
        const MOST_REQUESTS: usize = 24;
        let mut below = Below::default();
        let mut groups = vec![path.clone()];
        for _ in 0..MOST_REQUESTS {
            let Some(group) = groups.pop() else { return below };
            let Ok(list) = self.list(&group, 0, self.page()).await else { continue };
            below.at_least |= list.total > list.children.len() as u64;
            for child in list.children {
                match child.kind {
                    Some(ObjectKind::Group) => {
                        below.groups += 1;
                        if child.n_children != Some(0) {
                            groups.extend(group.join(&child.name));
                        }
                    }
                    Some(ObjectKind::Dataset) => below.datasets += 1,
                    _ => below.others += 1,
                }
            }
        }
        below.at_least |= !groups.is_empty();
        below
    }
}

/// How much lies below a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Below {
    pub groups: u64,
    pub datasets: u64,
    /// Named datatypes and links that lead nowhere.
    pub others: u64,
    /// There is more than was counted.
    pub at_least: bool,
}
