//! Numbers as the text of a cell.

/// How floats are written; integers are exact in all but `Sci`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notation {
    /// Six significant digits, an exponent only where it helps.
    #[default]
    Auto,
    /// Six significant digits and an exponent.
    Sci,
    /// The shortest text that reads back as the same number.
    Exact,
}

impl Notation {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Sci, Self::Exact];

    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Sci => "sci",
            Self::Exact => "exact",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notation| notation.name() == name)
    }
}

/// A float that the file stores in `bytes` bytes (2, 4 or 8).
pub fn float(value: f64, bytes: u32, notation: Notation) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    match notation {
        Notation::Auto => auto(value, bytes),
        Notation::Sci => trim(&format!("{value:.5e}")),
        Notation::Exact => exact(value, bytes),
    }
}

/// The text of an integer, given exactly in decimal digits.
pub fn integer(digits: &str, notation: Notation) -> String {
    match (notation, digits.parse::<f64>()) {
        (Notation::Sci, Ok(value)) => trim(&format!("{value:.5e}")),
        _ => digits.to_owned(),
    }
}

/// Reads back as the same number of `bytes` bytes.
pub fn exact(value: f64, bytes: u32) -> String {
    let size = value.abs();
    let plain = size == 0.0 || (1e-5..1e16).contains(&size);
    // The digits of an f32 are fewer than those of the f64 of the same value.
    match (bytes <= 4, plain) {
        (true, true) => format!("{}", value as f32),
        (true, false) => format!("{:e}", value as f32),
        (false, true) => format!("{value}"),
        (false, false) => format!("{value:e}"),
    }
}

fn auto(value: f64, bytes: u32) -> String {
    const DIGITS: i32 = 6;
    let exact = exact(value, bytes);
    if exact.trim_start_matches('-').len() <= DIGITS as usize + 1 {
        return exact;
    }
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return format!("{value:.0}");
    }
    let rounded = format!("{value:.5e}");
    let power =
        rounded.split_once('e').and_then(|(_, power)| power.parse::<i32>().ok()).unwrap_or(0);
    if !(-5..DIGITS + 1).contains(&power) {
        return trim(&rounded);
    }
    let decimals = (DIGITS - 1 - power).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

/// Without zeros at the end of the mantissa.
fn trim(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, power)) if mantissa.contains('.') => {
            format!("{}e{power}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text.to_owned(),
    }
}

/// A number of bytes in the unit that suits it.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let power = (count.ilog2() / 10).min(6);
    let value = count as f64 / 1024_f64.powf(f64::from(power));
    format!("{value:.1} {}", UNITS[power as usize - 1])
}

/// Digits in groups of three, as `1,048,576`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_is_short_and_readable() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333"),
            (-2.0 / 3.0, "-0.666667"),
            (1234.5678, "1234.57"),
            (123_456_789.0, "123456789"),
            (1_234_567.8, "1234568"),
            (6.02214e23, "6.02214e23"),
            (6.022_140_76e23, "6.02214e23"),
            (1.5e-7, "1.5e-7"),
            (0.000_123_456_7, "0.000123457"),
            (1e16, "1e16"),
            (1e300, "1e300"),
            (99_999.99, "100000"),
            (2.5, "2.5"),
        ];
        for (value, text) in cases {
            assert_eq!(float(value, 8, Notation::Auto), text, "{value:e}");
        }
        assert_eq!(float(f64::from(0.1_f32), 4, Notation::Auto), "0.1");
    }

    #[test]
    fn not_finite() {
        for notation in Notation::ALL {
            assert_eq!(float(f64::NAN, 8, notation), "NaN");
            assert_eq!(float(f64::NEG_INFINITY, 4, notation), "-Infinity");
        }
    }

    #[test]
    fn exact_reads_back() {
        for value in [1.0 / 3.0, 1e-310, 1.797e308, 5e-324, 123_456_789.123_456_79, -0.1] {
            let text = float(value, 8, Notation::Exact);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
        }
        for value in [1.0_f32 / 3.0, 1e-40, 3.4e38, 16_777_217.0] {
            let text = float(f64::from(value), 4, Notation::Exact);
            assert_eq!(text.parse::<f32>().unwrap().to_bits(), value.to_bits(), "{text}");
        }
        assert_eq!(float(f64::from(0.1_f32), 4, Notation::Exact), "0.1");
    }

    #[test]
    fn integers_keep_every_digit() {
        assert_eq!(integer("18446744073709551615", Notation::Auto), "18446744073709551615");
        assert_eq!(integer("-9223372036854775808", Notation::Exact), "-9223372036854775808");
        assert_eq!(integer("120000", Notation::Sci), "1.2e5");
        assert_eq!(float(1234.5678, 8, Notation::Sci), "1.23457e3");
    }

    #[test]
    fn counts_and_sizes() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_048_576), "1,048,576");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(25_769_803_776), "24.0 GiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
    }
}
