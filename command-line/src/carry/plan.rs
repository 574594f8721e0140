//! What a copy consists of, noted down before anything of it is made.

use std::collections::HashMap;

use futures::StreamExt as _;
use hdf5_async_client::File;
use hdf5_async_client::protocol::message::command::Walk;
use hdf5_async_client::protocol::model::{Child, Link, ObjectKind, ObjectPath};

use crate::failure::Failure;

/// An object and where its copy goes.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) source: ObjectPath,
    pub(super) target: ObjectPath,
    pub(super) kind: ObjectKind,
    pub(super) has_attributes: bool,
    address: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Groups before what is in them; the first is what the copy is of.
    pub(super) objects: Vec<Planned>,
    /// Soft and external links.
    pub(super) links: Vec<(ObjectPath, Link)>,
    /// Further hard links, and the place of the object that they lead to.
    pub(super) more_links: Vec<(ObjectPath, ObjectPath)>,
    places: HashMap<u64, ObjectPath>,
}

impl Plan {
    pub(super) async fn of(
        from: &File,
        source: &ObjectPath,
        target: &ObjectPath,
    ) -> Result<Self, Failure> {
        let object = from.describe(source.as_str()).await?.reply.object;
        let mut plan = Self::default();
        plan.add(Planned {
            source: source.clone(),
            target: target.clone(),
            kind: object.kind,
            has_attributes: !object.attributes.is_empty(),
            address: object.address,
        });
        if object.kind != ObjectKind::Group {
            return Ok(plan);
        }
        let walk = Walk { path: source.clone(), depth: None, limit: None, cursor: None };
        let mut groups = std::pin::pin!(from.walk(walk));
        while let Some(group) = groups.next().await {
            let group = group?;
            let place = group.path.rebased(source, target).ok_or_else(|| too_long(&group.path))?;
            for child in group.children {
                let too_long = |_| too_long(&group.path);
                let from = group.path.join(&child.name).map_err(too_long)?;
                plan.child(from, place.join(&child.name).map_err(too_long)?, child);
            }
        }
        Ok(plan)
    }

    /// Where each object goes, by its address.
    pub(super) fn places(&self) -> HashMap<u64, ObjectPath> {
        self.places.clone()
    }

    fn add(&mut self, planned: Planned) {
        if let Some(address) = planned.address {
            self.places.insert(address, planned.target.clone());
        }
        self.objects.push(planned);
    }

    fn child(&mut self, source: ObjectPath, target: ObjectPath, child: Child) {
        let (Link::Hard, Some(kind)) = (&child.link, child.kind) else {
            self.links.push((target, child.link));
            return;
        };
        match child.address.and_then(|address| self.places.get(&address)) {
            Some(there) => self.more_links.push((target, there.clone())),
            None => self.add(Planned {
                source,
                target,
                kind,
                has_attributes: child.n_attributes > 0,
                address: child.address,
            }),
        }
    }
}

fn too_long(path: &ObjectPath) -> Failure {
    Failure::Usage(format!("what is below {path} would have too long a path in the copy"))
}
