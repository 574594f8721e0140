//! An object's facts as lines of the inspector.

use hdf5_async_protocol::model::{DatasetInfo, Filter, Layout, Link, ObjectInfo};

use crate::words;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Set in the typeface of data.
    pub(super) exact: bool,
}

pub(super) fn facts(info: &ObjectInfo) -> Vec<Fact> {
    let mut lines = Vec::new();
    let mut line = |name, value: String, exact| lines.push(Fact { name, value, exact });
    line("Path", info.path.to_string(), true);
    line("Kind", words::kind(Some(info.kind), &info.link).to_owned(), false);
    if let Some(n_children) = info.n_children {
        line("Holds", words::counted(n_children, "link", "links"), false);
    }
    if info.track_order {
        line("Order kept", "of creation".to_owned(), false);
    }
    if let Some(datatype) = &info.datatype {
        line("Datatype", words::datatype_long(datatype), false);
    }
    match &info.link {
        Link::Hard => {}
        Link::Soft { target } => line("Soft link to", target.clone(), true),
        Link::External { file, target } => {
            line("External link to", format!("{file}:{target}"), true);
        }
        Link::UserDefined { class } => line("Link class", class.to_string(), true),
    }
    if info.n_links > 1 {
        line("Hard links", words::count(u64::from(info.n_links)), false);
    }
    if let Some(dataset) = &info.dataset {
        lines.extend(dataset_facts(dataset));
    }
    lines
}

fn dataset_facts(dataset: &DatasetInfo) -> Vec<Fact> {
    let mut lines = Vec::new();
    let mut line = |name, value: String, exact| lines.push(Fact { name, value, exact });
    let notation = dataset.datatype.notation().map(|text| format!(" ({text})")).unwrap_or_default();
    line("Datatype", format!("{}{notation}", words::datatype_long(&dataset.datatype)), false);
    match &dataset.shape {
        Some(shape) => line("Shape", words::shape(shape), true),
        None => line("Shape", "null dataspace".to_owned(), false),
    }
    if let Some(shape) = dataset.shape.as_ref().filter(|shape| shape.len() > 1) {
        let elements = shape.iter().fold(1_u64, |product, &length| product.saturating_mul(length));
        line("Elements", words::count(elements), true);
    }
    if let Some(max_shape) = &dataset.max_shape
        && dataset.shape.as_ref().is_none_or(|shape| {
            max_shape.iter().zip(shape).any(|(most, length)| *most != Some(*length))
        })
    {
        line("Max shape", words::max_shape(max_shape), true);
    }
    line("Layout", layout_word(dataset.layout).to_owned(), false);
    if let Some(chunks) = &dataset.chunks {
        line("Chunks", words::shape(chunks), true);
    }
    if !dataset.filters.is_empty() {
        let filters = dataset.filters.iter().map(filter_text).collect::<Vec<_>>();
        line("Filters", filters.join(", "), false);
    }
    line("Storage", storage(dataset), false);
    if let Some(fill_value) = &dataset.fill_value {
        line("Fill value", fill_value.get().to_owned(), true);
    }
    lines
}

fn layout_word(layout: Layout) -> &'static str {
    match layout {
        Layout::Compact => "compact",
        Layout::Contiguous => "contiguous",
        Layout::Chunked => "chunked",
        Layout::Virtual => "virtual",
    }
}

fn filter_text(filter: &Filter) -> String {
    let options = filter.options.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    if options.is_empty() { filter.name.clone() } else { format!("{} ({options})", filter.name) }
}

/// The bytes in the file, and how much smaller the filters made them.
fn storage(dataset: &DatasetInfo) -> String {
    let text = words::bytes(dataset.storage_bytes);
    let size = dataset.datatype.wire_size().filter(|_| !dataset.datatype.has_heap());
    if let Some((size, shape)) = size.zip(dataset.shape.as_ref())
        && !dataset.filters.is_empty()
        && dataset.storage_bytes > 0
    {
        let elements = shape.iter().fold(1_u64, |product, &length| product.saturating_mul(length));
        let tenths = u128::from(elements) * size as u128 * 10 / u128::from(dataset.storage_bytes);
        return format!("{text}, compressed {}.{} : 1", tenths / 10, tenths % 10);
    }
    if dataset.external_storage.is_empty() { text } else { format!("{text}, in other files") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_says_how_it_is_stored() {
        let text = r#"{"path":"/d","kind":"dataset","link":{"kind":"soft","target":"/e"},"attributes":[],"n_links":2,
            "dataset":{"datatype":">f4","shape":[100,10],"max_shape":[null,10],"layout":"chunked","chunks":[10,10],
            "filters":[{"name":"shuffle"},{"name":"deflate","options":[4]}],"storage_bytes":1000,"fill_value":0.0}}"#;
        let info: ObjectInfo = serde_json::from_str(text).unwrap();
        let lines = facts(&info);
        let value = |name: &str| {
            lines.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
        };
        assert_eq!(value("Datatype"), Some("32-bit float, big-endian (>f4)"));
        assert_eq!(value("Max shape"), Some("∞ × 10"));
        assert_eq!(value("Filters"), Some("shuffle, deflate (4)"));
        assert_eq!(value("Storage"), Some("1.0 kB, compressed 4.0 : 1"));
        assert_eq!(value("Soft link to"), Some("/e"));
        assert_eq!(value("Hard links"), Some("2"));
    }

    #[test]
    fn a_group_says_whether_it_keeps_the_order_of_its_links() {
        for (kept, shown) in [("", None), (r#","track_order":true"#, Some("of creation"))] {
            let text = format!(
                r#"{{"path":"/g","kind":"group","link":{{"kind":"hard"}},"attributes":[],"n_links":1,"n_children":2{kept}}}"#
            );
            let lines = facts(&serde_json::from_str(&text).unwrap());
            let order = lines.iter().find(|fact| fact.name == "Order kept");
            assert_eq!(order.map(|fact| fact.value.as_str()), shown);
        }
    }
}
