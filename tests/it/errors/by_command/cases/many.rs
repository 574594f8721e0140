//! Many commands or reads in one request: what is refused.

use serde_json::json;

use super::{Rows, long_path};

/// More than any server takes in one request.
const TOO_MANY: usize = 20_000;

pub(super) fn many() -> Rows {
    let delete = json!({"command": "delete", "path": "/nowhere"});
    vec![
        (
            "read_many",
            vec![
                ("no reads", json!({}), "invalid_request"),
                (
                    "too many reads",
                    json!({"reads": vec![json!({"path": "/d"}); TOO_MANY]}),
                    "limit_exceeded",
                ),
            ],
        ),
        (
            "describe_many",
            vec![
                ("no paths", json!({}), "invalid_request"),
                (
                    "a path that is too long",
                    json!({"paths": ["/d", long_path()]}),
                    "invalid_request",
                ),
                ("too many paths", json!({"paths": vec!["/d"; TOO_MANY]}), "limit_exceeded"),
            ],
        ),
        (
            "batch",
            vec![
                ("a command that fails", json!({"commands": [delete]}), "not_found"),
                (
                    "a command that has no place there",
                    json!({"commands": [{"command": "flush"}]}),
                    "invalid_request",
                ),
                (
                    "too many commands",
                    json!({"commands": vec![delete.clone(); TOO_MANY]}),
                    "limit_exceeded",
                ),
                ("a server for reading", json!({"commands": [delete]}), "read_only"),
            ],
        ),
    ]
}
