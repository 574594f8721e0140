//! How facts read in a terminal: sizes with units, shapes, datatypes, kinds; names that cannot steer it.

use std::borrow::Cow;

use hdf5_async_client::protocol::model::{Datatype, Filter, Link, ObjectKind};

/// Names and texts come from strangers: what steers a terminal must not reach it.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().map(|letter| if steers(letter) { '\u{fffd}' } else { letter }).collect(),
    )
}

/// The same JSON, with `\u....` for all that steers a terminal; JSON itself demands that only of some.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    if !json.contains(steers) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        if steers(letter) {
            // All of them are below U+10000.
            text.push_str("\\u");
            for shift in [12, 8, 4, 0] {
                let digit = u32::from(letter) >> shift & 0xf;
                text.extend(char::from_digit(digit, 16));
            }
        } else {
            text.push(letter);
        }
    }
    Cow::Owned(text)
}

/// Control characters, also those of 8 bits, and what turns the direction of the text around it.
pub fn steers(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `800 B`, `1.7 MiB`.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut size = count as f64;
    let mut unit = 0;
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{size:.1} {}", UNITS[unit]) }
}

/// `1 link`, `2 links`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `10 x 20`, `scalar`, `null`.
pub fn shape(shape: Option<&[u64]>) -> String {
    match shape {
        None => "null".to_owned(),
        Some([]) => "scalar".to_owned(),
        Some(dims) => dims.iter().map(u64::to_string).collect::<Vec<_>>().join(" x "),
    }
}

/// `unlimited x 20`.
pub fn max_shape(dims: &[Option<u64>]) -> String {
    let texts: Vec<String> = dims
        .iter()
        .map(|dim| dim.map_or_else(|| "unlimited".to_owned(), |dim| dim.to_string()))
        .collect();
    texts.join(" x ")
}

pub fn kind(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "group",
        ObjectKind::Dataset => "dataset",
        ObjectKind::NamedDatatype => "named datatype",
    }
}

pub fn datatype(datatype: &Datatype) -> String {
    printable(&datatype.to_string()).into_owned()
}

/// Where a link leads, if it is not the object itself.
pub fn link_target(link: &Link) -> Option<String> {
    match link {
        Link::Hard => None,
        Link::Soft { target } => Some(printable(target).into_owned()),
        Link::External { file, target } => {
            Some(format!("{}:{}", printable(file), printable(target)))
        }
        Link::UserDefined { class } => Some(format!("user-defined link of class {class}")),
    }
}

/// `shuffle, deflate 4`.
pub fn filters(filters: &[Filter]) -> String {
    let texts: Vec<String> = filters
        .iter()
        .map(|filter| {
            let options = filter.options.iter().map(|option| format!(" {option}"));
            format!("{}{}", printable(&filter.name), options.collect::<String>())
        })
        .collect();
    texts.join(", ")
}

/// A time as `2023-11-14 22:13:20`, in UTC.
pub fn time(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a time beyond i64 is shown as its end")]
    let whole = seconds.floor() as i64;
    let (days, second) = (whole.div_euclid(86_400), whole.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hours, minutes) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{:02}", second % 60)
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the day that may be missing is the last one of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (count, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (1_782_579, "1.7 MiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn shapes_and_counts_read_well() {
        assert_eq!(shape(Some(&[10, 20])), "10 x 20");
        assert_eq!((shape(Some(&[])), shape(None)), ("scalar".to_owned(), "null".to_owned()));
        assert_eq!(max_shape(&[None, Some(3)]), "unlimited x 3");
        assert_eq!(
            (count(1, "link"), count(0, "link")),
            ("1 link".to_owned(), "0 links".to_owned())
        );
    }

    #[test]
    fn times_are_dates() {
        assert_eq!(time(1_700_000_000.9), "2023-11-14 22:13:20");
        assert_eq!(time(0.0), "1970-01-01 00:00:00");
        assert_eq!(time(951_782_400.0), "2000-02-29 00:00:00");
        assert_eq!(time(-1.0), "1969-12-31 23:59:59");
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2J\n"), "a\u{fffd}[2J\u{fffd}");
        assert_eq!(printable("\u{9b}2J \u{202e}x\u{200f}"), "\u{fffd}2J \u{fffd}x\u{200f}");
        let json = "[\"\u{7f}\u{9b}2J\u{2066}é\"]";
        assert_eq!(printable_json(json), r#"["\u007f\u009b2J\u2066é"]"#);
        let same: Vec<String> = serde_json::from_str(&printable_json(json)).unwrap();
        assert_eq!(same, ["\u{7f}\u{9b}2J\u{2066}é"]);
    }
}
