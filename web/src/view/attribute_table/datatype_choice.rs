//! The datatypes that a person can choose for new values.

use leptos::prelude::*;

/// What the protocol calls a datatype, and what it is.
pub const DATATYPES: &[(&str, &str)] = &[
    ("float64", "float64"),
    ("float32", "float32"),
    ("float16", "float16"),
    ("int64", "int64"),
    ("int32", "int32"),
    ("int16", "int16"),
    ("int8", "int8"),
    ("uint64", "uint64"),
    ("uint32", "uint32"),
    ("uint16", "uint16"),
    ("uint8", "uint8"),
    ("bool", "bool"),
    ("string", "string, any length"),
];

/// The options of a `<select>`.
#[component]
pub fn DatatypeOptions() -> impl IntoView {
    DATATYPES
        .iter()
        .map(|(value, label)| view! { <option value=*value>{*label}</option> })
        .collect_view()
}
