//! Reading elements and what is computed of them: what is refused.

use serde_json::json;

use super::Rows;

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
    ]
}
