//! The dashboard: browse and edit the server's HDF5 files, live, in the browser.
//!
//! The way of a message: [`socket`] -> [`connection`] -> [`mirror`] -> [`state`] -> [`view`]; the way of a
//! click: [`view`] -> [`actions`] -> [`connection`].

pub mod actions;
pub mod address;
pub mod app;
pub mod clock;
pub mod connection;
pub mod connection_status;
pub mod mirror;
pub mod refusal;
pub mod slab;
pub mod socket;
pub mod state;
pub mod token;
pub mod view;
pub mod words;

/// Puts the page in the place of the outline that `index.html` shows meanwhile.
pub fn start() {
    if let Some(outline) = leptos::prelude::document().get_element_by_id("outline") {
        outline.remove();
    }
    leptos::mount::mount_to_body(app::App);
}
