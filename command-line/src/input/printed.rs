//! What `read --json` printed, on its way back: values with their own shape and datatype.

use std::path::Path;

use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::Datatype;
use hdf5_async_client::protocol::values::parse;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{Array, Source};
use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Printed {
    #[serde(rename = "path")]
    _path: IgnoredAny,
    shape: Option<Vec<u64>>,
    datatype: Datatype,
    data: Box<RawValue>,
}

/// The values of such a document; `None` where it is another.
///
/// # Errors
/// When the values are not of the datatype and shape that stand beside them.
pub(super) fn source(document: &RawValue, origin: &Path) -> Result<Option<Source>, Failure> {
    if !document.get().starts_with('{') {
        return Ok(None);
    }
    let Ok(printed) = serde_json::from_str::<Printed>(document.get()) else { return Ok(None) };
    let Printed { shape, datatype, data, .. } = printed;
    let Some(shape) = shape else { return Ok(Some(Source::Null(datatype))) };
    let payload = if shape.contains(&0) {
        Vec::new()
    } else {
        parse(data.get(), &datatype, &shape).map_err(|error| Failure::Input {
            origin: origin.display().to_string(),
            reason: error.to_string(),
        })?
    };
    Ok(Some(if datatype.has_heap() {
        Source::Values(Values { datatype, shape: Some(shape), payload })
    } else {
        Source::Array(Array::of(datatype, shape, payload))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source_of(text: &str) -> Result<Option<Source>, Failure> {
        source(&RawValue::from_string(text.to_owned()).unwrap(), Path::new("x.json"))
    }

    #[test]
    fn what_was_printed_is_known_again() {
        let text = r#"{"path":"/a","shape":[2],"datatype":"<i2","data":[1,2]}"#;
        let Some(Source::Array(array)) = source_of(text).unwrap() else { panic!() };
        assert_eq!((array.shape(), array.bytes().unwrap()), (&[2][..], 4));
        let text = r#"{"path":"/a","shape":null,"datatype":"<i2","data":null}"#;
        assert!(matches!(source_of(text), Ok(Some(Source::Null(_)))));
        let text =
            r#"{"path":"/a","shape":[1],"datatype":{"class":"vlen","base":"<i2"},"data":[[1,2]]}"#;
        assert!(matches!(source_of(text), Ok(Some(Source::Values(_)))));
        for other in
            ["[1, 2]", r#"{"a": 1}"#, r#"{"path": 1, "shape": [1], "datatype": 2, "data": 3}"#]
        {
            assert!(matches!(source_of(other), Ok(None)), "{other}");
        }
        let wrong = r#"{"path":"/a","shape":[2],"datatype":"<i2","data":["x",2]}"#;
        assert!(matches!(source_of(wrong), Err(Failure::Input { .. })));
    }
}
