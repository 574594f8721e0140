//! Changes in the header of an answer: the values of each lie beside it, as text that the front passes on unread.
//!
//! Inside of a change, which is a tagged enum, serde would take every number apart and put it together again.

use std::borrow::Cow;

use hdf5_async_protocol::message::{Change, event};
use hdf5_async_protocol::model::Datatype;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

#[derive(Serialize, Deserialize)]
struct Carried<'a> {
    /// Without its values.
    change: Cow<'a, Change>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Values<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Values<'a> {
    datatype: Cow<'a, Datatype>,
    data: Cow<'a, RawValue>,
}

impl<'a> Carried<'a> {
    fn of(change: &'a Change) -> Self {
        let Change::Written { path, region, old_shape, shape, values: Some(values) } = change
        else {
            return Self { change: Cow::Borrowed(change), values: None };
        };
        let (path, region) = (path.clone(), region.clone());
        let (old_shape, shape) = (old_shape.clone(), shape.clone());
        let bare = Change::Written { path, region, old_shape, shape, values: None };
        let datatype = Cow::Borrowed(&values.datatype);
        let values = Values { datatype, data: Cow::Borrowed(&*values.data) };
        Self { change: Cow::Owned(bare), values: Some(values) }
    }

    fn into_change(self) -> Change {
        let mut change = self.change.into_owned();
        if let Change::Written { values, .. } = &mut change {
            *values = self.values.map(|carried| event::Written {
                datatype: carried.datatype.into_owned(),
                data: carried.data.into_owned(),
            });
        }
        change
    }
}

pub(super) fn serialize<S: Serializer>(
    changes: &[Change],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(changes.iter().map(Carried::of))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Change>, D::Error> {
    let carried = Vec::<Carried<'static>>::deserialize(deserializer)?;
    Ok(carried.into_iter().map(Carried::into_change).collect())
}

#[cfg(test)]
mod tests {
    use hdf5_async_protocol::model::{ObjectPath, Selection};

    use super::super::job::Done;
    use super::*;

    #[test]
    fn changes_arrive_as_they_were_sent_and_their_values_letter_by_letter() {
        let path = ObjectPath::new("/a").unwrap();
        let data = RawValue::from_string("[1.50, 2e0,\"NaN\"]".to_owned()).unwrap();
        let values =
            Some(event::Written { datatype: serde_json::from_str("\"<f8\"").unwrap(), data });
        let written = |values| Change::Written {
            path: ObjectPath::new("/b").unwrap(),
            region: Selection::default(),
            old_shape: Some(vec![0]),
            shape: vec![3],
            values,
        };
        let changes = vec![Change::Deleted { path }, written(values), written(None)];
        let done = Done { changes: changes.clone(), ..Done::empty(7) };
        let text = serde_json::to_string(&done).unwrap();
        assert!(text.contains("[1.50, 2e0,\"NaN\"]"), "{text}");
        let back: Done = serde_json::from_str(&text).unwrap();
        assert_eq!(back.changes, changes);
    }
}
