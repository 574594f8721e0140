//! Integers, bitfields, floats and times of any width, order and format.
#![expect(unsafe_code, reason = "calls H5T")]

use hdf5_async_protocol::model::{ByteOrder, FloatFormat, Normalization};
use hdf5_sys::h5t::{
    H5T_IEEE_F64LE, H5T_STD_B64LE, H5T_STD_I64LE, H5T_STD_U64LE, H5T_UNIX_D32LE, H5T_UNIX_D64LE,
    H5T_norm_t, H5T_order_t, H5Tset_ebias, H5Tset_fields, H5Tset_norm, H5Tset_offset, H5Tset_order,
    H5Tset_precision, H5Tset_size,
};

use super::super::datatype::ieee_format;
use super::super::handle::{CallError, Handle, check};
use super::copy;

/// The library's widest float; its fields can be moved about before it is made smaller.
const WIDE: u32 = 16;

pub(super) fn integer(
    size: u32,
    signed: bool,
    order: ByteOrder,
    precision: u32,
    bit_offset: u32,
) -> Result<Handle, CallError> {
    let base = if signed { *H5T_STD_I64LE } else { *H5T_STD_U64LE };
    shaped(copy(base)?, size, order, precision, bit_offset)
}

pub(super) fn bitfield(
    size: u32,
    order: ByteOrder,
    precision: u32,
    bit_offset: u32,
) -> Result<Handle, CallError> {
    shaped(copy(*H5T_STD_B64LE)?, size, order, precision, bit_offset)
}

fn shaped(
    id: Handle,
    size: u32,
    order: ByteOrder,
    precision: u32,
    bit_offset: u32,
) -> Result<Handle, CallError> {
    check_bits(size, precision, bit_offset)?;
    // SAFETY: `id` is our own copy of an integer or bitfield; the bits were checked against the size.
    unsafe {
        check("H5Tset_size", H5Tset_size(id.id(), size as usize))?;
        check("H5Tset_precision", H5Tset_precision(id.id(), precision as usize))?;
        check("H5Tset_offset", H5Tset_offset(id.id(), bit_offset as usize))?;
    }
    in_order(id, order)
}

/// The library would make an element larger whose bits do not fit.
fn check_bits(size: u32, precision: u32, bit_offset: u32) -> Result<(), CallError> {
    let end = u64::from(precision) + u64::from(bit_offset);
    if precision > 0 && end <= u64::from(size) * 8 {
        return Ok(());
    }
    let message = format!("{precision} bits from bit {bit_offset} on do not fit into {size} bytes");
    Err(CallError::new("H5Tset_precision", message))
}

fn in_order(id: Handle, order: ByteOrder) -> Result<Handle, CallError> {
    if order == ByteOrder::Big {
        // SAFETY: `id` is our own copy of an atomic datatype.
        check("H5Tset_order", unsafe { H5Tset_order(id.id(), H5T_order_t::H5T_ORDER_BE) })?;
    }
    Ok(id)
}

pub(super) fn time(size: u32, order: ByteOrder) -> Result<Handle, CallError> {
    let base = if size == 4 { *H5T_UNIX_D32LE } else { *H5T_UNIX_D64LE };
    let id = copy(base)?;
    if size != 4 && size != 8 {
        return Err(CallError::new("H5Tset_size", "a time has 4 or 8 bytes"));
    }
    in_order(id, order)
}

pub(super) fn float(
    size: u32,
    order: ByteOrder,
    format: Option<&FloatFormat>,
) -> Result<Handle, CallError> {
    let ieee = ieee_format(size);
    let Some(format) = format.or(ieee.as_ref()) else {
        return Err(CallError::new("H5Tset_size", "an IEEE float has 2, 4 or 8 bytes"));
    };
    let precision = format.precision.unwrap_or(size.saturating_mul(8));
    check_bits(size, precision, format.bit_offset)?;
    let wide = size.max(WIDE);
    let norm = match format.normalization {
        Normalization::Implied => H5T_norm_t::H5T_NORM_IMPLIED,
        Normalization::MsbSet => H5T_norm_t::H5T_NORM_MSBSET,
        Normalization::None => H5T_norm_t::H5T_NORM_NONE,
    };
    let bias = usize::try_from(format.exponent_bias)
        .map_err(|_| CallError::new("H5Tset_ebias", "the exponent bias is out of range"))?;
    // SAFETY: the constant is initialised by the library's lock, and `id` our own copy of it. It is made wide
    // first, so that the fields lie inside of it, and as wide as it is to be when they are in place.
    unsafe {
        let id = copy(*H5T_IEEE_F64LE)?;
        check("H5Tset_size", H5Tset_size(id.id(), wide as usize))?;
        check("H5Tset_precision", H5Tset_precision(id.id(), wide as usize * 8))?;
        check(
            "H5Tset_fields",
            H5Tset_fields(
                id.id(),
                format.sign_bit as usize,
                format.exponent_bit as usize,
                format.exponent_bits as usize,
                format.mantissa_bit as usize,
                format.mantissa_bits as usize,
            ),
        )?;
        check("H5Tset_precision", H5Tset_precision(id.id(), precision as usize))?;
        check("H5Tset_size", H5Tset_size(id.id(), size as usize))?;
        check("H5Tset_offset", H5Tset_offset(id.id(), format.bit_offset as usize))?;
        check("H5Tset_ebias", H5Tset_ebias(id.id(), bias))?;
        check("H5Tset_norm", H5Tset_norm(id.id(), norm))?;
        in_order(id, order)
    }
}
