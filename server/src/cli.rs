//! The command line: what can be said to the program, and what it does then.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Settings};
use crate::server::Server;
use crate::worker::process;
use crate::{LOG_VARIABLE, demo, upkeep};

/// Whatever ends the program; it is only printed.
type Error = Box<dyn std::error::Error>;

/// Serves HDF5 files to many clients at once, and works with served files from the shell
#[derive(Debug, Parser)]
#[command(name = "hdf5-async", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Addresses are ws://HOST:PORT/FILE:/PATH[SELECTION], or FILE:/PATH where HDF5_ASYNC_SERVER names the server.
The token is in HDF5_ASYNC_TOKEN or part of the address, as the server prints it.
Exit codes: 0 done, 1 failed, 2 usage, 3 no connection, 4 not found, 5 not allowed, 6 does not fit, 7 try later,
8 a log holds changes.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve files and folders until Ctrl-C or SIGTERM
    ///
    /// The address of the dashboard is printed on standard output, the log on standard error. Every option can
    /// also be given as an environment variable (--max-connections as `HDF5_ASYNC_MAX_CONNECTIONS`) or in a TOML
    /// file (`max_connections`); the command line wins over the environment, the environment over the file.
    Serve(Serve),
    /// Make a demonstration file, serve it, and keep writing to it
    Demo(Demo),
    #[command(flatten)]
    Client(hdf5_async_command_line::Command),
    #[command(flatten)]
    Upkeep(upkeep::Command),
    /// Print the completions of a shell, for its start-up file
    Completions(Completions),
    #[command(hide = true)]
    Worker(Worker),
}

#[derive(Debug, Args)]
struct Serve {
    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
struct Demo {
    /// The folder for the demonstration file
    #[arg(long, default_value = "demo")]
    folder: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
struct Completions {
    shell: Shell,
}

#[derive(Debug, Args)]
struct Worker {
    /// Shown by process lists
    #[arg(long)]
    name: String,
}

/// The command line with the defaults of the settings in its help.
fn command() -> clap::Command {
    let defaults = Config::shown_defaults();
    let tell_defaults = |subcommand: clap::Command| {
        subcommand.mut_args(|argument| {
            let Some(default) = defaults.get(argument.get_id().as_str()) else { return argument };
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            argument.help(format!("{help} [default: {default}]"))
        })
    };
    Cli::command().mut_subcommand("serve", tell_defaults).mut_subcommand("demo", tell_defaults)
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let result = match Cli::from_arg_matches(&command().get_matches())
        .unwrap_or_else(|error| error.exit())
        .command
    {
        Command::Serve(serve) => run_serve(&serve),
        Command::Demo(demo) => run_demo(demo),
        Command::Client(client) => match runtime() {
            Ok(runtime) => return runtime.block_on(client.run()),
            Err(error) => Err(error.into()),
        },
        Command::Upkeep(upkeep) => match runtime() {
            Ok(runtime) => return runtime.block_on(upkeep.run()),
            Err(error) => Err(error.into()),
        },
        Command::Completions(completions) => print_completions(completions.shell),
        Command::Worker(_) => run_worker(),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Without standard error there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "hdf5-async: {error}"));
    ExitCode::FAILURE
}

fn run_serve(serve: &Serve) -> Result<(), Error> {
    let config = Config::load(&serve.settings, serve.config.as_deref())?;
    start_log(&config.log);
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let server = Server::start(config).await?;
        print_addresses(&server)?;
        server.run_until(stop).await;
        Ok(())
    })
}

fn run_demo(demo: Demo) -> Result<(), Error> {
    let mut settings = demo.settings;
    let file = demo::make_file(&demo.folder)?;
    settings.paths = vec![file];
    let config = Config::load(&settings, None)?;
    start_log(&config.log);
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let server = Server::start(config).await?;
        print_addresses(&server)?;
        let writer = tokio::spawn(demo::keep_writing(server.url()));
        server.run_until(stop).await;
        writer.abort();
        Ok(())
    })
}

fn print_completions(shell: Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    if shell == Shell::Bash {
        // A `-` in the name makes clap's script look for subcommands under names that it does not give them.
        let mut bytes = Vec::new();
        clap_complete::generate(shell, &mut command(), "hdf5_async", &mut bytes);
        let text = String::from_utf8(bytes)?.replace(" hdf5_async\n", " hdf5-async\n");
        script.extend_from_slice(text.as_bytes());
    } else {
        clap_complete::generate(shell, &mut command(), "hdf5-async", &mut script);
    }
    match std::io::stdout().write_all(&script) {
        // Whoever read the script has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn run_worker() -> Result<(), Error> {
    start_log("info");
    Ok(process::main()?)
}

fn print_addresses(server: &Server) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if let Some(address) = server.tcp_address {
        writeln!(out, "tcp://{address}")?;
    }
    writeln!(out, "{}", server.url())?;
    out.flush()
}

/// Logs go to standard error: standard output is for the address.
fn start_log(default: &str) {
    let filter = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| default.to_owned());
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

/// Completes at Ctrl-C or SIGTERM.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
