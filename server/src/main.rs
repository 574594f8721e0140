//! The program `hdf5-async`: reads the command line and calls what it names.

use std::process::ExitCode;

use clap::Parser as _;
use hdf5_async_server::LOG_VARIABLE;
use hdf5_async_server::config::Config;
use hdf5_async_server::worker::process;
use tracing_subscriber::EnvFilter;

mod cli;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Serve(serve) => run_serve(&serve),
        Command::Demo(demo) => cli::demo(&demo),
        Command::Watch(watch) => cli::watch(watch),
        Command::Worker(worker) => {
            start_log("info");
            process::main(worker.access).map_err(Into::into)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run_serve(serve: &cli::Serve) -> Result<(), cli::Error> {
    let config = Config::load(&serve.settings, serve.config.as_deref())?;
    start_log(&config.log);
    cli::serve(config)
}

/// Logs go to standard error: standard output is for the address.
fn start_log(default: &str) {
    let filter = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| default.to_owned());
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
