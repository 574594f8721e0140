//! The filters that this build of the library can apply: its own, and those of [`crate::codec`].
#![expect(unsafe_code, reason = "calls H5Z")]

mod registered;

use std::sync::Once;

use hdf5_sys::h5z::{H5Z_FILTER_CONFIG_ENCODE_ENABLED, H5Zfilter_avail, H5Zget_filter_info};

use super::handle::{CallError, check};

pub(crate) use registered::limit_chunks;
pub(super) use registered::take_failure;

/// Makes the filters known to the library; before the first file is opened.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for error in registered::all().into_iter().filter_map(Result::err) {
            tracing::error!(%error, "a filter could not be registered");
        }
    });
}

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
