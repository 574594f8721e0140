//! Single elements, dims and fill values: what is refused.

use serde_json::json;

use super::Rows;

#[expect(clippy::too_many_lines, reason = "a table, a row for each mistake")]
pub(super) fn elements() -> Rows {
    vec![
        (
            "resize",
            vec![
                ("no such dataset", json!({"path": "/nowhere", "shape": [1]}), "not_found"),
                ("a group", json!({"path": "/g", "shape": [1]}), "wrong_kind"),
                (
                    "a dataset that cannot grow",
                    json!({"path": "/d", "shape": [4, 4]}),
                    "shape_mismatch",
                ),
                ("another rank", json!({"path": "/grow", "shape": [1, 1]}), "shape_mismatch"),
                ("a server for reading", json!({"path": "/grow", "shape": [1]}), "read_only"),
            ],
        ),
        (
            "fill",
            vec![
                ("no such dataset", json!({"path": "/nowhere", "data": 1}), "not_found"),
                ("a group", json!({"path": "/g", "data": 1}), "wrong_kind"),
                (
                    "an index outside",
                    json!({"path": "/d", "selection": "7", "data": 1}),
                    "invalid_selection",
                ),
                ("more than one value", json!({"path": "/d", "data": [1, 2]}), "shape_mismatch"),
                ("text among numbers", json!({"path": "/d", "data": "text"}), "invalid_value"),
                ("a server for reading", json!({"path": "/d", "data": 1}), "read_only"),
            ],
        ),
        (
            "points",
            vec![
                ("no such dataset", json!({"path": "/nowhere", "points": [[0]]}), "not_found"),
                ("a group", json!({"path": "/g", "points": [[0]]}), "wrong_kind"),
                ("a point outside", json!({"path": "/d", "points": [[0, 9]]}), "invalid_selection"),
                (
                    "points of another rank",
                    json!({"path": "/d", "points": [[0]]}),
                    "invalid_selection",
                ),
                (
                    "points of two ranks",
                    json!({"path": "/d", "points": [[0, 0], [0]]}),
                    "invalid_request",
                ),
            ],
        ),
        (
            "write_points",
            vec![
                (
                    "no such dataset",
                    json!({"path": "/nowhere", "points": [[0]], "data": 1}),
                    "not_found",
                ),
                ("a group", json!({"path": "/g", "points": [[0]], "data": 1}), "wrong_kind"),
                (
                    "a point outside",
                    json!({"path": "/d", "points": [[0, 9]], "data": 1}),
                    "invalid_selection",
                ),
                (
                    "another number of values",
                    json!({"path": "/d", "points": [[0, 0], [1, 1]], "data": [1, 2, 3]}),
                    "shape_mismatch",
                ),
                (
                    "text among numbers",
                    json!({"path": "/d", "points": [[0, 0]], "data": ["text"]}),
                    "invalid_value",
                ),
                (
                    "a server for reading",
                    json!({"path": "/d", "points": [[0, 0]], "data": 1}),
                    "read_only",
                ),
            ],
        ),
    ]
}
