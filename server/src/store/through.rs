//! Values for a virtual dataset, divided among the datasets that its elements lie in: those of other files are written
//! by their own workers.

use std::ffi::CString;

use hdf5_async_protocol::message::{Command, command};
use hdf5_async_protocol::model::{
    AxisRange, Datatype, Fields, Layout, ObjectKind, ObjectPath, ResolvedSelection, Selection,
};
use hdf5_async_protocol::values;
use serde::{Deserialize, Serialize};

use super::error::{At as _, StoreError};
use super::hyperslab::{Hyperslab, gather};
use super::incoming::Incoming;
use super::library::creation::Mapping;
use super::library::space::{Extent, Space};
use super::library::{Handle, dataset, file};
use super::opened::product;
use super::resolve::{expect_kind, resolve};
use super::{Store, StoreLimits};

/// Boxes that one write may be divided into.
const MAX_PARTS: usize = 10_000;

/// What is to be written where; the values of the parts stand one behind the other in a payload.
#[derive(Debug, Serialize, Deserialize)]
pub struct Division {
    pub datatype: Datatype,
    /// Of the virtual dataset.
    pub shape: Vec<u64>,
    pub parts: Vec<Part>,
}

/// A box of elements of one source.
#[derive(Debug, Serialize, Deserialize)]
pub struct Part {
    /// As the virtual dataset names it; `.` is its own file.
    pub file: String,
    pub path: ObjectPath,
    pub selection: Selection,
    pub shape: Vec<u64>,
    /// Of its values.
    pub bytes: u64,
}

/// The values to divide, in the order in which the library goes through what is selected.
struct Sent<'a> {
    path: &'a ObjectPath,
    payload: &'a [u8],
    datatype: &'a Datatype,
    /// Elements of the payload.
    count: u64,
    order: Vec<usize>,
    selected: Space,
    /// All of `order`.
    memory: Space,
}

impl Store {
    /// Divides what a command would write; `None` if that is not a virtual dataset.
    ///
    /// # Errors
    /// As `write` with a `selection`; `unsupported` where some of the elements are in no source, or in one whose part
    /// grows.
    pub fn divide(
        &mut self,
        command: &Command,
        payload: Option<&[u8]>,
    ) -> Result<Option<(Division, Vec<u8>)>, StoreError> {
        let limits = self.limits;
        let (incoming, selection, fields) = match command {
            Command::Write(command::Write { path, selection, fields, data, datatype, shape })
            | Command::Update(command::Update { path, selection, fields, data, datatype, shape }) =>
            {
                let incoming = Incoming::new(path, data.as_deref(), payload, &limits)
                    .said_to_be(datatype.as_ref(), shape.as_deref());
                (incoming, selection, fields)
            }
            _ => return Ok(None),
        };
        self.lending(command.path(), |store| {
            store.divide_values(&incoming, selection.as_ref(), fields.as_ref(), &limits)
        })
    }

    fn divide_values(
        &mut self,
        incoming: &Incoming<'_>,
        selection: Option<&Selection>,
        fields: Option<&Fields>,
        limits: &StoreLimits,
    ) -> Result<Option<(Division, Vec<u8>)>, StoreError> {
        let path = incoming.path;
        let opened = self.dataset(path)?;
        let extent = opened.extent(path)?;
        let shape = match extent.shape() {
            Some(shape) if opened.layout == Layout::Virtual && fields.is_none() => shape,
            _ => return Ok(None),
        };
        opened.check_accessible(path, limits)?;
        let all = Selection::all();
        let selection = selection.unwrap_or(&all).resolve(&shape).at(path)?;
        let values = incoming.broadcast_to(&opened.datatype, &selection.shape())?;
        let sent = Sent::new(path, &extent, &selection, &values.payload, &opened.datatype)?;
        let mut division = Division { datatype: opened.datatype.clone(), shape, parts: Vec::new() };
        let mut divided = Vec::new();
        let mut is_placed = vec![false; sent.order.len()];
        for mapping in opened.creation.mappings().at(path)? {
            check_size(path, &mapping)?;
            let common = mapping.space.project(&mapping.space, &sent.selected);
            if sent.order.is_empty() || common.and_then(|it| it.n_selected()).at(path)? == Some(0) {
                continue;
            }
            let mapping = self.with_extent(path, mapping)?;
            sent.place(&mapping, &mut division.parts, &mut divided, &mut is_placed)?;
        }
        if is_placed.contains(&false) {
            let reason = "some of the elements are in no source, and cannot be written".to_owned();
            return Err(refused(path, reason));
        }
        Ok(Some((division, divided)))
    }
}

impl Store {
    /// Files keep of a source that is mapped as a whole not how large it is.
    fn with_extent(&self, path: &ObjectPath, mapping: Mapping) -> Result<Mapping, StoreError> {
        let counts =
            (mapping.space.n_selected().at(path)?, mapping.source_space.n_selected().at(path)?);
        let is_known = matches!(mapping.source_space.extent().at(path)?, Extent::Simple { .. });
        if counts.0.is_none() || (is_known && counts.0 == counts.1) {
            return Ok(mapping);
        }
        let named = mapping.file.to_string_lossy();
        let opened;
        let file = if named == "." {
            &self.file
        } else {
            opened = self.open_beside(path, &named)?;
            &opened
        };
        let source = mapping.path.to_string_lossy();
        let source = ObjectPath::new(&source)
            .map_err(|_| refused(path, format!("{source:?} is not the path of a source")))?;
        let in_source =
            |error| StoreError::InSource { file: named.to_string(), source: Box::new(error) };
        let found = resolve(file, &source).map_err(in_source)?;
        expect_kind(&source, &found, ObjectKind::Dataset).map_err(in_source)?;
        let extent = dataset::extent(&found.object).at(path)?;
        let source_space = Space::new(&extent).at(path)?;
        if source_space.n_selected().at(path)? != counts.0 {
            let reason = format!("{source} of {named} has another size than its part has here");
            return Err(refused(path, reason));
        }
        Ok(Mapping { source_space, ..mapping })
    }

    /// Opens a file that a virtual dataset of this one names, as it is lent for this command.
    fn open_beside(&self, path: &ObjectPath, named: &str) -> Result<Handle, StoreError> {
        let refused = |message: String| StoreError::Source {
            path: path.clone(),
            file: named.to_owned(),
            message,
        };
        let own = self.given.name().to_string_lossy();
        let folder = own.rfind('/').map_or("", |end| &own[..=end]);
        let name =
            if named.starts_with('/') { named.to_owned() } else { format!("{folder}{named}") };
        let name = CString::new(name).map_err(|error| refused(error.to_string()))?;
        file::open(&name, file::Opening::Lent).map_err(|error| refused(error.message))
    }
}

impl<'a> Sent<'a> {
    fn new(
        path: &'a ObjectPath,
        extent: &Extent,
        selection: &ResolvedSelection,
        payload: &'a [u8],
        datatype: &'a Datatype,
    ) -> Result<Self, StoreError> {
        let counts = selection.counts();
        let count = u64::try_from(product(&counts)).unwrap_or(u64::MAX);
        let slab = Hyperslab::for_writing(selection);
        let mut selected = Space::new(extent).at(path)?;
        slab.select(&mut selected, extent.shape().as_deref().unwrap_or_default()).at(path)?;
        let mut order = Vec::new();
        if count > 0 {
            gather(&counts, &slab.sources(), &mut |first, count| {
                order.extend(first..first + count);
            });
        }
        let memory = Space::new(&Extent::fixed(&[order.len() as u64])).at(path)?;
        Ok(Self { path, payload, datatype, count, order, selected, memory })
    }

    /// Adds what of the values lies in the source of `mapping`.
    fn place(
        &self,
        mapping: &Mapping,
        parts: &mut Vec<Part>,
        divided: &mut Vec<u8>,
        is_placed: &mut [bool],
    ) -> Result<(), StoreError> {
        let path = self.path;
        let Mapping { space, file, path: source, source_space } = mapping;
        let (file, source) = (file.to_string_lossy(), source.to_string_lossy());
        let there = space.project(source_space, &self.selected).at(path)?;
        let here = self.selected.project(&self.memory, space).at(path)?;
        let source = ObjectPath::new(&source)
            .map_err(|_| refused(path, format!("{source:?} is not the path of a source")))?;
        for [first, last] in there.corners().at(path)? {
            if parts.len() == MAX_PARTS {
                let reason = format!(
                    "the write would be divided into more than {MAX_PARTS} parts; select less"
                );
                return Err(refused(path, reason));
            }
            let mut within = Space::new(&there.extent().at(path)?).at(path)?;
            within.select_boxes(&[[first.clone(), last.clone()]]).at(path)?;
            let mine = there.project(&here, &within).at(path)?;
            let mut indices = Vec::new();
            for [first, last] in mine.corners().at(path)? {
                let at = |corner: &[u64]| usize::try_from(corner[0]).unwrap_or(usize::MAX);
                let places = at(&first)..=at(&last);
                indices.extend_from_slice(self.order.get(places.clone()).unwrap_or_default());
                is_placed.get_mut(places).unwrap_or_default().fill(true);
            }
            let values = values::take(self.payload, self.datatype, self.count, &indices);
            let values = values.at(path)?;
            let axes = first.iter().zip(&last);
            let shape: Vec<u64> = axes.clone().map(|(first, last)| last - first + 1).collect();
            let range = |(&start, &last): (&u64, &u64)| AxisRange::Strided {
                start,
                count: last - start + 1,
                step: 1,
            };
            let resolved = ResolvedSelection {
                axes: axes.map(range).collect(),
                dropped: vec![false; first.len()],
            };
            parts.push(Part {
                file: file.to_string(),
                path: source.clone(),
                selection: resolved.bounding(),
                shape,
                bytes: values.len() as u64,
            });
            divided.extend_from_slice(&values);
        }
        Ok(())
    }
}

/// Refuses parts that grow with their source: which elements those are changes with it.
fn check_size(path: &ObjectPath, mapping: &Mapping) -> Result<(), StoreError> {
    let counts =
        (mapping.space.n_selected().at(path)?, mapping.source_space.n_selected().at(path)?);
    let (file, source) = (mapping.file.to_string_lossy(), mapping.path.to_string_lossy());
    if counts.0.is_some() && counts.1.is_some() && !file.contains('%') && !source.contains('%') {
        return Ok(());
    }
    let reason = format!("its part in {file} grows with its source, and is written only there");
    Err(refused(path, reason))
}

fn refused(path: &ObjectPath, reason: String) -> StoreError {
    StoreError::Layout { path: path.clone(), reason }
}
