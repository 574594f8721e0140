//! The links of a group, a page at a time, with what a tree shows of each.

use std::ffi::CStr;

use hdf5_async_protocol::message::command::ListOrder;
use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{Child, Link, ObjectKind, ObjectPath};

use super::error::{At as _, StoreError};
use super::library::link::Order;
use super::library::object::ObjectFacts;
use super::library::{CallError, Handle, dataset, datatype, link, object};
use super::resolve::{resolve_child, resolve_group};
use super::{Outcome, Store};

impl Store {
    pub(super) fn list(&mut self, command: &command::List) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let group = resolve_group(&self.file, path)?;
        let total = self.names.total(&group.object, &group.path).at(path)?;
        let limit = command.limit.unwrap_or(u64::MAX).min(self.limits.max_list_page);
        let limit = limit.min(total.saturating_sub(command.offset));
        let creation = command.order == ListOrder::Creation
            && object::tracks_creation_order(&group.object).at(path)?;
        let order = if creation { Order::Creation } else { Order::Name };
        let group_at = (&group.object, &group.path);
        let names = self.names.page(group_at, order, total, command.offset, limit).at(path)?;
        let children = names
            .iter()
            .map(|name| self.child(&group.object, &group.path, name))
            .collect::<Result<_, _>>()
            .at(path)?;
        let reply = reply::List { path: path.clone(), total, offset: command.offset, children };
        Outcome::answer(path, &reply, Vec::new())
    }

    pub(super) fn child(
        &self,
        group: &Handle,
        path: &ObjectPath,
        c_name: &CStr,
    ) -> Result<Child, CallError> {
        let name = c_name.to_string_lossy().into_owned();
        let link = link::get(group, c_name)?;
        let mut child = Child {
            name,
            link,
            kind: None,
            datatype: None,
            shape: None,
            n_attributes: 0,
            address: None,
            n_children: None,
        };
        match &child.link {
            Link::Hard => {
                // A damaged object is listed without its facts, so that the others can be seen.
                if let Ok(object) = object::open(group, c_name)
                    && let Ok(facts) = object::facts(&object)
                {
                    describe_child(&mut child, &object, facts);
                }
            }
            Link::Soft { .. } => {
                if let Ok(target) = resolve_child(&self.file, path, &child.name) {
                    describe_child(&mut child, &target.object, target.facts);
                }
            }
            Link::External { .. } | Link::UserDefined { .. } => {}
        }
        Ok(child)
    }
}

fn describe_child(child: &mut Child, object: &Handle, facts: ObjectFacts) {
    child.kind = facts.kind;
    child.n_attributes = facts.n_attributes;
    child.address = Some(facts.address);
    match facts.kind {
        Some(ObjectKind::Group) => child.n_children = object::n_children(object).ok(),
        Some(ObjectKind::Dataset) => {
            child.datatype =
                dataset::datatype(object).and_then(|datatype| datatype::describe(&datatype)).ok();
            child.shape = dataset::creation(object)
                .and_then(|creation| dataset::stated_extent(object, &creation))
                .ok()
                .and_then(|extent| extent.shape());
        }
        Some(ObjectKind::NamedDatatype) => child.datatype = datatype::describe(object).ok(),
        None => {}
    }
}
