//! Which part of a file is asked for: the rest of a download that broke off, and only of the same content.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderName, header};

use crate::journal::FileStatus;

/// A file that was changed more recently may be changed again without a later time of modification.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// A `Range` with the `If-Range` that it is good for; one without the other, or of several parts, is no request for a
/// part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The first byte; without it, `last` counts from the end.
    first: Option<u64>,
    last: Option<u64>,
    tag: String,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    Bytes(Range<u64>),
    /// There are no such bytes.
    None,
}

impl Wanted {
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: HeaderName| headers.get(name)?.to_str().ok();
        let tag = text(header::IF_RANGE)?.to_owned();
        let (first, last) = text(header::RANGE)?.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| match text.trim() {
            "" => Some(None),
            digits => digits.parse().ok().map(Some),
        };
        let (first, last) = (number(first)?, number(last)?);
        let upside_down = first.zip(last).is_some_and(|(first, last)| first > last);
        let nothing = first.is_none() && last.is_none();
        (!upside_down && !nothing).then_some(Self { first, last, tag })
    }

    /// The part of a file of `len` bytes whose content has `tag`.
    pub fn part(&self, tag: Option<&str>, len: u64) -> Part {
        if tag != Some(&self.tag) {
            return Part::Whole;
        }
        let bytes = match (self.first, self.last) {
            (Some(first), last) => first..last.map_or(len, |last| last.saturating_add(1).min(len)),
            (None, last) => len.saturating_sub(last.unwrap_or(0))..len,
        };
        if bytes.is_empty() { Part::None } else { Part::Bytes(bytes) }
    }
}

/// Names the content of a file that is sent as it is, unless it was changed a moment ago.
pub(super) fn tag_of_status(status: &FileStatus) -> Option<String> {
    let (seconds, nanoseconds) = status.modified;
    let modified =
        SystemTime::UNIX_EPOCH + Duration::new(u64::try_from(seconds).ok()?, nanoseconds);
    let age = SystemTime::now().duration_since(modified).ok()?;
    let FileStatus { len, inode, .. } = status;
    (age >= SETTLED_AFTER).then(|| format!("\"{inode:x}-{len:x}-{seconds:x}-{nanoseconds:x}\""))
}

/// Names a content by its checksum.
pub(super) fn tag_of_content(checksum: u128) -> String {
    format!("\"{checksum:032x}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str, tag: &str) -> Option<Wanted> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        headers.insert(header::IF_RANGE, tag.parse().unwrap());
        Wanted::of(&headers)
    }

    #[test]
    fn parts_are_of_the_same_content() {
        let part = |range| wanted(range, "\"a\"").unwrap().part(Some("\"a\""), 100);
        assert_eq!(part("bytes=0-"), Part::Bytes(0..100));
        assert_eq!(part("bytes=10-"), Part::Bytes(10..100));
        assert_eq!(part("bytes=10-19"), Part::Bytes(10..20));
        assert_eq!(part("bytes=10-1000"), Part::Bytes(10..100));
        assert_eq!(part("bytes=-30"), Part::Bytes(70..100));
        assert_eq!(part("bytes=-300"), Part::Bytes(0..100));
        assert_eq!(part("bytes=99-18446744073709551615"), Part::Bytes(99..100));
        for nothing in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(part(nothing), Part::None, "{nothing}");
        }
        let other = wanted("bytes=10-", "\"a\"").unwrap();
        assert_eq!(other.part(Some("\"b\""), 100), Part::Whole);
        assert_eq!(other.part(None, 100), Part::Whole);
    }

    #[test]
    fn what_is_no_range_is_no_part() {
        for range in ["bytes=", "bytes=-", "bytes=5-4", "bytes=1-2,4-5", "lines=1-", "bytes=x-"] {
            assert_eq!(wanted(range, "\"a\""), None, "{range}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=1-".parse().unwrap());
        assert_eq!(Wanted::of(&headers), None);
    }

    #[test]
    fn a_file_that_is_being_changed_has_no_tag() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let at = |seconds: u64| FileStatus {
            len: 8,
            modified: (i64::try_from(seconds).unwrap(), 7),
            inode: 5,
        };
        assert_eq!(tag_of_status(&at(now.as_secs())), None);
        assert_eq!(tag_of_status(&at(256)).as_deref(), Some("\"5-8-100-7\""));
    }
}
