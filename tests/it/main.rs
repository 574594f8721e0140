//! The system seen from outside: one test binary, its scenarios as modules.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed; clippy's own exception covers only functions with #[test]"
)]

mod attributes;
mod browse;
mod bulk;
mod command_line;
mod conflict;
mod copies;
mod create;
mod datatypes;
mod delivery;
mod describe_many;
mod documents;
mod download;
mod durable;
mod elements;
mod errors;
mod external_links;
mod file_formats;
mod file_list;
mod files;
mod filters;
mod full_disk;
mod hello;
mod interference;
mod layouts;
mod limits;
mod many;
mod named_datatypes;
mod number_filters;
mod oracle;
mod other_programs;
mod outside_changes;
mod query;
mod random_deaths;
mod read;
mod real;
mod reconnect;
mod scan;
mod sessions;
mod shutdown;
mod standard_references;
mod subscribe;
mod swarm;
mod swmr;
mod tcp;
mod tidy;
mod tree;
mod twin;
mod upkeep;
mod upload;
mod virtual_datasets;
mod walk;
mod watch;
mod worker_crash;
mod write;
mod writing_through;
