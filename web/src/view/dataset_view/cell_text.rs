//! The text of one element, and what may be typed in its place.

use hdf5_async_protocol::model::Datatype;
use plotcore::{EntryKind, Notation, format};

use crate::slab::Slab;

/// Element `index` as a cell shows it.
pub fn cell_text(slab: &Slab, index: usize, notation: Notation) -> String {
    match &slab.datatype {
        Datatype::Float { size, format: None, .. } => {
            format::float(slab.f64_at(index), *size, notation)
        }
        Datatype::Integer { size: 1..=8, .. } => format::integer(&slab.text_at(index), notation),
        _ => slab.text_at(index),
    }
}

/// What an editor accepts; `None` where elements cannot be written.
pub fn entry_kind(datatype: &Datatype) -> Option<EntryKind> {
    match datatype {
        Datatype::Integer { size: 1..=8, precision, signed, .. } => {
            Some(EntryKind::Integer { bits: *precision, signed: *signed })
        }
        Datatype::Float { size, format: None, .. } => Some(EntryKind::Float { bits: size * 8 }),
        Datatype::Bool => Some(EntryKind::Bool),
        Datatype::String { length, .. } => Some(EntryKind::Text { max_bytes: *length }),
        _ => None,
    }
}

/// The width in CSS pixels in which most elements of a datatype are readable.
pub fn column_pixels(datatype: &Datatype) -> f64 {
    /// Of a digit in the font of the grid, and of the space around the text.
    const DIGIT: f64 = 8.0;
    const PADDING: f64 = 20.0;
    let digits = match datatype {
        Datatype::Integer { size: 1, .. } => 4.0,
        Datatype::Integer { size: 2, .. } => 6.0,
        Datatype::Integer { size: 4, .. } | Datatype::Float { .. } => 11.0,
        Datatype::Integer { .. } => 20.0,
        Datatype::Bool => 5.0,
        Datatype::String { length: Some(length), .. } => f64::from((*length).clamp(8, 40)),
        _ => 30.0,
    };
    digits * DIGIT + PADDING
}

/// Whether elements are aligned as numbers.
pub fn is_number(datatype: &Datatype) -> bool {
    matches!(datatype, Datatype::Integer { .. } | Datatype::Float { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slab(datatype: &str, payload: &[u8]) -> Slab {
        Slab { datatype: datatype.parse().unwrap(), shape: vec![1], payload: payload.to_vec() }
    }

    #[test]
    fn integers_are_exact_and_floats_short() {
        let large = slab("<u8", &u64::MAX.to_le_bytes());
        assert_eq!(cell_text(&large, 0, Notation::Auto), "18446744073709551615");
        let third = slab("<f8", &(1.0_f64 / 3.0).to_le_bytes());
        assert_eq!(cell_text(&third, 0, Notation::Auto), "0.333333");
        assert_eq!(cell_text(&third, 0, Notation::Exact), "0.3333333333333333");
        assert_eq!(cell_text(&slab("|S3", b"ab\0"), 0, Notation::Sci), "ab");
    }

    #[test]
    fn editors_know_the_limits_of_the_datatype() {
        let kind = |text: &str| entry_kind(&text.parse().unwrap());
        assert_eq!(kind("|u1"), Some(EntryKind::Integer { bits: 8, signed: false }));
        assert_eq!(kind(">f4"), Some(EntryKind::Float { bits: 32 }));
        assert_eq!(kind("|S5"), Some(EntryKind::Text { max_bytes: Some(5) }));
        assert_eq!(entry_kind(&Datatype::Opaque { size: 4, tag: String::new() }), None);
    }
}
