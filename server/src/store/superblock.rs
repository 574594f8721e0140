//! The beginning of an HDF5 file, looked at before the library does: is it one, and does somebody write to it.
//!
//! The library looks at the mark "open for writing" of the newer formats only for drivers with locks of their
//! own, which the server's is not; see `library::driver`.

use super::{Medium, StoreError};

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Of a superblock: the signature, its version, two sizes, the marks.
const HEAD_BYTES: usize = 12;
const VERSION_AT: usize = 8;
const MARKS_AT: usize = 11;

/// Superblocks before this version have no marks, and there are none after it.
const VERSION_WITH_MARKS: u8 = 3;

/// `H5F_SUPER_WRITE_ACCESS` and `H5F_SUPER_SWMR_WRITE_ACCESS`.
const OPEN_FOR_WRITING: u8 = 0x01 | 0x04;

/// Where a superblock may begin behind a user block: at this offset and those that double it.
const FIRST_OFFSET_AFTER_USER_BLOCK: u64 = 512;

/// Refuses what is no HDF5 file, and a file that another program writes to.
pub(super) fn check(medium: &dyn Medium, name: &str) -> Result<(), StoreError> {
    let unreadable = |error: std::io::Error| StoreError::Open {
        file: name.to_owned(),
        message: error.to_string(),
    };
    let len = medium.len().map_err(unreadable)?;
    let mut offset = 0;
    while offset < len {
        let mut head = [0; HEAD_BYTES];
        medium.read(offset, &mut head).map_err(unreadable)?;
        if head.starts_with(&SIGNATURE) {
            let has_marks = head[VERSION_AT] == VERSION_WITH_MARKS;
            return if has_marks && head[MARKS_AT] & OPEN_FOR_WRITING != 0 {
                Err(StoreError::MarkedOpen { file: name.to_owned() })
            } else {
                Ok(())
            };
        }
        offset = (offset * 2).max(FIRST_OFFSET_AFTER_USER_BLOCK);
    }
    Err(StoreError::NotHdf5 { file: name.to_owned() })
}
