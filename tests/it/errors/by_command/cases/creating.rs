//! Making and deleting objects: what is refused.

use serde_json::{Value, json};

use super::Rows;

#[expect(clippy::too_many_lines, reason = "a table, a row for each mistake")]
pub(super) fn creating() -> Rows {
    let dataset = |more: Value| {
        let mut fields = json!({"path": "/n", "datatype": "<f8", "shape": [4]});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    vec![
        (
            "create_group",
            vec![
                ("a name that is taken", json!({"path": "/g"}), "already_exists"),
                ("a path through a dataset", json!({"path": "/d/below"}), "wrong_kind"),
                ("a server for reading", json!({"path": "/n"}), "read_only"),
            ],
        ),
        (
            "create_dataset",
            vec![
                ("a name that is taken", dataset(json!({"path": "/d"})), "already_exists"),
                ("no datatype", json!({"path": "/n"}), "invalid_request"),
                (
                    "a datatype that is none",
                    dataset(json!({"datatype": "floaty"})),
                    "invalid_request",
                ),
                ("chunks of another rank", dataset(json!({"chunks": [2, 2]})), "unsupported"),
                ("more values than elements", dataset(json!({"data": [1, 2]})), "shape_mismatch"),
                (
                    "values that are none of the datatype",
                    dataset(json!({"data": ["a", "b", "c", "d"]})),
                    "invalid_value",
                ),
                (
                    "an unknown filter",
                    dataset(json!({"chunks": [2], "filters": ["magic"]})),
                    "unsupported",
                ),
                ("a server for reading", dataset(json!({})), "read_only"),
            ],
        ),
        (
            "create_named_datatype",
            vec![
                (
                    "a name that is taken",
                    json!({"path": "/g", "datatype": "<f8"}),
                    "already_exists",
                ),
                ("no datatype", json!({"path": "/n"}), "invalid_request"),
                (
                    "a path through a dataset",
                    json!({"path": "/d/n", "datatype": "<f8"}),
                    "wrong_kind",
                ),
                ("a server for reading", json!({"path": "/n", "datatype": "<f8"}), "read_only"),
            ],
        ),
        (
            "delete",
            vec![
                ("no such link", json!({"path": "/nowhere"}), "not_found"),
                ("the root group", json!({"path": "/"}), "invalid_request"),
                ("a server for reading", json!({"path": "/d"}), "read_only"),
            ],
        ),
    ]
}
