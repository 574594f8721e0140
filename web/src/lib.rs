//! The dashboard: browse and edit the server's HDF5 files, live, in the browser.
//!
//! The way of a message: [`socket`] -> [`connection`] -> [`state`] -> [`view`]; the way of a click:
//! [`view`] -> [`actions`] -> [`connection`].

pub mod app;
pub mod socket;
pub mod connection;
pub mod connection_status;
pub mod mirror;
pub mod state;
pub mod actions;
pub mod address;
pub mod slab;
pub mod refusal;
pub mod words;
pub mod clock;
pub mod view;

/// Mounts the page.
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}
