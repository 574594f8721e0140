//! Values that name an object of the file, or some elements of a dataset (`H5R`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{ObjectPath, ReferenceKind, Selection};

/// A reference as it travels: by path, so that it means something outside of its file.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    /// Names nothing.
    Null(ReferenceKind),
    Object(ObjectPath),
    Region(Region),
    Attribute(AttributeName),
    /// Names an object that no path leads to; the bytes that the file has mean something in it alone.
    Lost {
        kind: ReferenceKind,
        raw: Vec<u8>,
    },
}

/// Some elements of a dataset; all of them where no field says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// The indexes of single elements, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<Vec<u64>>>,
    /// First and last index of boxes, both inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<[Vec<u64>; 2]>>,
}

/// An attribute of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeName {
    pub path: ObjectPath,
    pub name: String,
}

impl Reference {
    /// The kind of datatype that has such references and no others.
    pub fn kind(&self) -> ReferenceKind {
        match self {
            Self::Null(kind) | Self::Lost { kind, .. } => *kind,
            Self::Object(_) => ReferenceKind::Object,
            Self::Region(_) => ReferenceKind::Region,
            Self::Attribute(_) => ReferenceKind::Any,
        }
    }

    /// The reference as an element of `kind`; `None` where it cannot be one.
    pub fn of_kind(self, kind: ReferenceKind) -> Option<Self> {
        match (self, kind) {
            (reference, kind) if reference.kind() == kind => Some(reference),
            (Self::Null(_), ReferenceKind::Any) => Some(Self::Null(kind)),
            (Self::Lost { raw, .. }, ReferenceKind::Any) => Some(Self::Lost { kind, raw }),
            (reference, ReferenceKind::Any) => Some(reference),
            _ => None,
        }
    }

    /// What the heap of a values payload holds: JSON, or nothing for a null reference.
    pub fn to_heap(&self) -> Vec<u8> {
        match self {
            Self::Null(_) => Vec::new(),
            other => serde_json::to_vec(other).unwrap_or_default(),
        }
    }

    /// Reads what the heap of a values payload holds; `None` where it is no reference of `kind`.
    pub fn from_heap(bytes: &[u8], kind: ReferenceKind) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::Null(kind));
        }
        serde_json::from_slice::<Self>(bytes).ok()?.of_kind(kind)
    }
}

/// A field that may be absent, or `null`, or there.
#[derive(Clone, Debug, Default)]
enum Field<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<T> Field<T> {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default = "Field::default", skip_serializing_if = "Field::is_absent")]
    object: Field<ObjectPath>,
    #[serde(default = "Field::default", skip_serializing_if = "Field::is_absent")]
    region: Field<Region>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attribute: Option<AttributeName>,
    /// Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nothing = |kind, raw| match kind {
            ReferenceKind::Object | ReferenceKind::Any => {
                Form { object: Field::Null, raw, ..Form::default() }
            }
            ReferenceKind::Region => Form { region: Field::Null, raw, ..Form::default() },
        };
        let form = match self.clone() {
            Self::Null(kind) => nothing(kind, None),
            Self::Lost { kind, raw } => nothing(kind, Some(BASE64.encode(raw))),
            Self::Object(path) => Form { object: Field::Value(path), ..Form::default() },
            Self::Region(region) => Form { region: Field::Value(region), ..Form::default() },
            Self::Attribute(name) => Form { attribute: Some(name), ..Form::default() },
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || {
            D::Error::custom(
                "a reference is {\"object\": path}, {\"region\": {\"path\": path, ...}} with one of \
                 \"selection\", \"points\" and \"blocks\", or {\"attribute\": {\"path\": path, \"name\": name}}",
            )
        };
        let lost = |kind, raw: Option<String>| match raw.map(|raw| BASE64.decode(raw)) {
            None => Ok(Self::Null(kind)),
            Some(Ok(raw)) => Ok(Self::Lost { kind, raw }),
            Some(Err(_)) => Err(D::Error::custom("\"raw\" does not hold base64")),
        };
        let form = Form::deserialize(deserializer)?;
        match (form.object, form.region, form.attribute, form.raw) {
            (Field::Null, Field::Absent, None, raw) => lost(ReferenceKind::Object, raw),
            (Field::Absent, Field::Null, None, raw) => lost(ReferenceKind::Region, raw),
            (Field::Value(path), Field::Absent, None, None) => Ok(Self::Object(path)),
            (Field::Absent, Field::Absent, Some(name), None) => Ok(Self::Attribute(name)),
            (Field::Absent, Field::Value(region), None, None) => {
                let parts =
                    [region.selection.is_some(), region.points.is_some(), region.blocks.is_some()];
                if parts.iter().filter(|given| **given).count() > 1 {
                    return Err(wrong());
                }
                Ok(Self::Region(region))
            }
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_back_as_they_were() {
        for text in [
            r#"{"object":"/a"}"#,
            r#"{"object":null}"#,
            r#"{"object":null,"raw":"IAMAAAAAAAA="}"#,
            r#"{"region":null}"#,
            r#"{"region":{"path":"/a"}}"#,
            r#"{"region":{"path":"/a","selection":"0:2, 3"}}"#,
            r#"{"region":{"path":"/a","points":[[0,1],[2,3]]}}"#,
            r#"{"region":{"path":"/a","blocks":[[[0,1],[2,3]]]}}"#,
            r#"{"attribute":{"path":"/a","name":"units"}}"#,
        ] {
            let reference: Reference = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&reference).unwrap(), text);
            let heap = reference.to_heap();
            assert_eq!(Reference::from_heap(&heap, reference.kind()), Some(reference.clone()));
            let any = reference.of_kind(ReferenceKind::Any).unwrap();
            assert_eq!(Reference::from_heap(&any.to_heap(), ReferenceKind::Any), Some(any));
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "{}",
            "5",
            r#"{"object":5}"#,
            r#"{"object":"/a","region":null}"#,
            r#"{"object":"/a","raw":""}"#,
            r#"{"region":{"path":"/a","selection":"0","points":[]}}"#,
            r#"{"region":{}}"#,
            r#"{"attribute":{"path":"/a"}}"#,
            r#"{"attribute":null}"#,
            r#"{"object":null,"attribute":{"path":"/a","name":"units"}}"#,
        ] {
            assert!(serde_json::from_str::<Reference>(text).is_err(), "{text}");
        }
        assert_eq!(Reference::from_heap(br#"{"object":"/a"}"#, ReferenceKind::Region), None);
        let attribute = br#"{"attribute":{"path":"/a","name":"units"}}"#;
        assert_eq!(Reference::from_heap(attribute, ReferenceKind::Object), None);
    }
}
