//! The file's datatypes read into the model: every class, as deep as they are nested.
#![expect(unsafe_code, reason = "calls H5T")]

mod float;

use std::ffi::{c_int, c_uint, c_void};

use hdf5_async_protocol::model::{
    ByteOrder, Charset, Datatype, EnumMember, EnumValue, Member, Padding, ReferenceKind,
};
use hdf5_async_protocol::values::integer;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5t::{
    H5T_STD_REF, H5T_STD_REF_DSETREG, H5T_class_t, H5T_cset_t, H5T_order_t, H5T_sign_t, H5T_str_t,
    H5Tcommit_anon, H5Tcommitted, H5Tequal, H5Tget_array_dims2, H5Tget_array_ndims, H5Tget_class,
    H5Tget_cset, H5Tget_member_name, H5Tget_member_offset, H5Tget_member_type, H5Tget_member_value,
    H5Tget_nmembers, H5Tget_offset, H5Tget_order, H5Tget_precision, H5Tget_sign, H5Tget_size,
    H5Tget_strpad, H5Tget_super, H5Tget_tag, H5Tis_variable_str,
};

use super::handle::{CallError, Handle, check, take_text};
use float::float;
pub(crate) use float::ieee_format;

/// Datatypes nested deeper than this are a mistake, or an attack.
const MAX_DEPTH: u32 = 64;

/// Describes the datatype `id` stands for.
pub(crate) fn describe(id: &Handle) -> Result<Datatype, CallError> {
    walk(id, 0)
}

/// Whether the datatype is an object of its own, or shared with one.
pub(crate) fn is_committed(id: &Handle) -> Result<bool, CallError> {
    // SAFETY: `id` is an open datatype.
    Ok(check("H5Tcommitted", unsafe { H5Tcommitted(id.id()) })? > 0)
}

/// Makes our own datatype an object of the file that no link leads to yet.
pub(crate) fn commit_unlinked(file: &Handle, id: &Handle) -> Result<(), CallError> {
    // SAFETY: both identifiers are open.
    let result = unsafe { H5Tcommit_anon(file.id(), id.id(), H5P_DEFAULT, H5P_DEFAULT) };
    check("H5Tcommit_anon", result)?;
    Ok(())
}

fn walk(id: &Handle, depth: u32) -> Result<Datatype, CallError> {
    if depth > MAX_DEPTH {
        return Err(CallError::new("H5Tget_super", "the datatype is nested too deeply"));
    }
    // SAFETY: `id` is an open datatype.
    match unsafe { H5Tget_class(id.id()) } {
        H5T_class_t::H5T_INTEGER => whole(id),
        H5T_class_t::H5T_FLOAT => float(id),
        H5T_class_t::H5T_TIME => Ok(Datatype::Time { size: size(id)?, order: order(id) }),
        H5T_class_t::H5T_STRING => string(id),
        H5T_class_t::H5T_BITFIELD => Ok(Datatype::Bitfield {
            size: size(id)?,
            order: order(id),
            precision: precision(id)?,
            bit_offset: bit_offset(id)?,
        }),
        H5T_class_t::H5T_OPAQUE => {
            // SAFETY: `id` is an opaque datatype.
            let tag = take_text("H5Tget_tag", unsafe { H5Tget_tag(id.id()) })?;
            Ok(Datatype::Opaque { size: size(id)?, tag })
        }
        H5T_class_t::H5T_COMPOUND => compound(id, depth),
        H5T_class_t::H5T_REFERENCE => reference(id),
        H5T_class_t::H5T_ENUM => enumeration(id, depth),
        H5T_class_t::H5T_VLEN => {
            Ok(Datatype::Vlen { base: Box::new(walk(&base(id)?, depth + 1)?) })
        }
        H5T_class_t::H5T_ARRAY => array(id, depth),
        H5T_class_t::H5T_COMPLEX => {
            Ok(Datatype::NativeComplex { base: Box::new(walk(&base(id)?, depth + 1)?) })
        }
        H5T_class_t::H5T_NO_CLASS | H5T_class_t::H5T_NCLASSES => {
            Err(CallError::last("H5Tget_class"))
        }
    }
}

/// Bytes of one element.
fn size(id: &Handle) -> Result<u32, CallError> {
    // SAFETY: `id` is an open datatype.
    match u32::try_from(unsafe { H5Tget_size(id.id()) }) {
        Ok(0) | Err(_) => Err(CallError::last("H5Tget_size")),
        Ok(size) => Ok(size),
    }
}

fn order(id: &Handle) -> ByteOrder {
    // SAFETY: `id` is an open datatype.
    match unsafe { H5Tget_order(id.id()) } {
        H5T_order_t::H5T_ORDER_BE => ByteOrder::Big,
        _ => ByteOrder::Little,
    }
}

fn precision(id: &Handle) -> Result<u32, CallError> {
    // SAFETY: `id` is an open datatype.
    u32::try_from(unsafe { H5Tget_precision(id.id()) })
        .map_err(|_| CallError::new("H5Tget_precision", "out of range"))
}

fn bit_offset(id: &Handle) -> Result<u32, CallError> {
    // SAFETY: `id` is an open datatype.
    let offset = check("H5Tget_offset", unsafe { H5Tget_offset(id.id()) })?;
    Ok(u32::try_from(offset).unwrap_or(0))
}

fn base(id: &Handle) -> Result<Handle, CallError> {
    // SAFETY: `id` is an open datatype that is made from another.
    Handle::own("H5Tget_super", unsafe { H5Tget_super(id.id()) })
}

fn n_members(id: &Handle) -> Result<c_uint, CallError> {
    // SAFETY: `id` is a compound or enumeration.
    let members = check("H5Tget_nmembers", unsafe { H5Tget_nmembers(id.id()) })?;
    Ok(c_uint::try_from(members).unwrap_or(0))
}

fn whole(id: &Handle) -> Result<Datatype, CallError> {
    // SAFETY: `id` is an integer.
    let signed = unsafe { H5Tget_sign(id.id()) } == H5T_sign_t::H5T_SGN_2;
    Ok(Datatype::Integer {
        size: size(id)?,
        signed,
        order: order(id),
        precision: precision(id)?,
        bit_offset: bit_offset(id)?,
    })
}

fn string(id: &Handle) -> Result<Datatype, CallError> {
    // SAFETY: `id` is a string.
    let variable = check("H5Tis_variable_str", unsafe { H5Tis_variable_str(id.id()) })? > 0;
    // SAFETY: `id` is a string.
    let charset = match unsafe { H5Tget_cset(id.id()) } {
        H5T_cset_t::H5T_CSET_UTF8 => Charset::Utf8,
        _ => Charset::Ascii,
    };
    // SAFETY: `id` is a string.
    let padding = match unsafe { H5Tget_strpad(id.id()) } {
        H5T_str_t::H5T_STR_NULLPAD => Padding::NullPadded,
        H5T_str_t::H5T_STR_SPACEPAD => Padding::SpacePadded,
        _ => Padding::NullTerminated,
    };
    let length = if variable { None } else { Some(size(id)?) };
    Ok(Datatype::String { length, charset, padding })
}

fn reference(id: &Handle) -> Result<Datatype, CallError> {
    // SAFETY: `id` is a datatype, the other one a constant of the library.
    let is = |other| check("H5Tequal", unsafe { H5Tequal(id.id(), other) }).map(|equal| equal > 0);
    let kind = if is(*H5T_STD_REF_DSETREG)? {
        ReferenceKind::Region
    } else if is(*H5T_STD_REF)? {
        ReferenceKind::Any
    } else {
        ReferenceKind::Object
    };
    Ok(Datatype::Reference { kind })
}

fn array(id: &Handle, depth: u32) -> Result<Datatype, CallError> {
    // SAFETY: `id` is an array.
    let rank = check("H5Tget_array_ndims", unsafe { H5Tget_array_ndims(id.id()) })?;
    let mut dims = vec![0; usize::try_from(rank).unwrap_or(0)];
    // SAFETY: `dims` has room for the array's rank.
    check("H5Tget_array_dims2", unsafe { H5Tget_array_dims2(id.id(), dims.as_mut_ptr()) })?;
    Ok(Datatype::Array { base: Box::new(walk(&base(id)?, depth + 1)?), dims })
}

fn compound(id: &Handle, depth: u32) -> Result<Datatype, CallError> {
    let mut members = Vec::new();
    for index in 0..n_members(id)? {
        // SAFETY: `index` is below the number of members.
        let (name, offset, datatype) = unsafe {
            (
                take_text("H5Tget_member_name", H5Tget_member_name(id.id(), index))?,
                H5Tget_member_offset(id.id(), index) as u64,
                Handle::own("H5Tget_member_type", H5Tget_member_type(id.id(), index))?,
            )
        };
        members.push(Member { name, offset, datatype: walk(&datatype, depth + 1)? });
    }
    let size = size(id)?;
    Ok(as_complex(size, &members).unwrap_or(Datatype::Compound { size, members }))
}

/// h5py's complex numbers: a compound of two equal IEEE floats `r` and `i`, and nothing else.
fn as_complex(size: u32, members: &[Member]) -> Option<Datatype> {
    let [real, imaginary] = members else { return None };
    let Datatype::Float { size: half, order, format: None } = real.datatype else { return None };
    let adjacent = real.offset == 0 && imaginary.offset == u64::from(half) && size == half * 2;
    let named = real.name == "r" && imaginary.name == "i";
    (adjacent && named && real.datatype == imaginary.datatype)
        .then_some(Datatype::Complex { size, order })
}

fn enumeration(id: &Handle, depth: u32) -> Result<Datatype, CallError> {
    let base = walk(&base(id)?, depth + 1)?;
    let Datatype::Integer { signed, order, precision, bit_offset, .. } = base else {
        return Err(CallError::new("H5Tget_super", "an enumeration is not made of integers"));
    };
    let bytes = size(id)? as usize;
    let mut members = Vec::new();
    for index in 0..n_members(id)? {
        let mut value = vec![0_u8; bytes];
        // SAFETY: `index` is below the number of members, `value` has the size of an element.
        let name = unsafe {
            check::<c_int>(
                "H5Tget_member_value",
                H5Tget_member_value(id.id(), index, value.as_mut_ptr().cast::<c_void>()),
            )?;
            take_text("H5Tget_member_name", H5Tget_member_name(id.id(), index))?
        };
        let number = integer::from_bits(&value, signed, order, precision, bit_offset);
        members.push(EnumMember { name, value: enum_value(number) });
    }
    let boolean = [("FALSE", EnumValue::Signed(0)), ("TRUE", EnumValue::Signed(1))];
    let alike = members.iter().map(|member| (member.name.as_str(), member.value)).eq(boolean);
    if alike && base == Datatype::integer(1, true, ByteOrder::Little) {
        return Ok(Datatype::Bool);
    }
    Ok(Datatype::Enum { base: Box::new(base), members })
}

/// Of bases wider than 64 bits the low ones.
fn enum_value(number: i128) -> EnumValue {
    let low = number.cast_unsigned() & u128::from(u64::MAX);
    match i64::try_from(number) {
        Ok(number) => EnumValue::Signed(number),
        Err(_) => EnumValue::Unsigned(u64::try_from(low).unwrap_or(u64::MAX)),
    }
}
