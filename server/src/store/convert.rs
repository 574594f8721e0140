//! A values payload from one datatype to another, refused where a value would change.

use std::borrow::Cow;

use hdf5_async_protocol::model::{Datatype, ObjectPath, Padding};
use hdf5_async_protocol::values::to_json::unpadded;
use hdf5_async_protocol::values::{self, HeapWriter, ValueError};

use super::error::{At as _, StoreError};
use super::number;

/// Makes sure that a payload from outside holds `n_elements` valid values.
pub(crate) fn check(
    payload: &[u8],
    datatype: &Datatype,
    n_elements: u64,
) -> Result<(), ValueError> {
    values::check(payload, datatype, n_elements)?;
    let not_of_type =
        |value: String| Err(ValueError::NotOfType { value, datatype: datatype.to_string() });
    match datatype {
        Datatype::Bool => match payload.iter().find(|&&byte| byte > 1) {
            Some(byte) => not_of_type(byte.to_string()),
            None => Ok(()),
        },
        Datatype::String { length: None, .. } => {
            for element in values::elements(payload, datatype, n_elements)? {
                // HDF5 takes variable-length strings as C strings.
                if element?.contains(&0) {
                    return not_of_type("a string with a NUL byte inside".to_owned());
                }
            }
            Ok(())
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
    let refuse =
        || Err(StoreError::Conversion { path: path.clone(), from: from.clone(), to: to.clone() });
    match (from, to) {
        (Datatype::String { .. }, Datatype::String { .. }) => {
            restring(&payload, from, to, n_elements).at(path).map(Cow::Owned)
        }
        (Datatype::Float { .. }, Datatype::Bool) => refuse(),
        _ if from.is_numeric() && to.is_numeric() => {
            let range = || StoreError::ValueRange {
                path: path.clone(),
                from: from.clone(),
                to: to.clone(),
            };
            number::convert(&payload, from, to).map(Cow::Owned).ok_or_else(range)
        }
        _ => refuse(),
    }
}

/// Strings between lengths and paddings. HDF5 would cut off what does not fit.
fn restring(
    payload: &[u8],
    from: &Datatype,
    to: &Datatype,
    n_elements: u64,
) -> Result<Vec<u8>, ValueError> {
    let content = |element| match from {
        Datatype::String { length: Some(_), padding, .. } => unpadded(element, *padding),
        _ => element,
    };
    let elements = values::elements(payload, from, n_elements)?;
    let Datatype::String { length: Some(length), padding, .. } = to else {
        let mut heap = HeapWriter::default();
        for element in elements {
            heap.push(content(element?));
        }
        let strings = heap.finish();
        check(&strings, to, n_elements)?;
        return Ok(strings);
    };
    let room = if *padding == Padding::NullTerminated { length.saturating_sub(1) } else { *length };
    let fill = if *padding == Padding::SpacePadded { b' ' } else { 0 };
    let mut fixed = Vec::new();
    for element in elements {
        let text = content(element?);
        if text.len() > room as usize {
            return Err(ValueError::StringTooLong { length: text.len(), max: room });
        }
        let end = fixed.len() + *length as usize;
        fixed.extend_from_slice(text);
        fixed.resize(end, fill);
    }
    Ok(fixed)
}
