//! A values payload from one datatype to another, refused where a value would change.

use std::borrow::Cow;

use hdf5_async_protocol::model::{ByteOrder, Datatype, ObjectPath, Padding};
use hdf5_async_protocol::values::to_json::unpadded;
use hdf5_async_protocol::values::{self, HeapWriter, ValueError};

use super::error::{At as _, StoreError};
use super::library::conversion::{Converted, convert as convert_numbers};
use super::library::representation;

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
    match (from, to) {
        (Datatype::String { .. }, Datatype::String { .. }) => {
            restring(&payload, from, to, n_elements).at(path).map(Cow::Owned)
        }
        (Datatype::Integer { .. }, Datatype::Bool) => {
            let byte = Datatype::integer(1, true, ByteOrder::Little);
            let bytes = numbers(path, &payload, from, &byte, n_elements)?;
            check(&bytes, to, n_elements).at(path)?;
            Ok(Cow::Owned(bytes))
        }
        (Datatype::Bool, Datatype::Integer { .. } | Datatype::Float { .. }) => {
            let byte = Datatype::integer(1, true, ByteOrder::Little);
            numbers(path, &payload, &byte, to, n_elements).map(Cow::Owned)
        }
        (
            Datatype::Integer { .. } | Datatype::Float { .. },
            Datatype::Integer { .. } | Datatype::Float { .. },
        ) => numbers(path, &payload, from, to, n_elements).map(Cow::Owned),
        _ => Err(StoreError::Conversion { path: path.clone(), from: from.clone(), to: to.clone() }),
    }
}

fn numbers(
    path: &ObjectPath,
    payload: &[u8],
    from: &Datatype,
    to: &Datatype,
    n_elements: u64,
) -> Result<Vec<u8>, StoreError> {
    let unsupported = |datatype: &Datatype| StoreError::UnsupportedDatatype {
        path: path.clone(),
        datatype: datatype.clone(),
    };
    let source = representation::build(from).at(path)?.ok_or_else(|| unsupported(from))?;
    let target = representation::build(to).at(path)?.ok_or_else(|| unsupported(to))?;
    let slots = from.wire_size().zip(to.wire_size());
    let (have, want) = slots.ok_or_else(|| unsupported(to))?;
    let count = usize::try_from(n_elements).unwrap_or(usize::MAX);
    let mut buffer = vec![0_u8; count.saturating_mul(have.max(want))];
    buffer[..payload.len()].copy_from_slice(payload);
    match convert_numbers(&source, &target, count, &mut buffer).at(path)? {
        Converted::Exact => {
            buffer.truncate(count.saturating_mul(want));
            Ok(buffer)
        }
        Converted::Refused => {
            Err(StoreError::ValueRange { path: path.clone(), from: from.clone(), to: to.clone() })
        }
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
