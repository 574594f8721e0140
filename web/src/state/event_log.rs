//! The last changes of the file on screen, in the words of the events drawer.

use std::collections::VecDeque;

use hdf5_async_protocol::message::{Change, Event};
use hdf5_async_protocol::model::{Link, ObjectKind, ObjectPath};

use crate::words;

/// One line of the drawer.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Grows by one with every entry.
    pub number: u64,
    /// Milliseconds since 1970, by the server's clock.
    pub time_ms: f64,
    pub who: String,
    pub by_me: bool,
    pub what: &'static str,
    pub path: Option<ObjectPath>,
    /// The elements, the attribute, or the shape concerned.
    pub place: String,
}

impl Entry {
    /// Whether every word of `filter` (lower case) stands somewhere in the line.
    pub fn matches(&self, filter: &str) -> bool {
        filter.split_whitespace().all(|word| {
            let path = self.path.as_ref().map_or("", ObjectPath::as_str);
            [self.who.as_str(), self.what, path, &self.place]
                .iter()
                .any(|text| text.to_lowercase().contains(word))
        })
    }
}

#[derive(Clone, Debug, Default)]
pub struct EventLog {
    entries: VecDeque<Entry>,
    next: u64,
}

impl EventLog {
    pub const KEPT: usize = 10_000;

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn push(&mut self, event: &Event, by_me: bool) {
        if self.entries.len() == Self::KEPT {
            self.entries.pop_front();
        }
        let (what, place) = told(&event.change);
        let who = event.by.clone().unwrap_or_else(|| "server".to_owned());
        self.entries.push_back(Entry {
            number: self.next,
            time_ms: event.time * 1000.0,
            who,
            by_me,
            what,
            path: event.change.path().cloned(),
            place,
        });
        self.next += 1;
    }

    /// The number that the next entry gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at `place`, 0 being the newest.
    pub fn newest(&self, place: usize) -> Option<&Entry> {
        let index = self.entries.len().checked_sub(place + 1)?;
        self.entries.get(index)
    }

    /// Newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }
}

fn told(change: &Change) -> (&'static str, String) {
    let grown = |old: &[u64], new: &[u64]| format!("{} → {}", words::shape(old), words::shape(new));
    match change {
        Change::Created { link: Some(Link::Soft { target }), .. } => {
            ("link created", format!("to {target}"))
        }
        Change::Created { link: Some(Link::External { file, target }), .. } => {
            ("link created", format!("to {file}:{target}"))
        }
        Change::Created { kind: Some(ObjectKind::Group), .. } => ("group created", String::new()),
        Change::Created { kind: Some(ObjectKind::Dataset), .. } => {
            ("dataset created", String::new())
        }
        Change::Created { kind: Some(ObjectKind::NamedDatatype), .. } => {
            ("datatype created", String::new())
        }
        Change::Created { kind: None, .. } => ("link created", String::new()),
        Change::Deleted { .. } => ("deleted", String::new()),
        Change::Moved { to, .. } => ("moved", format!("to {to}")),
        Change::Written { region, old_shape: None, .. } => ("written", format!("[{region}]")),
        Change::Written { region, old_shape: Some(old), shape, .. } => {
            ("written", format!("[{region}], {}", grown(old, shape)))
        }
        Change::Resized { old_shape, shape, .. } => ("resized", grown(old_shape, shape)),
        Change::AttributeWritten { name, .. } => ("attribute written", name.clone()),
        Change::AttributeDeleted { name, .. } => ("attribute deleted", name.clone()),
        Change::FileOpened {} => ("file opened", String::new()),
        Change::FileClosed {} => ("file closed", String::new()),
        Change::FileChanged { reason, message } => {
            let reason = reason.map_or("", words::reason);
            ("file changed", message.clone().unwrap_or_else(|| reason.to_owned()))
        }
        Change::FilesChanged { .. } => ("files appeared or vanished", String::new()),
        Change::Lagged { from, to } => ("events missed", words::count(to - from + 1)),
    }
}
