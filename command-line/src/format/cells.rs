//! Elements as text: JSON says how each datatype is written, a cell is that without the quotes of a string.

use std::borrow::Cow;

use hdf5_async_client::Values;
use hdf5_async_client::protocol::values::to_json;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::wording::printable_json;

/// The elements of a slab, each as JSON that does not steer a terminal.
#[derive(Debug)]
pub struct Elements {
    list: String,
}

impl Elements {
    /// # Errors
    /// When the payload is not what the datatype says.
    pub fn new(values: &Values) -> Result<Self, Failure> {
        let list = to_json(&values.payload, &values.datatype, &[values.n_elements()])?;
        Ok(Self { list: printable_json(&list).into_owned() })
    }

    /// # Errors
    /// Never for a list that this program made.
    pub fn texts(&self) -> Result<Vec<&RawValue>, Failure> {
        Ok(serde_json::from_str(&self.list)?)
    }
}

/// A value for people and for CSV: text without its quotes, everything else as it is in JSON.
pub fn plain(json: &str) -> Cow<'_, str> {
    if !json.starts_with('"') {
        return Cow::Borrowed(json);
    }
    match serde_json::from_str::<String>(json) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(json),
    }
}

/// The members of a compound element; the element itself where it is none.
pub(super) fn members(json: &str) -> Vec<&str> {
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(members) => members.into_iter().map(RawValue::get).collect(),
        Err(_) => vec![json],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_json_without_quotes() {
        assert_eq!(plain("1.5"), "1.5");
        assert_eq!(plain("\"a\\n\\\"b\\\"\""), "a\n\"b\"");
        assert_eq!(plain("\"NaN\""), "NaN");
        assert_eq!(plain("[1, \"a\"]"), "[1, \"a\"]");
        assert_eq!(members("[1,[2,3],\"a,b\"]"), ["1", "[2,3]", "\"a,b\""]);
        assert_eq!(members("5"), ["5"]);
    }
}
