//! The journal on a simulated disk: against a model, through crashes, and with failing calls.

mod crash;
pub(super) mod disk;
mod faults;
pub(super) mod model;
mod protections;
pub(super) mod random;
mod scenario;
mod states;

use std::io::Write as _;

/// Says what a test has seen, past the capture of its output: how much was tried belongs into the log of a build.
fn tell(what: &str) {
    writeln!(std::io::stderr(), "{what}").unwrap();
}
