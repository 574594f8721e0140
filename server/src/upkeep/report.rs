//! What was found or done, for people and for programs.

use std::fmt;
use std::path::PathBuf;

use hdf5_async_command_line::wording::{bytes, count, printable};
use serde::Serialize;

/// The state of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogState {
    /// There is none, or one of no bytes.
    None,
    /// A log that holds nothing: a server is at work, or was killed after a checkpoint.
    Empty,
    /// Changes that are not in the file.
    HoldsChanges,
    /// It cannot be used with this file; `reason` says why.
    Unusable,
}

#[derive(Clone, Debug, Serialize)]
pub struct LogReport {
    pub state: LogState,
    /// Commits that are not in the file, and their bytes.
    pub commits: u64,
    pub bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a command has to say.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Report {
    Check {
        file: PathBuf,
        bytes: u64,
        /// A server has the file open.
        in_use: bool,
        /// Why the file by itself, without its log, cannot be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        obstacle: Option<String>,
        /// The same with its log, if that holds changes and no server is at work.
        #[serde(skip_serializing_if = "Option::is_none")]
        obstacle_with_log: Option<String>,
        log: LogReport,
    },
    Recover {
        file: PathBuf,
        /// Commits that were brought into the file, and their bytes.
        commits: u64,
        bytes: u64,
        /// The mark "open for writing" of a program that has died was taken out of the file.
        cleared_mark: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        obstacle: Option<String>,
    },
    Backup {
        file: PathBuf,
        target: PathBuf,
        bytes: u64,
        /// The newest commit in the copy; 0 if the file has no log.
        last_commit: u64,
        /// Commits of it that came from the log.
        from_log: u64,
    },
}

impl Report {
    pub fn exit(&self) -> u8 {
        match self {
            Self::Check { log: LogReport { state: LogState::Unusable, .. }, .. }
            | Self::Check { obstacle_with_log: Some(_), .. }
            | Self::Recover { obstacle: Some(_), .. } => 1,
            Self::Check { log: LogReport { state: LogState::HoldsChanges, .. }, .. } => 8,
            Self::Check { obstacle: Some(_), .. } => 1,
            _ => 0,
        }
    }

    /// One line, with `status` as in the protocol.
    pub fn to_json(&self) -> String {
        let mut fields = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("status".to_owned(), "success".into());
        }
        format!("{fields}\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check { file, bytes: len, in_use, obstacle, obstacle_with_log, log } => {
                let file = shown(file);
                writeln!(to, "{file}: {}", bytes(*len))?;
                match obstacle {
                    None => writeln!(to, "by itself: opens as an HDF5 file")?,
                    Some(reason) => writeln!(to, "by itself: {}", printable(reason))?,
                }
                if *in_use {
                    writeln!(to, "a server has it open")?;
                }
                write_log(to, &file, *in_use, log)?;
                if let Some(reason) = obstacle_with_log {
                    writeln!(to, "with its log: {}", printable(reason))?;
                }
                Ok(())
            }
            Self::Recover { file, cleared_mark: true, obstacle, .. } => {
                writeln!(
                    to,
                    "{}: it is not marked as open for writing any more; check what the program that left it so has written",
                    shown(file)
                )?;
                write_obstacle(to, obstacle.as_deref())
            }
            Self::Recover { file, commits: 0, obstacle, .. } => {
                writeln!(to, "{}: there was nothing to recover", shown(file))?;
                write_obstacle(to, obstacle.as_deref())
            }
            Self::Recover { file, commits, bytes: len, obstacle, .. } => {
                let commits = count(*commits, "commit");
                writeln!(to, "{}: {commits} ({}) are in it now", shown(file), bytes(*len))?;
                write_obstacle(to, obstacle.as_deref())
            }
            Self::Backup { file, target, bytes: len, from_log, .. } => {
                let (file, target) = (shown(file), shown(target));
                writeln!(to, "{file} -> {target}: {}", bytes(*len))?;
                match from_log {
                    0 => Ok(()),
                    _ => writeln!(to, "with {} from its log", count(*from_log, "commit")),
                }
            }
        }
    }
}

fn write_log(
    to: &mut fmt::Formatter<'_>,
    file: &str,
    in_use: bool,
    log: &LogReport,
) -> fmt::Result {
    match log.state {
        LogState::None => writeln!(to, "log: none"),
        LogState::Empty => writeln!(to, "log: holds nothing that the file has not"),
        LogState::HoldsChanges => {
            let (commits, len) = (count(log.commits, "commit"), bytes(log.bytes));
            writeln!(to, "log: {commits} ({len}) not in the file yet")?;
            if in_use {
                return writeln!(to, "the server brings them in");
            }
            writeln!(to, "`hdf5-async recover {file}` brings them in, and so does serving the file")
        }
        LogState::Unusable => {
            writeln!(to, "log: {}", printable(log.reason.as_deref().unwrap_or("unusable")))
        }
    }
}

fn write_obstacle(to: &mut fmt::Formatter<'_>, obstacle: Option<&str>) -> fmt::Result {
    match obstacle {
        None => Ok(()),
        Some(reason) => writeln!(to, "but it cannot be read: {}", printable(reason)),
    }
}

fn shown(path: &std::path::Path) -> String {
    printable(&path.display().to_string()).into_owned()
}
