//! Whole files: what is refused.

use serde_json::json;

use super::Rows;

pub(super) fn files() -> Rows {
    vec![
        (
            "create_file",
            vec![
                ("a file that is there", json!({"file": "a.h5"}), "already_exists"),
                ("a folder that is not there", json!({"file": "no/n.h5"}), "file_not_found"),
                ("a name beyond the folder", json!({"file": "../n.h5"}), "file_not_found"),
                ("a server for reading", json!({"file": "n.h5"}), "read_only"),
            ],
        ),
        ("file_info", vec![("an unknown file", json!({"file": "other.h5"}), "file_not_found")]),
        ("close_file", vec![("an unknown field", json!({"name": "a.h5"}), "invalid_request")]),
        (
            "delete_file",
            vec![("a server that lets nobody delete files", json!({"file": "a.h5"}), "read_only")],
        ),
    ]
}
