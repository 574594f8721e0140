//! All files that are served now, and the folders in which others may appear.

use std::collections::BTreeMap;
use std::time::Duration;

use cap_std::fs::{Dir, File};
use cap_std::time::SystemTime;
use hdf5_async_protocol::message::reply::FileInfo;

use super::{Catalog, is_hdf5, is_internal};

/// Folders below a served folder that are looked into.
pub(super) const MAX_DEPTH: usize = 32;

/// What is no HDF5 file yet may become one, if it was written to in this time.
const MAY_BECOME_ONE: Duration = Duration::from_secs(60);

/// What a survey has come by that may change which files there are.
#[derive(Debug)]
pub enum Seen<'a> {
    Folder(&'a Dir),
    /// A file that is no HDF5 file, but may be about to become one: empty, or written to lately.
    Unfinished(&'a File),
}

struct Survey<'a> {
    catalog: &'a Catalog,
    found: BTreeMap<String, FileInfo>,
    see: &'a mut dyn FnMut(Seen<'_>),
}

impl Catalog {
    /// All files that are served now, in order of name.
    pub fn list(&self) -> Vec<FileInfo> {
        self.survey(&mut |_| {})
    }

    /// As [`Self::list`], showing `see` each folder before it is looked into.
    pub fn survey(&self, see: &mut dyn FnMut(Seen<'_>)) -> Vec<FileInfo> {
        let mut survey = Survey { catalog: self, found: BTreeMap::new(), see };
        for (folder, _) in &self.folders {
            survey.folder(folder, "", MAX_DEPTH);
        }
        for (name, (folder, leaf)) in &self.files {
            (survey.see)(Seen::Folder(folder));
            if let Some(info) = self.info(folder, leaf, name) {
                survey.found.insert(name.clone(), info);
            }
        }
        survey.found.into_values().collect()
    }
}

impl Survey<'_> {
    fn folder(&mut self, folder: &Dir, prefix: &str, depth: usize) {
        (self.see)(Seen::Folder(folder));
        let entries = match folder.entries() {
            Ok(entries) => entries,
            Err(error) => {
                return tracing::warn!(folder = prefix, %error, "a served folder cannot be listed");
            }
        };
        for entry in entries.flatten() {
            let Ok(leaf) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let name = format!("{prefix}{leaf}");
            if kind.is_dir() && depth > 0 && is_looked_into(&leaf) {
                if let Ok(below) = entry.open_dir() {
                    self.folder(&below, &format!("{name}/"), depth - 1);
                }
            } else if !kind.is_dir() && !is_internal(folder, &leaf) {
                self.file(folder, &leaf, name);
            }
        }
    }

    fn file(&mut self, folder: &Dir, leaf: &str, name: String) {
        if is_hdf5(folder, leaf) {
            if let Some(info) = self.catalog.info(folder, leaf, &name) {
                self.found.entry(name).or_insert(info);
            }
        } else if let Ok(file) = folder.open(leaf)
            && may_become_hdf5(&file)
        {
            (self.see)(Seen::Unfinished(&file));
        }
    }
}

/// Whether files in a folder of this name are served.
pub(super) fn is_looked_into(folder: &str) -> bool {
    !folder.starts_with('.')
}

fn may_become_hdf5(file: &File) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    let is_young = || {
        let modified = metadata.modified().ok();
        let now = SystemTime::from_std(std::time::SystemTime::now());
        let age = modified.and_then(|modified| now.duration_since(modified).ok());
        age.is_none_or(|age| age < MAY_BECOME_ONE)
    };
    metadata.is_file() && (metadata.len() == 0 || is_young())
}
