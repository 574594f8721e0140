//! What is known of the object on screen.

use hdf5_async_protocol::model::{DatasetInfo, Link, ObjectInfo, ObjectPath};

use crate::refusal::Refusal;

/// The object that the address names, as far as the server has told.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ShownObject {
    #[default]
    Nothing,
    Loading(ObjectPath),
    Known(ObjectInfo),
    /// The path ends in a link that the server does not follow, or that leads nowhere.
    Unresolved { path: ObjectPath, link: Link },
    /// It was on screen when somebody deleted it; the last facts are kept.
    Deleted { last: ObjectInfo, by: Option<String>, time: f64 },
    Failed { path: ObjectPath, refusal: Refusal },
}

impl ShownObject {
    pub fn info(&self) -> Option<&ObjectInfo> {
        match self {
            Self::Known(info) => Some(info),
            _ => None,
        }
    }

    pub fn dataset(&self) -> Option<&DatasetInfo> {
        self.info()?.dataset.as_ref()
    }

    pub fn path(&self) -> Option<&ObjectPath> {
        match self {
            Self::Nothing => None,
            Self::Known(info) | Self::Deleted { last: info, .. } => Some(&info.path),
            Self::Loading(path) | Self::Unresolved { path, .. } | Self::Failed { path, .. } => {
                Some(path)
            }
        }
    }
}
