//! Floats: where their fields lie, and which of them are IEEE's.
#![expect(unsafe_code, reason = "calls H5T")]

use hdf5_async_protocol::model::{Datatype, FloatFormat, Normalization};
use hdf5_sys::h5t::{
    H5T_norm_t, H5T_order_t, H5Tget_ebias, H5Tget_fields, H5Tget_norm, H5Tget_order,
};

use super::super::handle::{CallError, Handle, check};
use super::{bit_offset, order, precision, size};

pub(super) fn float(id: &Handle) -> Result<Datatype, CallError> {
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
    // SAFETY: `id` is a float.
    let normalization = match unsafe { H5Tget_norm(id.id()) } {
        H5T_norm_t::H5T_NORM_MSBSET => Normalization::MsbSet,
        H5T_norm_t::H5T_NORM_NONE => Normalization::None,
        _ => Normalization::Implied,
    };
    let precision = precision(id)?;
    let format = FloatFormat {
        sign_bit: narrow(sign),
        exponent_bit: narrow(exponent),
        exponent_bits: narrow(exponent_size),
        mantissa_bit: narrow(mantissa),
        mantissa_bits: narrow(mantissa_size),
        // SAFETY: `id` is a float.
        exponent_bias: unsafe { H5Tget_ebias(id.id()) } as u64,
        normalization,
        precision: (precision != size.saturating_mul(8)).then_some(precision),
        bit_offset: bit_offset(id)?,
    };
    let ieee = ieee_format(size) == Some(format);
    Ok(Datatype::Float { size, order: order(id), format: (!ieee).then(|| Box::new(format)) })
}

/// The fields of IEEE 754 binary16, binary32 and binary64.
pub(crate) fn ieee_format(size: u32) -> Option<FloatFormat> {
    let (exponent_bits, mantissa_bits, exponent_bias) = match size {
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
        exponent_bias,
        normalization: Normalization::Implied,
        precision: None,
        bit_offset: 0,
    })
}
