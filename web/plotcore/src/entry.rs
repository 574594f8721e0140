//! What a person typed into a cell, checked against the datatype and turned into JSON.

/// The datatype of the cell, as far as it limits what can be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Integer {
        bits: u32,
        signed: bool,
    },
    Float {
        bits: u32,
    },
    Bool,
    /// `max_bytes` of UTF-8; `None` for any length.
    Text {
        max_bytes: Option<u32>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryError {
    Empty { allowed: String },
    NotANumber { allowed: String },
    OutOfRange { allowed: String },
    TooLong { bytes: usize, max: u32 },
}

impl std::fmt::Display for EntryError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty { allowed }
            | Self::NotANumber { allowed }
            | Self::OutOfRange { allowed } => formatter.write_str(allowed),
            Self::TooLong { bytes, max } => {
                write!(formatter, "{bytes} bytes, but only {max} fit")
            }
        }
    }
}

impl std::error::Error for EntryError {}

impl EntryKind {
    /// Inclusive limits of an integer.
    fn limits(bits: u32, signed: bool) -> (i128, i128) {
        let bits = bits.clamp(1, 64);
        if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
    }

    /// What can be typed, as `0-255`.
    pub fn allowed(self) -> String {
        match self {
            Self::Integer { bits, signed } => {
                let (low, high) = Self::limits(bits, signed);
                if signed { format!("{low} to {high}") } else { format!("{low}-{high}") }
            }
            Self::Float { .. } => "a number, NaN or Infinity".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Text { max_bytes: Some(max) } => format!("up to {max} bytes of text"),
            Self::Text { max_bytes: None } => "text".to_owned(),
        }
    }

    /// The JSON value of `text`.
    ///
    /// # Errors
    /// When it is not a value of this kind or does not fit.
    pub fn parse(self, text: &str) -> Result<String, EntryError> {
        if let Self::Text { max_bytes } = self {
            return parse_text(text, max_bytes);
        }
        let text = text.trim();
        let allowed = self.allowed();
        if text.is_empty() {
            return Err(EntryError::Empty { allowed });
        }
        match self {
            Self::Integer { bits, signed } => {
                parse_integer(text, Self::limits(bits, signed), allowed)
            }
            Self::Float { bits } => parse_float(text, bits, allowed),
            Self::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" => Ok("true".to_owned()),
                "false" | "0" | "no" => Ok("false".to_owned()),
                _ => Err(EntryError::NotANumber { allowed }),
            },
            Self::Text { .. } => Err(EntryError::NotANumber { allowed }),
        }
    }
}

fn parse_integer(
    text: &str,
    (low, high): (i128, i128),
    allowed: String,
) -> Result<String, EntryError> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.replace('_', "");
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        _ => (10, digits.as_str()),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(EntryError::NotANumber { allowed });
    }
    // Only overflow is left to go wrong.
    match i128::from_str_radix(digits, radix) {
        Ok(value) if (low..=high).contains(&(sign * value)) => Ok((sign * value).to_string()),
        _ => Err(EntryError::OutOfRange { allowed }),
    }
}

fn parse_float(text: &str, bits: u32, allowed: String) -> Result<String, EntryError> {
    const HALF_MAX: f64 = 65_504.0;
    match text.to_ascii_lowercase().trim_start_matches('+') {
        "nan" => return Ok("\"NaN\"".to_owned()),
        "inf" | "infinity" | "∞" => return Ok("\"Infinity\"".to_owned()),
        "-inf" | "-infinity" | "-∞" => return Ok("\"-Infinity\"".to_owned()),
        _ => {}
    }
    let Ok(value) = text.parse::<f64>() else { return Err(EntryError::NotANumber { allowed }) };
    let max = match bits {
        16 => HALF_MAX,
        32 => f64::from(f32::MAX),
        _ => f64::MAX,
    };
    if value.abs() > max || !value.is_finite() {
        return Err(EntryError::OutOfRange { allowed: format!("-{max:e} to {max:e}") });
    }
    Ok(format!("{value:?}"))
}

fn parse_text(text: &str, max_bytes: Option<u32>) -> Result<String, EntryError> {
    match max_bytes {
        Some(max) if text.len() > max as usize => {
            Err(EntryError::TooLong { bytes: text.len(), max })
        }
        _ => Ok(quote(text)),
    }
}

/// `text` as a JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control < ' ' => {
                let code = u32::from(control);
                quoted.push_str("\\u00");
                quoted
                    .extend([code / 16, code % 16].map(|d| char::from_digit(d, 16).unwrap_or('0')));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    const U8: EntryKind = EntryKind::Integer { bits: 8, signed: false };

    #[test]
    fn integers_are_held_to_their_range() {
        assert_eq!(U8.parse(" 255 "), Ok("255".to_owned()));
        assert_eq!(U8.parse("0xff"), Ok("255".to_owned()));
        assert_eq!(U8.parse("0b1000_0000"), Ok("128".to_owned()));
        assert_eq!(U8.parse("300").unwrap_err().to_string(), "0-255");
        assert_eq!(U8.parse("-1").unwrap_err().to_string(), "0-255");
        for text in ["1.5", "1e3", "abc", "", "0x", "-", "--1", "é"] {
            assert_eq!(U8.parse(text).unwrap_err().to_string(), "0-255", "{text}");
        }
        let i64 = EntryKind::Integer { bits: 64, signed: true };
        assert_eq!(i64.parse("-9223372036854775808"), Ok("-9223372036854775808".to_owned()));
        assert!(i64.parse("9223372036854775808").is_err());
        let u64 = EntryKind::Integer { bits: 64, signed: false };
        assert_eq!(u64.parse("18446744073709551615"), Ok("18446744073709551615".to_owned()));
        assert!(u64.parse(&"9".repeat(60)).is_err());
        assert_eq!(EntryKind::Integer { bits: 8, signed: true }.allowed(), "-128 to 127");
    }

    #[test]
    fn floats_read_what_they_show() {
        let f64 = EntryKind::Float { bits: 64 };
        assert_eq!(f64.parse("1e3"), Ok("1000.0".to_owned()));
        assert_eq!(f64.parse("+.5"), Ok("0.5".to_owned()));
        assert_eq!(f64.parse("NaN"), Ok("\"NaN\"".to_owned()));
        assert_eq!(f64.parse("-Infinity"), Ok("\"-Infinity\"".to_owned()));
        assert!(matches!(f64.parse("1e999"), Err(EntryError::OutOfRange { .. })));
        assert!(matches!(f64.parse("seven"), Err(EntryError::NotANumber { .. })));
        assert!(matches!(
            EntryKind::Float { bits: 32 }.parse("1e39"),
            Err(EntryError::OutOfRange { .. })
        ));
        assert!(matches!(
            EntryKind::Float { bits: 16 }.parse("70000"),
            Err(EntryError::OutOfRange { .. })
        ));
    }

    #[test]
    fn text_counts_bytes_not_characters() {
        let three = EntryKind::Text { max_bytes: Some(3) };
        assert_eq!(three.parse("abc"), Ok("\"abc\"".to_owned()));
        assert_eq!(three.parse("aéb").unwrap_err().to_string(), "4 bytes, but only 3 fit");
        let any = EntryKind::Text { max_bytes: None };
        assert_eq!(any.parse("a\"b\\\n\u{1}"), Ok("\"a\\\"b\\\\\\n\\u0001\"".to_owned()));
        assert_eq!(any.parse(""), Ok("\"\"".to_owned()));
        assert_eq!(any.parse(" x "), Ok("\" x \"".to_owned()));
    }

    #[test]
    fn booleans() {
        assert_eq!(EntryKind::Bool.parse("True"), Ok("true".to_owned()));
        assert_eq!(EntryKind::Bool.parse("0"), Ok("false".to_owned()));
        assert_eq!(EntryKind::Bool.parse("2").unwrap_err().to_string(), "true or false");
    }
}
