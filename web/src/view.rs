//! The panels of the page.

pub mod dataset_view;
