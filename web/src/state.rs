//! The browser's copy of what the server told it, and the few choices that concern the whole page.
//!
//! Views read these signals; server facts are written by [`apply`] alone.

pub mod apply;
pub mod batch;
pub mod changes;
pub mod edits;
pub mod event_log;
pub mod notices;
pub mod object;
pub mod tree;

use std::collections::BTreeMap;

use hdf5_async_protocol::message::reply;
use hdf5_async_protocol::model::{DatasetInfo, ObjectPath};
use leptos::prelude::*;

use crate::connection_status::ConnectionStatus;
pub use changes::{ChangeLog, Missed, RegionChange};
pub use edits::{Edits, PendingAttribute};
pub use event_log::EventLog;
pub use notices::{NoticeKind, Notices};
pub use object::{AttributeChange, ShownObject};
pub use tree::Tree;

type WatchedChanges = Vec<(ObjectPath, ArcRwSignal<ChangeLog>)>;

/// Given by context.
#[derive(Clone, Copy, Debug)]
pub struct State {
    pub connection: RwSignal<ConnectionStatus>,
    /// What the server said of itself and of this session; kept while the connection is lost.
    pub session: RwSignal<Option<reply::Hello>>,
    /// Absent until the server has told.
    pub files: RwSignal<Option<Vec<reply::FileInfo>>>,
    pub tree: RwSignal<Tree>,
    pub object: RwSignal<ShownObject>,
    /// Of the object on screen, since it came there.
    pub attribute_changes: RwSignal<BTreeMap<String, AttributeChange>>,
    pub event_log: RwSignal<EventLog>,
    pub notices: RwSignal<Notices>,
    pub edits: RwSignal<Edits>,
    /// The facts of the dataset on screen; its shape follows every write and resize at once.
    pub dataset: Memo<Option<DatasetInfo>>,
    /// The server or the file cannot be changed: no edit controls anywhere.
    pub read_only: Memo<bool>,
    /// The switch in the header; meaningless while `read_only`.
    pub edit_mode: RwSignal<bool>,
    /// Edit controls are shown: `edit_mode`, and not `read_only`.
    pub editing: Memo<bool>,
    watched: StoredValue<WatchedChanges>,
}

impl State {
    /// `file` is the name of the file on screen.
    pub fn new(file: Signal<Option<String>>) -> Self {
        let session = RwSignal::new(None::<reply::Hello>);
        let files = RwSignal::new(None::<Vec<reply::FileInfo>>);
        let object = RwSignal::new(ShownObject::Nothing);
        let edit_mode = RwSignal::new(false);
        let read_only = Memo::new(move |_| {
            let of_session =
                session.with(|hello| hello.as_ref().is_none_or(|hello| hello.read_only));
            let name = file.get();
            let of_file = files.with(|files| {
                let mut files = files.iter().flatten();
                files.any(|file| Some(&file.name) == name.as_ref() && file.read_only)
            });
            of_session || of_file
        });
        Self {
            connection: RwSignal::new(ConnectionStatus::default()),
            session,
            files,
            tree: RwSignal::new(Tree::default()),
            object,
            attribute_changes: RwSignal::new(BTreeMap::new()),
            event_log: RwSignal::new(EventLog::default()),
            notices: RwSignal::new(Notices::default()),
            edits: RwSignal::new(Edits::default()),
            dataset: Memo::new(move |_| object.with(|object| object.dataset().cloned())),
            read_only,
            edit_mode,
            editing: Memo::new(move |_| edit_mode.get() && !read_only.get()),
            watched: StoredValue::new(Vec::new()),
        }
    }

    /// The changes of the dataset at `path` from now on, until the calling component goes.
    ///
    /// Read [`ChangeLog::next`] before the first read of elements and ask [`ChangeLog::since`] that number
    /// whenever the signal changes: then no change falls in between.
    pub fn changes(self, path: &ObjectPath) -> ArcReadSignal<ChangeLog> {
        let log = ArcRwSignal::new(ChangeLog::default());
        self.watched.update_value(|watched| watched.push((path.clone(), log.clone())));
        let mine = log.clone();
        on_cleanup(move || {
            let is_mine = |known: &ArcRwSignal<ChangeLog>| *known == mine;
            self.watched.try_update_value(|watched| watched.retain(|(_, log)| !is_mine(log)));
        });
        log.read_only()
    }

    /// Tells the person at the screen that something did not work.
    pub fn report_failure(self, text: impl Into<String>) {
        self.notices.update(|notices| {
            notices.add(NoticeKind::Failure, text);
        });
    }

    fn changed(self, path: &ObjectPath, change: &RegionChange) {
        self.watched.with_value(|watched| {
            for (_, log) in watched.iter().filter(|(known, _)| known == path) {
                log.update(|log| log.push(change.clone()));
            }
        });
    }

    fn forget_changes_of(self, path: &ObjectPath) {
        self.watched.with_value(|watched| {
            for (_, log) in watched.iter().filter(|(known, _)| known == path) {
                log.update(ChangeLog::forget_all);
            }
        });
    }

    fn forget_changes(self) {
        self.watched.with_value(|watched| {
            for (_, log) in watched {
                log.update(ChangeLog::forget_all);
            }
        });
    }
}
