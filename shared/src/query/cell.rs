//! One value of an element as predicates see it, and how two of them compare.

use std::cmp::Ordering;

use super::Operator;
use crate::model::{ByteOrder, Datatype, Padding};
use crate::values::to_json::unpadded;
use crate::values::{heap_bytes, integer};

/// How the bytes of a member are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Integer { signed: bool, order: ByteOrder },
    Float { order: ByteOrder },
    Bool,
    FixedText { padding: Padding },
    VariableText,
}

impl Kind {
    /// `None` for datatypes that are not compared.
    pub(super) fn of(datatype: &Datatype) -> Option<Self> {
        match datatype {
            // However many bits are used in the file, a whole integer travels.
            Datatype::Integer { size: 1..=8, signed, order, .. } => {
                Some(Self::Integer { signed: *signed, order: *order })
            }
            Datatype::Float { size: 2 | 4 | 8, order, format: None } => {
                Some(Self::Float { order: *order })
            }
            Datatype::Bool => Some(Self::Bool),
            Datatype::Enum { base, .. } => Self::of(base),
            Datatype::String { length: Some(_), padding, .. } => {
                Some(Self::FixedText { padding: *padding })
            }
            Datatype::String { length: None, .. } => Some(Self::VariableText),
            _ => None,
        }
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::FixedText { .. } | Self::VariableText)
    }
}

/// Where a member lies in an element's slot, and what it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) offset: usize,
    pub(super) size: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// Bools are 0 and 1.
    Integer(i128),
    Float(f64),
    Text(&'a [u8]),
}

impl Column {
    /// The member of the element in `slot`; `None` where the payload is not what the datatype says.
    pub(super) fn cell<'a>(&self, slot: &'a [u8], heap: &'a [u8]) -> Option<Cell<'a>> {
        let bytes = slot.get(self.offset..self.offset + self.size)?;
        Some(match self.kind {
            Kind::Integer { signed, order } => Cell::Integer(integer::decode(bytes, signed, order)),
            Kind::Float { order } => Cell::Float(float(bytes, order)?),
            Kind::Bool => Cell::Integer(i128::from(bytes.iter().any(|&byte| byte != 0))),
            Kind::FixedText { padding } => Cell::Text(unpadded(bytes, padding)),
            Kind::VariableText => Cell::Text(heap_bytes(bytes, heap).ok()?),
        })
    }
}

fn float(bytes: &[u8], order: ByteOrder) -> Option<f64> {
    let mut little = [0_u8; 8];
    let part = little.get_mut(..bytes.len())?;
    part.copy_from_slice(bytes);
    if order == ByteOrder::Big {
        part.reverse();
    }
    match bytes.len() {
        2 => Some(half::f16::from_le_bytes([little[0], little[1]]).to_f64()),
        4 => Some(f64::from(f32::from_le_bytes(*little.first_chunk()?))),
        8 => Some(f64::from_le_bytes(little)),
        _ => None,
    }
}

/// `None` where one is NaN, or they are of different kinds.
pub(super) fn compare(left: Cell<'_>, right: Cell<'_>) -> Option<Ordering> {
    match (left, right) {
        (Cell::Integer(left), Cell::Integer(right)) => Some(left.cmp(&right)),
        (Cell::Float(left), Cell::Float(right)) => left.partial_cmp(&right),
        (Cell::Integer(left), Cell::Float(right)) => exactly(left, right),
        (Cell::Float(left), Cell::Integer(right)) => exactly(right, left).map(Ordering::reverse),
        (Cell::Text(left), Cell::Text(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// An integer and a float, without rounding either of them.
fn exactly(integer: i128, float: f64) -> Option<Ordering> {
    /// 2^127, which no integer here reaches.
    const LIMIT: f64 = 1.701_411_834_604_692_3e38;
    if float.is_nan() {
        return None;
    }
    if float >= LIMIT {
        return Some(Ordering::Less);
    }
    if float < -LIMIT {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the bounds above")]
    let whole = float.floor() as i128;
    let above = float > float.floor();
    Some(integer.cmp(&whole).then(if above { Ordering::Less } else { Ordering::Equal }))
}

impl Operator {
    pub(super) fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Self::Equal => ordering == Some(Ordering::Equal),
            Self::NotEqual => ordering != Some(Ordering::Equal),
            Self::Less => ordering == Some(Ordering::Less),
            Self::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => ordering == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_floats_compare_without_rounding() {
        let big = (1_i128 << 53) + 1;
        assert_eq!(exactly(big, 9_007_199_254_740_992.0), Some(Ordering::Greater));
        assert_eq!(
            exactly(i128::from(u64::MAX), 18_446_744_073_709_551_616.0),
            Some(Ordering::Less)
        );
        assert_eq!(exactly(3, 3.0), Some(Ordering::Equal));
        assert_eq!(exactly(3, 3.5), Some(Ordering::Less));
        assert_eq!(exactly(-3, -3.5), Some(Ordering::Greater));
        assert_eq!(exactly(0, f64::INFINITY), Some(Ordering::Less));
        assert_eq!(exactly(0, f64::NEG_INFINITY), Some(Ordering::Greater));
        assert_eq!(exactly(0, f64::NAN), None);
    }
}
