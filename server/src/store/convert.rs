//! A values payload from one datatype to another, refused where a value would change.

mod plan;

use std::borrow::Cow;

use hdf5_async_protocol::model::{Datatype, ObjectPath, Reference};
use hdf5_async_protocol::values::integer::{MAX_BYTES, decode, fits};
use hdf5_async_protocol::values::{self, Slots, ValueError, payload};

use super::error::{At as _, StoreError};
use super::number;
use plan::{Failure, Plan};

/// Makes sure that a payload from outside holds `n_elements` valid values.
pub(crate) fn check(
    payload: &[u8],
    datatype: &Datatype,
    n_elements: u64,
) -> Result<(), ValueError> {
    values::check(payload, datatype, n_elements)?;
    if !has_rules(datatype) {
        return Ok(());
    }
    let split = Slots::split(payload, datatype, n_elements)?;
    for slot in split.each() {
        payload::visit(datatype, slot, split.heap, &mut check_part)?;
    }
    Ok(())
}

/// Whether some bytes are no value of the datatype.
fn has_rules(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::Bool | Datatype::String { length: None, .. } | Datatype::Reference { .. } => true,
        Datatype::Integer { size, precision, .. } | Datatype::Bitfield { size, precision, .. } => {
            *precision < size * 8
        }
        Datatype::Enum { base, .. } | Datatype::Array { base, .. } | Datatype::Vlen { base } => {
            has_rules(base)
        }
        Datatype::Compound { members, .. } => members.iter().any(|m| has_rules(&m.datatype)),
        _ => false,
    }
}

fn check_part(datatype: &Datatype, bytes: &[u8]) -> Result<(), ValueError> {
    let not_of_type =
        |value: String| Err(ValueError::NotOfType { value, datatype: datatype.to_string() });
    match datatype {
        Datatype::Bool => match bytes.first() {
            Some(0 | 1) => Ok(()),
            byte => not_of_type(byte.map_or_else(String::new, u8::to_string)),
        },
        // HDF5 takes variable-length strings as C strings.
        Datatype::String { length: None, .. } if bytes.contains(&0) => {
            not_of_type("a string with a NUL byte inside".to_owned())
        }
        Datatype::Reference { kind } => {
            Reference::from_heap(bytes, *kind).map(|_| ()).ok_or(ValueError::Reference)
        }
        Datatype::Enum { base, .. } => check_part(base, bytes),
        Datatype::Integer { signed, order, precision, .. } if bytes.len() <= MAX_BYTES => {
            let value = decode(bytes, *signed, *order);
            if fits(value, *signed, *precision) { Ok(()) } else { not_of_type(value.to_string()) }
        }
        Datatype::Bitfield { order, precision, .. } if bytes.len() <= MAX_BYTES => {
            let value = decode(bytes, false, *order);
            if fits(value, false, *precision) { Ok(()) } else { not_of_type(value.to_string()) }
        }
        _ => Ok(()),
    }
}

/// Converts `n_elements` checked values.
pub(crate) fn convert<'a>(
    path: &ObjectPath,
    payload: Cow<'a, [u8]>,
    from: &Datatype,
    to: &Datatype,
    n_elements: u64,
) -> Result<Cow<'a, [u8]>, StoreError> {
    if from == to {
        return Ok(payload);
    }
    let (path, from_to) = (path.clone(), || (from.clone(), to.clone()));
    if number::is_plain(from) && number::is_plain(to) && !number::loses_truth(from, to) {
        return number::convert(&payload, from, to).map(Cow::Owned).ok_or_else(|| {
            let (from, to) = from_to();
            StoreError::ValueRange { path, from, to }
        });
    }
    let Some(plan) = Plan::new(from, to) else {
        let (from, to) = from_to();
        return Err(StoreError::Conversion { path, from, to });
    };
    let split = Slots::split(&payload, from, n_elements).at(&path)?;
    let (mut slots, mut heap) = (Vec::new(), Vec::new());
    for slot in split.each() {
        plan.run(slot, split.heap, &mut slots, &mut heap).map_err(|failure| match failure {
            Failure::Range => {
                let (from, to) = from_to();
                StoreError::ValueRange { path: path.clone(), from, to }
            }
            Failure::Value(source) => StoreError::Value { path: path.clone(), source },
        })?;
    }
    slots.append(&mut heap);
    Ok(Cow::Owned(slots))
}
