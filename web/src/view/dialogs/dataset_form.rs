//! What is typed into the dialogs for new objects, and what it means.

use hdf5_async_protocol::model::{Charset, Datatype, Filter, ObjectPath, Padding};

use crate::actions::NewDataset;
use crate::state::Tree;

/// The path of a new object called `name` in `group`.
///
/// # Errors
/// Says why there cannot be one.
pub(super) fn new_path(tree: &Tree, group: &ObjectPath, name: &str) -> Result<ObjectPath, String> {
    if name.trim().is_empty() {
        return Err("A name is needed.".to_owned());
    }
    let path = ObjectPath::new(&format!("{group}/{name}")).map_err(|error| sentence(&error))?;
    if path == *group {
        return Err("A name is needed.".to_owned());
    }
    if tree.child(&path).is_some() {
        return Err(format!("{path} is there already."));
    }
    Ok(path)
}

/// The fields of the dialog, as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct DatasetForm {
    pub(super) datatype: String,
    /// Bytes, for strings of fixed length.
    pub(super) string_length: String,
    pub(super) shape: String,
    pub(super) max_shape: String,
    pub(super) chunks: String,
    /// `none`, `deflate` or `shuffle`, which is both.
    pub(super) compression: String,
    pub(super) level: String,
    pub(super) fill_value: String,
}

impl DatasetForm {
    /// # Errors
    /// Says which field is wrong and how it is written.
    pub(super) fn to_new_dataset(&self, path: ObjectPath) -> Result<NewDataset, String> {
        let datatype = self.datatype()?;
        let shape = lengths("Shape", &self.shape)?;
        let max_shape = self.max_shape(&shape)?;
        let chunks = match self.chunks.trim() {
            "" => None,
            text => Some(lengths("Chunks", text)?),
        };
        if let Some(chunks) = &chunks
            && (chunks.len() != shape.len() || chunks.contains(&0))
        {
            return Err(format!(
                "Chunks: one length of 1 or more for each of the {} axes.",
                shape.len()
            ));
        }
        let filters = self.filters()?;
        if shape.is_empty() && (chunks.is_some() || max_shape.is_some() || !filters.is_empty()) {
            return Err("A scalar has no chunks, maximum shape or compression.".to_owned());
        }
        let fill_value = self.fill_value(&datatype)?;
        Ok(NewDataset { path, datatype, shape, max_shape, chunks, filters, fill_value })
    }

    fn datatype(&self) -> Result<Datatype, String> {
        if self.datatype != "fixed" {
            return self.datatype.parse().map_err(|error| sentence(&error));
        }
        let length = self.string_length.trim().parse().ok().filter(|length| *length > 0);
        let length: u32 = length.ok_or("String length: a number of bytes, 1 or more.")?;
        Ok(Datatype::String {
            length: Some(length),
            charset: Charset::Utf8,
            padding: Padding::NullPadded,
        })
    }

    fn max_shape(&self, shape: &[u64]) -> Result<Option<Vec<Option<u64>>>, String> {
        const FORM: &str =
            "Max shape: for each axis a length, or * for without limit, such as *, 100.";
        let text = self.max_shape.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let axis = |part: &str| match part.trim() {
            "*" | "∞" | "unlimited" => Ok(None),
            number => number.parse().map(Some).map_err(|_| FORM.to_owned()),
        };
        let most = split(text).map(axis).collect::<Result<Vec<Option<u64>>, _>>()?;
        if most.len() != shape.len() {
            return Err(FORM.to_owned());
        }
        let too_small =
            most.iter().zip(shape).any(|(most, length)| most.is_some_and(|most| most < *length));
        if too_small {
            return Err("Max shape: no axis can be shorter than in the shape.".to_owned());
        }
        Ok(Some(most))
    }

    fn filters(&self) -> Result<Vec<Filter>, String> {
        let named = |name: &str, options| Filter {
            name: name.to_owned(),
            id: None,
            options,
            mandatory: None,
        };
        if !matches!(self.compression.as_str(), "deflate" | "shuffle") {
            return Ok(Vec::new());
        }
        let level = self.level.trim().parse().ok().filter(|level| (0..=9).contains(level));
        let level: u32 = level.ok_or("Level: 0 (fast) to 9 (small).")?;
        let deflate = named("deflate", vec![level]);
        Ok(match self.compression.as_str() {
            "shuffle" => vec![named("shuffle", Vec::new()), deflate],
            _ => vec![deflate],
        })
    }

    fn fill_value(&self, datatype: &Datatype) -> Result<Option<String>, String> {
        let text = self.fill_value.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok();
        match datatype {
            Datatype::String { .. } => {
                Ok(Some(serde_json::Value::from(self.fill_value.as_str()).to_string()))
            }
            _ if is_json => Ok(Some(text.to_owned())),
            _ if text.eq_ignore_ascii_case("nan") => Ok(Some("\"NaN\"".to_owned())),
            _ => Err("Fill value: a number, true or false.".to_owned()),
        }
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.trim_matches(['[', ']', '(', ')'])
        .split([',', '×', 'x'])
        .filter(|part| !part.trim().is_empty())
}

/// `100, 200`; nothing is a scalar.
fn lengths(field: &str, text: &str) -> Result<Vec<u64>, String> {
    let length = |part: &str| part.trim().parse::<u64>();
    split(text)
        .map(length)
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{field}: lengths with commas between, such as 100, 200."))
}

fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(shape: &str) -> DatasetForm {
        DatasetForm {
            datatype: "float64".to_owned(),
            shape: shape.to_owned(),
            level: "4".to_owned(),
            ..DatasetForm::default()
        }
    }

    fn made(form: &DatasetForm) -> Result<NewDataset, String> {
        form.to_new_dataset(ObjectPath::new("/d").unwrap())
    }

    #[test]
    fn shapes_are_read_as_people_write_them() {
        for text in ["100, 200", "[100,200]", "(100, 200,)", "100 × 200"] {
            assert_eq!(made(&form(text)).unwrap().shape, [100, 200], "{text}");
        }
        assert!(made(&form("")).unwrap().shape.is_empty());
        assert!(made(&form("10, many")).unwrap_err().starts_with("Shape:"));
    }

    #[test]
    fn limits_chunks_and_filters_are_checked() {
        let mut form = form("10, 20");
        form.max_shape = "*, 20".to_owned();
        form.chunks = "5, 20".to_owned();
        form.compression = "shuffle".to_owned();
        let new = made(&form).unwrap();
        assert_eq!(new.max_shape, Some(vec![None, Some(20)]));
        assert_eq!(
            new.filters.iter().map(|filter| filter.name.as_str()).collect::<Vec<_>>(),
            ["shuffle", "deflate"]
        );
        form.max_shape = "5, 20".to_owned();
        assert!(made(&form).unwrap_err().contains("shorter"));
        form.max_shape.clear();
        form.chunks = "0, 20".to_owned();
        assert!(made(&form).unwrap_err().starts_with("Chunks:"));
        form.chunks.clear();
        form.level = "12".to_owned();
        assert!(made(&form).unwrap_err().starts_with("Level:"));
        form.level = "1".to_owned();
        form.shape.clear();
        assert!(made(&form).unwrap_err().contains("scalar"));
    }

    #[test]
    fn fill_values_follow_the_datatype() {
        let mut form = form("3");
        form.fill_value = "nan".to_owned();
        assert_eq!(made(&form).unwrap().fill_value.unwrap(), "\"NaN\"");
        form.fill_value = "seven".to_owned();
        assert!(made(&form).is_err());
        form.datatype = "string".to_owned();
        assert_eq!(made(&form).unwrap().fill_value.unwrap(), "\"seven\"");
        form.datatype = "fixed".to_owned();
        assert!(made(&form).unwrap_err().contains("length"));
    }

    #[test]
    fn names_are_checked_while_they_are_typed() {
        let tree = Tree::default();
        let group = ObjectPath::new("/g").unwrap();
        assert_eq!(new_path(&tree, &group, "a/b").unwrap().as_str(), "/g/a/b");
        assert!(new_path(&tree, &group, " ").is_err());
        assert!(new_path(&tree, &group, ".").is_err());
        assert!(new_path(&tree, &group, "a\0").unwrap_err().starts_with("The path"));
    }
}
