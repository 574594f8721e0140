//! Reading elements and what is computed of them: what is refused.

use serde_json::json;

use super::Rows;

#[expect(clippy::too_many_lines, reason = "a table, a row for each mistake")]
pub(super) fn reading() -> Rows {
    vec![
        (
            "read",
            vec![
                ("no such dataset", json!({"path": "/nowhere"}), "not_found"),
                ("a group", json!({"path": "/g"}), "wrong_kind"),
                ("a named datatype", json!({"path": "/t"}), "wrong_kind"),
                ("an index outside", json!({"path": "/d", "selection": "7"}), "invalid_selection"),
                (
                    "too many axes",
                    json!({"path": "/d", "selection": "0, 0, 0"}),
                    "invalid_selection",
                ),
                (
                    "no selection at all",
                    json!({"path": "/d", "selection": "one"}),
                    "invalid_request",
                ),
                ("no path", json!({}), "invalid_request"),
                ("more than fits into JSON", json!({"path": "/huge"}), "too_large"),
            ],
        ),
        (
            "stats",
            vec![
                ("no such dataset", json!({"path": "/nowhere"}), "not_found"),
                ("a group", json!({"path": "/g"}), "wrong_kind"),
                ("an index outside", json!({"path": "/d", "selection": "7"}), "invalid_selection"),
                ("text", json!({"path": "/s"}), "unsupported_datatype"),
            ],
        ),
        (
            "sample",
            vec![
                ("no such dataset", json!({"path": "/nowhere", "size": [2]}), "not_found"),
                ("a group", json!({"path": "/g", "size": [2]}), "wrong_kind"),
                ("another number of axes", json!({"path": "/d", "size": [2]}), "invalid_request"),
                (
                    "an index outside",
                    json!({"path": "/d", "selection": "7", "size": [2]}),
                    "invalid_selection",
                ),
                (
                    "the mean of text",
                    json!({"path": "/s", "size": [], "method": "mean"}),
                    "unsupported_datatype",
                ),
            ],
        ),
        (
            "query",
            vec![
                ("no such dataset", json!({"path": "/nowhere", "where": "a > 1"}), "not_found"),
                ("a group", json!({"path": "/g", "where": "a > 1"}), "wrong_kind"),
                (
                    "more than one axis",
                    json!({"path": "/d", "where": "value > 1"}),
                    "shape_mismatch",
                ),
                (
                    "a predicate that breaks off",
                    json!({"path": "/records", "where": "a >"}),
                    "invalid_query",
                ),
                (
                    "a member that is not there",
                    json!({"path": "/records", "where": "z > 1"}),
                    "invalid_query",
                ),
                (
                    "fields that are not there",
                    json!({"path": "/records", "where": "a > 1", "fields": ["z"]}),
                    "invalid_selection",
                ),
                (
                    "more rows than are looked at",
                    json!({"path": "/huge", "where": "value > 1"}),
                    "too_large",
                ),
                ("no predicate", json!({"path": "/records"}), "invalid_request"),
            ],
        ),
    ]
}
