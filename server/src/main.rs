//! The program `hdf5-async`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hdf5_async_server::cli::main()
}
