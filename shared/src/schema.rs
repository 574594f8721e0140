//! JSON Schema of the types whose form serde's derives cannot tell.
//!
//! Behind the feature `schema`, which only the tests turn on: they write docs/protocol/schema.json from it, and a
//! server or a dashboard carries none of it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::message::Command;
use crate::message::command::BatchStep;
use crate::model::notation::Form;
use crate::model::{Coordinates, Datatype, Filter, Number, ObjectPath, Selection};

/// A type with a name, and the schema of its form on the wire.
macro_rules! written_by_hand {
    ($($type:ty, $name:literal, $generator:ident => $schema:expr;)+) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        })+
    };
}

written_by_hand! {
    ObjectPath, "ObjectPath", _generator => json_schema!({
        "description": "An absolute path; `a/b`, `/a//b/` and `/a/./b` all mean `/a/b`.",
        "type": "string",
        "minLength": 1,
        "maxLength": ObjectPath::MAX_BYTES,
        "pattern": "^[^\u{0}]*$",
        "examples": ["/", "/entry/data"],
    });
    Selection, "Selection", _generator => json_schema!({
        "description": "Elements as numpy selects them; empty is everything.",
        "type": "string",
        "examples": ["", "10:20, ::2, -1", "[0, 3, 7], ..."],
    });
    Coordinates, "Coordinates", _generator => json_schema!({
        "description": "Points, each a list with one index for each axis; negative ones count from the end.",
        "type": "array",
        "items": {"type": "array", "items": {"type": "integer"}},
    });
    Number, "Number", _generator => json_schema!({
        "description": "A number; NaN and the infinities have no form of their own in JSON.",
        "anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}],
    });
    Filter, "Filter", _generator => json_schema!({
        "description": "A filter by its name, or with its registered id and its client data values (H5Pset_filter).",
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "id": {"type": ["integer", "null"], "minimum": 0, "maximum": 65535},
                    "options": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32}},
                    "mandatory": {"type": "boolean"},
                },
                "required": ["name"],
                "additionalProperties": false,
            },
        ],
    });
    BatchStep, "BatchStep", _generator => json_schema!({
        "description": "A request without `id` and `file`, and with `bytes` where its values are in the batch's binary message.",
        "type": "object",
        "properties": {
            "command": {"enum": Command::NAMES},
            "bytes": {"type": ["integer", "null"], "minimum": 0},
        },
        "required": ["command"],
    });
    Datatype, "Datatype", generator => json_schema!({
        "description": "numpy's notation where it says everything, otherwise an object with `class`.",
        "anyOf": [
            {"type": "string", "examples": ["<f4", ">i2", "|S7", "|b1", "string"]},
            generator.subschema_for::<Form>(),
        ],
    });
}
