//! What can be said to the program about served files, one file a command.

mod append;
mod attr;
mod cp;
mod describe;
mod find;
mod follow;
mod get;
mod ln;
mod ls;
mod mv;
mod put;
mod read;
mod rm;
mod stats;
mod tree;
mod watch;
mod write;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;
use crate::screen::Options;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the files of a server, or the links of a group
    Ls(ls::Ls),
    /// Show what lies below a group as a tree
    Tree(tree::Tree),
    /// Find objects at and below a group by name, kind or attribute
    Find(find::Find),
    /// Show everything about one object
    Describe(describe::Describe),
    /// Print the elements of a dataset
    Read(read::Read),
    /// Write a dataset, or a part of one
    Write(write::Write),
    /// Put rows behind the last one of a dataset
    Append(append::Append),
    /// List, read, write, delete and rename attributes
    #[command(subcommand)]
    Attr(attr::Attr),
    /// Copy an object with all below it
    Cp(cp::Cp),
    /// Give a link another place or name
    Mv(mv::Mv),
    /// Make a hard, soft or external link
    Ln(ln::Ln),
    /// Download a whole file
    Get(get::Get),
    /// Upload a whole file
    Put(put::Put),
    /// Delete a link, and with the last link the object
    Rm(rm::Rm),
    /// Print the changes of a served file as they happen
    Watch(watch::Watch),
    /// Print the rows of a dataset as they are appended
    Follow(follow::Follow),
    /// Compute minimum, maximum, mean and the like in the server
    Stats(stats::Stats),
}

impl Command {
    /// Does it, and says on standard error what went wrong.
    pub async fn run(self) -> ExitCode {
        let json = self.options().json;
        let result = match self {
            Self::Ls(ls) => ls.run().await,
            Self::Tree(tree) => tree.run().await,
            Self::Find(find) => find.run().await,
            Self::Describe(describe) => describe.run().await,
            Self::Read(read) => read.run().await,
            Self::Write(write) => write.run().await,
            Self::Append(append) => append.run().await,
            Self::Attr(attr) => attr.run().await,
            Self::Cp(cp) => cp.run().await,
            Self::Mv(mv) => mv.run().await,
            Self::Ln(ln) => ln.run().await,
            Self::Get(get) => get.run().await,
            Self::Put(put) => put.run().await,
            Self::Rm(rm) => rm.run().await,
            Self::Watch(watch) => until_stopped(watch.run()).await,
            Self::Follow(follow) => until_stopped(follow.run()).await,
            Self::Stats(stats) => stats.run().await,
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            // Whoever read the output has seen enough.
            Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
            Err(failure) => {
                tell(&failure, json);
                ExitCode::from(failure.exit() as u8)
            }
        }
    }

    fn options(&self) -> &Options {
        match self {
            Self::Ls(ls) => &ls.options,
            Self::Tree(tree) => &tree.options,
            Self::Find(find) => &find.options,
            Self::Describe(describe) => &describe.options,
            Self::Read(read) => &read.options,
            Self::Write(write) => &write.options,
            Self::Append(append) => &append.options,
            Self::Attr(attr) => attr.options(),
            Self::Cp(cp) => &cp.options,
            Self::Mv(mv) => &mv.options,
            Self::Ln(ln) => &ln.options,
            Self::Get(get) => &get.options,
            Self::Put(put) => &put.options,
            Self::Rm(rm) => &rm.options,
            Self::Watch(watch) => &watch.options,
            Self::Follow(follow) => &follow.options,
            Self::Stats(stats) => &stats.options,
        }
    }
}

/// Ctrl-C and SIGTERM are how these end.
async fn until_stopped(running: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = running => result,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

fn tell(failure: &Failure, json: bool) {
    let mut errors = std::io::stderr();
    // Without standard error there is nobody left to tell.
    drop(if json {
        writeln!(errors, "{}", failure.to_json())
    } else {
        writeln!(errors, "hdf5-async: {}", crate::wording::printable(&failure.to_string()))
    });
}
