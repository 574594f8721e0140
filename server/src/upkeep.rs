//! What an operator does with a file on this machine, without asking a server: look at it and its log, recover it, copy it.
//!
//! The library reads the file in a worker of its own (`reading`), as in a server, because it may be a damaged one.

mod backup;
mod check;
mod failure;
mod local;
mod marks;
mod reading;
mod recover;
mod report;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

pub use failure::UpkeepError;
pub use report::Report;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say whether a file on this machine is whole, and what its log holds
    ///
    /// Nothing is changed, and a server may be at work on the file. Exit codes: 0 the file by itself is whole, 1 it
    /// cannot be read or its log cannot be used, 4 there is no such file, 8 the log holds changes that the file has not.
    Check(check::Check),
    /// Bring what a log holds after a crash into its file on this machine
    ///
    /// Serving the file does the same. The mark "open for writing" of a program that has died is taken out of the file,
    /// too. Exit codes: 0 the file is whole and has no log, 1 the log cannot be used, 4 there is no such file, 7 a
    /// server or another program has the file open.
    Recover(recover::Recover),
    /// Copy a file on this machine consistently, while a server may write to it
    ///
    /// The copy has everything that was acknowledged when it began, and needs no log. Exit codes: 0 the copy is
    /// whole and on the disk, 1 it could not be made, 4 there is no such file, 7 the file changes too fast, or
    /// another program has it open.
    Backup(backup::Backup),
}

impl Command {
    /// Does it, and says on standard error what went wrong.
    pub async fn run(self) -> ExitCode {
        let (json, done) = match self {
            Self::Check(check) => (check.json, check.run().await),
            Self::Recover(recover) => (recover.json, recover.run().await),
            Self::Backup(backup) => (backup.json, backup.run().await),
        };
        match done {
            Ok(report) => {
                let text = if json { report.to_json() } else { report.to_string() };
                // Whoever read the output has seen enough; the exit code says the rest.
                drop(std::io::stdout().write_all(text.as_bytes()));
                ExitCode::from(report.exit())
            }
            Err(error) => {
                let text = if json { error.to_json() } else { format!("hdf5-async: {error}") };
                drop(writeln!(std::io::stderr(), "{text}"));
                ExitCode::from(error.exit())
            }
        }
    }
}
