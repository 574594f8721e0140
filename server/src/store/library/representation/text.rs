//! Strings of fixed and of any length.
#![expect(unsafe_code, reason = "calls H5T")]

use hdf5_async_protocol::model::{Charset, Padding};
use hdf5_sys::h5t::{
    H5T_C_S1, H5T_VARIABLE, H5T_cset_t, H5T_str_t, H5Tset_cset, H5Tset_size, H5Tset_strpad,
};

use super::super::handle::{CallError, Handle, check};
use super::copy;

pub(super) fn string(
    length: Option<u32>,
    charset: Charset,
    padding: Padding,
) -> Result<Handle, CallError> {
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
