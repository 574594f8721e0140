//! Numbers from one datatype to another, refused where a value would not survive.
#![expect(unsafe_code, reason = "calls H5T and H5P")]

use std::ffi::c_void;

use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{H5P_CLS_DATASET_XFER, H5Pcreate, H5Pset_type_conv_cb};
use hdf5_sys::h5t::{H5T_conv_except_t, H5T_conv_ret_t, H5Tconvert};

use super::handle::{CallError, Handle, check};

/// What the library has said while it converted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Converted {
    /// Every value is exact, or rounded to the nearest float.
    Exact,
    /// A value is out of the target's range, not a number, or has a fraction that the target cannot hold.
    Refused,
}

/// Called by the library for values that do not fit: stops at all but rounding.
extern "C" fn refuse(
    exception: H5T_conv_except_t,
    _: hid_t,
    _: hid_t,
    _: *mut c_void,
    _: *mut c_void,
    refused: *mut c_void,
) -> H5T_conv_ret_t {
    if exception == H5T_conv_except_t::H5T_CONV_EXCEPT_PRECISION {
        return H5T_conv_ret_t::H5T_CONV_UNHANDLED;
    }
    // SAFETY: `convert` passes a `bool` that outlives the conversion.
    unsafe { *refused.cast::<bool>() = true };
    H5T_conv_ret_t::H5T_CONV_ABORT
}

/// Converts `n_elements` from the front of `buffer`, in place (`H5Tconvert`).
///
/// The buffer must have room for `n_elements` of the larger of the two datatypes.
pub(crate) fn convert(
    from: &Handle,
    to: &Handle,
    n_elements: usize,
    buffer: &mut [u8],
) -> Result<Converted, CallError> {
    let mut refused = false;
    // SAFETY: the class is a constant of the library.
    let transfer = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_DATASET_XFER) })?;
    // SAFETY: `refused` outlives the conversion below, the only one made with `transfer`; the caller keeps
    // the buffer large enough; without compound members there is no background buffer.
    let result = unsafe {
        check(
            "H5Pset_type_conv_cb",
            H5Pset_type_conv_cb(transfer.id(), Some(refuse), (&raw mut refused).cast::<c_void>()),
        )?;
        H5Tconvert(
            from.id(),
            to.id(),
            n_elements,
            buffer.as_mut_ptr().cast::<c_void>(),
            std::ptr::null_mut(),
            transfer.id(),
        )
    };
    if refused {
        return Ok(Converted::Refused);
    }
    check("H5Tconvert", result)?;
    Ok(Converted::Exact)
}
