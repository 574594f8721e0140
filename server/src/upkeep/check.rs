//! `hdf5-async check`: whether a file is whole by itself, and what its log holds. Nothing is changed.

use std::fs::File;
use std::path::PathBuf;

use clap::Args;

use super::report::{LogReport, LogState};
use super::{Report, UpkeepError, local, reading};
use crate::journal::{DiskFile as _, JournalLimits, Lock, inspect};

/// A server may make a checkpoint between two looks at the file and its log.
const LOOKS: u32 = 5;

#[derive(Debug, Args)]
pub struct Check {
    /// A file on this machine
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl Check {
    pub(super) async fn run(self) -> Result<Report, UpkeepError> {
        let path = self.file;
        let file = local::open(&path, false)?;
        let log_name = local::log_of(&path);
        let log = local::open_log(&log_name, false)?;
        let in_use = match &log {
            Some(_) => is_in_use(&log_name)?,
            None => false,
        };
        let report = self::log(&path, &file, log.as_ref())?;
        let obstacle = reading::obstacle(&path, &file, None).await?;
        let obstacle_with_log = match &log {
            Some(log) if report.state == LogState::HoldsChanges && !in_use => {
                reading::obstacle(&path, &file, Some(log)).await?
            }
            _ => None,
        };
        let bytes = file.metadata().map_err(UpkeepError::io(&path))?.len();
        Ok(Report::Check { file: path, bytes, in_use, obstacle, obstacle_with_log, log: report })
    }
}

/// Whether a server has the log. The lock by which this is found out lasts for a moment.
fn is_in_use(log_name: &std::path::Path) -> Result<bool, UpkeepError> {
    let Some(log) = local::open_log(log_name, false)? else { return Ok(false) };
    let log = local::real(&log, log_name)?;
    Ok(!log.try_lock(Lock::Shared).map_err(UpkeepError::io(log_name))?)
}

fn log(path: &std::path::Path, file: &File, log: Option<&File>) -> Result<LogReport, UpkeepError> {
    let report = |state, commits, bytes, reason| Ok(LogReport { state, commits, bytes, reason });
    let Some(log) = log else { return report(LogState::None, 0, 0, None) };
    let (file, log) = (local::real(file, path)?, local::real(log, path)?);
    let mut looks = 1;
    loop {
        match inspect(&file, &log, &JournalLimits::default()) {
            Ok(found) if found.commits > 0 => {
                return report(LogState::HoldsChanges, found.commits, found.bytes, None);
            }
            Ok(_) => return report(LogState::Empty, 0, 0, None),
            Err(_) if looks < LOOKS => looks += 1,
            Err(error) => return report(LogState::Unusable, 0, 0, Some(error.to_string())),
        }
    }
}
