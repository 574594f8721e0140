//! docs/protocol/asyncapi.json: the same messages for tools that read `AsyncAPI` 3.

use hdf5_async_client::protocol::message::Command;
use hdf5_async_client::protocol::{PROTOCOL_VERSION, SUBPROTOCOL};
use serde_json::{Map, Value, json};

use super::schema::schema;
use super::{golden, is_current};

/// The document: one channel, an operation for each command, and one for events.
fn document() -> Value {
    let schema = schema();
    let mut messages = Map::new();
    let mut operations = Map::new();
    for name in Command::NAMES {
        let summary = summary(&schema["$defs"][format!("request_{name}")]);
        for kind in ["request", "reply"] {
            messages.insert(format!("{kind}_{name}"), message(kind, Some(name)));
        }
        operations.insert((*name).to_owned(), operation(name, &summary));
    }
    messages.insert("error".to_owned(), message("error", None));
    messages.insert("event".to_owned(), message("event", None));
    let events = json!({
        "action": "send",
        "channel": {"$ref": "#/channels/socket"},
        "summary": "Changes, to whoever subscribed.",
        "messages": [{"$ref": "#/channels/socket/messages/event"}],
    });
    operations.insert("events".to_owned(), events);
    let of_channel: Map<String, Value> = messages
        .keys()
        .map(|name| (name.clone(), json!({"$ref": format!("#/components/messages/{name}")})))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "HDF5 Async",
            "version": format!("{PROTOCOL_VERSION}.0.0"),
            "description": "HDF5 files over WebSocket: requests with replies, and every change as an event. docs/protocol.md explains it.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8590",
                "protocol": "ws",
                "description": "Where the server listens unless it is told otherwise.",
                "security": [{"$ref": "#/components/securitySchemes/token"}],
            },
        },
        "channels": {
            "socket": {
                "address": "/ws",
                "description": format!("One WebSocket, subprotocol {SUBPROTOCOL}; text frames are JSON, binary frames carry values behind a JSON header."),
                "messages": of_channel,
            },
        },
        "operations": operations,
        "components": {
            "messages": messages,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

/// The first sentence of what a command's type says of itself.
fn summary(request: &Value) -> String {
    let description = request["description"].as_str().unwrap_or_default();
    description.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

fn operation(name: &str, summary: &str) -> Value {
    let socket = |message: &str| json!({"$ref": format!("#/channels/socket/messages/{message}")});
    json!({
        "action": "receive",
        "channel": {"$ref": "#/channels/socket"},
        "summary": summary,
        "messages": [socket(&format!("request_{name}"))],
        "reply": {
            "channel": {"$ref": "#/channels/socket"},
            "messages": [socket(&format!("reply_{name}")), socket("error")],
        },
    })
}

/// A message with the golden ones of its kind as examples.
fn message(kind: &str, command: Option<&str>) -> Value {
    let examples: Vec<Value> = golden()
        .into_iter()
        .filter(|(_, golden)| golden["kind"] == kind)
        .filter(|(_, golden)| command.is_none_or(|command| golden["command"] == command))
        .map(|(name, golden)| json!({"name": name, "payload": golden["message"]}))
        .collect();
    let definition = command.map_or_else(|| kind.to_owned(), |command| format!("{kind}_{command}"));
    json!({
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": format!("schema.json#/$defs/{definition}")},
        },
        "examples": examples,
    })
}

#[test]
fn the_asyncapi_document_is_current() {
    let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    is_current("docs/protocol/asyncapi.json", &text);
}

#[test]
fn every_message_has_an_example_and_a_schema() {
    let (document, schema) = (document(), schema());
    for (name, message) in document["components"]["messages"].as_object().unwrap() {
        assert!(!message["examples"].as_array().unwrap().is_empty(), "{name} has no example");
        let reference = message["payload"]["schema"]["$ref"].as_str().unwrap();
        let definition = reference.strip_prefix("schema.json#/$defs/").unwrap();
        assert!(schema["$defs"][definition].is_object(), "{name} refers to {reference}");
    }
}
