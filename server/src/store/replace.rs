//! A dataset in the place of another, its attributes kept. The old one stays until the new one is complete.

use std::ffi::CString;

use hdf5_async_protocol::message::{Change, reply};
use hdf5_async_protocol::model::{ObjectKind, ObjectPath};

use super::blueprint::Blueprint;
use super::error::{At as _, StoreError};
use super::incoming::Values;
use super::library::space::{Extent, Space};
use super::library::{Handle, attribute, link};
use super::opened::{Opened, product};
use super::resolve::{Place, resolve};
use super::{Outcome, Store, StoreLimits, filter};

impl Store {
    /// Puts what `blueprint` says, with the values, where `opened` is.
    pub(super) fn replace(
        &mut self,
        path: &ObjectPath,
        opened: &Opened,
        mut blueprint: Blueprint,
        values: Option<&Values<'_>>,
    ) -> Result<Outcome, StoreError> {
        if matches!(&blueprint.extent, Extent::Simple { dims, .. } if product(dims) > 0) {
            let kept = filter::steps(path, &opened.filters).unwrap_or_default();
            blueprint.filters = kept.into_iter().filter(filter::Step::fits_any_datatype).collect();
        }
        if blueprint.datatype == opened.datatype {
            blueprint.named_datatype = opened.named_datatype(path)?;
        }
        let made = blueprint.build(path, &self.file, values, &self.references, &self.limits)?;
        copy_attributes(path, &opened.handle, &made, &self.limits)?;
        let place = resolve(&self.file, path)?.place.ok_or(StoreError::RootGroup)?;
        self.opened.clear();
        swap(path, &place, &made)?;
        let real = opened.path.clone();
        let mut changes = vec![
            Change::Deleted { path: real.clone() },
            Change::Created { path: real.clone(), kind: Some(ObjectKind::Dataset), link: None },
        ];
        changes.extend(values.map(|values| self.written_whole(&real, values)));
        let reply = reply::Written {
            shape: blueprint.extent.shape(),
            datatype: blueprint.datatype,
            sources: Vec::new(),
        };
        Outcome::answer(path, &reply, changes)
    }
}

/// Lets the link at `place` lead to `made`; the old object goes when nothing else leads to it.
fn swap(path: &ObjectPath, place: &Place, made: &Handle) -> Result<(), StoreError> {
    let Place { group, name } = place;
    let aside = spare_name(path, group)?;
    link::rename(group, name, &aside).at(path)?;
    if let Err(error) = link::attach(made, group, &name.to_string_lossy()).at(path) {
        link::rename(group, &aside, name).at(path)?;
        return Err(error);
    }
    link::delete(group, &aside).at(path)
}

/// A name that no link of the group has.
fn spare_name(path: &ObjectPath, group: &Handle) -> Result<CString, StoreError> {
    let mut number: u64 = 0;
    loop {
        let name = CString::new(format!(".replaced-{number}")).unwrap_or_default();
        if !link::exists(group, &name).at(path)? {
            return Ok(name);
        }
        number += 1;
    }
}

/// Copies all attributes with the datatypes they have, also those whose values do not travel.
fn copy_attributes(
    path: &ObjectPath,
    from: &Handle,
    to: &Handle,
    limits: &StoreLimits,
) -> Result<(), StoreError> {
    for name in attribute::names(from).at(path)? {
        let source = attribute::open(from, &name).at(path)?;
        let datatype = attribute::datatype(&source).at(path)?;
        let extent = attribute::space(&source).at(path)?.extent().at(path)?;
        let elements = extent.shape().map_or(0, |shape| product(&shape));
        let bytes = elements.saturating_mul(attribute::element_bytes(&datatype) as u128);
        let max = limits.max_value_bytes;
        if bytes > u128::from(max) {
            let what = "the value of an attribute that is to be kept";
            return Err(StoreError::TooLarge { path: path.clone(), what, bytes, max });
        }
        let space = Space::new(&extent).at(path)?;
        let target = attribute::create(to, &name, &datatype, &space).at(path)?;
        if elements > 0 {
            let n_elements = usize::try_from(elements).unwrap_or(usize::MAX);
            attribute::copy_values(&source, &target, &datatype, n_elements).at(path)?;
        }
    }
    Ok(())
}
