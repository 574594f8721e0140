//! The session itself, files and events: what is refused.

use serde_json::json;

use super::Rows;

pub(super) fn session() -> Rows {
    vec![
        (
            "hello",
            vec![
                ("an unknown version", json!({"version": 99}), "unsupported"),
                ("a version that is no number", json!({"version": "one"}), "invalid_request"),
            ],
        ),
        ("ping", vec![("an unknown field", json!({"pong": 1}), "invalid_request")]),
        ("files", vec![("an unknown field", json!({"path": "/"}), "invalid_request")]),
        ("flush", vec![("an unknown file", json!({"file": "other.h5"}), "file_not_found")]),
        (
            "subscribe",
            vec![
                (
                    "no such object to show",
                    json!({"path": "/nowhere", "snapshot": true}),
                    "not_found",
                ),
                ("a position without `seq`", json!({"since": {"epoch": 1}}), "invalid_request"),
                ("an unknown file", json!({"file": "other.h5"}), "file_not_found"),
            ],
        ),
        (
            "unsubscribe",
            vec![
                ("no such subscription", json!({"subscription": 77}), "not_found"),
                ("no number", json!({}), "invalid_request"),
            ],
        ),
        ("cancel", vec![("no request", json!({}), "invalid_request")]),
    ]
}
