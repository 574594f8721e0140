//! Tests of the store through its commands, as a client would send them.

mod attributes;
mod binary;
mod chunks;
mod compounds;
mod elements;
mod foreign;
mod links;
mod reading;
mod real_files;
mod refusals;
mod reuse;
mod selections;
mod tables;
mod writing;

use std::path::PathBuf;

use hdf5_async_protocol::message::{Change, ErrorCode, Request};
use hdf5_async_protocol::model::{FileCreation, ObjectPath, Selection};
use hdf5_async_protocol::values::to_json;
use serde_json::Value;
use tempfile::TempDir;

use super::{Access, Answer, Outcome, ReadPlan, Store, StoreError, StoreLimits};

pub(super) const LIMITS: StoreLimits = StoreLimits {
    block_bytes: 1 << 20,
    inline_value_bytes: 4096,
    max_value_bytes: 8 << 20,
    max_list_page: 1000,
    max_json_values_bytes: 1 << 20,
    metadata_cache_bytes: 1 << 20,
    max_chunk_bytes: 64 << 20,
    max_rewrite_bytes: 64 << 20,
    max_batch_commands: 100,
    max_followed_datasets: 100,
};

/// A store on a new file in a directory of its own.
pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) path: PathBuf,
    _directory: TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with_limits(LIMITS)
    }

    pub(super) fn with_limits(limits: StoreLimits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bench.h5");
        let store =
            Store::open(&path, "test.h5", Access::Create(FileCreation::default()), limits).unwrap();
        Self { store, path, _directory: directory }
    }

    /// Closes the file and opens it again.
    pub(super) fn reopen(&mut self, access: Access) {
        let fresh = tempfile::tempdir().unwrap();
        let placeholder = Store::open(
            &fresh.path().join("other.h5"),
            "test.h5",
            Access::Create(FileCreation::default()),
            LIMITS,
        )
        .unwrap();
        std::mem::replace(&mut self.store, placeholder).close().unwrap();
        self.store = Store::open(&self.path, "test.h5", access, LIMITS).unwrap();
    }

    pub(super) fn try_command(
        &mut self,
        json: &str,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let request = Request::parse(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        self.store.execute(&request.command, payload)
    }

    pub(super) fn run(&mut self, json: &str) -> Outcome {
        self.try_command(json, None).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    pub(super) fn refused(&mut self, json: &str) -> (ErrorCode, String) {
        match self.try_command(json, None) {
            Ok(outcome) => panic!("{json} was answered {outcome:?}"),
            Err(error) => {
                let reply = error.to_reply();
                (reply.code, reply.message)
            }
        }
    }

    /// The fields of an answer that has no values.
    pub(super) fn fields(&mut self, json: &str) -> Value {
        match self.run(json).answer {
            Answer::Fields(fields) => serde_json::from_str(&fields).unwrap(),
            other => panic!("{json} was answered {other:?}"),
        }
    }

    /// The events of a command, as they go over the wire.
    pub(super) fn events(&mut self, json: &str) -> Vec<Value> {
        events(&self.run(json).changes)
    }

    /// The values of `read` or `read_attribute` as JSON; long reads are fetched in one block.
    pub(super) fn values(&mut self, json: &str) -> Value {
        let (values, payload) = match self.run(json).answer {
            Answer::Values { values, payload } => (values, payload),
            other => panic!("{json} was answered {other:?}"),
        };
        match values.shape {
            None => {
                assert!(payload.is_empty());
                Value::Null
            }
            Some(shape) => {
                let text = to_json(&payload, &values.datatype, &shape).unwrap();
                serde_json::from_str(&text).unwrap()
            }
        }
    }

    pub(super) fn read(&mut self, path: &str) -> Value {
        self.values(&format!(r#"{{"command": "read", "path": "{path}"}}"#))
    }

    /// As `read`, however small the blocks are.
    pub(super) fn read_whole(&mut self, path: &str) -> Value {
        let path = object_path(path);
        let plan = self.store.plan(&path, &Selection::all(), None).unwrap();
        let payload = self.store.read_block(&path, &plan.selection, None).unwrap();
        let shape = plan.values.shape.unwrap();
        serde_json::from_str(&to_json(&payload, &plan.values.datatype, &shape).unwrap()).unwrap()
    }

    pub(super) fn describe(&mut self, path: &str) -> Value {
        self.fields(&format!(r#"{{"command": "describe", "path": "{path}"}}"#))["object"].take()
    }
}

pub(super) fn events(changes: &[Change]) -> Vec<Value> {
    changes.iter().map(|change| serde_json::to_value(change).unwrap()).collect()
}

pub(super) fn object_path(text: &str) -> ObjectPath {
    ObjectPath::new(text).unwrap()
}
