//! The beginning of an HDF5 file, looked at before the library does: is it one, and does somebody write to it.
//!
//! The library looks at the mark "open for writing" of the newer formats only for drivers with locks of their
//! own, which the server's is not; see `library::driver`.

use hdf5_async_protocol::model::FileFormat;

use super::{Access, Medium, StoreError};

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Of a superblock: the signature, its version, two sizes, the marks.
const HEAD_BYTES: usize = 12;
const VERSION_AT: usize = 8;
const MARKS_AT: usize = 11;

/// Superblocks before this version have no marks, and there are none after it.
const VERSION_WITH_MARKS: u8 = 3;

/// `H5F_SUPER_WRITE_ACCESS` and `H5F_SUPER_SWMR_WRITE_ACCESS`.
const OPEN_FOR_WRITING: u8 = 0x01;
const OPEN_FOR_SWMR: u8 = 0x04;

/// Where a superblock may begin behind a user block: at this offset and those that double it.
const FIRST_OFFSET_AFTER_USER_BLOCK: u64 = 512;

/// What a file says of who has it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// Nobody writes to it, or its format has no place to say so.
    None,
    /// A program has it open for writing, or has died while it had.
    Writing,
    /// The same, in such a way that others can read it meanwhile (SWMR).
    Swmr,
}

/// The marks of a file; `None` where it is no HDF5 file.
///
/// # Errors
/// When it cannot be read.
pub fn marks(medium: &dyn Medium) -> std::io::Result<Option<Marks>> {
    Ok(head(medium)?.map(|head| {
        match if head[VERSION_AT] == VERSION_WITH_MARKS { head[MARKS_AT] } else { 0 } {
            marks if marks & OPEN_FOR_SWMR != 0 => Marks::Swmr,
            marks if marks & OPEN_FOR_WRITING != 0 => Marks::Writing,
            _ => Marks::None,
        }
    }))
}

/// The format of a file; `None` where it is no HDF5 file.
pub(super) fn format(medium: &dyn Medium) -> std::io::Result<Option<FileFormat>> {
    Ok(head(medium)?.map(|head| FileFormat::of_superblock(head[VERSION_AT].into())))
}

/// What a superblock begins with, if there is one.
fn head(medium: &dyn Medium) -> std::io::Result<Option<[u8; HEAD_BYTES]>> {
    let len = medium.len()?;
    let mut offset = 0;
    while offset < len {
        let mut head = [0; HEAD_BYTES];
        medium.read(offset, &mut head)?;
        if head.starts_with(&SIGNATURE) {
            return Ok(Some(head));
        }
        offset = (offset * 2).max(FIRST_OFFSET_AFTER_USER_BLOCK);
    }
    Ok(None)
}

/// Refuses what is no HDF5 file, and a file that another program writes to, unless it is to be read and may be.
pub(super) fn check(medium: &dyn Medium, name: &str, access: Access) -> Result<Marks, StoreError> {
    let file = || name.to_owned();
    let found = marks(medium)
        .map_err(|error| StoreError::Open { file: file(), message: error.to_string() })?;
    match (found, access) {
        (None, _) => Err(StoreError::NotHdf5 { file: file() }),
        (Some(Marks::Swmr), Access::ReadOnly) => Ok(Marks::Swmr),
        (Some(Marks::None), _) => Ok(Marks::None),
        _ => Err(StoreError::MarkedOpen { file: file() }),
    }
}
