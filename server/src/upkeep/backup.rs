//! `hdf5-async backup`: a consistent copy of a file, while a server may write to it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::{Report, UpkeepError, local, reading};
use crate::journal::{Copied, DiskFile, JournalError, JournalLimits, Lock, RealFile, copy};

#[derive(Debug, Args)]
pub struct Backup {
    /// A file on this machine
    file: PathBuf,
    /// The name of the copy, or a folder for a copy of the same name
    target: PathBuf,
    /// Replace what is there
    #[arg(long)]
    overwrite: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl Backup {
    pub(super) async fn run(self) -> Result<Report, UpkeepError> {
        let Self { file: path, target, overwrite, .. } = self;
        let file = local::open(&path, false)?;
        let target = match path.file_name() {
            Some(name) if target.is_dir() => target.join(name),
            _ => target,
        };
        check_target(&path, &target, overwrite)?;
        let partial = partial_of(&target);
        let copied = copy_to(&path, &file, &partial)
            .and_then(|copied| publish(&partial, &target, overwrite).map(|()| copied));
        let copied = match copied {
            Ok(copied) => copied,
            Err(error) => {
                // Whatever there is of it is no backup; that it stays is told by its name.
                drop(fs::remove_file(&partial));
                return Err(error);
            }
        };
        let copy = local::open(&target, false)?;
        if let Some(reason) = reading::obstacle(&target, &copy, None).await? {
            return Err(UpkeepError::CopyUnreadable { path: target, reason });
        }
        let Copied { len, last_commit, from_log } = copied;
        Ok(Report::Backup { file: path, target, bytes: len, last_commit, from_log })
    }
}

fn check_target(path: &Path, target: &Path, overwrite: bool) -> Result<(), UpkeepError> {
    let (Ok(original), Ok(there)) = (fs::canonicalize(path), fs::canonicalize(target)) else {
        return Ok(());
    };
    if original == there {
        return Err(UpkeepError::TargetIsFile { path: target.to_owned() });
    }
    if overwrite { Ok(()) } else { Err(UpkeepError::TargetExists { path: target.to_owned() }) }
}

/// The copy has this name until it is whole.
fn partial_of(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    PathBuf::from(name)
}

fn copy_to(path: &Path, file: &File, partial: &Path) -> Result<Copied, UpkeepError> {
    let main = local::real(file, path)?;
    // Kept while it is copied: other HDF5 programs may read, but not begin to write.
    if !main.try_lock(Lock::Shared).map_err(UpkeepError::io(path))? {
        return Err(UpkeepError::journal(path)(JournalError::FileInUse));
    }
    let target = File::options().read(true).write(true).create_new(true).open(partial);
    let target = RealFile::new(target.map_err(UpkeepError::io(partial))?);
    let log = local::open_log(&local::log_of(path), false)?.map(RealFile::new);
    let log = log.as_ref().map(|log| log as &dyn DiskFile);
    copy(&main, log, &target, &JournalLimits::default()).map_err(UpkeepError::journal(path))
}

/// Gives the copy its name.
fn publish(partial: &Path, target: &Path, overwrite: bool) -> Result<(), UpkeepError> {
    let failed = UpkeepError::io(target);
    if overwrite {
        fs::rename(partial, target).map_err(failed)?;
    } else {
        match renameat_with(CWD, partial, CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(Errno::EXIST) => {
                return Err(UpkeepError::TargetExists { path: target.to_owned() });
            }
            // Not every file system can; it was looked for before.
            Err(Errno::INVAL | Errno::NOSYS) => fs::rename(partial, target).map_err(failed)?,
            Err(errno) => return Err(failed(io::Error::from(errno))),
        }
    }
    local::sync_folder(local::folder_of(target))
}
