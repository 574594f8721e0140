//! docs/protocol/schema.json: JSON Schema of every message, from the types that server and clients use.

use hdf5_async_client::protocol::message::{Command, ErrorReply, Event, RequestId, Terms};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema as _, Schema};
use serde_json::{Map, Value, json};

use super::is_current;

/// The document.
pub(super) fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let id = generator.subschema_for::<RequestId>().to_value();
    let terms = Terms::json_schema(&mut generator).to_value()["properties"].take();
    let commands = Command::schemas(&mut generator);
    let mut error = ErrorReply::json_schema(&mut generator).to_value();
    // A later server may have codes that this one has not.
    let code = error["properties"]["code"].take();
    error["properties"]["code"] = json!({"anyOf": [code, {"type": "string"}]});
    let event = Event::json_schema(&mut generator).to_value();
    let mut definitions: Map<String, Value> =
        generator.take_definitions(true).into_iter().collect();
    let (mut requests, mut replies) = (Vec::new(), Vec::new());
    for (name, fields, reply) in commands {
        requests.push(json!({"$ref": format!("#/$defs/request_{name}")}));
        replies.push(json!({"$ref": format!("#/$defs/reply_{name}")}));
        definitions.insert(format!("request_{name}"), request(name, fields, &id, &terms));
        definitions.insert(format!("reply_{name}"), success(reply, &id));
    }
    definitions.insert("request".to_owned(), json!({"oneOf": requests}));
    definitions.insert("reply".to_owned(), json!({"anyOf": replies}));
    definitions.insert("error".to_owned(), error);
    definitions.insert("event".to_owned(), event);
    let of = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The messages of HDF5 Async, protocol version 1",
        "description": "A client sends requests; a server sends replies, errors and events. A binary message begins with one of these as its header.",
        "anyOf": [of("request"), of("reply"), of("error"), of("event")],
        "$defs": definitions,
    })
}

/// The fields of a command in the envelope of a request.
fn request(name: &str, fields: Schema, id: &Value, terms: &Value) -> Value {
    let mut schema = fields.to_value();
    let file = json!({"type": ["string", "null"], "description": "May be left out where the server serves one file."});
    add(&mut schema, "command", json!({"const": name}), true);
    add(&mut schema, "id", json!({"anyOf": [id, {"type": "null"}]}), false);
    add(&mut schema, "file", file, false);
    for (name, term) in terms.as_object().unwrap() {
        // `hello` says it for all requests of its session.
        if schema["properties"].get(name).is_none() {
            add(&mut schema, name, term.clone(), false);
        }
    }
    schema
}

/// The fields of a reply in its envelope.
fn success(fields: Schema, id: &Value) -> Value {
    let mut schema = fields.to_value();
    let count = json!({"type": "integer", "minimum": 0});
    add(&mut schema, "status", json!({"const": "success"}), true);
    add(&mut schema, "id", id.clone(), false);
    add(&mut schema, "epoch", count.clone(), false);
    add(&mut schema, "seq", count, false);
    schema
}

fn add(schema: &mut Value, name: &str, property: Value, required: bool) {
    let fields = schema.as_object_mut().unwrap();
    let properties = fields.entry("properties").or_insert_with(|| json!({}));
    let taken = properties.as_object_mut().unwrap().insert(name.to_owned(), property);
    assert!(taken.is_none(), "a field of the envelope has the name of one of a command: {name}");
    if required {
        let required = fields.entry("required").or_insert_with(|| json!([]));
        required.as_array_mut().unwrap().push(json!(name));
    }
}

#[test]
fn the_json_schema_is_current() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    is_current("docs/protocol/schema.json", &text);
}
