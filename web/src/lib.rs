//! The dashboard: browse and edit the server's HDF5 files, live, in the browser.
//!
//! The way of a message: [`socket`] -> [`connection`] -> [`state`] -> [`view`]; the way of a click:
//! [`view`] -> [`actions`] -> [`connection`].

pub mod actions;
pub mod address;
pub mod app;
pub mod connection_status;
pub mod refusal;
pub mod slab;
pub mod state;
pub mod view;

/// Mounts the page.
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}
