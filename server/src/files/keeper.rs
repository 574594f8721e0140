//! What the task of a file stands on: the file and its log while they are held, who watches them, and how a worker is
//! started on them.

use std::os::fd::AsFd as _;
use std::sync::{Arc, Weak};

use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Reason};
use hdf5_async_protocol::model::FileCreation;

use super::{FileLimits, Files, sources};
use crate::catalog::{Catalog, Custody};
use crate::file::link::{Host, WorkerLink};
use crate::file::premises::Premises;
use crate::store::Access;
use crate::watch::{Kind, Sight, Watcher};
use crate::worker::{Settings, process};

pub(super) struct Keeper {
    pub(super) name: String,
    pub(super) catalog: Arc<Catalog>,
    pub(super) files: Weak<Files>,
    pub(super) watcher: Arc<Watcher>,
    pub(super) limits: FileLimits,
    /// From the first worker to the last, or until the name is looked up again.
    pub(super) held: Option<Held>,
}

pub(super) struct Held {
    custody: Custody,
    sight: Sight,
}

impl Keeper {
    fn hold(&mut self, creation: Option<FileCreation>) -> Result<&Custody, ErrorReply> {
        let held = if let Some(held) = self.held.take() {
            held
        } else {
            let custody = self.catalog.take(&self.name, creation)?;
            let is_read = custody.access == Access::ReadOnly;
            let kind = if is_read { Kind::Content } else { Kind::Identity };
            let sight = self.watcher.sight(custody.file().as_fd(), kind);
            Held { custody, sight }
        };
        Ok(&self.held.insert(held).custody)
    }
}

impl Premises for Keeper {
    fn start(&mut self, creation: Option<FileCreation>) -> Result<WorkerLink, ErrorReply> {
        let (files, name, limits) = (Weak::clone(&self.files), self.name.clone(), self.limits);
        let custody = self.hold(creation)?;
        let FileLimits { store, queue, commits, .. } = limits;
        let settings = Settings {
            name: name.clone(),
            access: creation.map_or(custody.access, Access::Create),
            replaces: creation.is_some(),
            clears_marks: false,
            read_only_because: custody.read_only_because.clone(),
            limits: store,
            commits,
        };
        custody
            .lend()
            .and_then(|given| {
                let desk = sources::open_desk(&files, &name)?;
                process::spawn(given, Some(desk), &settings)
            })
            .and_then(|(socket, child)| {
                WorkerLink::new(socket, Host::Process(child), queue.max_in_worker)
            })
            .map_err(|error| {
                let message = format!("no worker could be started for {name}: {error}");
                ErrorReply::new(ErrorCode::Internal, message)
            })
    }

    fn keeps_from_creating(&self) -> Option<ErrorReply> {
        let because = self.held.as_ref()?.custody.read_only_because.as_ref()?;
        Some(ErrorReply::new(ErrorCode::ReadOnly, because))
    }

    fn let_go(&mut self) {
        self.held = None;
    }

    fn sight(&mut self) -> Option<&mut Sight> {
        self.held.as_mut().map(|held| &mut held.sight)
    }

    fn displaced(&self) -> Option<Reason> {
        let custody = &self.held.as_ref()?.custody;
        match self.catalog.identity(&self.name) {
            Ok(identity) if Some(identity) == custody.identity() => None,
            Ok(_) => Some(Reason::Replaced),
            Err(error) if error.code == ErrorCode::FileNotFound => Some(Reason::Deleted),
            Err(_) => None,
        }
    }
}
