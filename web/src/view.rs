//! The panels of the page, in the order in which they lie on it.

pub mod attribute_table;
pub mod centre;
pub mod dataset_view;
pub mod dialogs;
pub mod events_drawer;
pub mod header;
pub mod inspector;
pub mod layout;
pub mod notices;
pub mod object_tree;

pub mod dynamic;
pub mod icon;
pub mod object_link;
pub mod splitter;
pub mod virtual_rows;
