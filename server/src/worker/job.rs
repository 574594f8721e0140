//! What the front asks of a worker and what it is told: the headers of the frames between them.

use hdf5_async_protocol::message::command::Query;
use hdf5_async_protocol::message::{Change, Durability, ErrorReply, Reason, Terms, reply};
use hdf5_async_protocol::model::{Fields, ObjectPath, ResolvedSelection, Selection};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::store::describe_many::Description;
use crate::store::query::{Matches, QueryBlock, QueryPlan};
use crate::store::read_many::Item;
use crate::store::search::Wanted;
use crate::store::through::Division;
use crate::store::walk::{Spot, Stretch};
use crate::store::{Elsewhere, ReadPlan};

/// A piece of work; jobs are done and answered in the order in which they are sent. A change is answered when it
/// is as safe as its terms ask, and what comes after it not before.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// Counts from 1; the worker answers 0 by itself once the file is open.
    pub job: u64,
    pub work: Work,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// A client's command as JSON; the values of a binary message follow as the frame's payload.
    Command {
        command: Box<RawValue>,
        /// The frame's payload holds values, if only none.
        binary: bool,
        /// `durability` is present: the front knows what the session wants.
        #[serde(default)]
        terms: Terms,
        /// The front's refusal, unless the command was done before and is only asked for again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refusal: Option<Box<ErrorReply>>,
    },
    /// An object and, if it is a group, the first page of its links: both as of the same moment.
    Snapshot { path: ObjectPath },
    /// What a selection means, for asking for its blocks.
    Plan { path: ObjectPath, selection: Selection, fields: Option<Fields> },
    /// Where a path goes on if it leaves the file, the link that it ends with included where `last` says so.
    Crossing { path: ObjectPath, last: bool },
    /// A step of a walk, or with `wanted` of a search.
    Walk { spots: Vec<Spot>, wanted: Option<Wanted>, limit: u64 },
    /// One block of a planned read.
    ReadBlock { path: ObjectPath, selection: ResolvedSelection, fields: Option<Fields> },
    /// What a query looks at, for asking block by block.
    PlanQuery(Box<Query>),
    /// One block of a planned query.
    Query(Box<QueryBlock>),
    /// What a command that writes to a virtual dataset means for its sources; the values are the frame's payload.
    Divide { command: Box<RawValue>, binary: bool },
    /// Keep the key of a change that the workers of other files have made, and what it was answered.
    Remember { terms: Terms, fields: Box<RawValue> },
    /// Commit, and bring what is committed into the file unless somebody reads that right now.
    Settle {},
    /// What other programs have done to the file; its name may not lead to it any more.
    Look { displaced: Option<Reason> },
    /// Flush, close, answer, end.
    Close {},
}

/// The answer to a job; values follow as the frame's payload.
#[derive(Debug, Serialize, Deserialize)]
pub struct Done {
    pub job: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReply>,
    /// The fields of the reply, as a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<reply::Values>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<ReadPlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_plan: Option<QueryPlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Matches>,
    /// Of several reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Of several objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Description>,
    /// Of a step of a walk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stretches: Vec<Stretch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<Division>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::carried")]
    pub changes: Vec<Change>,
    /// What another program has done to the file, of which the answer says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Reason>,
    /// Of a change: how safe it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
}

impl Done {
    pub fn empty(job: u64) -> Self {
        Self {
            job,
            error: None,
            fields: None,
            values: None,
            plan: None,
            query_plan: None,
            matches: None,
            items: Vec::new(),
            descriptions: Vec::new(),
            stretches: Vec::new(),
            elsewhere: None,
            division: None,
            changes: Vec::new(),
            outside: None,
            durability: None,
        }
    }

    pub fn failed(job: u64, error: ErrorReply) -> Self {
        Self { error: Some(error), ..Self::empty(job) }
    }
}
