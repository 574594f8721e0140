//! Attributes: what is refused.

use serde_json::json;

use super::Rows;

#[expect(clippy::too_many_lines, reason = "a table, a row for each mistake")]
pub(super) fn attributes() -> Rows {
    vec![
        ("attributes", vec![("no such object", json!({"path": "/nowhere"}), "not_found")]),
        (
            "read_attribute",
            vec![
                ("no such object", json!({"path": "/nowhere", "name": "units"}), "not_found"),
                ("no such attribute", json!({"path": "/d", "name": "nothing"}), "not_found"),
                ("no name", json!({"path": "/d"}), "invalid_request"),
            ],
        ),
        (
            "write_attribute",
            vec![
                (
                    "no such object",
                    json!({"path": "/nowhere", "name": "a", "data": 1}),
                    "not_found",
                ),
                ("no value", json!({"path": "/d", "name": "a"}), "invalid_request"),
                (
                    "values that do not fit the shape",
                    json!({"path": "/d", "name": "a", "shape": [3], "data": [1, 2]}),
                    "shape_mismatch",
                ),
                (
                    "text where numbers are said to be",
                    json!({"path": "/d", "name": "a", "datatype": "<f8", "data": "text"}),
                    "invalid_value",
                ),
                (
                    "a server for reading",
                    json!({"path": "/d", "name": "a", "data": 1}),
                    "read_only",
                ),
            ],
        ),
        (
            "rename_attribute",
            vec![
                (
                    "no such attribute",
                    json!({"path": "/d", "name": "nothing", "to": "n"}),
                    "not_found",
                ),
                (
                    "a name that is taken",
                    json!({"path": "/d", "name": "units", "to": "other"}),
                    "already_exists",
                ),
                (
                    "a server for reading",
                    json!({"path": "/d", "name": "units", "to": "n"}),
                    "read_only",
                ),
            ],
        ),
        (
            "delete_attribute",
            vec![
                ("no such attribute", json!({"path": "/d", "name": "nothing"}), "not_found"),
                ("a server for reading", json!({"path": "/d", "name": "units"}), "read_only"),
            ],
        ),
    ]
}
