//! Filters by name: what a client may call them, whether they are available, and their options.

use hdf5_async_protocol::model::{Filter, ObjectPath};

use super::error::{At as _, StoreError};
use super::library::creation::CreationList;
use super::library::filter::{can_decode, can_encode};

const DEFLATE: u16 = 1;
const SHUFFLE: u16 = 2;
const FLETCHER32: u16 = 3;
const SZIP: u16 = 4;
const NBIT: u16 = 5;
const SCALEOFFSET: u16 = 6;
const LZF: u16 = 32000;
const BLOSC: u16 = 32001;
const LZ4: u16 = 32004;
const BITSHUFFLE: u16 = 32008;
const ZFP: u16 = 32013;
const ZSTD: u16 = 32015;
const BLOSC2: u16 = 32026;

/// Registered ids and the names that clients use for them.
const NAMES: &[(u16, &str)] = &[
    (DEFLATE, "deflate"),
    (SHUFFLE, "shuffle"),
    (FLETCHER32, "fletcher32"),
    (SZIP, "szip"),
    (NBIT, "nbit"),
    (SCALEOFFSET, "scaleoffset"),
    (LZF, "lzf"),
    (307, "bzip2"),
    (BLOSC, "blosc"),
    (LZ4, "lz4"),
    (BITSHUFFLE, "bitshuffle"),
    (ZFP, "zfp"),
    (ZSTD, "zstd"),
    (BLOSC2, "blosc2"),
];

/// Gives the filters of a file the names that clients know; a filter that has none is called by its id. What is
/// as usual is left out.
pub(crate) fn named(filters: Vec<Filter>) -> Vec<Filter> {
    let name_of = |filter: &Filter| {
        let known = NAMES.iter().find(|(id, _)| filter.id == Some(*id));
        match (known, filter.id) {
            (Some((_, name)), _) => (*name).to_owned(),
            (None, Some(id)) if filter.name.is_empty() => id.to_string(),
            _ => filter.name.clone(),
        }
    };
    let unusual = |filter: &Filter| {
        filter.mandatory.filter(|mandatory| *mandatory != is_usually_mandatory(filter.id))
    };
    filters
        .into_iter()
        .map(|filter| Filter { name: name_of(&filter), mandatory: unusual(&filter), ..filter })
        .collect()
}

/// A checksum that may be left out is none.
fn is_usually_mandatory(id: Option<u16>) -> bool {
    id == Some(FLETCHER32)
}

/// Makes sure that every filter of a dataset can be undone here, for chunks of `n_elements`.
pub(crate) fn check_decodable(
    path: &ObjectPath,
    filters: &[Filter],
    n_elements: u128,
) -> Result<(), StoreError> {
    for filter in filters {
        // What these filters make of a chunk they take from their options, not from the chunk.
        let counted = matches!(filter.id, Some(NBIT | SCALEOFFSET));
        if counted && filter.options.get(2).is_none_or(|count| u128::from(*count) != n_elements) {
            let reason = "has options for another number of elements than its chunks have";
            let filter = filter.name.clone();
            return Err(StoreError::FilterOptions { path: path.clone(), filter, reason });
        }
        let available = filter.id.map_or(Ok(false), can_decode).at(path)?;
        if !available {
            let filter = filter.name.clone();
            return Err(StoreError::FilterUnavailable { path: path.clone(), filter });
        }
    }
    Ok(())
}

/// A filter that was checked and can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    id: u16,
    mandatory: bool,
    options: Vec<u32>,
}

impl Step {
    pub(crate) fn apply(
        &self,
        creation: &mut CreationList,
        path: &ObjectPath,
    ) -> Result<(), StoreError> {
        creation.add_filter(self.id, self.mandatory, &self.options).at(path)
    }

    /// Whether the filter works on bytes, whatever the datatype.
    pub(crate) fn fits_any_datatype(&self) -> bool {
        matches!(
            self.id,
            DEFLATE | SHUFFLE | FLETCHER32 | LZF | BLOSC | LZ4 | BITSHUFFLE | ZSTD | BLOSC2
        )
    }
}

/// Checks the filters that a client asks for.
pub(crate) fn steps(path: &ObjectPath, filters: &[Filter]) -> Result<Vec<Step>, StoreError> {
    filters.iter().map(|filter| step(path, filter)).collect()
}

fn step(path: &ObjectPath, filter: &Filter) -> Result<Step, StoreError> {
    let unavailable = || StoreError::FilterUnavailable {
        path: path.clone(),
        filter: format!("{:?}", filter.name),
    };
    let wanted = if filter.name == "gzip" { "deflate" } else { &filter.name };
    let known = NAMES.iter().find(|(_, name)| *name == wanted).map(|(id, _)| *id);
    let id = filter.id.or(known).ok_or_else(unavailable)?;
    if !can_encode(id).at(path)? {
        return Err(unavailable());
    }
    let refuse = |reason| StoreError::FilterOptions {
        path: path.clone(),
        filter: filter.name.clone(),
        reason,
    };
    let given = filter.options.as_slice();
    let options: Vec<u32> = match (id, given) {
        (DEFLATE, []) => vec![4],
        (DEFLATE, [level @ 0..=9]) => vec![*level],
        (DEFLATE, _) => return Err(refuse("takes one option, the level from 0 to 9")),
        // What a file states here was worked out from the datatype and is worked out again.
        (SHUFFLE | FLETCHER32 | NBIT, _) => Vec::new(),
        // H5Z_SO_INT, as many bits as each chunk needs.
        (SCALEOFFSET, []) => vec![2, 0],
        (SCALEOFFSET, [kind @ (0 | 2), factor, ..]) => vec![*kind, *factor],
        (SCALEOFFSET, _) => {
            return Err(refuse(
                "takes two options: 2 and the bits for integers, 0 and the decimal digits for floats",
            ));
        }
        (_, options) => options.to_vec(),
    };
    let mandatory = filter.mandatory.unwrap_or(is_usually_mandatory(Some(id)));
    Ok(Step { id, mandatory, options })
}
