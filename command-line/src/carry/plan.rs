//! What a copy consists of, noted down before anything of it is made.

use std::collections::HashMap;

use hdf5_async_client::File;
use hdf5_async_client::protocol::message::command::{List, ListOrder};
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

/// One link of the copy.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The first one to an object, which is made with it.
    Object(Planned),
    /// A further hard link, and the place of the object that it leads to.
    Again(ObjectPath, ObjectPath),
    /// A soft or external one.
    Link(ObjectPath, Link),
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) source: ObjectPath,
    /// Groups before what is in them, and the links of a group in its order; the first is what the copy is of.
    pub(super) steps: Vec<Step>,
    places: HashMap<u64, ObjectPath>,
}

impl Plan {
    pub(super) async fn of(
        from: &File,
        source: &ObjectPath,
        target: &ObjectPath,
    ) -> Result<Self, Failure> {
        let object = from.describe(source.as_str()).await?.reply.object;
        let mut plan = Self { source: source.clone(), steps: Vec::new(), places: HashMap::new() };
        plan.add(Planned {
            source: source.clone(),
            target: target.clone(),
            kind: object.kind,
            has_attributes: !object.attributes.is_empty(),
            address: object.address,
        });
        let mut next = 0;
        while let Some(step) = plan.steps.get(next) {
            if let Step::Object(Planned { kind: ObjectKind::Group, source, target, .. }) = step {
                let (source, target) = (source.clone(), target.clone());
                plan.group(from, &source, &target).await?;
            }
            next += 1;
        }
        Ok(plan)
    }

    async fn group(
        &mut self,
        from: &File,
        source: &ObjectPath,
        target: &ObjectPath,
    ) -> Result<(), Failure> {
        let order = ListOrder::Creation;
        let mut offset = 0;
        loop {
            let page = List { path: source.clone(), offset, limit: None, order };
            let page = from.call(page).await?.reply;
            offset += page.children.len() as u64;
            let is_last = page.children.is_empty() || offset >= page.total;
            for child in page.children {
                let too_long = |_| too_long(source);
                let from = source.join(&child.name).map_err(too_long)?;
                self.child(from, target.join(&child.name).map_err(too_long)?, child);
            }
            if is_last {
                return Ok(());
            }
        }
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &Planned> {
        self.steps.iter().filter_map(|step| match step {
            Step::Object(planned) => Some(planned),
            Step::Again(..) | Step::Link(..) => None,
        })
    }

    /// Where each object goes, by its address.
    pub(super) fn places(&self) -> HashMap<u64, ObjectPath> {
        self.places.clone()
    }

    fn add(&mut self, planned: Planned) {
        if let Some(address) = planned.address {
            self.places.insert(address, planned.target.clone());
        }
        self.steps.push(Step::Object(planned));
    }

    fn child(&mut self, source: ObjectPath, target: ObjectPath, child: Child) {
        let (Link::Hard, Some(kind)) = (&child.link, child.kind) else {
            self.steps.push(Step::Link(target, child.link));
            return;
        };
        match child.address.and_then(|address| self.places.get(&address)) {
            Some(there) => self.steps.push(Step::Again(target, there.clone())),
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
