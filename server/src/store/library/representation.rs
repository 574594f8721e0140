//! Datatypes of the model made into the library's, of every class.
#![expect(unsafe_code, reason = "calls H5T")]

mod number;
mod text;

use std::ffi::{CString, c_uint, c_void};

use hdf5_async_protocol::model::{
    ByteOrder, Datatype, EnumMember, EnumValue, Member, ReferenceKind,
};
use hdf5_async_protocol::values::integer::{MAX_BYTES, fits, push_bits, to_bits};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5t::{
    H5T_STD_REF, H5T_STD_REF_DSETREG, H5T_STD_REF_OBJ, H5T_class_t, H5Tarray_create2,
    H5Tcomplex_create, H5Tcopy, H5Tcreate, H5Tenum_create, H5Tenum_insert, H5Tinsert, H5Tset_tag,
    H5Tvlen_create,
};

use super::handle::{CallError, Handle, c_name, check};

/// HDF5's limit on the rank of an array datatype (`H5S_MAX_RANK`).
const MAX_RANK: usize = 32;
/// HDF5's limit on the tag of an opaque datatype (`H5T_OPAQUE_TAG_MAX`), with its NUL.
const MAX_TAG_BYTES: usize = 255;

/// The library's datatype for `datatype`, or `None` where elements cannot have it.
pub(crate) fn build(datatype: &Datatype) -> Result<Option<Handle>, CallError> {
    if datatype.wire_size().is_none() {
        return Ok(None);
    }
    make(datatype).map(Some)
}

fn make(datatype: &Datatype) -> Result<Handle, CallError> {
    match datatype {
        Datatype::Integer { size, signed, order, precision, bit_offset } => {
            number::integer(*size, *signed, *order, *precision, *bit_offset)
        }
        Datatype::Bitfield { size, order, precision, bit_offset } => {
            number::bitfield(*size, *order, *precision, *bit_offset)
        }
        Datatype::Float { size, order, format } => number::float(*size, *order, format.as_deref()),
        Datatype::Time { size, order } => number::time(*size, *order),
        Datatype::Bool => boolean(),
        Datatype::Complex { size, order } => {
            let part = Datatype::float(size / 2, *order);
            let member = |name: &str, offset: u32| Member {
                name: name.to_owned(),
                offset: u64::from(offset),
                datatype: part.clone(),
            };
            compound(*size, &[member("r", 0), member("i", size / 2)])
        }
        Datatype::NativeComplex { base } => {
            let base = make(base)?;
            // SAFETY: `base` is our own datatype.
            Handle::own("H5Tcomplex_create", unsafe { H5Tcomplex_create(base.id()) })
        }
        Datatype::String { length, charset, padding } => text::string(*length, *charset, *padding),
        Datatype::Compound { size, members } => compound(*size, members),
        Datatype::Enum { base, members } => enumeration(base, members),
        Datatype::Array { base, dims } => array(base, dims),
        Datatype::Vlen { base } => {
            let base = make(base)?;
            // SAFETY: `base` is our own datatype.
            Handle::own("H5Tvlen_create", unsafe { H5Tvlen_create(base.id()) })
        }
        Datatype::Opaque { size, tag } => opaque(*size, tag),
        Datatype::Reference { kind: ReferenceKind::Object } => copy(*H5T_STD_REF_OBJ),
        Datatype::Reference { kind: ReferenceKind::Region } => copy(*H5T_STD_REF_DSETREG),
        Datatype::Reference { kind: ReferenceKind::Any } => copy(*H5T_STD_REF),
    }
}

fn copy(id: hid_t) -> Result<Handle, CallError> {
    // SAFETY: `id` is a datatype of the library.
    Handle::own("H5Tcopy", unsafe { H5Tcopy(id) })
}

/// h5py's bool: an enumeration FALSE = 0, TRUE = 1 over one signed byte.
fn boolean() -> Result<Handle, CallError> {
    let member =
        |name: &str, value| EnumMember { name: name.to_owned(), value: EnumValue::Signed(value) };
    let base = Datatype::integer(1, true, ByteOrder::Little);
    enumeration(&base, &[member("FALSE", 0), member("TRUE", 1)])
}

fn enumeration(base: &Datatype, members: &[EnumMember]) -> Result<Handle, CallError> {
    let refuse = |message: String| CallError::new("H5Tenum_insert", message);
    let Datatype::Integer { size, signed, order, precision, bit_offset } = base else {
        return Err(refuse(format!("an enumeration is made of integers, not of {base}")));
    };
    if *size as usize > MAX_BYTES {
        return Err(refuse("an enumeration is made of at most 64 bits".to_owned()));
    }
    if members.is_empty() {
        return Err(refuse("an enumeration has at least one name".to_owned()));
    }
    let base = make(base)?;
    // SAFETY: `base` is our own integer datatype.
    let id = Handle::own("H5Tenum_create", unsafe { H5Tenum_create(base.id()) })?;
    for member in members {
        let number = member.value.number();
        if !fits(number, *signed, *precision) {
            return Err(refuse(format!("{} = {number} does not fit", member.name)));
        }
        let mut bytes = Vec::new();
        push_bits(&mut bytes, to_bits(number, *precision, *bit_offset), *size as usize, *order);
        let name = c_name(&member.name)?;
        // SAFETY: the name is NUL-terminated, and the value has as many bytes as the base.
        check("H5Tenum_insert", unsafe {
            H5Tenum_insert(id.id(), name.as_ptr(), bytes.as_ptr().cast::<c_void>())
        })?;
    }
    Ok(id)
}

fn compound(size: u32, members: &[Member]) -> Result<Handle, CallError> {
    if members.is_empty() {
        return Err(CallError::new("H5Tinsert", "a compound has at least one member"));
    }
    // SAFETY: takes a class and a size.
    let id =
        Handle::own("H5Tcreate", unsafe { H5Tcreate(H5T_class_t::H5T_COMPOUND, size as usize) })?;
    for member in members {
        let datatype = make(&member.datatype)?;
        let name = c_name(&member.name)?;
        let offset = usize::try_from(member.offset)
            .map_err(|_| CallError::new("H5Tinsert", "an offset is out of range"))?;
        // SAFETY: `id` is our own compound, `datatype` our own datatype, the name NUL-terminated.
        check("H5Tinsert", unsafe { H5Tinsert(id.id(), name.as_ptr(), offset, datatype.id()) })?;
    }
    Ok(id)
}

fn array(base: &Datatype, dims: &[u64]) -> Result<Handle, CallError> {
    if dims.is_empty() || dims.len() > MAX_RANK {
        let message = format!("an array datatype has 1 to {MAX_RANK} axes, not {}", dims.len());
        return Err(CallError::new("H5Tarray_create2", message));
    }
    let base = make(base)?;
    let rank = c_uint::try_from(dims.len()).unwrap_or(0);
    // SAFETY: `dims` holds `rank` numbers, `base` is our own datatype.
    Handle::own("H5Tarray_create2", unsafe { H5Tarray_create2(base.id(), rank, dims.as_ptr()) })
}

fn opaque(size: u32, tag: &str) -> Result<Handle, CallError> {
    if tag.len() > MAX_TAG_BYTES {
        let message = format!("a tag has at most {MAX_TAG_BYTES} bytes, not {}", tag.len());
        return Err(CallError::new("H5Tset_tag", message));
    }
    let tag: CString = c_name(tag)?;
    // SAFETY: takes a class and a size; the tag is NUL-terminated.
    unsafe {
        let id = Handle::own("H5Tcreate", H5Tcreate(H5T_class_t::H5T_OPAQUE, size as usize))?;
        check("H5Tset_tag", H5Tset_tag(id.id(), tag.as_ptr()))?;
        Ok(id)
    }
}
