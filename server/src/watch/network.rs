//! File systems on which other machines write: the system tells of its own programs' changes only.

use std::os::fd::BorrowedFd;

/// The `f_type` of NFS, SMB, CIFS, SMB2, FUSE, 9P, Lustre, GPFS, `BeeGFS`, AFS, Ceph, OCFS2 and GFS2.
const SHARED: [u32; 13] = [
    0x6969,
    0x517b,
    0xff53_4d42,
    0xfe53_4d42,
    0x6573_5546,
    0x0102_1997,
    0x0bd0_0bd0,
    0x4750_4653,
    0x1983_0326,
    0x5346_414f,
    0x00c3_6400,
    0x7461_636f,
    0x0116_1970,
];

/// Whether the file is on one of them, or that cannot be known.
#[cfg(target_os = "linux")]
pub(super) fn is_shared(descriptor: BorrowedFd<'_>) -> bool {
    rustix::fs::fstatfs(descriptor).map_or(true, |found| {
        u32::try_from(found.f_type & 0xffff_ffff).map_or(true, |kind| SHARED.contains(&kind))
    })
}
