//! The command line: what can be said to the program, and what it does then.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use hdf5_async_server::config::{Config, Settings};
use hdf5_async_server::store::Access;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// Whatever ends the program; it is only printed.
pub type Error = Box<dyn std::error::Error>;

/// Serves HDF5 files to many clients at once, and announces every change
#[derive(Debug, Parser)]
#[command(name = "hdf5-async", version, about, long_about = None, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve files and folders
    Serve(Serve),
    /// Make a demonstration file, serve it, and keep writing to it
    Demo(Demo),
    /// Print the changes of a served file as they happen
    Watch(Watch),
    #[command(hide = true)]
    Worker(Worker),
}

/// Serves until it is stopped by Ctrl-C or SIGTERM. The address of the dashboard is printed on standard output,
/// the log on standard error.
#[derive(Debug, Args)]
pub struct Serve {
    /// A TOML file with settings, named as the options are with `_` for `-`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// The folder for the demonstration file
    #[arg(long, default_value = "demo")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Debug, Args)]
pub struct Watch {
    /// The address that the server printed, or ws://HOST:PORT/FILE
    pub url: String,
    /// Only what happens to this object and below it
    #[arg(default_value = "/")]
    pub path: String,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Worker {
    #[arg(long)]
    pub access: Access,
    /// Shown by process lists
    #[arg(long)]
    pub name: String,
}

pub fn serve(config: Config) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        hdf5_async_server::serve(config, &mut out, stop).await?;
        Ok(())
    })
}

pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

/// Completes at Ctrl-C or SIGTERM.
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Says on standard error why the program ends.
pub fn complain(error: &Error) {
    let written = writeln!(std::io::stderr(), "hdf5-async: {error}");
    debug_assert!(written.is_ok(), "standard error is there");
}
