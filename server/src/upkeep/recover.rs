//! `hdf5-async recover`: what a log holds is brought into its file, and the log removed.

use std::path::PathBuf;

use clap::Args;

use super::{Report, UpkeepError, local, marks, reading};
use crate::journal::{Journal, JournalLimits};

#[derive(Debug, Args)]
pub struct Recover {
    /// A file on this machine; its log is beside it
    file: PathBuf,
    /// Take the file although its time of modification is another than the log knows, as that of a copy is
    #[arg(long)]
    accept_touched: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl Recover {
    pub(super) async fn run(self) -> Result<Report, UpkeepError> {
        let path = self.file;
        // Found once: a link may lead to another file later.
        let log_name = local::log_of(&path);
        let Some(log) = local::open_log(&log_name, true)? else {
            let cleared_mark = marks::clear(&path).await?;
            let file = local::open(&path, false)?;
            let obstacle = reading::obstacle(&path, &file, None).await?;
            return Ok(Report::Recover {
                file: path,
                commits: 0,
                bytes: 0,
                cleared_mark,
                obstacle,
            });
        };
        let file = local::open(&path, true)?;
        let (main, its_log) = (local::real(&file, &path)?, local::real(&log, &path)?);
        let limits =
            JournalLimits { accept_touched: self.accept_touched, ..JournalLimits::default() };
        let (journal, recovered) = Journal::open(Box::new(main), Box::new(its_log), limits)
            .map_err(UpkeepError::journal(&path))?;
        journal.close().map_err(UpkeepError::journal(&path))?;
        // `log` keeps the lock until the name is gone, so that no server gets hold of a log without one.
        std::fs::remove_file(&log_name).map_err(UpkeepError::io(&log_name))?;
        drop(log);
        local::sync_folder(local::folder_of(&log_name))?;
        let obstacle = reading::obstacle(&path, &file, None).await?;
        let (commits, bytes) = (recovered.commits, recovered.bytes);
        Ok(Report::Recover { file: path, commits, bytes, cleared_mark: false, obstacle })
    }
}
