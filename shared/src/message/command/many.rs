//! Several commands in one request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{Command, Encoding, is_all};
use crate::message::request;
use crate::model::{Fields, ObjectPath, Selection};

/// Everything about several objects of one moment, each as `describe` has it.
///
/// What cannot be described is an error in its place, and the others are answered all the same.
///
/// Errors: `limit_exceeded` (more paths than `max_batch_commands`), `too_large` (the whole answer beyond
/// `max_json_values_bytes`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DescribeMany {
    pub paths: Vec<ObjectPath>,
}

/// Elements of several datasets; those that are small together are of the same moment.
///
/// What cannot be read is an error in its place, and the others are answered all the same.
///
/// Errors: `limit_exceeded` (more reads than `max_batch_commands`), `too_large` (in JSON).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadMany {
    pub reads: Vec<ReadItem>,
    #[serde(default)]
    pub encoding: Encoding,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadItem {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
    /// Of compounds, the members that are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
}

/// Commands of one file, one after the other and nothing in between: all of them are done, or none.
///
/// They are one commit, and their events follow one another. Changes may be mixed with questions that are answered
/// in JSON; an answer that is larger than one block is refused.
///
/// Errors: those of the first command that fails, with its `index`; `limit_exceeded` (more than
/// `max_batch_commands`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Batch {
    pub commands: Vec<BatchStep>,
}

/// A command in a batch.
#[derive(Clone, Debug, Serialize)]
pub struct BatchStep {
    #[serde(flatten)]
    pub command: Command,
    /// The command's values are the next so many bytes behind the header of the batch's binary message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl<'de> Deserialize<'de> for BatchStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = BTreeMap::<Cow<'de, str>, &'de RawValue>::deserialize(deserializer)?;
        let mut fields = fields.iter().map(|(name, value)| (&**name, *value)).collect();
        let bytes = request::envelope(&mut fields, "bytes").map_err(D::Error::custom)?;
        let command = request::command(fields).map_err(D::Error::custom)?;
        if !command.fits_in_a_batch() {
            let message = format!("{:?} cannot be part of a batch", command.name());
            return Err(D::Error::custom(message));
        }
        Ok(Self { command, bytes })
    }
}

impl Command {
    /// Whether the command is about one file and answered at once, in JSON.
    fn fits_in_a_batch(&self) -> bool {
        match self {
            Self::Batch(_) | Self::CreateFile(_) | Self::CloseFile(_) | Self::DeleteFile(_) => {
                false
            }
            Self::Copy(copy) if copy.from_file.is_some() => false,
            Self::List(_) | Self::Describe(_) | Self::Attributes(_) => true,
            Self::Read(_) | Self::Points(_) | Self::ReadAttribute(_) => {
                self.encoding() == Encoding::Json
            }
            command => command.is_change(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Request;

    fn batch(text: &str) -> Result<Batch, String> {
        let text = format!(r#"{{"command": "batch", "commands": [{text}]}}"#);
        let request = Request::parse(&text).map_err(|error| error.to_string())?;
        let back = serde_json::to_string(&request).unwrap();
        let Command::Batch(batch) = Request::parse(&back).unwrap().command else {
            panic!("{back}")
        };
        Ok(batch)
    }

    #[test]
    fn commands_of_a_batch_are_read_and_written_as_they_are_alone() {
        let batch = batch(
            r#"{"command": "create_group", "path": "g"}, {"command": "write", "path": "/x", "bytes": 8, "datatype": "<i4"},
               {"command": "write", "path": "/y", "data": [0.1, 18446744073709551615, null]}"#,
        )
        .unwrap();
        assert_eq!(
            batch.commands.iter().map(|step| step.bytes).collect::<Vec<_>>(),
            [None, Some(8), None]
        );
        let Command::Write(write) = &batch.commands[2].command else { panic!("{batch:?}") };
        assert_eq!(write.data.as_ref().unwrap().get(), "[0.1, 18446744073709551615, null]");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let ping = batch(r#"{"command": "flush"}"#).unwrap_err();
        assert!(
            ping.contains("commands[0]") && ping.contains("\"flush\" cannot be part"),
            "{ping}"
        );
        let nested = batch(r#"{"command": "batch", "commands": []}"#).unwrap_err();
        assert!(nested.contains("cannot be part"), "{nested}");
        let good = r#"{"command": "delete", "path": "/a"}"#;
        let field = batch(&format!(r#"{good}, {{"command": "delete", "pth": "/a"}}"#)).unwrap_err();
        assert!(field.contains("commands[1]") && field.contains("pth"), "{field}");
        let unknown = batch(&format!(r#"{good}, {{"command": "nope"}}"#)).unwrap_err();
        assert!(unknown.contains("\"nope\" is not a command"), "{unknown}");
        let binary =
            batch(r#"{"command": "read", "path": "/a", "encoding": "binary"}"#).unwrap_err();
        assert!(binary.contains("cannot be part"), "{binary}");
    }
}
