//! Links, moves and copies: what is refused.

use serde_json::json;

use super::Rows;

pub(super) fn links() -> Rows {
    vec![
        (
            "link",
            vec![
                (
                    "a target that is not there",
                    json!({"path": "/n", "target": "/nowhere"}),
                    "not_found",
                ),
                ("a name that is taken", json!({"path": "/d", "target": "/g"}), "already_exists"),
                ("a path through a dataset", json!({"path": "/d/n", "target": "/g"}), "wrong_kind"),
                (
                    "an external link without a file",
                    json!({"path": "/n", "kind": "external", "target": "/x"}),
                    "invalid_request",
                ),
                ("a server for reading", json!({"path": "/n", "target": "/d"}), "read_only"),
            ],
        ),
        (
            "move",
            vec![
                ("no such link", json!({"path": "/nowhere", "to": "/n"}), "not_found"),
                ("a name that is taken", json!({"path": "/d", "to": "/g"}), "already_exists"),
                ("the root group", json!({"path": "/", "to": "/n"}), "invalid_request"),
                ("a group into itself", json!({"path": "/g", "to": "/g/n"}), "invalid_request"),
                ("a server for reading", json!({"path": "/d", "to": "/n"}), "read_only"),
            ],
        ),
        (
            "copy",
            vec![
                ("no such object", json!({"path": "/nowhere", "to": "/n"}), "not_found"),
                ("a name that is taken", json!({"path": "/d", "to": "/g"}), "already_exists"),
                ("a path through a dataset", json!({"path": "/g", "to": "/d/n"}), "wrong_kind"),
                ("a server for reading", json!({"path": "/d", "to": "/n"}), "read_only"),
            ],
        ),
    ]
}
