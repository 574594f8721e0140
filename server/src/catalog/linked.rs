//! The files that external links name, as served names: never anything that could not be asked for directly.

use std::path::{Component, Path, PathBuf};

use super::Catalog;

impl Catalog {
    /// The served file that a link in the file `holder` names as `file`: seen from the folder of `holder`, then from
    /// the served folder, or by an absolute path below a served folder. Of several names of that file, the one that
    /// sources have, too.
    pub fn linked(&self, holder: &str, file: &str) -> Option<String> {
        let file = Path::new(file);
        let names: Vec<PathBuf> = if file.is_absolute() {
            let below = |folder: &PathBuf| file.strip_prefix(folder).ok().map(Path::to_owned);
            self.folders.iter().filter_map(|(_, folder)| below(folder)).collect()
        } else {
            let beside = Path::new(holder).parent().unwrap_or(Path::new(""));
            vec![beside.join(file), file.to_owned()]
        };
        let serves = |name: &String| self.open(name).is_ok();
        let found = names.iter().filter_map(|name| inside(name)).find(serves);
        found.map(|name| self.one_name(name))
    }
}

/// The name without `.` and `..`; `None` where it leads out.
fn inside(name: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/")).filter(|name| !name.is_empty())
}
