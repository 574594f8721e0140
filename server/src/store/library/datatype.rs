//! The file's datatypes read into the model: every class, as deep as they are nested.
#![expect(unsafe_code, reason = "calls H5T")]

use std::ffi::{c_int, c_uint, c_void};

use hdf5_async_protocol::model::{
    ByteOrder, Charset, Datatype, EnumMember, EnumValue, FloatFormat, Member, Padding,
    ReferenceKind,
};
use hdf5_sys::h5t::{
    H5T_STD_REF_DSETREG, H5T_class_t, H5T_cset_t, H5T_norm_t, H5T_order_t, H5T_sign_t, H5T_str_t,
    H5Tequal, H5Tget_array_dims2, H5Tget_array_ndims, H5Tget_class, H5Tget_cset, H5Tget_ebias,
    H5Tget_fields, H5Tget_member_name, H5Tget_member_offset, H5Tget_member_type,
    H5Tget_member_value, H5Tget_nmembers, H5Tget_norm, H5Tget_offset, H5Tget_order,
    H5Tget_precision, H5Tget_sign, H5Tget_size, H5Tget_strpad, H5Tget_super, H5Tget_tag,
    H5Tis_variable_str,
};

use super::handle::{CallError, Handle, check, take_text};

/// Datatypes nested deeper than this are shown as opaque bytes.
const MAX_DEPTH: u32 = 64;

/// Describes the datatype `id` stands for.
pub(crate) fn describe(id: &Handle) -> Result<Datatype, CallError> {
    walk(id, 0)
}

fn walk(id: &Handle, depth: u32) -> Result<Datatype, CallError> {
    if depth > MAX_DEPTH {
        return Ok(Datatype::Opaque { size: size(id)?, tag: "nested too deeply".to_owned() });
    }
    // SAFETY: `id` is an open datatype.
    match unsafe { H5Tget_class(id.id()) } {
        H5T_class_t::H5T_INTEGER => integer(id),
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
        H5T_class_t::H5T_COMPLEX => complex(id, depth),
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

fn integer(id: &Handle) -> Result<Datatype, CallError> {
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

fn float(id: &Handle) -> Result<Datatype, CallError> {
    let size = size(id)?;
    // SAFETY: `id` is a float.
    if unsafe { H5Tget_order(id.id()) } == H5T_order_t::H5T_ORDER_VAX {
        // The model's byte orders have no word for VAX's; the bytes are all there is to say.
        return Ok(Datatype::Opaque { size, tag: "float in VAX byte order".to_owned() });
    }
    let (mut sign, mut exponent, mut exponent_size, mut mantissa, mut mantissa_size) =
        (0, 0, 0, 0, 0);
    // SAFETY: `id` is a float; the five numbers outlive the call.
    check("H5Tget_fields", unsafe {
        H5Tget_fields(
            id.id(),
            &raw mut sign,
            &raw mut exponent,
            &raw mut exponent_size,
            &raw mut mantissa,
            &raw mut mantissa_size,
        )
    })?;
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let format = FloatFormat {
        sign_bit: narrow(sign),
        exponent_bit: narrow(exponent),
        exponent_bits: narrow(exponent_size),
        mantissa_bit: narrow(mantissa),
        mantissa_bits: narrow(mantissa_size),
        // SAFETY: `id` is a float.
        exponent_bias: unsafe { H5Tget_ebias(id.id()) } as u64,
    };
    // SAFETY: `id` is a float.
    let implied = unsafe { H5Tget_norm(id.id()) } == H5T_norm_t::H5T_NORM_IMPLIED;
    let ieee = implied
        && ieee_format(size) == Some(format)
        && precision(id)? == size * 8
        && bit_offset(id)? == 0;
    Ok(Datatype::Float { size, order: order(id), format: (!ieee).then_some(format) })
}

/// The fields of IEEE 754 binary16, binary32 and binary64.
pub(super) fn ieee_format(size: u32) -> Option<FloatFormat> {
    let (exponent_bits, mantissa_bits, bias) = match size {
        2 => (5, 10, 15),
        4 => (8, 23, 127),
        8 => (11, 52, 1023),
        _ => return None,
    };
    Some(FloatFormat {
        sign_bit: size * 8 - 1,
        exponent_bit: mantissa_bits,
        exponent_bits,
        mantissa_bit: 0,
        mantissa_bits,
        exponent_bias: bias,
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
    let region = check("H5Tequal", unsafe { H5Tequal(id.id(), *H5T_STD_REF_DSETREG) })? > 0;
    let kind = if region { ReferenceKind::Region } else { ReferenceKind::Object };
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

/// HDF5's own complex class; over floats that are not IEEE it is shown with its two parts.
fn complex(id: &Handle, depth: u32) -> Result<Datatype, CallError> {
    let size = size(id)?;
    let part = walk(&base(id)?, depth + 1)?;
    if let Datatype::Float { order, format: None, .. } = part {
        return Ok(Datatype::Complex { size, order });
    }
    let member = |name: &str, offset: u32| Member {
        name: name.to_owned(),
        offset: u64::from(offset),
        datatype: part.clone(),
    };
    Ok(Datatype::Compound { size, members: vec![member("r", 0), member("i", size / 2)] })
}

fn enumeration(id: &Handle, depth: u32) -> Result<Datatype, CallError> {
    let base = walk(&base(id)?, depth + 1)?;
    let (signed, base_order) = match &base {
        Datatype::Integer { signed, order, .. } => (*signed, *order),
        _ => (false, ByteOrder::Little),
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
        if base_order == ByteOrder::Big {
            value.reverse();
        }
        members.push(EnumMember { name, value: enum_value(&value, signed) });
    }
    let boolean = [("FALSE", EnumValue::Signed(0)), ("TRUE", EnumValue::Signed(1))];
    let is_bool = members.len() == boolean.len()
        && boolean.iter().all(|(name, value)| {
            members.iter().any(|member| member.name == *name && member.value == *value)
        });
    if is_bool {
        return Ok(Datatype::Bool);
    }
    Ok(Datatype::Enum { base: Box::new(base), members })
}

/// The number that little-endian bytes hold; of bases wider than 64 bits the low ones.
fn enum_value(bytes: &[u8], signed: bool) -> EnumValue {
    let negative = signed && bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    if signed {
        return EnumValue::Signed(i64::from_le_bytes(wide));
    }
    let value = u64::from_le_bytes(wide);
    i64::try_from(value).map_or(EnumValue::Unsigned(value), EnumValue::Signed)
}
