//! References between what a file has, addresses, and what travels, paths.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use hdf5_async_protocol::model::{
    AttributeName, ObjectKind, ObjectPath, Reference, ReferenceKind, Region,
};

use super::error::{At as _, StoreError};
use super::hyperslab::Hyperslab;
use super::library::memory::RawReference;
use super::library::reference::{self, REGION_BYTES, Selected};
use super::library::space::{Extent, Space};
use super::library::staging::FoundReference;
use super::library::standard_reference::{self, Referred, StandardReference};
use super::library::{CallError, Handle, attribute, c_name, dataset, link, object};
use super::resolve::resolve;

/// Objects beyond so many are not looked for; references to them are shown as the bytes that they are.
const MAX_KNOWN: usize = 4 << 20;

/// The paths of objects by their addresses, found by walking the groups only as far as was asked for.
#[derive(Debug, Default)]
pub(crate) struct References {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    paths: HashMap<u64, String>,
    /// Groups whose links are still to be looked at.
    ahead: VecDeque<String>,
    begun: bool,
}

impl References {
    /// When links have changed.
    pub(crate) fn forget(&self) {
        *self.known() = Known::default();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A path to the object at `address` of the file that `anchor` is in; `None` where no hard links lead to it.
    pub(crate) fn path_of(
        &self,
        anchor: &Handle,
        address: u64,
    ) -> Result<Option<ObjectPath>, CallError> {
        let mut known = self.known();
        known.look_for(anchor, address)?;
        Ok(known.paths.get(&address).and_then(|path| ObjectPath::new(path).ok()))
    }

    /// What travels of a reference; `anchor` is any object of the file.
    pub(crate) fn name(
        &self,
        path: &ObjectPath,
        anchor: &Handle,
        raw: RawReference<'_>,
    ) -> Result<Vec<u8>, StoreError> {
        if raw.is_null() {
            return Ok(Vec::new());
        }
        let named = match raw.kind() {
            ReferenceKind::Object => self.object(anchor, raw.bytes()),
            ReferenceKind::Region => self.region(anchor, raw.bytes()),
            ReferenceKind::Any => self.any(anchor, raw),
        };
        Ok(named.at(path)?.to_heap())
    }

    fn object(&self, anchor: &Handle, raw: &[u8]) -> Result<Reference, CallError> {
        let address = raw.first_chunk::<8>().map_or(0, |bytes| u64::from_ne_bytes(*bytes));
        let lost = Reference::Lost { kind: ReferenceKind::Object, raw: raw.to_vec() };
        Ok(self.path_of(anchor, address)?.map_or(lost, Reference::Object))
    }

    fn region(&self, anchor: &Handle, raw: &[u8]) -> Result<Reference, CallError> {
        let lost = Ok(Reference::Lost { kind: ReferenceKind::Region, raw: raw.to_vec() });
        let Some(raw) = raw.first_chunk::<REGION_BYTES>() else { return lost };
        // A region of a dataset that is gone cannot be read any more.
        let Ok((address, selected)) = reference::region(anchor, raw) else { return lost };
        let Some(path) = self.path_of(anchor, address)? else { return lost };
        Ok(Reference::Region(region_of(path, selected)))
    }

    fn any(&self, anchor: &Handle, raw: RawReference<'_>) -> Result<Reference, CallError> {
        // What the library has in memory means nothing anywhere else.
        let lost = || Reference::Lost { kind: ReferenceKind::Any, raw: Vec::new() };
        // What is gone, or in another file, cannot be read.
        let Ok(referred) = standard_reference::referred(raw) else { return Ok(lost()) };
        let (Referred::Object(address)
        | Referred::Region(address, _)
        | Referred::Attribute(address, _)) = referred;
        let Some(path) = self.path_of(anchor, address)? else { return Ok(lost()) };
        Ok(match referred {
            Referred::Object(_) => Reference::Object(path),
            Referred::Region(_, selected) => Reference::Region(region_of(path, selected)),
            Referred::Attribute(_, name) => Reference::Attribute(AttributeName { path, name }),
        })
    }
}

fn region_of(path: ObjectPath, selected: Selected) -> Region {
    let mut region = Region { path, selection: None, points: None, blocks: None };
    match selected {
        Selected::All => {}
        Selected::Points(points) => region.points = Some(points),
        Selected::Blocks(blocks) => region.blocks = Some(blocks),
        Selected::Slices(slices) => region.selection = slices_text(&slices).parse().ok(),
    }
    region
}

/// What the library takes for a reference that came over the wire.
pub(crate) fn find(
    path: &ObjectPath,
    anchor: &Handle,
    kind: ReferenceKind,
    named: &[u8],
) -> Result<FoundReference, StoreError> {
    let refuse = |reason: &str| StoreError::Reference {
        path: path.clone(),
        reference: String::from_utf8_lossy(named).chars().take(120).collect(),
        reason: reason.to_owned(),
    };
    let reference = Reference::from_heap(named, kind)
        .ok_or_else(|| refuse("it is not of the kind that the datatype says"))?;
    let own = |target| own_object(anchor, target).map_err(|error| refuse(&error));
    let any = kind == ReferenceKind::Any;
    match &reference {
        Reference::Null(_) => Ok(FoundReference::Bytes(Vec::new())),
        Reference::Lost { raw, .. } if raw_bytes(kind) == Some(raw.len()) => {
            Ok(FoundReference::Bytes(raw.clone()))
        }
        Reference::Lost { .. } => Err(refuse("it has not the bytes of a reference")),
        Reference::Object(target) if any => {
            let made = StandardReference::to_object(&own(target)?);
            made.at(path).map(FoundReference::Standard)
        }
        Reference::Object(target) => {
            let address = object::address(&own(target)?).at(path)?;
            Ok(FoundReference::Bytes(address.to_ne_bytes().to_vec()))
        }
        Reference::Region(region) => {
            let object = own(&region.path)?;
            let space = region_space(path, &object, region).map_err(|error| refuse(&error))?;
            if any {
                let made = StandardReference::to_region(&object, &space);
                return made.at(path).map(FoundReference::Standard);
            }
            let bytes = reference::to_region(&object, &space).at(path)?;
            Ok(FoundReference::Bytes(bytes.to_vec()))
        }
        Reference::Attribute(AttributeName { path: target, name }) => {
            let object = own(target)?;
            let name = c_name(name).at(path)?;
            if !attribute::exists(&object, &name).at(path)? {
                return Err(refuse("the object has no such attribute"));
            }
            let made = StandardReference::to_attribute(&object, &name);
            made.at(path).map(FoundReference::Standard)
        }
    }
}

/// Bytes that mean the same when they come back.
fn raw_bytes(kind: ReferenceKind) -> Option<usize> {
    match kind {
        ReferenceKind::Object => Some(size_of::<u64>()),
        ReferenceKind::Region => Some(REGION_BYTES),
        ReferenceKind::Any => None,
    }
}

impl Known {
    fn look_for(&mut self, anchor: &Handle, address: u64) -> Result<(), CallError> {
        let root = object::root(anchor)?;
        if !self.begun {
            self.begun = true;
            self.paths.insert(object::address(&root)?, "/".to_owned());
            self.ahead.push_back(String::new());
        }
        while !self.paths.contains_key(&address) && self.paths.len() < MAX_KNOWN {
            let Some(path) = self.ahead.pop_front() else { return Ok(()) };
            let group = if path.is_empty() {
                object::root(anchor)?
            } else {
                object::open(&root, &c_name(&path)?)?
            };
            for (name, child) in link::hard(&group)? {
                if self.paths.contains_key(&child) {
                    continue;
                }
                let Ok(text) = name.to_str() else { continue };
                let child_path = format!("{path}/{text}");
                // Objects that are damaged have a path, too, but nothing below.
                let opened = object::open(&group, &name).and_then(|child| object::facts(&child));
                if opened.is_ok_and(|facts| facts.kind == Some(ObjectKind::Group)) {
                    self.ahead.push_back(child_path.clone());
                }
                self.paths.insert(child, child_path);
            }
        }
        Ok(())
    }
}

/// The object at `path`, if it lies in the same file as `anchor`.
fn own_object(anchor: &Handle, path: &ObjectPath) -> Result<Handle, String> {
    let found = resolve(anchor, path).map_err(|error| error.to_string())?.object;
    let number = |handle| object::file_number(handle).map_err(|error| error.to_string());
    if number(&found)? == number(anchor)? {
        return Ok(found);
    }
    Err(format!("{path} is in another file"))
}

fn slices_text(slices: &[[u64; 3]]) -> String {
    let slice = |[start, step, count]: &[u64; 3]| {
        let end = start + count.saturating_sub(1) * step + u64::from(*count > 0);
        if *step == 1 { format!("{start}:{end}") } else { format!("{start}:{end}:{step}") }
    };
    slices.iter().map(slice).collect::<Vec<_>>().join(", ")
}

/// The dataspace of the dataset `object` with what `region` says selected.
fn region_space(path: &ObjectPath, object: &Handle, region: &Region) -> Result<Space, String> {
    fn text(error: impl std::fmt::Display) -> String {
        error.to_string()
    }
    let facts = object::facts(object).map_err(text)?;
    if facts.kind != Some(ObjectKind::Dataset) {
        return Err(format!("{} is not a dataset", region.path));
    }
    let creation = dataset::creation(object).map_err(text)?;
    let extent = dataset::stated_extent(object, &creation).map_err(text)?;
    let dims = extent.shape().ok_or("a null dataspace has no regions")?;
    let mut space = Space::new(&extent).map_err(text)?;
    if let Some(selection) = &region.selection {
        let resolved = selection.resolve(&dims).map_err(text)?;
        if resolved.n_elements() == 0 || extent == Extent::Scalar {
            return none_unless_scalar(space, &extent);
        }
        Hyperslab::for_writing(&resolved).select(&mut space, &dims).map_err(text)?;
    }
    let inside = |index: &[u64]| {
        index.len() == dims.len() && index.iter().zip(&dims).all(|(at, dim)| at < dim)
    };
    let outside = || format!("its indexes do not lie inside of the shape {dims:?} of {path}");
    if let Some(points) = &region.points {
        if !points.iter().all(|point| inside(point)) {
            return Err(outside());
        }
        if points.is_empty() {
            space.select_none().map_err(text)?;
        } else if !dims.is_empty() {
            space.select_points(dims.len(), &points.concat()).map_err(text)?;
        }
    }
    if let Some(blocks) = &region.blocks {
        space.select_none().map_err(text)?;
        for [first, last] in blocks {
            let ordered = first.iter().zip(last).all(|(first, last)| first <= last);
            if !inside(first) || !inside(last) || !ordered || dims.is_empty() {
                return Err(outside());
            }
            let shape: Vec<u64> =
                first.iter().zip(last).map(|(first, last)| last - first + 1).collect();
            space.add_block(first, &shape).map_err(text)?;
        }
    }
    Ok(space)
}

fn none_unless_scalar(mut space: Space, extent: &Extent) -> Result<Space, String> {
    if *extent != Extent::Scalar {
        space.select_none().map_err(|error| error.to_string())?;
    }
    Ok(space)
}
