//! How facts are written for people: datatypes, shapes, sizes, counts.

use hdf5_async_protocol::message::Reason;
use hdf5_async_protocol::model::{Datatype, Link, ObjectKind};

/// A datatype in a word or two; the full description is its `Display`.
pub fn datatype_short(datatype: &Datatype) -> String {
    if let Some(notation) = datatype.notation() {
        return match datatype {
            Datatype::Bool => "bool".to_owned(),
            _ => notation.trim_start_matches(['<', '|']).to_owned(),
        };
    }
    match datatype {
        Datatype::String { length: None, .. } => "string".to_owned(),
        Datatype::String { length: Some(length), .. } => format!("S{length}"),
        Datatype::Compound { members, .. } => format!("compound({})", members.len()),
        Datatype::Enum { base, .. } => format!("enum {}", datatype_short(base)),
        Datatype::Array { base, dims } => format!("{}{dims:?}", datatype_short(base)),
        Datatype::Vlen { base } => format!("sequence of {}", datatype_short(base)),
        Datatype::Opaque { size, .. } => format!("opaque {size} B"),
        Datatype::Integer { precision, .. } => format!("{precision}-bit integer"),
        Datatype::Float { size, .. } => format!("float {size} B"),
        Datatype::Bitfield { size, .. } => format!("bitfield {size} B"),
        Datatype::Reference { .. } => "reference".to_owned(),
        Datatype::Time { .. } => "time".to_owned(),
        Datatype::NativeComplex { base } => format!("complex of {}", datatype_short(base)),
        Datatype::Bool | Datatype::Complex { .. } => datatype.to_string(),
    }
}

/// A datatype in full words, for the inspector.
pub fn datatype_long(datatype: &Datatype) -> String {
    let order = |size: u32, order: hdf5_async_protocol::model::ByteOrder| match order {
        _ if size == 1 => "",
        hdf5_async_protocol::model::ByteOrder::Little => ", little-endian",
        hdf5_async_protocol::model::ByteOrder::Big => ", big-endian",
    };
    match datatype {
        Datatype::Integer { size, signed, order: bytes, precision, .. } => {
            let sign = if *signed { "signed" } else { "unsigned" };
            format!("{precision}-bit {sign} integer{}", order(*size, *bytes))
        }
        Datatype::Float { size, order: bytes, .. } => {
            format!("{}-bit float{}", size * 8, order(*size, *bytes))
        }
        Datatype::Bool => "boolean".to_owned(),
        Datatype::Complex { size, order: bytes } => {
            format!("{}-bit complex{}", size * 8, order(*size, *bytes))
        }
        Datatype::Compound { size, members } => {
            format!("compound of {} members, {size} bytes", members.len())
        }
        other => other.to_string(),
    }
}

/// `1024 × 1024`, or `scalar`.
pub fn shape(shape: &[u64]) -> String {
    if shape.is_empty() {
        return "scalar".to_owned();
    }
    shape.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ")
}

/// As [`shape`], where `None` is an axis without limit.
pub fn max_shape(shape: &[Option<u64>]) -> String {
    let axis = |length: &Option<u64>| length.map_or("∞".to_owned(), |length| length.to_string());
    shape.iter().map(axis).collect::<Vec<_>>().join(" × ")
}

/// `1,204`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3 groups`, `1 group`.
pub fn counted(number: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", count(number), if number == 1 { singular } else { plural })
}

/// `2.1 MB`, in powers of 1000.
pub fn bytes(number: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"];
    if number < 1000 {
        return format!("{number} B");
    }
    // Of the present unit, rounded half up.
    let mut tenths = (u128::from(number) + 50) / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

/// What a path leads to, as a word.
pub fn kind(kind: Option<ObjectKind>, link: &Link) -> &'static str {
    match (kind, link) {
        (Some(ObjectKind::Group), _) => "group",
        (Some(ObjectKind::Dataset), _) => "dataset",
        (Some(ObjectKind::NamedDatatype), _) => "named datatype",
        (None, Link::External { .. }) => "external link",
        (None, Link::Soft { .. }) => "dangling soft link",
        (None, Link::UserDefined { .. }) => "user-defined link",
        (None, Link::Hard) => "object",
    }
}

/// Why a file is read again.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::WorkerLost => "opened again after a crash",
        Reason::Emptied => "made anew",
        Reason::Written | Reason::Unknown => "by another program",
        Reason::Replaced => "another file has its name",
        Reason::Deleted => "deleted",
        Reason::WriterOpened => "another program writes to it (SWMR)",
        Reason::WriterClosed => "closed by the program that wrote to it (SWMR)",
        Reason::WriterLost => "left unclosed by the program that wrote to it (SWMR)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_are_short() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(
            [999, 1000, 999_949, 999_950, 2_147_483_648].map(bytes),
            ["999 B", "1.0 kB", "999.9 kB", "1.0 MB", "2.1 GB"]
        );
        assert_eq!(counted(1, "group", "groups"), "1 group");
    }

    #[test]
    fn datatypes_are_short_in_the_tree_and_long_in_the_inspector() {
        let short = |text: &str| datatype_short(&text.parse().unwrap());
        assert_eq!(
            ["<f4", ">i2", "|u1", "bool", "string", "|S7"].map(short),
            ["f4", ">i2", "u1", "bool", "string", "S7"]
        );
        let long = |text: &str| datatype_long(&text.parse().unwrap());
        assert_eq!(long(">i2"), "16-bit signed integer, big-endian");
        assert_eq!(long("|u1"), "8-bit unsigned integer");
        assert_eq!((shape(&[]), shape(&[3, 4])), ("scalar".to_owned(), "3 × 4".to_owned()));
    }
}
