//! A cell of a CSV file: what it looks like, and the JSON that it means.

use hdf5_async_client::protocol::model::{ByteOrder, Datatype};
use serde_json::value::RawValue;

pub(super) fn push_text(text: &mut String, cell: &str) {
    text.push_str(&serde_json::Value::from(cell).to_string());
}

/// Puts a cell behind `text` as the JSON that an element of `datatype` takes, or as what it looks like.
pub(super) fn push_cell(text: &mut String, cell: &str, datatype: Option<&Datatype>) {
    let (kind, trimmed) = (Kind::of(cell), cell.trim());
    match datatype {
        Some(Datatype::String { .. }) => return push_string(text, cell),
        // Names, also those that look like something else.
        Some(Datatype::Enum { .. }) if !kind.is_integer() => {
            return push_text(text, trimmed);
        }
        _ => {}
    }
    match (kind, trimmed.parse::<f64>()) {
        (Kind::Text, _) => {
            // Nested values stand in a cell as in JSON.
            let nested = trimmed.starts_with(['[', '{']);
            match RawValue::from_string(trimmed.to_owned()) {
                Ok(json) if nested => text.push_str(json.get()),
                _ => push_text(text, cell),
            }
        }
        (Kind::Bool, _) => text.push_str(&trimmed.to_lowercase()),
        (_, Ok(number)) if number.is_nan() => text.push_str("\"NaN\""),
        (_, Ok(number)) if number.is_infinite() => {
            text.push_str(if number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
        }
        _ if kind.is_integer() => text.push_str(trimmed.trim_start_matches('+')),
        (_, Ok(number)) => text.push_str(&serde_json::Value::from(number).to_string()),
        _ => push_text(text, cell),
    }
}

/// A text, or the bytes of one that is none, as they are printed.
fn push_string(text: &mut String, cell: &str) {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Bytes {
        #[expect(dead_code, reason = "only whether it is there counts")]
        base64: String,
    }

    if cell.starts_with("{\"base64\"") && serde_json::from_str::<Bytes>(cell).is_ok() {
        text.push_str(cell);
    } else {
        push_text(text, cell);
    }
}

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Negative,
    /// Above what has a sign in 8 bytes.
    Large,
    Float,
    Bool,
    Text,
}

impl Kind {
    pub(super) fn of(cell: &str) -> Self {
        let cell = cell.trim();
        let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if plain && (digits.len() == 1 || !digits.starts_with('0')) {
            if let Ok(value) = cell.parse::<i64>() {
                return if value < 0 { Self::Negative } else { Self::Integer };
            }
            if cell.parse::<u64>().is_ok() {
                return Self::Large;
            }
        }
        if cell.parse::<f64>().is_ok() {
            return Self::Float;
        }
        if matches!(cell, "true" | "false" | "True" | "False") { Self::Bool } else { Self::Text }
    }

    fn is_integer(self) -> bool {
        matches!(self, Self::Integer | Self::Negative | Self::Large)
    }

    fn is_number(self) -> bool {
        self.is_integer() || self == Self::Float
    }

    /// What a column is with one more cell. As in numpy and in JSON without a datatype, numbers that no integer of
    /// 8 bytes has room for together are floats.
    pub(super) fn joined(self, cell: Self) -> Self {
        match (self, cell) {
            (column, cell) if column == cell => cell,
            (Self::Integer, other @ (Self::Negative | Self::Large))
            | (other @ (Self::Negative | Self::Large), Self::Integer) => other,
            (column, cell) if column.is_number() && cell.is_number() => Self::Float,
            _ => Self::Text,
        }
    }

    pub(super) fn datatype(self) -> Datatype {
        match self {
            Self::Integer | Self::Negative => Datatype::integer(8, true, ByteOrder::Little),
            Self::Large => Datatype::integer(8, false, ByteOrder::Little),
            Self::Float => Datatype::float(8, ByteOrder::Little),
            Self::Bool => Datatype::Bool,
            Self::Text => Datatype::variable_string(),
        }
    }
}
