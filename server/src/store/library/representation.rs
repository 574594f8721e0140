//! Datatypes of the model made into the library's, for those that travel as values.
#![expect(unsafe_code, reason = "calls H5T")]

use std::ffi::c_void;

use hdf5_async_protocol::model::{ByteOrder, Charset, Datatype, Padding};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5t::{
    H5T_C_S1, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE,
    H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE, H5T_VARIABLE,
    H5T_cset_t, H5T_order_t, H5T_str_t, H5Tcopy, H5Tenum_create, H5Tenum_insert, H5Tset_cset,
    H5Tset_ebias, H5Tset_fields, H5Tset_order, H5Tset_size, H5Tset_strpad,
};

use super::datatype::ieee_format;
use super::handle::{CallError, Handle, check};

/// The library's datatype for `datatype`, or `None` where its values do not travel.
pub(crate) fn build(datatype: &Datatype) -> Result<Option<Handle>, CallError> {
    if datatype.wire_size().is_none_or(|size| size == 0) {
        return Ok(None);
    }
    match datatype {
        Datatype::Integer { size, signed, order, .. } => {
            // SAFETY: constants of the library, initialised by its lock.
            let base = match (size, signed) {
                (1, true) => *H5T_STD_I8LE,
                (2, true) => *H5T_STD_I16LE,
                (4, true) => *H5T_STD_I32LE,
                (_, true) => *H5T_STD_I64LE,
                (1, false) => *H5T_STD_U8LE,
                (2, false) => *H5T_STD_U16LE,
                (4, false) => *H5T_STD_U32LE,
                (_, false) => *H5T_STD_U64LE,
            };
            in_order(copy(base)?, *order).map(Some)
        }
        Datatype::Float { size, order, .. } => {
            let float = match size {
                2 => half()?,
                4 => copy(*H5T_IEEE_F32LE)?,
                _ => copy(*H5T_IEEE_F64LE)?,
            };
            in_order(float, *order).map(Some)
        }
        Datatype::Bool => boolean().map(Some),
        Datatype::String { length, charset, padding } => {
            string(*length, *charset, *padding).map(Some)
        }
        _ => Ok(None),
    }
}

fn copy(id: hid_t) -> Result<Handle, CallError> {
    // SAFETY: `id` is a datatype of the library.
    Handle::own("H5Tcopy", unsafe { H5Tcopy(id) })
}

fn in_order(id: Handle, order: ByteOrder) -> Result<Handle, CallError> {
    if order == ByteOrder::Big {
        // SAFETY: `id` is our own copy of an atomic datatype.
        check("H5Tset_order", unsafe { H5Tset_order(id.id(), H5T_order_t::H5T_ORDER_BE) })?;
    }
    Ok(id)
}

/// IEEE binary16, made from binary32 as h5py makes it: its own constant is not in `hdf5-sys`.
fn half() -> Result<Handle, CallError> {
    let id = copy(*H5T_IEEE_F32LE)?;
    let Some(format) = ieee_format(2) else { return Ok(id) };
    // SAFETY: `id` is our own copy of a float; the fields lie inside the 16 bits it shrinks to.
    unsafe {
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
        check("H5Tset_size", H5Tset_size(id.id(), 2))?;
        check("H5Tset_ebias", H5Tset_ebias(id.id(), 15))?;
    }
    Ok(id)
}

/// h5py's bool: an enumeration FALSE = 0, TRUE = 1 over one signed byte.
fn boolean() -> Result<Handle, CallError> {
    // SAFETY: the base is a constant of the library; the values have its size, one byte.
    unsafe {
        let id = Handle::own("H5Tenum_create", H5Tenum_create(*H5T_STD_I8LE))?;
        for (name, value) in [(c"FALSE", 0_i8), (c"TRUE", 1)] {
            check(
                "H5Tenum_insert",
                H5Tenum_insert(id.id(), name.as_ptr(), (&raw const value).cast::<c_void>()),
            )?;
        }
        Ok(id)
    }
}

fn string(length: Option<u32>, charset: Charset, padding: Padding) -> Result<Handle, CallError> {
    let id = copy(*H5T_C_S1)?;
    let charset = match charset {
        Charset::Ascii => H5T_cset_t::H5T_CSET_ASCII,
        Charset::Utf8 => H5T_cset_t::H5T_CSET_UTF8,
    };
    let padding = match padding {
        Padding::NullTerminated => H5T_str_t::H5T_STR_NULLTERM,
        Padding::NullPadded => H5T_str_t::H5T_STR_NULLPAD,
        Padding::SpacePadded => H5T_str_t::H5T_STR_SPACEPAD,
    };
    // SAFETY: `id` is our own copy of a string.
    unsafe {
        check(
            "H5Tset_size",
            H5Tset_size(id.id(), length.map_or(H5T_VARIABLE, |length| length as usize)),
        )?;
        check("H5Tset_cset", H5Tset_cset(id.id(), charset))?;
        check("H5Tset_strpad", H5Tset_strpad(id.id(), padding))?;
    }
    Ok(id)
}
