//! Keys of rows: one member that rows are told apart and put in order by.

use std::cmp::Ordering;

use super::cell::{Cell, Column, Kind};
use crate::model::{Datatype, Fields};
use crate::values::{Slots, ValueError};

/// A key, ordered as its member's values are.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    Integer(i128),
    /// Never NaN.
    Float(f64),
    Text(Vec<u8>),
}

/// Why rows have no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Member(#[from] crate::model::FieldsError),
    #[error("the member {name:?} holds {datatype}, which cannot be put in order")]
    NoOrder { name: String, datatype: String },
    #[error("row {row} has NaN as its key {name:?}")]
    NotANumber { name: String, row: usize },
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left.cmp(right),
            // 0.0 and -0.0 are the same key; NaN is none.
            (Self::Float(left), Self::Float(right)) => {
                left.partial_cmp(right).unwrap_or(Ordering::Equal)
            }
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            // Keys of one member are all of one kind.
            (Self::Integer(_), _) | (Self::Float(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), _) | (Self::Float(_), Self::Integer(_)) => Ordering::Greater,
        }
    }
}

/// The keys of `n_rows` values of the member `name`, which are of `datatype`.
///
/// # Errors
/// Members without an order, NaN among the keys, or a payload that does not hold the rows.
pub fn keys(
    payload: &[u8],
    name: &str,
    datatype: &Datatype,
    n_rows: u64,
) -> Result<Vec<Key>, KeyError> {
    let no_order = || KeyError::NoOrder { name: name.to_owned(), datatype: datatype.to_string() };
    let kind = Kind::of(datatype).ok_or_else(no_order)?;
    let size = datatype.wire_size().ok_or_else(no_order)?;
    let column = Column { offset: 0, size, kind };
    let slots = Slots::split(payload, datatype, n_rows)?;
    let key = |(row, slot)| match column.cell(slot, slots.heap) {
        Some(Cell::Integer(value)) => Ok(Key::Integer(value)),
        Some(Cell::Float(value)) if value.is_nan() => {
            Err(KeyError::NotANumber { name: name.to_owned(), row })
        }
        Some(Cell::Float(value)) => Ok(Key::Float(value)),
        Some(Cell::Text(text)) => Ok(Key::Text(text.to_vec())),
        None => Err(KeyError::Value(ValueError::Heap)),
    };
    slots.each().enumerate().map(key).collect()
}

/// The keys that rows of compounds have in the member `name`.
///
/// # Errors
/// As [`keys`]; a member that is not there.
pub fn keys_of_rows(
    payload: &[u8],
    name: &str,
    compound: &Datatype,
    n_rows: u64,
) -> Result<Vec<Key>, KeyError> {
    let found = Fields::One(name.to_owned()).of(compound)?;
    let Some((_, datatype)) = found.into_iter().next() else {
        return Err(crate::model::FieldsError::None.into());
    };
    let values = crate::values::member(payload, compound, name, n_rows)?;
    keys(&values, name, &datatype, n_rows)
}
