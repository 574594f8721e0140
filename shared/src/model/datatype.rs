//! What one element is: the tree of HDF5's datatype classes (`H5T_class_t`).
//!
//! On the wire a datatype is numpy's notation where numpy has one and an object otherwise;
//! [`super::notation`] translates.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    Little,
    Big,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Charset {
    #[serde(rename = "ascii")]
    Ascii,
    #[serde(rename = "utf-8")]
    Utf8,
}

/// What fills a fixed-length string behind its text (`H5T_str_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    NullTerminated,
    NullPadded,
    SpacePadded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    Object,
    Region,
    /// An object, a region or an attribute (`H5T_STD_REF`).
    Any,
}

/// A member of a compound datatype; `offset` in bytes from the start of the element.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    pub name: String,
    pub offset: u64,
    pub datatype: Datatype,
}

/// A name of an enumeration and its value in the base type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnumMember {
    pub name: String,
    pub value: EnumValue,
}

/// Exact over the 64-bit integers of both signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum EnumValue {
    Signed(i64),
    /// Only above `i64::MAX`.
    Unsigned(u64),
}

/// How the most significant bit of a mantissa is stored (`H5T_norm_t`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Not stored, because it is always set.
    #[default]
    Implied,
    /// Stored, though it is always set.
    MsbSet,
    /// Stored, set or not.
    None,
}

impl Normalization {
    pub fn is_implied(&self) -> bool {
        *self == Self::Implied
    }
}

/// Where the parts of a floating-point number lie, in bits (`H5Tget_fields`, `H5Tget_ebias`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FloatFormat {
    pub sign_bit: u32,
    pub exponent_bit: u32,
    pub exponent_bits: u32,
    pub mantissa_bit: u32,
    pub mantissa_bits: u32,
    pub exponent_bias: u64,
    #[serde(default, skip_serializing_if = "Normalization::is_implied")]
    pub normalization: Normalization,
    /// How many bits are used; all of them where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<u32>,
    /// The first bit that is used.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bit_offset: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(bits: &u32) -> bool {
    *bits == 0
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Datatype {
    /// `size` bytes, of which `precision` bits from bit `bit_offset` on are used.
    Integer {
        size: u32,
        signed: bool,
        order: ByteOrder,
        precision: u32,
        bit_offset: u32,
    },
    /// IEEE 754 of 2, 4 or 8 bytes where `format` is `None`.
    Float {
        size: u32,
        order: ByteOrder,
        format: Option<Box<FloatFormat>>,
    },
    /// h5py's bool: an enumeration FALSE = 0, TRUE = 1 over one signed byte.
    Bool,
    /// h5py's complex numbers: a compound of `r` and `i`, each an IEEE float of half the size.
    Complex {
        size: u32,
        order: ByteOrder,
    },
    /// HDF5's own complex class: real and imaginary part, each a float.
    NativeComplex {
        base: Box<Datatype>,
    },
    /// `length` in bytes; `None` for variable length.
    String {
        length: Option<u32>,
        charset: Charset,
        padding: Padding,
    },
    Compound {
        size: u32,
        members: Vec<Member>,
    },
    Enum {
        base: Box<Datatype>,
        members: Vec<EnumMember>,
    },
    Array {
        base: Box<Datatype>,
        dims: Vec<u64>,
    },
    Vlen {
        base: Box<Datatype>,
    },
    Opaque {
        size: u32,
        tag: String,
    },
    Bitfield {
        size: u32,
        order: ByteOrder,
        precision: u32,
        bit_offset: u32,
    },
    Reference {
        kind: ReferenceKind,
    },
    Time {
        size: u32,
        order: ByteOrder,
    },
}

impl Datatype {
    pub fn integer(size: u32, signed: bool, order: ByteOrder) -> Self {
        Self::Integer { size, signed, order, precision: size * 8, bit_offset: 0 }
    }

    pub fn float(size: u32, order: ByteOrder) -> Self {
        Self::Float { size, order, format: None }
    }

    /// Text of any length, as Python's `str` and HDF5's `H5T_VARIABLE` with `H5T_CSET_UTF8`.
    pub fn variable_string() -> Self {
        Self::String { length: None, charset: Charset::Utf8, padding: Padding::NullTerminated }
    }

    pub fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Integer { size: 1..=8, .. }
                | Self::Float { size: 2 | 4 | 8, format: None, .. }
                | Self::Bool
        )
    }
}
