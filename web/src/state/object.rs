//! What is known of the object on screen.

use hdf5_async_protocol::model::{DatasetInfo, ObjectInfo, ObjectPath};

use crate::refusal::Refusal;

/// The object that the address names, as far as the server has told.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ShownObject {
    #[default]
    Nothing,
    Loading(ObjectPath),
    Known(ObjectInfo),
    /// It was on screen when it was deleted; the last facts are kept.
    Deleted {
        last: ObjectInfo,
        by: String,
        time_ms: f64,
    },
    Failed {
        path: ObjectPath,
        refusal: Refusal,
    },
}

impl ShownObject {
    pub fn info(&self) -> Option<&ObjectInfo> {
        match self {
            Self::Known(info) => Some(info),
            _ => None,
        }
    }

    /// Also of a dataset that was deleted while it was on screen.
    pub fn dataset(&self) -> Option<&DatasetInfo> {
        match self {
            Self::Known(info) | Self::Deleted { last: info, .. } => info.dataset.as_ref(),
            _ => None,
        }
    }

    pub fn path(&self) -> Option<&ObjectPath> {
        match self {
            Self::Nothing => None,
            Self::Known(info) | Self::Deleted { last: info, .. } => Some(&info.path),
            Self::Loading(path) | Self::Failed { path, .. } => Some(path),
        }
    }
}

/// The last change of an attribute of the object on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeChange {
    pub by: String,
    pub by_me: bool,
    /// Grows with every change, so that a fade can begin again.
    pub number: u32,
}
