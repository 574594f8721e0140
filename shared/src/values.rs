//! How elements travel.
//!
//! A *values payload* is the binary form: one slot per element in C order, of
//! [`crate::model::Datatype::wire_size`] bytes, in the byte order the datatype states. The slot of a
//! variable-length element is two little-endian `u64`: where its bytes start behind the last slot (in the
//! *heap*), and how many bytes they are. Of a string those bytes are its text, of a reference its JSON, of a
//! sequence the slots of its elements. A compound with such a member has its members one behind the other,
//! any other its members where HDF5 has them.
//!
//! In JSON, elements are nested lists in the shape of the result: 64-bit integers exact, NaN and infinities
//! as `"NaN"`, `"Infinity"`, `"-Infinity"`, strings as text or, where they are not UTF-8, `{"base64": ...}`;
//! compounds, arrays, sequences and complex numbers are lists.

pub mod broadcast;
mod element_json;
pub mod float;
pub mod from_json;
pub mod infer;
pub mod integer;
mod lists;
pub mod payload;
pub mod pick;
pub mod slots;
pub mod to_json;

pub use broadcast::broadcast;
pub use from_json::{parse, parse_any_shape, parse_inferred, parse_with_rank};
pub use infer::infer_datatype;
pub use payload::{HEAP_SLOT_BYTES, HeapWriter, Slots, check, elements, heap_bytes, n_elements};
pub use pick::{join, member, take};
pub use slots::wire_members;
pub use to_json::{JsonArray, to_json};

/// Why values cannot be translated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("values of datatype {datatype} cannot be sent")]
    Unsupported { datatype: String },
    #[error("the values have {actual} bytes where {expected} are expected")]
    Length { expected: u64, actual: u64 },
    #[error("a variable-length element points outside the values")]
    Heap,
    #[error("a reference is not {{\"object\": path}} or {{\"region\": {{\"path\": path, ...}}}}")]
    Reference,
    #[error("variable-length elements point to the same bytes too often")]
    Shared,
    #[error("{value} is not a value of datatype {datatype}")]
    NotOfType { value: String, datatype: String },
    #[error("{value} does not fit into datatype {datatype}")]
    OutOfRange { value: String, datatype: String },
    #[error("a string of {length} bytes does not fit into {max} bytes")]
    StringTooLong { length: usize, max: u32 },
    #[error("{{\"base64\": ...}} does not hold base64")]
    Base64,
    #[error(
        "the lists are not all of the same length: {expected} and {actual} elements side by side"
    )]
    Ragged { expected: u64, actual: u64 },
    #[error("lists are nested deeper than the {max} axes that HDF5 has")]
    TooDeep { max: usize },
    #[error("values of shape {from:?} cannot be broadcast to shape {to:?}")]
    Broadcast { from: Vec<u64>, to: Vec<u64> },
    #[error("{elements} elements are more than fit into memory")]
    TooMany { elements: String },
    #[error("the values are not JSON: {0}")]
    Json(String),
}
