//! Every golden message under `shared/wire` is read by the real types and comes back as it was.
//!
//! The Python tests read the same files, which is what keeps the two languages together. A file's `kind` says
//! how it is checked; docs/protocol.md takes its examples from them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hdf5_async_protocol::frame;
use hdf5_async_protocol::message::{
    Ask, Command, ErrorCode, ErrorReply, Event, Incoming, Reply, Request, answer, command,
};
use hdf5_async_protocol::model::{Datatype, Selection};
use hdf5_async_protocol::values;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A golden message that a client sends or receives. `canonical` is how the real types write `message`,
/// where that is not the same (defaults filled in, paths normalised).
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Golden {
    Request {
        command: String,
        message: Value,
        canonical: Option<Value>,
    },
    Reply {
        command: String,
        message: Value,
        canonical: Option<Value>,
    },
    Error {
        message: Value,
        canonical: Option<Value>,
    },
    Event {
        event: String,
        message: Value,
    },
    /// A request that is answered with an error; `text` where it is no JSON object.
    Refused {
        code: ErrorCode,
        /// A part of the sentence that the client reads.
        mentions: String,
        id: Option<Value>,
        message: Option<Value>,
        text: Option<String>,
    },
    Datatype {
        datatype: Value,
        /// Bytes of an element in a binary message, `null` where values do not travel yet.
        slot_bytes: Option<usize>,
        /// The dtype of a numpy array that holds such elements; for the Python tests.
        #[serde(rename = "numpy")]
        _numpy: Option<String>,
        /// Other ways to write the same datatype.
        written: Vec<Value>,
    },
    Values {
        datatype: Datatype,
        shape: Vec<u64>,
        data: Value,
        payload: String,
    },
    /// A binary message: `frame` in hexadecimal is the header `message` and the values `payload`.
    Frame {
        carries: String,
        command: Option<String>,
        message: Value,
        payload: String,
        frame: Vec<String>,
    },
    /// `shape` is the result's, `null` where the selection is refused.
    Selection {
        selection: String,
        dims: Vec<u64>,
        shape: Option<Vec<u64>>,
    },
}

fn golden_messages() -> BTreeMap<String, Golden> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire");
    let mut golden = BTreeMap::new();
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            path.extension().is_some_and(|extension| extension == "json"),
            "{name} is no golden message"
        );
        let text = std::fs::read_to_string(&path).unwrap();
        let message = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        golden.insert(name, message);
    }
    golden
}

#[test]
fn every_golden_message_comes_back_as_it_was() {
    for (name, golden) in golden_messages() {
        match golden {
            Golden::Request { command, message, canonical } => {
                check_request(&name, &command, &message, canonical.as_ref());
            }
            Golden::Reply { command, message, canonical } => {
                check_reply(&name, &command, &message, canonical.as_ref());
            }
            Golden::Error { message, canonical } => {
                check_error(&name, &message, canonical.as_ref());
            }
            Golden::Event { event, message } => check_event(&name, &event, &message),
            Golden::Refused { code, mentions, id, message, text } => {
                let text = text.unwrap_or_else(|| message.unwrap().to_string());
                let refused = Request::parse(&text).unwrap_err().to_reply();
                assert_eq!(refused.code, code, "{name}");
                assert_eq!(refused.id.map(to_value), id, "{name}");
                assert!(refused.message.contains(&mentions), "{name}: {}", refused.message);
            }
            Golden::Datatype { datatype, slot_bytes, written, .. } => {
                check_datatype(&name, &datatype, slot_bytes, &written);
            }
            Golden::Values { datatype, shape, data, payload } => {
                check_values(&name, &datatype, &shape, &data, &payload);
            }
            Golden::Frame { carries, command, message, payload, frame } => {
                check_frame(&name, &frame.join(" "), &message, &payload);
                let command = command.unwrap_or_default();
                match carries.as_str() {
                    "request" => check_request(&name, &command, &message, None),
                    "reply" => check_reply(&name, &command, &message, None),
                    "error" => check_error(&name, &message, None),
                    other => panic!("{name} carries {other}"),
                }
            }
            Golden::Selection { selection, dims, shape } => {
                let resolved = selection
                    .parse::<Selection>()
                    .and_then(|selection| selection.resolve(&dims))
                    .map(|resolved| resolved.shape());
                assert_eq!(resolved.ok(), shape, "{name}");
            }
        }
    }
}

fn to_value(message: impl Serialize) -> Value {
    // By way of text, as on the wire.
    serde_json::from_str(&serde_json::to_string(&message).unwrap()).unwrap()
}

fn check_request(name: &str, command: &str, message: &Value, canonical: Option<&Value>) {
    let request = Request::parse(&message.to_string())
        .unwrap_or_else(|unusable| panic!("{name}: {unusable}"));
    assert_eq!(request.command.name(), command, "{name}");
    assert_eq!(&to_value(&request), canonical.unwrap_or(message), "{name}");
}

fn check_reply(name: &str, command: &str, message: &Value, canonical: Option<&Value>) {
    /// Reads the body of a reply to a `C` and writes it again.
    fn again<C: Ask<Reply: Serialize>>(name: &str, message: &Value) -> Value {
        round_trip::<C::Reply>(name, message)
    }
    let back = match command {
        "hello" => again::<command::Hello>(name, message),
        "ping" => again::<command::Ping>(name, message),
        "files" => again::<command::Files>(name, message),
        "create_file" => again::<command::CreateFile>(name, message),
        "file_info" => again::<command::FileInfo>(name, message),
        "close_file" => again::<command::CloseFile>(name, message),
        "delete_file" => again::<command::DeleteFile>(name, message),
        "list" => again::<command::List>(name, message),
        "describe" => again::<command::Describe>(name, message),
        "describe_many" => again::<command::DescribeMany>(name, message),
        "walk" => again::<command::Walk>(name, message),
        "search" => again::<command::Search>(name, message),
        "read" => again::<command::Read>(name, message),
        "read_many" => again::<command::ReadMany>(name, message),
        "batch" => again::<command::Batch>(name, message),
        "query" => again::<command::Query>(name, message),
        "stats" => again::<command::Stats>(name, message),
        "sample" => again::<command::Sample>(name, message),
        "create_group" => again::<command::CreateGroup>(name, message),
        "create_dataset" => again::<command::CreateDataset>(name, message),
        "create_named_datatype" => again::<command::CreateNamedDatatype>(name, message),
        "write" => again::<command::Write>(name, message),
        "update" => again::<command::Update>(name, message),
        "append" => again::<command::Append>(name, message),
        "insert" => again::<command::Insert>(name, message),
        "resize" => again::<command::Resize>(name, message),
        "fill" => again::<command::Fill>(name, message),
        "points" => again::<command::Points>(name, message),
        "write_points" => again::<command::WritePoints>(name, message),
        "link" => again::<command::Link>(name, message),
        "move" => again::<command::Move>(name, message),
        "copy" => again::<command::Copy>(name, message),
        "delete" => again::<command::Delete>(name, message),
        "attributes" => again::<command::Attributes>(name, message),
        "read_attribute" => again::<command::ReadAttribute>(name, message),
        "write_attribute" => again::<command::WriteAttribute>(name, message),
        "rename_attribute" => again::<command::RenameAttribute>(name, message),
        "delete_attribute" => again::<command::DeleteAttribute>(name, message),
        "flush" => again::<command::Flush>(name, message),
        "subscribe" => again::<command::Subscribe>(name, message),
        "unsubscribe" => again::<command::Unsubscribe>(name, message),
        "cancel" => again::<command::Cancel>(name, message),
        other => panic!("{name}: {other:?} is not a command"),
    };
    assert_eq!(&back, canonical.unwrap_or(message), "{name}");
}

fn round_trip<T: DeserializeOwned + Serialize>(name: &str, message: &Value) -> Value {
    let Ok(Incoming::Success { id, body }) = Incoming::parse(&message.to_string()) else {
        panic!("{name} is not a success");
    };
    let position = |field: &str| body.get(field).map(|value| value.as_u64().unwrap());
    let (epoch, seq) = (position("epoch"), position("seq"));
    let durability =
        body.get("durability").map(|value| serde_json::from_value(value.clone()).unwrap());
    let file = body.get("file").and_then(Value::as_str).map(str::to_owned);
    let body: T = answer::typed(body).unwrap_or_else(|error| panic!("{name}: {error}"));
    to_value(Reply { id, file, epoch, seq, durability, body })
}

fn check_error(name: &str, message: &Value, canonical: Option<&Value>) {
    let Ok(Incoming::Error(error)) = Incoming::parse(&message.to_string()) else {
        panic!("{name} is not an error");
    };
    assert_eq!(&to_value(&error), canonical.unwrap_or(message), "{name}");
}

fn check_event(name: &str, event: &str, message: &Value) {
    assert_eq!(message["event"], event, "{name}");
    let incoming = Incoming::parse(&message.to_string());
    let Ok(Incoming::Event(event)) = incoming else { panic!("{name}: {incoming:?}") };
    let _: &Event = &event;
    assert_eq!(&to_value(&event), message, "{name}");
}

fn check_datatype(name: &str, value: &Value, slot_bytes: Option<usize>, written: &[Value]) {
    let datatype: Datatype = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(datatype.wire_size(), slot_bytes, "{name}");
    assert_eq!(&to_value(&datatype), value, "{name}");
    for other in written {
        let other: Datatype = serde_json::from_value(other.clone()).unwrap();
        assert_eq!(other, datatype, "{name}");
    }
}

fn check_values(name: &str, datatype: &Datatype, shape: &[u64], data: &Value, payload: &str) {
    let payload = bytes(payload);
    values::check(&payload, datatype, values::n_elements(shape).unwrap()).unwrap();
    let text = values::to_json(&payload, datatype, shape).unwrap();
    assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), data, "{name}");
    let back = values::parse(&data.to_string(), datatype, shape);
    assert_eq!(back, Ok(payload), "{name}");
}

fn check_frame(name: &str, hexadecimal: &str, message: &Value, payload: &str) {
    let whole = bytes(hexadecimal);
    let (header, values) = frame::decode(&whole).unwrap();
    assert_eq!(&serde_json::from_str::<Value>(header).unwrap(), message, "{name}");
    assert_eq!(values, bytes(payload), "{name}");
    assert_eq!(frame::encode(header, values), whole, "{name}");
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<char> = hexadecimal.chars().filter(|digit| *digit != ' ').collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

#[test]
fn no_command_lacks_a_request_and_a_reply() {
    let (mut requests, mut replies) = (BTreeSet::new(), BTreeSet::new());
    for golden in golden_messages().into_values() {
        match golden {
            Golden::Request { command, .. } => requests.insert(command),
            Golden::Reply { command, .. } => replies.insert(command),
            _ => false,
        };
    }
    let commands: BTreeSet<String> = Command::NAMES.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(requests, commands);
    assert_eq!(replies, commands);
}

#[test]
fn no_error_code_lacks_its_message() {
    let golden = golden_messages();
    let shown: BTreeSet<String> = golden
        .values()
        .filter_map(|golden| match golden {
            Golden::Error { message, canonical } => {
                let message = canonical.as_ref().unwrap_or(message);
                message["code"].as_str().map(str::to_owned)
            }
            _ => None,
        })
        .collect();
    for code in ALL_CODES {
        let code = to_value(ErrorReply::new(code, ""))["code"].as_str().unwrap().to_owned();
        assert!(shown.contains(&code), "no golden message has the code {code}");
    }
    assert_eq!(shown.len(), ALL_CODES.len());
}

const ALL_CODES: [ErrorCode; 36] = [
    ErrorCode::InvalidMessage,
    ErrorCode::UnknownCommand,
    ErrorCode::InvalidRequest,
    ErrorCode::Unauthorized,
    ErrorCode::ReadOnly,
    ErrorCode::FileNotFound,
    ErrorCode::FileUnreadable,
    ErrorCode::FileLocked,
    ErrorCode::LogUnusable,
    ErrorCode::FileQuarantined,
    ErrorCode::FileChanged,
    ErrorCode::NotFound,
    ErrorCode::AlreadyExists,
    ErrorCode::WrongKind,
    ErrorCode::InvalidSelection,
    ErrorCode::InvalidDatatype,
    ErrorCode::InvalidQuery,
    ErrorCode::Conflict,
    ErrorCode::InvalidValue,
    ErrorCode::ShapeMismatch,
    ErrorCode::UnsupportedDatatype,
    ErrorCode::ExternalLink,
    ErrorCode::Unsupported,
    ErrorCode::TooLarge,
    ErrorCode::MessageTooLarge,
    ErrorCode::LimitExceeded,
    ErrorCode::Busy,
    ErrorCode::Cancelled,
    ErrorCode::WorkerLost,
    ErrorCode::DataDamaged,
    ErrorCode::StorageFailed,
    ErrorCode::StorageFull,
    ErrorCode::Hdf5,
    ErrorCode::ShuttingDown,
    ErrorCode::Internal,
    ErrorCode::Unknown,
];

#[test]
fn no_event_lacks_its_message() {
    let shown: BTreeSet<String> = golden_messages()
        .into_values()
        .filter_map(|golden| match golden {
            Golden::Event { event, .. } => Some(event),
            _ => None,
        })
        .collect();
    // serde names the variants it expected; the list is the type's own.
    let nonsense = r#"{"file":"f","epoch":1,"seq":1,"time":0.0,"event":"nonsense"}"#;
    let message = serde_json::from_str::<Event>(nonsense).unwrap_err().to_string();
    let known: BTreeSet<String> =
        message.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(shown, known, "{message}");
}
