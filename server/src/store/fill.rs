//! One value into many elements, block by block, so that the memory for it does not grow with the selection.

use hdf5_async_protocol::message::command;
use hdf5_async_protocol::model::{ObjectPath, ResolvedSelection};
use hdf5_async_protocol::values;

use super::error::{At as _, StoreError};
use super::incoming::{Incoming, Values};
use super::library::space::Extent;
use super::opened::{Opened, product};
use super::write::written;
use super::{Outcome, Store, StoreLimits, change, transfer};
use crate::cut::{Blocks, Order};

impl Store {
    pub(super) fn fill(
        &mut self,
        command: &command::Fill,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let limits = self.limits;
        let opened = self.dataset(path)?;
        opened.check_writable(path, &self.file, &limits)?;
        let extent = opened.extent(path)?;
        let Some(shape) = extent.shape() else {
            let reason = "a null dataspace has no elements to fill".to_owned();
            return Err(StoreError::Shape { path: path.clone(), reason });
        };
        let selection = command.selection.resolve(&shape).at(path)?;
        let incoming = Incoming::new(path, command.data.as_deref(), payload, &limits)
            .said_to_be(command.datatype.as_ref(), None);
        let element = element(&incoming, &opened)?;
        let slots = opened.slot_bytes(path)?.max(element.payload.len());
        let bytes = product(&selection.counts()).saturating_mul(slots as u128);
        check_rewrite(path, bytes, &limits)?;
        if bytes == 0 {
            return written(path, &opened, Some(shape), Vec::new());
        }
        fill_blocks(path, &opened, &extent, &selection, &element, slots, &limits)?;
        let small = selection.n_elements() <= 1 || bytes <= u128::from(limits.inline_value_bytes);
        let change = if small {
            let all = repeated(path, &element, &selection.shape())?;
            change::written(&opened.path, &selection, None, &shape, &all, &limits)
        } else {
            change::region(&opened.path, selection.bounding(), None, &shape, None)
        };
        written(path, &opened, Some(shape), vec![change])
    }
}

/// The one element that was sent, or else the dataset's fill value.
fn element<'a>(incoming: &Incoming<'a>, opened: &Opened) -> Result<Values<'a>, StoreError> {
    let datatype = &opened.datatype;
    if incoming.data.is_some() || incoming.payload.is_some() {
        incoming.check_presence()?;
        return incoming.broadcast_to(datatype, &[]);
    }
    let payload = opened.fill_element(incoming.path)?;
    Ok(Values { payload: payload.into(), datatype: datatype.clone(), shape: Vec::new() })
}

fn fill_blocks(
    path: &ObjectPath,
    opened: &Opened,
    extent: &Extent,
    selection: &ResolvedSelection,
    element: &Values<'_>,
    element_bytes: usize,
    limits: &StoreLimits,
) -> Result<(), StoreError> {
    let max_elements = limits.block_bytes / (element_bytes as u64).max(1);
    let chunks = opened.chunks.as_deref();
    let mut values = element.clone();
    for block in Blocks::new(selection.clone(), chunks, max_elements, Order::Chunks) {
        if values.shape != block.place.shape {
            values = repeated(path, element, &block.place.shape)?;
        }
        transfer::write(path, opened.target(), extent, &block.selection, &values.payload)?;
    }
    Ok(())
}

fn repeated<'a>(
    path: &ObjectPath,
    element: &Values<'_>,
    shape: &[u64],
) -> Result<Values<'a>, StoreError> {
    let datatype = element.datatype.clone();
    let one = element.payload.to_vec();
    let payload = values::broadcast(one, &datatype, &[], shape).at(path)?;
    Ok(Values { payload: payload.into(), datatype, shape: shape.to_vec() })
}

/// Bounds the elements that a command writes or moves although they were not sent.
pub(super) fn check_rewrite(
    path: &ObjectPath,
    bytes: u128,
    limits: &StoreLimits,
) -> Result<(), StoreError> {
    let max = limits.max_rewrite_bytes;
    if bytes <= u128::from(max) {
        return Ok(());
    }
    let what = "the part of the dataset that one command would rewrite";
    Err(StoreError::TooLarge { path: path.clone(), what, bytes, max })
}
