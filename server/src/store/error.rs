//! Why the store refuses or fails a command: one variant for each decision that a caller can take.

use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use hdf5_async_protocol::model::{Datatype, FieldsError, ObjectKind, ObjectPath, SelectionError};
use hdf5_async_protocol::query::{KeyError, QueryError};
use hdf5_async_protocol::values::ValueError;

use super::library::{CallError, ChunkFailure};
use crate::codec::CodecError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{file} is not an HDF5 file")]
    NotHdf5 { file: String },
    #[error("{file} cannot be opened: {message}")]
    Open { file: String, message: String },
    #[error(
        "{file} is marked as open for writing by another program; if no program has it open any more, `hdf5-async recover` takes the mark away, as `h5clear -s` does"
    )]
    MarkedOpen { file: String },
    #[error("{command:?} is not a command that a file answers")]
    NotForFile { command: &'static str },
    #[error("the file is open for reading only")]
    ReadOnly,

    #[error("there is no link {name:?} in {group}")]
    NotFound { path: ObjectPath, name: String, group: String },
    #[error("the soft link {link} leads to {target:?}, but there is no link {name:?} in {group}")]
    Dangling { path: ObjectPath, link: String, target: String, name: String, group: String },
    #[error("{path} has no attribute {name:?}")]
    AttributeNotFound { path: ObjectPath, name: String },
    #[error("{path} passes more than {max} soft links; they probably lead in a circle")]
    TooManySoftLinks { path: ObjectPath, max: u32 },
    #[error("{link} is an external link to {file:?}:{target:?}, which is not followed")]
    ExternalLink {
        path: ObjectPath,
        link: String,
        file: String,
        target: String,
        /// The whole path in the other file.
        beyond: String,
    },
    #[error("{link} is a link of the user-defined class {class}, which is not followed")]
    UserDefinedLink { path: ObjectPath, link: String, class: i32 },
    #[error("{path} is already there; it is a {}", kind_name(Some(*kind)))]
    AlreadyExists { path: ObjectPath, kind: ObjectKind },
    #[error("{path} is already there; it is a link that leads to nothing in this file")]
    LinkExists { path: ObjectPath },
    #[error("{path} already has an attribute {name:?}")]
    AttributeExists { path: ObjectPath, name: String },
    #[error("{object} is a {}, but {} is needed", kind_name(*kind), article(*needed))]
    WrongKind { path: ObjectPath, object: String, kind: Option<ObjectKind>, needed: ObjectKind },
    #[error("the root group cannot be deleted, moved or replaced")]
    RootGroup,
    #[error("the request holds {count} commands; at most {max} are done at once, send several")]
    TooMany { count: usize, max: usize },
    #[error("command {index} of the batch, counted from 0: {source}")]
    InBatch { index: usize, source: Box<StoreError> },
    #[error("{reason}")]
    InvalidRequest { path: ObjectPath, reason: &'static str },

    #[error("{path}: {source}")]
    Selection { path: ObjectPath, source: SelectionError },
    #[error(
        "{path} has shape {shape:?} now, which the selection does not fit; it changed while it was read"
    )]
    SelectionOutdated { path: ObjectPath, shape: Option<Vec<u64>> },
    #[error("{path}: {source}")]
    Fields { path: ObjectPath, source: FieldsError },
    #[error("{path}, \"where\" {source}")]
    Query { path: ObjectPath, source: QueryError },
    #[error("{path}: {source}")]
    Key { path: ObjectPath, source: KeyError },
    #[error("{path}: {source}")]
    Value { path: ObjectPath, source: ValueError },
    #[error("{path}: values of datatype {from} cannot be written as {to}")]
    Conversion { path: ObjectPath, from: Datatype, to: Datatype },
    #[error("{path}: a value does not fit when {from} is converted to {to}")]
    ValueRange { path: ObjectPath, from: Datatype, to: Datatype },
    #[error("{path}: the reference {reference} cannot be written: {reason}")]
    Reference { path: ObjectPath, reference: String, reason: String },
    #[error("{path}: values of datatype {datatype} cannot be read or written; describe shows it")]
    UnsupportedDatatype { path: ObjectPath, datatype: Datatype },
    #[error("{path}: {datatype} is no datatype that HDF5 can make: {}", source.message)]
    InvalidDatatype { path: ObjectPath, datatype: Datatype, source: CallFailure },
    #[error("{path}: {reason}")]
    Shape { path: ObjectPath, reason: String },
    #[error(
        "{path} cannot grow along axis {axis}: its maximum there is {max}; create it with a larger max_shape"
    )]
    NotResizable { path: ObjectPath, axis: u32, max: u64 },
    #[error("{path}: {what} has {bytes} bytes; at most {max} are possible")]
    TooLarge { path: ObjectPath, what: &'static str, bytes: u128, max: u64 },

    #[error(
        "{path} is a virtual dataset with elements in {file}; they are read here, and written in that file"
    )]
    VirtualLayout { path: ObjectPath, file: String },
    #[error("{path}: the file {file:?} is needed, which is not opened: {reason}")]
    SourceRefused { path: ObjectPath, file: String, reason: String },
    #[error("{path}: the file {file:?} was changed while it was read; try again")]
    SourceChanged { path: ObjectPath, file: String },
    #[error("{source} (in {file:?})")]
    InSource { file: String, source: Box<StoreError> },
    #[error("the file {file:?} cannot be opened: {message}")]
    Source { path: ObjectPath, file: String, message: String },
    #[error("{path} keeps its elements in files outside of HDF5; they are not read")]
    ExternalStorage { path: ObjectPath },
    #[error("{path}: the filter {filter} is not available here")]
    FilterUnavailable { path: ObjectPath, filter: String },
    #[error("{path}: the filter {filter} {reason}")]
    FilterOptions { path: ObjectPath, filter: String, reason: &'static str },
    #[error("{path}: a chunk cannot be decoded: {message}")]
    DamagedChunk { path: ObjectPath, message: String },
    #[error("{path}: a chunk is refused: {message}")]
    LargeChunk { path: ObjectPath, message: String },
    #[error("{path}: {reason}")]
    Layout { path: ObjectPath, reason: String },

    #[error("{path}: the reply cannot be put into JSON: {message}")]
    Reply { path: ObjectPath, message: String },
    #[error("{path}: HDF5 refused {}: {}", source.call, source.message)]
    Hdf5 { path: ObjectPath, source: CallFailure },
}

/// A refusal of the library, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {message}")]
pub struct CallFailure {
    /// The function of the HDF5 library.
    pub call: &'static str,
    pub message: String,
    /// The operating system refused a write.
    pub storage: bool,
}

impl From<CallError> for CallFailure {
    fn from(CallError { call, message, storage, .. }: CallError) -> Self {
        Self { call, message, storage }
    }
}

fn kind_name(kind: Option<ObjectKind>) -> &'static str {
    match kind {
        Some(ObjectKind::Group) => "group",
        Some(ObjectKind::Dataset) => "dataset",
        Some(ObjectKind::NamedDatatype) => "named datatype",
        None => "kind of object that is not known here",
    }
}

fn article(kind: ObjectKind) -> String {
    format!("a {}", kind_name(Some(kind)))
}

impl StoreError {
    /// The same refusal for the path that was asked for, where so far only the way to it was looked at.
    pub(super) fn asked_for(self, path: &ObjectPath) -> Self {
        let path = path.clone();
        match self {
            Self::NotFound { name, group, .. } => Self::NotFound { path, name, group },
            Self::Dangling { link, target, name, group, .. } => {
                Self::Dangling { path, link, target, name, group }
            }
            Self::ExternalLink { link, file, target, beyond, .. } => {
                let beyond = format!("{beyond}/{}", path.name().unwrap_or_default());
                Self::ExternalLink { path, link, file, target, beyond }
            }
            other => other,
        }
    }

    /// What a failed call of the library means for the caller.
    fn of_call(path: &ObjectPath, mut error: CallError) -> Self {
        let path = path.clone();
        match error.chunk.take() {
            None => Self::Hdf5 { path, source: error.into() },
            Some(ChunkFailure::Library(message)) => Self::DamagedChunk { path, message },
            Some(ChunkFailure::Codec(failure)) => match failure {
                CodecError::Damaged { .. } => {
                    Self::DamagedChunk { path, message: failure.to_string() }
                }
                CodecError::TooLarge { .. } => {
                    Self::LargeChunk { path, message: failure.to_string() }
                }
                CodecError::Unavailable { filter, what } => {
                    Self::FilterUnavailable { path, filter: format!("{filter} with {what}") }
                }
                CodecError::Options { filter, what } => {
                    Self::FilterOptions { path, filter: filter.to_owned(), reason: what }
                }
            },
        }
    }

    /// The word that programs decide on.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotHdf5 { .. } | Self::Open { .. } | Self::Source { .. } => {
                ErrorCode::FileUnreadable
            }
            Self::SourceChanged { .. } => ErrorCode::Busy,
            Self::MarkedOpen { .. } => ErrorCode::FileLocked,
            Self::NotForFile { .. } | Self::Reply { .. } => ErrorCode::Internal,
            Self::ReadOnly => ErrorCode::ReadOnly,
            Self::NotFound { .. } | Self::Dangling { .. } | Self::AttributeNotFound { .. } => {
                ErrorCode::NotFound
            }
            Self::AlreadyExists { .. } | Self::LinkExists { .. } | Self::AttributeExists { .. } => {
                ErrorCode::AlreadyExists
            }
            Self::ExternalLink { .. } => ErrorCode::ExternalLink,
            Self::WrongKind { .. } => ErrorCode::WrongKind,
            Self::TooMany { .. } => ErrorCode::LimitExceeded,
            Self::InBatch { source, .. } | Self::InSource { source, .. } => source.code(),
            Self::RootGroup | Self::InvalidRequest { .. } => ErrorCode::InvalidRequest,
            Self::Selection { source: SelectionError::TooManyElements { .. }, .. }
            | Self::TooLarge { .. }
            | Self::LargeChunk { .. } => ErrorCode::TooLarge,
            Self::DamagedChunk { .. } => ErrorCode::DataDamaged,
            Self::Selection { .. } | Self::SelectionOutdated { .. } => ErrorCode::InvalidSelection,
            Self::Fields { .. } | Self::Key { source: KeyError::Member(_), .. } => {
                ErrorCode::InvalidSelection
            }
            Self::Query { .. } => ErrorCode::InvalidQuery,
            Self::Value { source, .. } => value_code(source),
            Self::Conversion { .. } | Self::ValueRange { .. } | Self::Reference { .. } => {
                ErrorCode::InvalidValue
            }
            Self::UnsupportedDatatype { .. }
            | Self::Key { source: KeyError::NoOrder { .. }, .. } => ErrorCode::UnsupportedDatatype,
            Self::Key { .. } => ErrorCode::InvalidValue,
            Self::InvalidDatatype { .. } => ErrorCode::InvalidDatatype,
            Self::Shape { .. } | Self::NotResizable { .. } => ErrorCode::ShapeMismatch,
            Self::TooManySoftLinks { .. }
            | Self::UserDefinedLink { .. }
            | Self::VirtualLayout { .. }
            | Self::SourceRefused { .. }
            | Self::ExternalStorage { .. }
            | Self::FilterUnavailable { .. }
            | Self::FilterOptions { .. }
            | Self::Layout { .. } => ErrorCode::Unsupported,
            Self::Hdf5 { source, .. } if source.storage => ErrorCode::StorageFailed,
            Self::Hdf5 { .. } => ErrorCode::Hdf5,
        }
    }

    /// The path that the error is about, as it was asked for.
    pub fn path(&self) -> Option<&ObjectPath> {
        match self {
            Self::NotHdf5 { .. }
            | Self::Open { .. }
            | Self::MarkedOpen { .. }
            | Self::NotForFile { .. }
            | Self::ReadOnly
            | Self::TooMany { .. }
            | Self::RootGroup => None,
            Self::InBatch { source, .. } | Self::InSource { source, .. } => source.path(),
            Self::NotFound { path, .. }
            | Self::Dangling { path, .. }
            | Self::AttributeNotFound { path, .. }
            | Self::TooManySoftLinks { path, .. }
            | Self::ExternalLink { path, .. }
            | Self::UserDefinedLink { path, .. }
            | Self::AlreadyExists { path, .. }
            | Self::LinkExists { path }
            | Self::AttributeExists { path, .. }
            | Self::WrongKind { path, .. }
            | Self::InvalidRequest { path, .. }
            | Self::Selection { path, .. }
            | Self::SelectionOutdated { path, .. }
            | Self::Fields { path, .. }
            | Self::Query { path, .. }
            | Self::Key { path, .. }
            | Self::Value { path, .. }
            | Self::Conversion { path, .. }
            | Self::ValueRange { path, .. }
            | Self::Reference { path, .. }
            | Self::UnsupportedDatatype { path, .. }
            | Self::InvalidDatatype { path, .. }
            | Self::Shape { path, .. }
            | Self::NotResizable { path, .. }
            | Self::TooLarge { path, .. }
            | Self::VirtualLayout { path, .. }
            | Self::SourceRefused { path, .. }
            | Self::SourceChanged { path, .. }
            | Self::Source { path, .. }
            | Self::ExternalStorage { path }
            | Self::FilterUnavailable { path, .. }
            | Self::FilterOptions { path, .. }
            | Self::DamagedChunk { path, .. }
            | Self::LargeChunk { path, .. }
            | Self::Layout { path, .. }
            | Self::Reply { path, .. }
            | Self::Hdf5 { path, .. } => Some(path),
        }
    }

    /// The answer for the client.
    pub fn to_reply(&self) -> ErrorReply {
        let mut reply = ErrorReply::new(self.code(), self.to_string());
        if let Self::InBatch { index, .. } = self {
            reply.index = u32::try_from(*index).ok();
        }
        if let Self::Query { source, .. } = self {
            reply.position = u32::try_from(source.position).ok();
        }
        match self.path() {
            Some(path) => reply.with_path(path.as_str()),
            None => reply,
        }
    }

    /// Whether another file could not be opened, of which whoever lends them may know more.
    pub(crate) fn is_about_opening(&self) -> bool {
        matches!(self, Self::Source { .. })
    }

    /// Whether the elements lie where the store does not reach them, whatever they are.
    pub(crate) fn is_about_storage(&self) -> bool {
        matches!(
            self,
            Self::VirtualLayout { .. }
                | Self::ExternalStorage { .. }
                | Self::FilterUnavailable { .. }
                | Self::TooLarge { what: "a chunk", .. }
        )
    }

    /// Whether other values, or another datatype for them, would have been taken.
    pub(crate) fn is_about_values(&self) -> bool {
        matches!(
            self,
            Self::Conversion { .. }
                | Self::ValueRange { .. }
                | Self::UnsupportedDatatype { .. }
                | Self::Value {
                    source: ValueError::NotOfType { .. }
                        | ValueError::OutOfRange { .. }
                        | ValueError::StringTooLong { .. }
                        | ValueError::Unsupported { .. },
                    ..
                }
        )
    }
}

fn value_code(error: &ValueError) -> ErrorCode {
    match error {
        ValueError::Unsupported { .. } => ErrorCode::UnsupportedDatatype,
        ValueError::Broadcast { .. } | ValueError::Ragged { .. } | ValueError::TooDeep { .. } => {
            ErrorCode::ShapeMismatch
        }
        ValueError::TooMany { .. } => ErrorCode::TooLarge,
        ValueError::Length { .. }
        | ValueError::Heap
        | ValueError::Shared
        | ValueError::Reference
        | ValueError::NotOfType { .. }
        | ValueError::OutOfRange { .. }
        | ValueError::StringTooLong { .. }
        | ValueError::Base64
        | ValueError::Json(_) => ErrorCode::InvalidValue,
    }
}

/// Gives an error of a layer below the path it was met at.
pub(crate) trait At<T> {
    fn at(self, path: &ObjectPath) -> Result<T, StoreError>;
}

impl<T> At<T> for Result<T, CallError> {
    fn at(self, path: &ObjectPath) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::of_call(path, error))
    }
}

impl<T> At<T> for Result<T, ValueError> {
    fn at(self, path: &ObjectPath) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Value { path: path.clone(), source })
    }
}

impl<T> At<T> for Result<T, SelectionError> {
    fn at(self, path: &ObjectPath) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Selection { path: path.clone(), source })
    }
}
