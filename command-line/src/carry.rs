//! Copies onto another server, which this program carries: object by object, elements slab by slab through its memory.
//!
//! What is to be copied is noted down first (`plan`), so that a copy never meets itself; then the objects are made
//! with their elements, each group's in its order, and at the end all that may refer to other objects (`references`).

mod elements;
mod plan;
mod references;

use std::collections::{HashMap, HashSet};

use hdf5_async_client::protocol::message::command::{CreateDataset, CreateGroup, WriteAttribute};
use hdf5_async_client::protocol::message::{ErrorCode, ErrorReply};
use hdf5_async_client::protocol::model::{
    AttributeInfo, DatasetInfo, Layout, Link, ObjectKind, ObjectPath,
};
use hdf5_async_client::{CallError, File, Values};
use serde_json::value::RawValue;

use crate::elements::{Selected, dataset_of};
use crate::failure::Failure;

use plan::{Plan, Planned, Step};

/// A copy under way.
#[derive(Debug)]
pub struct Carrier {
    from: File,
    to: File,
    /// Where each object goes, by its address in the source; `None` where a reference leads out of the copy.
    places: HashMap<u64, ObjectPath>,
    /// The places that are taken already.
    made: HashSet<ObjectPath>,
    /// Where references to a path of the source lead in the copy.
    referred: HashMap<ObjectPath, Option<ObjectPath>>,
}

/// Copies the object at `source` with all below it; returns how many objects that were.
///
/// Several links to an object become several links to its copy, soft and external links stay what they are, and
/// references to what is copied lead to the copies; others become null.
///
/// # Errors
/// When something cannot be read or made; what was made until then is deleted again.
pub async fn carry(
    from: &File,
    source: &ObjectPath,
    to: &File,
    target: &ObjectPath,
) -> Result<usize, Failure> {
    let plan = Plan::of(from, source, target).await?;
    let mut carrier = Carrier {
        from: from.clone(),
        to: to.clone(),
        places: plan.places(),
        made: HashSet::new(),
        referred: HashMap::new(),
    };
    let made = carrier.all(&plan).await;
    // Otherwise nothing is there, least of all something of ours.
    if made.is_err() && !carrier.made.is_empty() {
        // The first failure is what is told.
        drop(to.delete(target.as_str()).await);
    }
    made.map(|()| plan.objects().count())
}

impl Carrier {
    async fn all(&mut self, plan: &Plan) -> Result<(), Failure> {
        // Those whose elements may refer to any object.
        let mut referring = Vec::new();
        let mut later = Vec::new();
        for step in &plan.steps {
            if !self.step(step, &mut referring).await? {
                later.push(step);
            }
        }
        // All named datatypes are there by now.
        for step in later {
            if !self.step(step, &mut referring).await? {
                return Err(Failure::Changed {
                    path: plan.source.to_string(),
                    what: "an object is no longer what it was when the copy began".to_owned(),
                });
            }
        }
        for (selected, target) in &referring {
            self.elements(selected, target).await?;
        }
        for planned in plan.objects().filter(|planned| planned.has_attributes) {
            self.attributes(planned).await?;
        }
        Ok(())
    }

    /// Makes a link and what it leads to; `false` where something else has to be there before.
    async fn step(
        &mut self,
        step: &Step,
        referring: &mut Vec<(Selected, ObjectPath)>,
    ) -> Result<bool, Failure> {
        match step {
            Step::Object(planned) => return self.make(planned, referring).await,
            Step::Again(_, target) if !self.made.contains(target) => return Ok(false),
            Step::Again(path, target) => {
                self.to.link(path.as_str(), target.as_str()).await?;
            }
            Step::Link(path, link) => self.link(path, link).await?,
        }
        Ok(true)
    }

    /// Makes an object without its attributes; `false` where it shares a named datatype that is made later.
    async fn make(
        &mut self,
        planned: &Planned,
        referring: &mut Vec<(Selected, ObjectPath)>,
    ) -> Result<bool, Failure> {
        let path = planned.target.clone();
        let object = self.from.describe(planned.source.as_str()).await?.reply.object;
        let held = match planned.kind {
            ObjectKind::Group => {
                let track_order = object.track_order;
                let group = CreateGroup { path: path.clone(), exist_ok: false, track_order };
                self.to.call(group).await?;
                None
            }
            ObjectKind::NamedDatatype => {
                let changed = || Failure::Changed {
                    path: planned.source.to_string(),
                    what: "it is no named datatype any more".to_owned(),
                };
                let datatype = object.datatype.ok_or_else(changed)?;
                self.to.create_named_datatype(path.as_str(), datatype).await?;
                None
            }
            ObjectKind::Dataset => {
                let dataset = dataset_of(object)?;
                if !dataset.external_storage.is_empty() {
                    let reason =
                        "its elements are in a file of their own; write them with read and write";
                    return Err(unsupported(&planned.source, reason));
                }
                let named_datatype = self.shared(dataset.named_datatype.as_ref()).await?;
                if named_datatype.as_ref().is_some_and(|named| !self.made.contains(named)) {
                    return Ok(false);
                }
                self.to.call(creation(path.clone(), &dataset, named_datatype)).await?;
                Selected::whole(planned.source.clone(), dataset)
            }
        };
        self.made.insert(path);
        if let Some(held) = held {
            self.fill(held, planned, referring).await?;
        }
        Ok(true)
    }

    /// The elements of a new dataset, unless it has none of its own; those with references wait.
    async fn fill(
        &mut self,
        selected: Selected,
        planned: &Planned,
        referring: &mut Vec<(Selected, ObjectPath)>,
    ) -> Result<(), Failure> {
        let dataset = &selected.dataset;
        if dataset.layout == Layout::Virtual || dataset.storage_bytes == 0 {
            return Ok(());
        }
        if references::holds_any(&dataset.datatype) {
            referring.push((selected, planned.target.clone()));
            return Ok(());
        }
        self.elements(&selected, &planned.target).await
    }

    async fn link(&self, path: &ObjectPath, link: &Link) -> Result<(), Failure> {
        match link {
            Link::Soft { target } => self.to.link_soft(path.as_str(), target).await?,
            Link::External { file, target } => {
                self.to.link_external(path.as_str(), file, target).await?
            }
            Link::UserDefined { class } => {
                let reason = format!("it is a user-defined link of class {class}");
                return Err(unsupported(path, &reason));
            }
            Link::Hard => {
                return Err(unsupported(path, "the link leads to no known kind of object"));
            }
        };
        Ok(())
    }

    async fn attributes(&mut self, planned: &Planned) -> Result<(), Failure> {
        let source = planned.source.as_str();
        for attribute in self.from.attributes(source).await?.reply.attributes {
            let AttributeInfo { name, datatype, named_datatype, shape, .. } = attribute;
            let mut write = WriteAttribute {
                path: planned.target.clone(),
                named_datatype: self.shared(named_datatype.as_ref()).await?,
                name,
                data: None,
                datatype: Some(datatype),
                shape,
            };
            if write.shape.is_none() {
                write.data = Some(RawValue::from_string("null".to_owned())?);
                self.to.call(write).await?;
                continue;
            }
            let values = self.from.read_attribute(source, &write.name).await?.reply;
            let values = self.with_places(values).await?;
            (write.datatype, write.shape) = (Some(values.datatype), values.shape);
            self.to.call_with(write, &values.payload).await?;
        }
        Ok(())
    }

    /// The copy of a named datatype that is shared, if it is copied, too.
    async fn shared(&mut self, named: Option<&ObjectPath>) -> Result<Option<ObjectPath>, Failure> {
        let Some(path) = named else { return Ok(None) };
        self.place(path).await
    }

    /// Where the object at a path of the source is in the copy.
    async fn place(&mut self, path: &ObjectPath) -> Result<Option<ObjectPath>, Failure> {
        if let Some(known) = self.referred.get(path) {
            return Ok(known.clone());
        }
        let address = match self.from.describe(path.as_str()).await {
            Ok(answer) => answer.reply.object.address,
            Err(CallError::Refused(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let place = address.and_then(|address| self.places.get(&address)).cloned();
        self.referred.insert(path.clone(), place.clone());
        Ok(place)
    }

    /// The values with references that lead to the copies.
    async fn with_places(&mut self, values: Values) -> Result<Values, Failure> {
        if !references::holds_any(&values.datatype) {
            return Ok(values);
        }
        for path in references::paths(&values)? {
            self.place(&path).await?;
        }
        let place = |path: &ObjectPath| self.referred.get(path).cloned().flatten();
        Ok(references::replaced(&values, &place)?)
    }
}

/// What makes a dataset like the one described.
fn creation(
    path: ObjectPath,
    dataset: &DatasetInfo,
    named_datatype: Option<ObjectPath>,
) -> CreateDataset {
    let described = dataset.clone();
    CreateDataset {
        named_datatype,
        shape: described.shape,
        max_shape: described.max_shape,
        chunks: described.chunks,
        layout: Some(described.layout),
        filters: described.filters,
        // A fill value with references would have to be null, which is what it is without one.
        fill_value: described.fill_value.filter(|_| !references::holds_any(&dataset.datatype)),
        fill_time: Some(described.fill_time),
        allocation_time: described.allocation_time,
        track_times: Some(described.track_times),
        track_order: Some(described.track_order),
        unfiltered_edge_chunks: described.unfiltered_edge_chunks,
        attribute_phase_change: described.attribute_phase_change,
        sources: described.sources,
        ..CreateDataset::new(path, described.datatype)
    }
}

fn unsupported(path: &ObjectPath, reason: &str) -> Failure {
    let message = format!("{path} cannot be copied onto another server: {reason}");
    let reply = ErrorReply::new(ErrorCode::Unsupported, message).with_path(path.as_str());
    Failure::Call(CallError::Refused(reply))
}
