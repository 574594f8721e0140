//! Looking at groups and objects: what is refused.

use serde_json::json;

use super::{Rows, long_path};

pub(super) fn looking() -> Rows {
    vec![
        (
            "list",
            vec![
                ("no such group", json!({"path": "/nowhere"}), "not_found"),
                ("a link that leads nowhere", json!({"path": "/soft"}), "not_found"),
                ("a dataset", json!({"path": "/d"}), "wrong_kind"),
                ("a negative offset", json!({"offset": -1}), "invalid_request"),
                ("an unknown order", json!({"order": "size"}), "invalid_request"),
                ("an unknown file", json!({"file": "other.h5"}), "file_not_found"),
            ],
        ),
        (
            "describe",
            vec![
                ("no such object", json!({"path": "/nowhere"}), "not_found"),
                ("a path through a dataset", json!({"path": "/d/below"}), "wrong_kind"),
                ("a path that is too long", json!({"path": long_path()}), "invalid_request"),
            ],
        ),
        (
            "walk",
            vec![
                ("no such group", json!({"path": "/nowhere"}), "not_found"),
                ("a cursor that is not kept", json!({"cursor": 99}), "not_found"),
                ("a dataset", json!({"path": "/d"}), "wrong_kind"),
                ("a negative depth", json!({"depth": -1}), "invalid_request"),
            ],
        ),
        (
            "search",
            vec![
                ("no such group", json!({"path": "/nowhere"}), "not_found"),
                ("a dataset", json!({"path": "/d"}), "wrong_kind"),
                ("a set that is not closed", json!({"pattern": "[a"}), "invalid_request"),
                ("an unknown kind", json!({"kind": "link"}), "invalid_request"),
            ],
        ),
    ]
}
