//! One object, or a part of one, in one text: `ws://host:port/file.h5:/path[selection]`.

use std::fmt;
use std::str::FromStr;

use hdf5_async_protocol::model::{ObjectPath, ObjectPathError, Selection, SelectionError};

use crate::address::{Address, AddressError};

/// An address, an object in its file, and elements of the object.
///
/// File and path may be percent-encoded; `:/` ends the name of the file, and what stands in brackets at the very
/// end is a selection, so that a file with `:/` or a link with `]` at the end of its name needs `%3A` or `%5D`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub address: Address,
    /// Absent where the text ends with the server or the file.
    pub path: Option<ObjectPath>,
    /// Absent where there are no brackets.
    pub selection: Option<Selection>,
}

/// Why a text is not a location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the path in the address: {0}")]
    Path(#[from] ObjectPathError),
    #[error("the path in the address is not UTF-8 once its %.. are decoded")]
    Encoding,
    #[error("the selection in the address: {0}")]
    Selection(#[from] SelectionError),
    #[error(
        "the address ends with \"]\" but has no \"[\" that opens the selection; a link name that ends so is written with %5D"
    )]
    Brackets,
    #[error(
        "the address has a selection but no object; an example is ws://host:port/file.h5:/path[0:10]"
    )]
    SelectionOfNothing,
}

impl Location {
    /// The object, the root group where none is named.
    pub fn object(&self) -> ObjectPath {
        self.path.clone().unwrap_or_else(ObjectPath::root)
    }

    /// What is selected, everything where nothing is said.
    pub fn selected(&self) -> Selection {
        self.selection.clone().unwrap_or_default()
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        let (text, token) = without_token(text.trim());
        let path_start = text.find("://").map_or(0, |scheme| scheme + 3);
        let slash = text[path_start..].find('/').map_or(text.len(), |slash| path_start + slash + 1);
        let (server, rest) = text.split_at(slash);
        let (rest, selection) = split_selection(rest)?;
        let (file, object) = match rest.split_once(":/") {
            Some((file, object)) => (file, Some(object)),
            None => (rest, None),
        };
        if selection.is_some() && object.is_none() {
            return Err(LocationError::SelectionOfNothing);
        }
        let mut address: Address = server.parse()?;
        if !matches!(file, "" | "ws") {
            address.file = Some(decoded(file).ok_or(AddressError::FileName)?);
        }
        address.token = token;
        let path = object
            .map(|object| {
                let object = decoded(object).ok_or(LocationError::Encoding)?;
                Ok::<_, LocationError>(ObjectPath::new(&format!("/{object}"))?)
            })
            .transpose()?;
        let selection = selection.map(str::parse).transpose()?;
        Ok(Self { address, path, selection })
    }
}

/// The token that a server prints behind its address.
fn without_token(text: &str) -> (&str, Option<String>) {
    for mark in ["#token=", "?token="] {
        if let Some((text, token)) = text.split_once(mark) {
            let token = token.split(['&', '#']).next().unwrap_or_default();
            return (text, (!token.is_empty()).then(|| token.to_owned()));
        }
    }
    (text, None)
}

/// Splits off the brackets that end the text.
fn split_selection(text: &str) -> Result<(&str, Option<&str>), LocationError> {
    let Some(inside) = text.strip_suffix(']') else { return Ok((text, None)) };
    let mut depth = 1;
    for (position, letter) in inside.char_indices().rev() {
        match letter {
            ']' => depth += 1,
            '[' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok((&inside[..position], Some(&inside[position + 1..])));
        }
    }
    Err(LocationError::Brackets)
}

/// A `%` that is not followed by two hexadecimal digits stands for itself.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digit =
            |place: usize| tail.get(place).and_then(|&digit| char::from(digit).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, digit(0), digit(1)) {
            bytes.push(u8::try_from(high * 16 + low).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for Location {
    /// For people, without the token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(formatter)?;
        if let Some(path) = &self.path {
            let slash = if self.address.file.is_none() { "/" } else { "" };
            write!(formatter, "{slash}:{path}")?;
        }
        match &self.selection {
            Some(selection) => write!(formatter, "[{selection}]"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Location {
        text.parse().unwrap()
    }

    fn parts(text: &str) -> (Option<String>, Option<String>, Option<String>) {
        let location = parsed(text);
        let path = location.path.map(|path| path.to_string());
        (location.address.file, path, location.selection.map(|selection| selection.to_string()))
    }

    fn owned(
        file: Option<&str>,
        path: Option<&str>,
        selection: Option<&str>,
    ) -> (Option<String>, Option<String>, Option<String>) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        (owned(file), owned(path), owned(selection))
    }

    #[test]
    fn each_part_may_be_left_out() {
        for (text, file, path, selection) in [
            ("ws://h:1", None, None, None),
            ("http://h:1/#token=secret", None, None, None),
            ("ws://h:1/a.h5", Some("a.h5"), None, None),
            ("ws://h:1/runs/a.h5:/", Some("runs/a.h5"), Some("/"), None),
            ("ws://h:1/a.h5:/entry/data", Some("a.h5"), Some("/entry/data"), None),
            ("ws://h:1/a.h5:/d[1:3, ...]", Some("a.h5"), Some("/d"), Some("1:3, ...")),
            ("ws://h:1/a.h5:/d[[0, 2], :]", Some("a.h5"), Some("/d"), Some("[0, 2], :")),
            ("ws://h:1/:/d[-1]", None, Some("/d"), Some("-1")),
            ("ws://[::1]:8750/a.h5:/d[]", Some("a.h5"), Some("/d"), Some("")),
        ] {
            assert_eq!(parts(text), owned(file, path, selection), "{text}");
        }
    }

    #[test]
    fn names_with_special_letters_are_encoded_or_stand_for_themselves() {
        assert_eq!(parts("ws://h:1/a%3A/b.h5:/x"), owned(Some("a:/b.h5"), Some("/x"), None));
        assert_eq!(parts("ws://h:1/a.h5:/x[1%5D"), owned(Some("a.h5"), Some("/x[1]"), None));
        assert_eq!(parts("ws://h:1/a.h5:/100%"), owned(Some("a.h5"), Some("/100%"), None));
        assert_eq!(
            parts("ws://h:1/a.h5:/is it? #1"),
            owned(Some("a.h5"), Some("/is it? #1"), None)
        );
        assert_eq!(parts("ws://h:1/a.h5:/a:/b"), owned(Some("a.h5"), Some("/a:/b"), None));
    }

    #[test]
    fn the_token_is_taken_and_never_shown() {
        let location = parsed("http://h:1/a.h5:/d[0]#token=secret");
        assert_eq!(location.address.token.as_deref(), Some("secret"));
        assert_eq!(format!("{location}"), "ws://h:1/a.h5:/d[0]");
        assert!(!format!("{location:?}").contains("secret"));
        assert_eq!(parsed("ws://h:1/:/d").to_string(), "ws://h:1/:/d");
    }

    #[test]
    fn what_is_no_location_is_refused() {
        let refused = |text: &str| text.parse::<Location>().unwrap_err();
        assert!(matches!(refused("a.h5:/d"), LocationError::Address(AddressError::Scheme { .. })));
        assert!(matches!(
            refused("wss://h:1/a.h5"),
            LocationError::Address(AddressError::Tls { .. })
        ));
        assert_eq!(refused("ws://h:1/a.h5:/d]"), LocationError::Brackets);
        assert_eq!(refused("ws://h:1/a.h5[0]"), LocationError::SelectionOfNothing);
        assert!(matches!(refused("ws://h:1/a.h5:/d[x]"), LocationError::Selection(_)));
        assert_eq!(refused("ws://h:1/a.h5:/%ff"), LocationError::Encoding);
        assert!(matches!(refused("ws://h:1/a.h5:/a%00b"), LocationError::Path(_)));
    }
}
