//! The elements of a selection, slab by slab in C order: how a dataset larger than memory is read.

use futures::{Stream, StreamExt as _};
use hdf5_async_client::protocol::message::{ErrorCode, ErrorReply};
use hdf5_async_client::protocol::model::{
    DatasetInfo, Datatype, ObjectInfo, ObjectPath, ResolvedSelection, Selection,
};
use hdf5_async_client::slabs::{Slab, Slabs};
use hdf5_async_client::{CallError, File, Values};

use crate::failure::Failure;

/// Bytes that one slab may have; two are under way at a time.
pub const SLAB_BYTES: u64 = 8 << 20;

/// Elements of variable length have no size that is known before.
const VARIABLE_ELEMENTS: u64 = 8192;

/// A selection against a dataset as it was when it was described.
#[derive(Clone, Debug)]
pub struct Selected {
    pub path: ObjectPath,
    pub dataset: DatasetInfo,
    /// Against the dataset's shape; `None` for a null dataspace.
    pub resolved: Option<ResolvedSelection>,
}

impl Selected {
    /// Asks what the dataset is, and checks the selection against it.
    ///
    /// # Errors
    /// When there is no such dataset, or the selection does not fit.
    pub async fn new(
        file: &File,
        path: &ObjectPath,
        selection: &Selection,
    ) -> Result<Self, Failure> {
        let object = file.describe(path.as_str()).await?.reply.object;
        let dataset = dataset_of(object)?;
        let resolved = match &dataset.shape {
            Some(shape) => Some(selection.resolve(shape)?),
            None => None,
        };
        Ok(Self { path: path.clone(), dataset, resolved })
    }

    /// All elements, if there are any.
    pub fn whole(path: ObjectPath, dataset: DatasetInfo) -> Option<Self> {
        let shape = dataset.shape.as_ref().filter(|shape| !shape.contains(&0))?;
        let resolved = Some(ResolvedSelection::all(shape));
        Some(Self { path, dataset, resolved })
    }

    /// Of the result; `None` for a null dataspace.
    pub fn shape(&self) -> Option<Vec<u64>> {
        self.resolved.as_ref().map(ResolvedSelection::shape)
    }

    /// Keeps the first `rows` along the first axis of the result; `true` if that leaves some out.
    pub fn truncate(&mut self, rows: u64) -> bool {
        let Some(resolved) = &mut self.resolved else { return false };
        let Some(axis) = resolved.dropped.iter().position(|dropped| !dropped) else { return false };
        let count = resolved.axes[axis].count();
        if count <= rows {
            return false;
        }
        resolved.axes[axis] = resolved.axes[axis].part(0, rows);
        true
    }

    /// Bytes of all elements, where that is known before.
    pub fn bytes(&self) -> Option<u64> {
        let datatype = &self.dataset.datatype;
        let slot = datatype.wire_size().filter(|_| !datatype.has_heap())? as u64;
        self.resolved.as_ref()?.n_elements().checked_mul(slot)
    }

    /// In C order.
    pub fn slabs(&self) -> impl Iterator<Item = Slab> + use<> {
        let slabs = self.resolved.clone().map(|resolved| {
            let chunks = self.dataset.chunks.as_deref();
            Slabs::new(resolved, chunks, elements_per_slab(&self.dataset.datatype))
        });
        slabs.into_iter().flatten()
    }

    /// The values, slab by slab.
    pub fn stream(&self, file: &File) -> impl Stream<Item = Result<Values, Failure>> + use<> {
        let (file, path) = (file.clone(), self.path.clone());
        let reads = self.slabs().map(move |slab| {
            let (file, path) = (file.clone(), path.clone());
            async move {
                let values = file.read(path.as_str(), &slab.selection.to_string()).await?.reply;
                if values.shape.as_ref() != Some(&slab.shape) {
                    let what = "its shape is another one now".to_owned();
                    return Err(Failure::Changed { path: path.to_string(), what });
                }
                Ok(values)
            }
        });
        futures::stream::iter(reads).buffered(2)
    }
}

/// The facts of the dataset that an object is.
///
/// # Errors
/// When it is none.
pub fn dataset_of(object: ObjectInfo) -> Result<DatasetInfo, Failure> {
    let kind = crate::wording::kind(object.kind);
    let path = object.path;
    object.dataset.ok_or_else(|| {
        let message = format!("{path} is a {kind}, not a dataset");
        let reply = ErrorReply::new(ErrorCode::WrongKind, message).with_path(path.as_str());
        Failure::Call(CallError::Refused(reply))
    })
}

pub fn elements_per_slab(datatype: &Datatype) -> u64 {
    if datatype.has_heap() {
        return VARIABLE_ELEMENTS;
    }
    let slot = datatype.wire_size().unwrap_or(1).max(1) as u64;
    (SLAB_BYTES / slot).max(1)
}
