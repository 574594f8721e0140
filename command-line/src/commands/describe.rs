//! `describe`: everything about one object.

use std::io::Write as _;

use clap::Args;
use hdf5_async_client::protocol::model::{AttributeInfo, DatasetInfo, Layout, ObjectInfo};
use hdf5_async_client::protocol::values::n_elements;

use crate::columns::Cell;
use crate::failure::Failure;
use crate::format::plain;
use crate::paint::Tone;
use crate::screen::{Options, Screen};
use crate::wording;

#[derive(Debug, Args)]
pub struct Describe {
    /// ws://HOST:PORT/FILE:/PATH; without a path the root group
    address: String,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Describe {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "describe").await?;
        let object = file.describe(location.object().as_str()).await?.reply.object;
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&object)?;
        } else {
            print(&mut screen, &object)?;
        }
        Ok(screen.finish()?)
    }
}

fn print(screen: &mut Screen, object: &ObjectInfo) -> Result<(), Failure> {
    let path = wording::printable(object.path.as_str());
    let heading = screen.tone(Tone::Heading, path);
    writeln!(screen, "{heading}")?;
    let mut facts = vec![("kind", wording::kind(object.kind).to_owned())];
    if let Some(target) = wording::link_target(&object.link) {
        facts.push(("link to", target));
    }
    if object.n_links != 1 {
        facts.push(("hard links", object.n_links.to_string()));
    }
    if let Some(count) = object.n_children {
        facts.push(("links", count.to_string()));
    }
    if object.track_order {
        facts.push(("order kept", "of creation".to_owned()));
    }
    if let Some(datatype) = &object.datatype {
        facts.push(("datatype", wording::datatype(datatype)));
    }
    if let Some(dataset) = &object.dataset {
        facts.extend(dataset_facts(dataset));
    }
    let rows: Vec<Vec<Cell>> = facts
        .into_iter()
        .map(|(name, fact)| vec![Cell::new(format!("  {name}")).tone(Tone::Quiet), Cell::new(fact)])
        .collect();
    screen.rows(&rows)?;
    if !object.attributes.is_empty() {
        let heading =
            screen.tone(Tone::Heading, wording::count(object.attributes.len() as u64, "attribute"));
        writeln!(screen, "{heading}")?;
        let rows: Vec<Vec<Cell>> = object.attributes.iter().map(attribute_row).collect();
        screen.rows(&rows)?;
    }
    Ok(())
}

fn dataset_facts(dataset: &DatasetInfo) -> Vec<(&'static str, String)> {
    let shape = dataset.shape.as_deref();
    let mut facts =
        vec![("datatype", wording::datatype(&dataset.datatype)), ("shape", wording::shape(shape))];
    let fixed: Option<Vec<Option<u64>>> =
        shape.map(|dims| dims.iter().copied().map(Some).collect());
    if let Some(max_shape) = dataset.max_shape.as_ref().filter(|dims| Some(*dims) != fixed.as_ref())
    {
        facts.push(("can grow to", wording::max_shape(max_shape)));
    }
    let layout = match dataset.layout {
        Layout::Compact => "compact",
        Layout::Contiguous => "contiguous",
        Layout::Chunked => "chunked",
        Layout::Virtual => "virtual",
    };
    facts.push((
        "layout",
        match &dataset.chunks {
            Some(chunks) => format!("{layout}, {}", wording::shape(Some(chunks))),
            None => layout.to_owned(),
        },
    ));
    if !dataset.filters.is_empty() {
        facts.push(("filters", wording::filters(&dataset.filters)));
    }
    if let Some(fill_value) = &dataset.fill_value {
        facts.push(("fill value", wording::printable(&plain(fill_value.get())).into_owned()));
    }
    let size = shape.and_then(|shape| n_elements(shape).ok());
    let size = size.and_then(|count| count.checked_mul(dataset.datatype.wire_size()? as u64));
    let stored = wording::bytes(dataset.storage_bytes);
    facts.push((
        "storage",
        match size.filter(|_| !dataset.datatype.is_variable_length()) {
            Some(size) if size != dataset.storage_bytes => {
                format!("{stored} for {} of elements", wording::bytes(size))
            }
            _ => stored,
        },
    ));
    if !dataset.external_storage.is_empty() {
        facts.push(("elements in", "other files".to_owned()));
    }
    facts
}

/// Name, what it is, and the value where it came along.
pub(super) fn attribute_row(attribute: &AttributeInfo) -> Vec<Cell> {
    let value = match &attribute.value {
        Some(value) => wording::printable(&plain(value.get())).into_owned(),
        None if attribute.shape.is_none() => "null".to_owned(),
        None => "...".to_owned(),
    };
    vec![
        Cell::new(format!("  {}", wording::printable(&attribute.name))),
        Cell::new(wording::shape(attribute.shape.as_deref())).tone(Tone::Quiet),
        Cell::new(wording::datatype(&attribute.datatype)).tone(Tone::Quiet),
        Cell::new(value),
    ]
}
