//! The filters that this build of the library can apply.
#![expect(unsafe_code, reason = "calls H5Z")]

use hdf5_sys::h5z::{H5Z_FILTER_CONFIG_ENCODE_ENABLED, H5Zfilter_avail, H5Zget_filter_info};

use super::handle::{CallError, check};

pub(crate) fn can_decode(id: u16) -> Result<bool, CallError> {
    // SAFETY: takes a number; plugins are not loaded.
    Ok(check("H5Zfilter_avail", unsafe { H5Zfilter_avail(i32::from(id)) })? > 0)
}

pub(crate) fn can_encode(id: u16) -> Result<bool, CallError> {
    if !can_decode(id)? {
        return Ok(false);
    }
    let mut flags = 0;
    // SAFETY: the filter is available, `flags` outlives the call.
    check("H5Zget_filter_info", unsafe { H5Zget_filter_info(i32::from(id), &raw mut flags) })?;
    Ok(flags & H5Z_FILTER_CONFIG_ENCODE_ENABLED != 0)
}
