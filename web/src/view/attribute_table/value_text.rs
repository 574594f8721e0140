//! An attribute's value as a person reads and types it: text without quotes, everything else as JSON.

use hdf5_async_protocol::model::Datatype;

/// What is shown of a value that came as JSON.
pub(super) fn shown(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

/// What kind of value a text is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One text: taken as it is typed.
    OneText,
    /// Texts in lists, or one.
    Texts,
    /// Numbers and truth values.
    NoText,
    /// Whatever the text says.
    Any,
}

impl Target {
    /// Of a datatype that was chosen for a new value.
    pub(super) fn of_new(datatype: Option<&Datatype>) -> Self {
        match datatype {
            None => Self::Any,
            Some(Datatype::String { .. }) => Self::Texts,
            Some(_) => Self::NoText,
        }
    }

    /// Of an attribute that is there.
    pub(super) fn of_known(datatype: &Datatype, shape: Option<&[u64]>) -> Self {
        match (datatype, shape) {
            (Datatype::String { .. }, Some([])) => Self::OneText,
            (Datatype::String { .. }, _) => Self::Texts,
            _ => Self::NoText,
        }
    }
}

/// The JSON that a typed text stands for.
///
/// # Errors
/// Says what is wrong with the text, for the person who typed it.
pub(super) fn to_json(typed: &str, target: &Target) -> Result<String, String> {
    let quoted = || serde_json::Value::from(typed).to_string();
    let trimmed = typed.trim();
    let parsed = serde_json::from_str::<serde_json::Value>(trimmed);
    match target {
        Target::OneText => Ok(quoted()),
        Target::Texts => match parsed {
            Ok(serde_json::Value::String(_) | serde_json::Value::Array(_)) => {
                Ok(trimmed.to_owned())
            }
            _ => Ok(quoted()),
        },
        Target::Any => Ok(if parsed.is_ok() { trimmed.to_owned() } else { quoted() }),
        Target::NoText => match (parsed, not_finite(trimmed)) {
            (_, Some(json)) => Ok(json),
            (Ok(_), None) => Ok(trimmed.to_owned()),
            (Err(_), None) if trimmed.is_empty() => Err("Type a value.".to_owned()),
            (Err(error), None) => {
                Err(format!("This is not JSON, such as 1.5 or [1, 2, 3]: {error}."))
            }
        },
    }
}

/// NaN and the infinities have no number in JSON; the protocol writes them as text.
fn not_finite(text: &str) -> Option<String> {
    let name = match text.to_lowercase().as_str() {
        "nan" => "NaN",
        "inf" | "+inf" | "infinity" | "+infinity" => "Infinity",
        "-inf" | "-infinity" => "-Infinity",
        _ => return None,
    };
    Some(format!("\"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_needs_no_quotes() {
        assert_eq!(to_json("42", &Target::OneText).unwrap(), "\"42\"");
        assert_eq!(to_json("say \"hi\"", &Target::OneText).unwrap(), r#""say \"hi\"""#);
        assert_eq!(to_json("keV", &Target::Texts).unwrap(), "\"keV\"");
        assert_eq!(to_json(r#"["a", "b"]"#, &Target::Texts).unwrap(), r#"["a", "b"]"#);
        assert_eq!(shown("\"keV\""), "keV");
    }

    #[test]
    fn a_new_value_is_what_it_looks_like() {
        assert_eq!(to_json(" 42 ", &Target::Any).unwrap(), "42");
        assert_eq!(to_json("keV", &Target::Any).unwrap(), "\"keV\"");
        assert_eq!(to_json("18446744073709551615", &Target::Any).unwrap(), "18446744073709551615");
    }

    #[test]
    fn numbers_are_checked_before_they_are_sent() {
        assert!(to_json("keV", &Target::NoText).unwrap_err().contains("not JSON"));
        assert_eq!(to_json("", &Target::NoText).unwrap_err(), "Type a value.");
        assert_eq!(to_json("nan", &Target::NoText).unwrap(), "\"NaN\"");
        assert_eq!(to_json("[1, 2]", &Target::NoText).unwrap(), "[1, 2]");
    }

    #[test]
    fn the_target_follows_the_attribute() {
        let text = Datatype::variable_string();
        assert_eq!(Target::of_known(&text, Some(&[])), Target::OneText);
        assert_eq!(Target::of_known(&text, Some(&[3])), Target::Texts);
        assert_eq!(Target::of_known(&"<f8".parse().unwrap(), None), Target::NoText);
        assert_eq!(Target::of_new(None), Target::Any);
    }
}
