//! References of HDF5 1.12 and later: to objects, to regions and to attributes, as values that hold on to a file.
#![expect(unsafe_code, reason = "calls H5R")]

use std::ffi::{CStr, c_char, c_int};
use std::fmt;

use hdf5_async_protocol::model::ReferenceKind;
use hdf5_sys::h5p::{H5P_CLS_OBJECT_CREATE, H5P_DEFAULT, H5Pcreate};
use hdf5_sys::h5r::{
    H5R_REF_BUF_SIZE, H5R_ref_t, H5R_type_t, H5Rcreate_attr, H5Rcreate_object, H5Rcreate_region,
    H5Rdestroy, H5Rget_attr_name, H5Rget_type, H5Ropen_object, H5Ropen_region,
};

use super::handle::{CallError, Handle, check};
use super::memory::RawReference;
use super::object;
use super::reference::{Selected, selected};
use super::space::Space;

/// Bytes in memory; in files they are as long as what they name.
pub(super) const STANDARD_BYTES: usize = H5R_REF_BUF_SIZE;
/// Longer names of attributes are not looked at.
const MAX_NAME: usize = 1 << 16;

/// What a reference is about: the address of an object, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Referred {
    Object(u64),
    Region(u64, Selected),
    Attribute(u64, String),
}

/// What a reference that was read is about. Those into other files are refused.
pub(crate) fn referred(raw: RawReference<'_>) -> Result<Referred, CallError> {
    let refused = |message: &str| CallError::new("H5Rget_type", message);
    let bytes = raw.bytes().first_chunk::<STANDARD_BYTES>();
    let bytes = bytes.filter(|_| raw.kind() == ReferenceKind::Any);
    let bytes = bytes.ok_or_else(|| refused("it is none of the references of HDF5 1.12"))?;
    // SAFETY: the library has put a reference there, which it still owns; this copy is only looked at.
    let reference = unsafe { bytes.as_ptr().cast::<H5R_ref_t>().read_unaligned() };
    let pointer = &raw const reference;
    // A list with which no file can be opened: the library would open what another program has named.
    // SAFETY: the class is a constant of the library.
    let nowhere = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_OBJECT_CREATE) })?;
    // SAFETY: the reference is one; the list is open.
    let object = unsafe { H5Ropen_object(pointer, nowhere.id(), H5P_DEFAULT) };
    let address = object::address(&Handle::own("H5Ropen_object", object)?)?;
    // SAFETY: as above.
    match unsafe { H5Rget_type(pointer) } {
        H5R_type_t::H5R_OBJECT2 => Ok(Referred::Object(address)),
        H5R_type_t::H5R_DATASET_REGION2 => {
            // SAFETY: as above, and it is a region.
            let space = unsafe { H5Ropen_region(pointer, nowhere.id(), H5P_DEFAULT) };
            Ok(Referred::Region(address, selected(&Space::own("H5Ropen_region", space)?)?))
        }
        H5R_type_t::H5R_ATTR => Ok(Referred::Attribute(address, attribute_name(&reference)?)),
        _ => Err(refused("it is of an unknown kind")),
    }
}

fn attribute_name(reference: &H5R_ref_t) -> Result<String, CallError> {
    let mut name = vec![0_u8; MAX_NAME];
    // SAFETY: the reference is one of an attribute, and `name` has the room that is said.
    let length = unsafe {
        H5Rget_attr_name(&raw const *reference, name.as_mut_ptr().cast::<c_char>(), name.len())
    };
    let length = usize::try_from(check("H5Rget_attr_name", length)?).unwrap_or(usize::MAX);
    name.truncate(length.min(MAX_NAME - 1));
    String::from_utf8(name)
        .map_err(|_| CallError::new("H5Rget_attr_name", "an attribute's name is not UTF-8"))
}

/// A reference that was made here; what it holds is given back on drop.
pub(crate) struct StandardReference {
    reference: H5R_ref_t,
}

impl StandardReference {
    fn make(
        call: &'static str,
        fill: impl FnOnce(*mut H5R_ref_t) -> c_int,
    ) -> Result<Self, CallError> {
        let mut reference = H5R_ref_t::default();
        check(call, fill(&raw mut reference))?;
        Ok(Self { reference })
    }

    pub(crate) fn to_object(object: &Handle) -> Result<Self, CallError> {
        Self::make("H5Rcreate_object", |reference| {
            // SAFETY: the object is open, and `reference` has room for one.
            unsafe { H5Rcreate_object(object.id(), c".".as_ptr(), H5P_DEFAULT, reference) }
        })
    }

    pub(crate) fn to_region(dataset: &Handle, space: &Space) -> Result<Self, CallError> {
        Self::make("H5Rcreate_region", |reference| {
            let (dataset, space) = (dataset.id(), space.id());
            // SAFETY: the dataset and the dataspace are open, and `reference` has room for one.
            unsafe { H5Rcreate_region(dataset, c".".as_ptr(), space, H5P_DEFAULT, reference) }
        })
    }

    pub(crate) fn to_attribute(object: &Handle, name: &CStr) -> Result<Self, CallError> {
        Self::make("H5Rcreate_attr", |reference| {
            let (object, name) = (object.id(), name.as_ptr());
            // SAFETY: the object is open, the name NUL-terminated, and `reference` has room for one.
            unsafe { H5Rcreate_attr(object, c".".as_ptr(), name, H5P_DEFAULT, reference) }
        })
    }

    /// Valid as long as `self` is.
    pub(super) fn bytes(&self) -> &[u8; STANDARD_BYTES] {
        // SAFETY: a reference is an array of so many bytes, all of which were initialised.
        unsafe { &*(&raw const self.reference).cast::<[u8; STANDARD_BYTES]>() }
    }
}

impl fmt::Debug for StandardReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StandardReference")
    }
}

impl Drop for StandardReference {
    fn drop(&mut self) {
        hdf5::sync::sync(|| {
            // SAFETY: the reference was made by the library, and this is its only owner.
            unsafe { H5Rdestroy(&raw mut self.reference) };
        });
    }
}
