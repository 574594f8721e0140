//! The server's own HDF5 file driver: the library reads and writes what the worker was given, and nothing else.
//!
//! A [`Medium`] is the bytes of one file, whatever is behind them. The worker gives each of its files a name
//! ([`give`]), and `H5Fopen` finds it by that name; every other name, be it in an external link, in a virtual
//! dataset or anywhere else in a hostile file, is refused without the operating system being asked.
//!
//! The driver says that it is compatible with the library's default driver, so that what it writes is an
//! ordinary HDF5 file. It has no `lock`: locks are the server's business, and without it the library does not
//! write "open for writing" into files of the newest format, which a crash would leave there.
#![expect(unsafe_code, reason = "registers the driver with the library")]

mod callbacks;
mod given;
mod layout;
mod lending;
mod medium;
mod trial;

use std::ffi::{c_int, c_uint, c_void};
use std::sync::OnceLock;

use hdf5_sys::h5::{H5get_libversion, herr_t};
use hdf5_sys::h5i::hid_t;

use super::handle::{CallError, check};
use layout::FileDriverClass;

pub(crate) use given::{Given, give};
pub use lending::{Lender, Lent, set_lender};
pub(crate) use lending::{Loans, Refusal, during, without_lending};
pub use medium::{Medium, PlainFile};

/// What stands before a served name, for the library. It is absolute, so that the library does not look for the
/// current folder, and names beside it can be told from absolute names inside a file.
pub const SERVED_AS: &str = "/served files/";

/// The version of the library whose structures [`layout`] describes.
const LIBRARY_VERSION: (c_uint, c_uint) = (2, 2);

unsafe extern "C" {
    // Declared here because `hdf5-sys` describes the class of an older library.
    fn H5FDregister(class: *const FileDriverClass) -> hid_t;
    fn H5Pset_driver(list: hid_t, driver: hid_t, info: *const c_void) -> herr_t;
}

/// Makes a file access property list use the driver.
pub(super) fn select(access_list: hid_t) -> Result<(), CallError> {
    let driver = identifier()?;
    // SAFETY: `driver` is registered for as long as the process lives and takes no information of its own.
    let code: c_int = unsafe { H5Pset_driver(access_list, driver, std::ptr::null()) };
    check("H5Pset_driver", code)?;
    Ok(())
}

/// The driver's identifier; it is registered, and tried out once, when it is first needed.
fn identifier() -> Result<hid_t, CallError> {
    static DRIVER: OnceLock<Result<hid_t, CallError>> = OnceLock::new();
    let driver = DRIVER.get_or_init(register).clone()?;
    trial::passed()?;
    Ok(driver)
}

fn register() -> Result<hid_t, CallError> {
    let (mut major, mut minor, mut release) = (0, 0, 0);
    // SAFETY: three integers are written.
    check("H5get_libversion", unsafe {
        H5get_libversion(&raw mut major, &raw mut minor, &raw mut release)
    })?;
    if (major, minor) != LIBRARY_VERSION {
        let (wanted_major, wanted_minor) = LIBRARY_VERSION;
        let message = format!(
            "the file driver is made for HDF5 {wanted_major}.{wanted_minor}, but this is {major}.{minor}.{release}"
        );
        return Err(CallError::new("H5get_libversion", message));
    }
    // SAFETY: the class has the layout of this version of the library, which copies it.
    let driver = unsafe { H5FDregister(&raw const callbacks::CLASS) };
    check("H5FDregister", driver)
}

#[cfg(test)]
mod tests;
