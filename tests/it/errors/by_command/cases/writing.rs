//! Writing elements: what is refused.

use serde_json::json;

use super::Rows;

#[expect(clippy::too_many_lines, reason = "a table, a row for each mistake")]
pub(super) fn writing() -> Rows {
    vec![
        (
            "write",
            vec![
                (
                    "a part of no dataset",
                    json!({"path": "/nowhere", "selection": "0", "data": 1}),
                    "not_found",
                ),
                ("a group", json!({"path": "/g", "data": [1]}), "wrong_kind"),
                ("no values", json!({"path": "/d"}), "invalid_request"),
                (
                    "an index outside",
                    json!({"path": "/d", "selection": "7", "data": 1}),
                    "invalid_selection",
                ),
                (
                    "values that do not fit the selection",
                    json!({"path": "/d", "selection": "0", "data": [1, 2]}),
                    "shape_mismatch",
                ),
                (
                    "text among numbers",
                    json!({"path": "/d", "selection": "0", "data": "text"}),
                    "invalid_value",
                ),
                ("a server for reading", json!({"path": "/d", "data": [1]}), "read_only"),
            ],
        ),
        (
            "update",
            vec![
                ("no such dataset", json!({"path": "/nowhere", "data": [1]}), "not_found"),
                ("a group", json!({"path": "/g", "data": [1]}), "wrong_kind"),
                (
                    "an index outside",
                    json!({"path": "/d", "selection": "7", "data": 1}),
                    "invalid_selection",
                ),
                (
                    "values that do not fit the selection",
                    json!({"path": "/d", "selection": "0", "data": [1, 2]}),
                    "shape_mismatch",
                ),
                (
                    "a number that is too large",
                    json!({"path": "/d", "selection": "0, 0", "data": 1_u64 << 40}),
                    "invalid_value",
                ),
                ("a server for reading", json!({"path": "/d", "data": [1]}), "read_only"),
            ],
        ),
        (
            "append",
            vec![
                ("a group", json!({"path": "/g", "data": [1]}), "wrong_kind"),
                (
                    "a dataset that cannot grow",
                    json!({"path": "/d", "data": [[1, 2, 3, 4]]}),
                    "shape_mismatch",
                ),
                (
                    "rows of another length",
                    json!({"path": "/grow", "data": [[1, 2]]}),
                    "shape_mismatch",
                ),
                ("text among numbers", json!({"path": "/grow", "data": ["text"]}), "invalid_value"),
                ("a server for reading", json!({"path": "/grow", "data": [1]}), "read_only"),
            ],
        ),
        (
            "insert",
            vec![
                (
                    "no such dataset",
                    json!({"path": "/nowhere", "index": 5, "data": [1]}),
                    "not_found",
                ),
                ("a group", json!({"path": "/g", "index": 0, "data": [1]}), "wrong_kind"),
                (
                    "an index outside",
                    json!({"path": "/grow", "index": 9, "data": [1]}),
                    "invalid_selection",
                ),
                (
                    "a dataset that cannot grow",
                    json!({"path": "/d", "index": 0, "data": [[1, 2, 3, 4]]}),
                    "shape_mismatch",
                ),
                (
                    "text among numbers",
                    json!({"path": "/grow", "index": 0, "data": ["text"]}),
                    "invalid_value",
                ),
                (
                    "a server for reading",
                    json!({"path": "/grow", "index": 0, "data": [1]}),
                    "read_only",
                ),
            ],
        ),
    ]
}
