//! HDF5's own nouns as plain data, in HDF5's own words.

pub mod attribute;
pub mod coordinates;
pub mod dataset;
pub mod datatype;
pub mod fields;
pub mod file;
pub mod filter;
pub mod link;
pub mod notation;
pub mod number;
pub mod object;
pub mod path;
pub mod reference;
pub mod selection;
pub mod storage;

pub use attribute::AttributeInfo;
pub use coordinates::Coordinates;
pub use dataset::{DatasetInfo, Layout};
pub use datatype::{
    ByteOrder, Charset, Datatype, EnumMember, EnumValue, FloatFormat, Member, Normalization,
    Padding, ReferenceKind,
};
pub use fields::{Fields, FieldsError};
pub use file::{FileCreation, FileFormat, SpaceStrategy};
pub use filter::Filter;
pub use link::Link;
pub use number::Number;
pub use object::{Child, ObjectInfo, ObjectKind};
pub use path::{ObjectPath, ObjectPathError};
pub use reference::{AttributeName, Reference, Region};
pub use selection::{AxisRange, AxisSelection, ResolvedSelection, Selection, SelectionError};
pub use storage::{
    AllocationTime, ExternalFile, FillTime, MappedHyperslab, MappedSelection, VirtualSource,
};
