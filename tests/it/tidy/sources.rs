//! The files of the repository that people write, as git lists them.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One file; `path` is relative to the repository and has forward slashes.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    pub(super) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(super) fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or("")
    }

    /// Line numbers, counted from one, with what is code in a Rust file: comments and empty lines are left out.
    pub(super) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim_start()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))
    }
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every tracked file with one of the extensions.
pub(super) fn with_extensions(extensions: &[&str]) -> io::Result<Vec<Source>> {
    let mut sources = tracked()?;
    sources.retain(|source| extensions.contains(&source.extension()));
    if sources.is_empty() {
        return Err(io::Error::other(format!(
            "git lists no file that ends with one of {extensions:?}"
        )));
    }
    Ok(sources)
}

fn tracked() -> io::Result<Vec<Source>> {
    let listing = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output()?;
    if !listing.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&listing.stderr).into_owned()));
    }
    let mut sources = Vec::new();
    for path in String::from_utf8_lossy(&listing.stdout).split_terminator('\0') {
        let absolute = root().join(path);
        // Deleted in the work tree and still in the index; or not text.
        let Ok(bytes) = std::fs::read(absolute) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        sources.push(Source { path: path.to_owned(), text });
    }
    Ok(sources)
}
