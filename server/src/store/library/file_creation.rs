//! The properties that a file is made with, and its size.
#![expect(unsafe_code, reason = "calls H5F and H5P")]

use hdf5_async_protocol::model::{FileCreation, FileFormat, SpaceStrategy};
use hdf5_sys::h5f::{
    H5F_fspace_strategy_t, H5F_info2_t, H5Fget_create_plist, H5Fget_filesize, H5Fget_freespace,
    H5Fget_info2,
};
use hdf5_sys::h5p::{
    H5P_CLS_FILE_CREATE, H5P_CRT_ORDER_INDEXED, H5P_CRT_ORDER_TRACKED, H5Pcreate,
    H5Pget_file_space_page_size, H5Pget_file_space_strategy, H5Pget_link_creation_order,
    H5Pget_userblock, H5Pset_attr_creation_order, H5Pset_file_space_page_size,
    H5Pset_file_space_strategy, H5Pset_link_creation_order, H5Pset_userblock,
};

use super::handle::{CallError, Handle, check};

const STRATEGIES: [(SpaceStrategy, H5F_fspace_strategy_t); 4] = [
    (SpaceStrategy::FreeSpaceManagers, H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_FSM_AGGR),
    (SpaceStrategy::Pages, H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_PAGE),
    (SpaceStrategy::Aggregators, H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_AGGR),
    (SpaceStrategy::FileDriver, H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_NONE),
];

/// A file creation property list; what HDF5 has anyway is not set, so that old readers read the file.
pub(super) fn list(creation: &FileCreation) -> Result<Handle, CallError> {
    let default = FileCreation::default();
    // SAFETY: the class is a constant of the library, initialised by its lock.
    let list = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_FILE_CREATE) })?;
    let id = list.id();
    if creation.user_block_bytes != 0 {
        // SAFETY: `list` is a file creation property list, here and below.
        check("H5Pset_userblock", unsafe { H5Pset_userblock(id, creation.user_block_bytes) })?;
    }
    if creation.track_order {
        let flags = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
        // SAFETY: as above.
        check("H5Pset_link_creation_order", unsafe { H5Pset_link_creation_order(id, flags) })?;
        // SAFETY: as above.
        check("H5Pset_attr_creation_order", unsafe { H5Pset_attr_creation_order(id, flags) })?;
    }
    let space = |creation: &FileCreation| {
        (creation.space_strategy, creation.space_persists, creation.space_threshold)
    };
    if space(creation) != space(&default) {
        let strategy = STRATEGIES
            .iter()
            .find(|(name, _)| *name == creation.space_strategy)
            .map_or(H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_FSM_AGGR, |(_, strategy)| *strategy);
        let persists = creation.space_persists.into();
        // SAFETY: as above.
        check("H5Pset_file_space_strategy", unsafe {
            H5Pset_file_space_strategy(id, strategy, persists, creation.space_threshold)
        })?;
    }
    if creation.page_bytes != default.page_bytes {
        // SAFETY: as above.
        check("H5Pset_file_space_page_size", unsafe {
            H5Pset_file_space_page_size(id, creation.page_bytes)
        })?;
    }
    Ok(list)
}

/// What an open file was made with.
pub(crate) fn of(file: &Handle) -> Result<FileCreation, CallError> {
    // SAFETY: `file` is open.
    let list = Handle::own("H5Fget_create_plist", unsafe { H5Fget_create_plist(file.id()) })?;
    let id = list.id();
    let mut creation = FileCreation::default();
    // SAFETY: `list` is a file creation property list and the number outlives the call, here and below.
    check("H5Pget_userblock", unsafe { H5Pget_userblock(id, &raw mut creation.user_block_bytes) })?;
    let mut order = 0;
    // SAFETY: as above.
    check("H5Pget_link_creation_order", unsafe { H5Pget_link_creation_order(id, &raw mut order) })?;
    creation.track_order = order & H5P_CRT_ORDER_TRACKED != 0;
    let mut strategy = H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_FSM_AGGR;
    let mut persists = 0;
    // SAFETY: as above.
    check("H5Pget_file_space_strategy", unsafe {
        H5Pget_file_space_strategy(
            id,
            &raw mut strategy,
            &raw mut persists,
            &raw mut creation.space_threshold,
        )
    })?;
    creation.space_persists = persists != 0;
    creation.space_strategy = STRATEGIES
        .iter()
        .find(|(_, theirs)| *theirs == strategy)
        .map_or_else(SpaceStrategy::default, |(name, _)| *name);
    // SAFETY: as above.
    check("H5Pget_file_space_page_size", unsafe {
        H5Pget_file_space_page_size(id, &raw mut creation.page_bytes)
    })?;
    creation.format = FileFormat::of_superblock(superblock_version(file)?);
    Ok(creation)
}

fn superblock_version(file: &Handle) -> Result<u32, CallError> {
    let mut info = H5F_info2_t::default();
    // SAFETY: `file` is open and `info` outlives the call.
    check("H5Fget_info2", unsafe { H5Fget_info2(file.id(), &raw mut info) })?;
    Ok(info.super_.version)
}

/// The size of an open file.
pub(crate) fn bytes(file: &Handle) -> Result<u64, CallError> {
    let mut bytes = 0;
    // SAFETY: `file` is open and the number outlives the call.
    check("H5Fget_filesize", unsafe { H5Fget_filesize(file.id(), &raw mut bytes) })?;
    Ok(bytes)
}

/// Bytes of an open file that may be used again.
pub(crate) fn free_bytes(file: &Handle) -> Result<u64, CallError> {
    // SAFETY: `file` is open.
    let bytes = unsafe { H5Fget_freespace(file.id()) };
    u64::try_from(bytes).map_err(|_| CallError::new("H5Fget_freespace", "it is not known"))
}
