//! Where an object is in a file: checked and normalised once, trusted afterwards.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An absolute path: `/` or `/name/name`, without empty or `.` components.
///
/// `a/b`, `/a//b/` and `/a/./b` all become `/a/b`. `..` is an ordinary link name in HDF5 and stays.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectPath(String);

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectPathError {
    #[error("the path is empty; the root group is \"/\"")]
    Empty,
    #[error("the path contains a NUL byte, which ends a name in HDF5")]
    Nul,
    #[error("the path has {length} bytes; at most {max} are allowed", max = ObjectPath::MAX_BYTES)]
    TooLong { length: usize },
    #[error("{name:?} is not the name of one link")]
    NotOneName { name: String },
}

impl ObjectPath {
    /// Bytes; longer than any path a person or a program has reason to write.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Normalises `text`.
    ///
    /// # Errors
    /// Empty, too long, or with a NUL byte inside.
    pub fn new(text: &str) -> Result<Self, ObjectPathError> {
        if text.is_empty() {
            return Err(ObjectPathError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(ObjectPathError::TooLong { length: text.len() });
        }
        if text.contains('\0') {
            return Err(ObjectPathError::Nul);
        }
        let mut path = String::with_capacity(text.len() + 1);
        for name in text.split('/').filter(|name| !name.is_empty() && *name != ".") {
            path.push('/');
            path.push_str(name);
        }
        if path.is_empty() {
            path.push('/');
        }
        Ok(Self(path))
    }

    pub fn root() -> Self {
        Self("/".to_owned())
    }

    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the last link, or `None` for the root group.
    pub fn name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// The group that holds the last link, or `None` for the root group.
    pub fn parent(&self) -> Option<Self> {
        let (parent, name) = self.0.rsplit_once('/')?;
        if name.is_empty() {
            return None;
        }
        Some(if parent.is_empty() { Self::root() } else { Self(parent.to_owned()) })
    }

    /// The link names from the root down.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// The path of the link `name` in this group.
    ///
    /// # Errors
    /// When `name` is not one link name (`a/b`, `.`, empty, with NUL).
    pub fn join(&self, name: &str) -> Result<Self, ObjectPathError> {
        if name.is_empty() || name == "." || name.contains('/') {
            return Err(ObjectPathError::NotOneName { name: name.to_owned() });
        }
        let parent = if self.is_root() { "" } else { &self.0 };
        Self::new(&format!("{parent}/{name}"))
    }

    /// This path with `to` in the place of `from`; `None` where it does not lie within `from`, or becomes too long.
    #[must_use]
    pub fn rebased(&self, from: &Self, to: &Self) -> Option<Self> {
        if !self.is_within(from) {
            return None;
        }
        let rest = if from.is_root() { &self.0 } else { &self.0[from.0.len()..] };
        let to = if to.is_root() { "" } else { &to.0 };
        Self::new(&format!("{to}{rest}/")).ok()
    }

    /// Whether this is `ancestor` itself or lies below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        ancestor.is_root()
            || self
                .0
                .strip_prefix(ancestor.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for ObjectPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ObjectPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ObjectPath {
        ObjectPath::new(text).unwrap()
    }

    #[test]
    fn normalises_what_means_the_same() {
        for text in ["/a/b", "a/b", "/a//b/", "/a/./b", "./a/b"] {
            assert_eq!(path(text).as_str(), "/a/b", "{text}");
        }
        assert!(path("//").is_root());
        assert_eq!(path("/a/../b").as_str(), "/a/../b");
    }

    #[test]
    fn refuses_what_cannot_be_a_path() {
        assert_eq!(ObjectPath::new(""), Err(ObjectPathError::Empty));
        assert_eq!(ObjectPath::new("/a\0b"), Err(ObjectPathError::Nul));
        let long = "x".repeat(ObjectPath::MAX_BYTES + 1);
        assert_eq!(ObjectPath::new(&long), Err(ObjectPathError::TooLong { length: long.len() }));
    }

    #[test]
    fn knows_parent_name_and_descent() {
        assert_eq!(path("/a/b").parent(), Some(path("/a")));
        assert_eq!(path("/a").parent(), Some(ObjectPath::root()));
        assert_eq!(ObjectPath::root().parent(), None);
        assert_eq!(path("/a/b").name(), Some("b"));
        assert_eq!(ObjectPath::root().name(), None);
        assert_eq!(ObjectPath::root().join("a").unwrap(), path("/a"));
        assert!(path("/a").join("b/c").is_err());
        assert!(path("/a/b").is_within(&path("/a")));
        assert!(path("/a").is_within(&path("/a")));
        assert!(!path("/ab").is_within(&path("/a")));
        assert_eq!(path("/a/b").rebased(&path("/a"), &path("/x/y")), Some(path("/x/y/b")));
        assert_eq!(
            path("/a/b").rebased(&path("/a/b"), &ObjectPath::root()),
            Some(ObjectPath::root())
        );
        assert_eq!(path("/a").rebased(&ObjectPath::root(), &path("/x")), Some(path("/x/a")));
        assert_eq!(path("/ab").rebased(&path("/a"), &path("/x")), None);
        assert!(path("/ab").is_within(&ObjectPath::root()));
    }
}
