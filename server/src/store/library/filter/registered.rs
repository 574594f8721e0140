//! The filters of [`crate::codec`] as the library calls them: with buffers that are its own, and numbers for errors.
#![expect(unsafe_code, reason = "is called by the library with raw pointers")]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use hdf5_sys::h5::{H5allocate_memory, H5free_memory, herr_t};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{H5Pget_chunk, H5Pget_filter_by_id2, H5Pmodify_filter};
use hdf5_sys::h5t::{
    H5T_class_t, H5T_order_t, H5Tclose, H5Tget_class, H5Tget_offset, H5Tget_order,
    H5Tget_precision, H5Tget_size, H5Tget_super,
};
use hdf5_sys::h5z::{
    H5Z_CLASS_T_VERS, H5Z_FLAG_OPTIONAL, H5Z_FLAG_REVERSE, H5Z_class2_t, H5Zregister,
};

use super::super::handle::{CallError, check};
use crate::codec::{Chunk, Codec, CodecError, Number, NumberClass};

/// Below this number are the filters of the library itself, which `H5Zregister` does not replace.
const RESERVED: u16 = 256;
const MAX_RANK: usize = 32;
const MAX_OPTIONS: usize = 64;

unsafe extern "C" {
    /// As `H5Zregister`, also for the numbers of the library's own filters: its deflate gives hostile chunks as
    /// much memory as they ask for.
    fn H5Z_register(class: *const H5Z_class2_t) -> herr_t;
}

thread_local! {
    /// Bytes that a chunk may become.
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// Why a filter failed last; the library itself says only that it did.
    static FAILURE: RefCell<Option<CodecError>> = const { RefCell::new(None) };
}

/// Bounds what a chunk may become, for all files that this thread reads.
pub(crate) fn limit_chunks(bytes: u64) {
    LIMIT.set(usize::try_from(bytes).unwrap_or(usize::MAX));
}

/// Why a filter failed in the last call.
pub(in crate::store::library) fn take_failure() -> Option<CodecError> {
    FAILURE.take()
}

pub(super) fn all() -> [Result<(), CallError>; Codec::ALL.len()] {
    Codec::ALL.map(|codec| match codec {
        Codec::Deflate => register::<{ Codec::Deflate.id() }>(c"deflate", false),
        Codec::Szip => register::<{ Codec::Szip.id() }>(c"szip", true),
        Codec::Lzf => register::<{ Codec::Lzf.id() }>(c"lzf", true),
        Codec::Blosc => register::<{ Codec::Blosc.id() }>(c"blosc", true),
        Codec::Lz4 => register::<{ Codec::Lz4.id() }>(
            c"HDF5 lz4 filter; see https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md",
            true,
        ),
        Codec::Bitshuffle => register::<{ Codec::Bitshuffle.id() }>(
            c"bitshuffle; see https://github.com/kiyo-masui/bitshuffle",
            true,
        ),
        // Names the versions whose forms are written, as the plugin does.
        Codec::Zfp => register::<{ Codec::Zfp.id() }>(c"H5Z-ZFP-1.1.1 (ZFP-1.0.1)", true),
        Codec::Zstd => register::<{ Codec::Zstd.id() }>(
            c"HDF5 zstd filter; see https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md",
            true,
        ),
        Codec::Blosc2 => register::<{ Codec::Blosc2.id() }>(c"blosc2", true),
    })
}

/// `name` is the one that other programs write into files, too.
fn register<const ID: u16>(name: &'static CStr, works_out_options: bool) -> Result<(), CallError> {
    let class = H5Z_class2_t {
        version: c_int::try_from(H5Z_CLASS_T_VERS).unwrap_or(1),
        id: c_int::from(ID),
        encoder_present: 1,
        decoder_present: 1,
        name: name.as_ptr(),
        can_apply: None,
        set_local: if works_out_options { Some(set_local::<ID>) } else { None },
        filter: Some(apply::<ID>),
    };
    let class = &raw const class;
    // SAFETY: the class is copied; its name and functions live as long as the program.
    let code = unsafe {
        if ID < RESERVED { H5Z_register(class) } else { H5Zregister(class.cast::<c_void>()) }
    };
    check("H5Zregister", code)?;
    Ok(())
}

/// Keeps the reason of a failure for the caller of the library, and a panic from unwinding into it.
fn guarded<T>(call: impl FnOnce() -> Result<T, CodecError>) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(CodecError::Damaged {
        filter: "a filter",
        what: "the server met a fault of its own in it",
    }));
    result.map_err(|error| FAILURE.set(Some(error))).ok()
}

/// Applies or undoes a filter; answers the number of bytes, 0 for a failure.
unsafe extern "C" fn apply<const ID: u16>(
    flags: c_uint,
    n_options: usize,
    options: *const c_uint,
    n_bytes: usize,
    buffer_bytes: *mut usize,
    buffer: *mut *mut c_void,
) -> usize {
    // SAFETY: the library passes that many options and, in its buffer, that many bytes.
    let (options, bytes) = unsafe {
        let options = if options.is_null() || n_options == 0 {
            &[]
        } else {
            std::slice::from_raw_parts(options, n_options)
        };
        (options, std::slice::from_raw_parts((*buffer).cast::<u8>(), n_bytes))
    };
    let made = guarded(|| {
        let codec = Codec::by_id(ID)
            .ok_or(CodecError::Options { filter: "a filter", what: "is not known" })?;
        if flags & H5Z_FLAG_REVERSE != 0 {
            return codec.decode(options, bytes, LIMIT.get()).map(Some);
        }
        let optional = flags & H5Z_FLAG_OPTIONAL != 0;
        let encoded = match codec.encode(options, bytes) {
            // The library stores the chunk without the filter.
            Err(_) if optional => return Ok(None),
            encoded => encoded?,
        };
        let skipped = optional && codec.leaves_as_it_is(bytes.len(), encoded.len());
        Ok((!skipped).then_some(encoded))
    });
    let Some(Some(made)) = made else { return 0 };
    // SAFETY: the new buffer has room for what is copied; the old one is the library's, from the same allocator.
    unsafe {
        let target = H5allocate_memory(made.len().max(1), 0);
        if target.is_null() {
            return 0;
        }
        std::ptr::copy_nonoverlapping(made.as_ptr(), target.cast::<u8>(), made.len());
        H5free_memory(*buffer);
        *buffer = target;
        *buffer_bytes = made.len().max(1);
    }
    made.len()
}

/// Works the options out that are stored with a dataset, when it is made.
extern "C" fn set_local<const ID: u16>(list: hid_t, datatype: hid_t, _space: hid_t) -> herr_t {
    let done = guarded(|| {
        let refused = CodecError::Options { filter: "a filter", what: "could not be set" };
        let codec = Codec::by_id(ID).ok_or_else(|| refused.clone())?;
        let (flags, asked) = options(list, ID).map_err(|_| refused.clone())?;
        let chunk = chunk(list, datatype).map_err(|_| refused.clone())?;
        let stored = chunk.options(codec, &asked)?;
        // SAFETY: the list has the filter, and `stored` the length given.
        let code = unsafe {
            H5Pmodify_filter(list, c_int::from(ID), flags, stored.len(), stored.as_ptr())
        };
        check("H5Pmodify_filter", code).map(|_| ()).map_err(|_| refused)
    });
    if done.is_some() { 1 } else { -1 }
}

fn options(list: hid_t, id: u16) -> Result<(c_uint, Vec<u32>), CallError> {
    let mut options = vec![0; MAX_OPTIONS];
    let mut count = options.len();
    let mut flags = 0;
    // SAFETY: the list has the filter; `options` has room for `count`; neither name nor facts are asked for.
    check("H5Pget_filter_by_id2", unsafe {
        H5Pget_filter_by_id2(
            list,
            c_int::from(id),
            &raw mut flags,
            &raw mut count,
            options.as_mut_ptr(),
            0,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    })?;
    options.truncate(count);
    Ok((flags, options))
}

fn chunk(list: hid_t, datatype: hid_t) -> Result<Chunk, CallError> {
    let mut dims = [0; MAX_RANK];
    // SAFETY: `dims` has room for as many numbers as are said; the datatype is open.
    let (rank, element) = unsafe {
        let rank = H5Pget_chunk(list, c_int::try_from(MAX_RANK).unwrap_or(0), dims.as_mut_ptr());
        (check("H5Pget_chunk", rank)?, H5Tget_size(datatype))
    };
    let dims = dims.into_iter().take(usize::try_from(rank).unwrap_or(0)).collect();
    let mut part = element;
    // SAFETY: the datatype is open; that of an array's members is closed again.
    unsafe {
        if H5Tget_class(datatype) == H5T_class_t::H5T_ARRAY {
            let member = check("H5Tget_super", H5Tget_super(datatype))?;
            part = H5Tget_size(member);
            H5Tclose(member);
        }
    }
    Ok(Chunk { element, part, dims, number: number(datatype, element) })
}

fn number(datatype: hid_t, element: usize) -> Option<Number> {
    // SAFETY: the datatype is open. Those without an order, a precision or an offset are said to have none.
    let (class, order, precision, offset) = unsafe {
        let order = H5Tget_order(datatype);
        (H5Tget_class(datatype), order, H5Tget_precision(datatype), H5Tget_offset(datatype))
    };
    let class = match class {
        H5T_class_t::H5T_INTEGER => NumberClass::Integer,
        H5T_class_t::H5T_FLOAT => NumberClass::Float,
        _ => NumberClass::Other,
    };
    let big_endian = match order {
        H5T_order_t::H5T_ORDER_LE => false,
        H5T_order_t::H5T_ORDER_BE => true,
        _ => return None,
    };
    let precision = match (precision, offset) {
        (0, _) => return None,
        (precision, 0) => precision,
        _ => element * 8,
    };
    let precision = u32::try_from(precision).ok()?;
    Some(Number { class, big_endian, precision })
}
