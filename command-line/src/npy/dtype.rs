//! numpy's dtypes as npy files have them, and what HDF5 has in their place.

use hdf5_async_client::protocol::model::{ByteOrder, Datatype, Member};

use super::NpyError;
use super::literal::Literal;

/// What the elements of an npy file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// Elements as HDF5 has them, too.
    Plain(Datatype),
    /// Texts of so many UCS-4 letters.
    Text { letters: u64, order: ByteOrder },
    /// A structured dtype with texts in it.
    Record { fields: Vec<Field>, bytes: u64 },
    /// Some elements with texts in them.
    Array { base: Box<Dtype>, dims: Vec<u64> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    /// From the start of the record.
    pub offset: u64,
    pub dtype: Dtype,
}

impl Dtype {
    pub(super) fn of(descr: &Literal) -> Result<Self, NpyError> {
        let found = if descr.text().is_some() { simple(descr) } else { record(descr) };
        found.ok_or_else(|| NpyError::Dtype { descr: descr.to_string() })
    }

    /// Bytes of one element in the file.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Plain(datatype) => datatype.wire_size().unwrap_or(0) as u64,
            Self::Text { letters, .. } => letters.saturating_mul(4),
            Self::Record { bytes, .. } => *bytes,
            Self::Array { base, dims } => {
                dims.iter().fold(base.bytes(), |bytes, dim| bytes.saturating_mul(*dim))
            }
        }
    }

    /// As HDF5 has the elements; texts have any length there.
    pub fn datatype(&self) -> Datatype {
        match self {
            Self::Plain(datatype) => datatype.clone(),
            Self::Text { .. } => Datatype::variable_string(),
            Self::Array { base, dims } => {
                Datatype::Array { base: Box::new(base.datatype()), dims: dims.clone() }
            }
            Self::Record { fields, .. } => {
                let mut end = 0;
                let members = fields.iter().map(|field| {
                    let datatype = field.dtype.datatype();
                    let offset = end;
                    end += datatype.memory_size().unwrap_or(0) as u64;
                    Member { name: field.name.clone(), offset, datatype }
                });
                let members = members.collect();
                Datatype::Compound { size: u32::try_from(end).unwrap_or(u32::MAX), members }
            }
        }
    }
}

fn simple(descr: &Literal) -> Option<Dtype> {
    let text = descr.text()?;
    let order = if text.starts_with('>') { ByteOrder::Big } else { ByteOrder::Little };
    if let Some(letters) = text.get(1..).and_then(|rest| rest.strip_prefix('U')) {
        return Some(Dtype::Text { letters: letters.parse().ok()?, order });
    }
    let datatype = match text.strip_prefix("|V") {
        Some(size) => Datatype::Opaque { size: size.parse().ok()?, tag: String::new() },
        None => text.parse().ok()?,
    };
    datatype.wire_size().filter(|_| !datatype.has_heap())?;
    Some(Dtype::Plain(datatype))
}

fn record(descr: &Literal) -> Option<Dtype> {
    let mut fields = Vec::new();
    let mut end = 0_u64;
    for field in descr.items()? {
        let (name, descr, dims) = match field.items()? {
            [name, descr] => (name, descr, None),
            [name, descr, dims] => (name, descr, Some(dims.sizes()?)),
            _ => return None,
        };
        // A title stands before the name.
        let name = name.text().or_else(|| name.items()?.last()?.text())?;
        let mut dtype = if descr.text().is_some() { simple(descr)? } else { record(descr)? };
        if let Some(dims) = dims {
            dtype = match dtype {
                Dtype::Plain(base) => Dtype::Plain(Datatype::Array { base: Box::new(base), dims }),
                base => Dtype::Array { base: Box::new(base), dims },
            };
        }
        let bytes = dtype.bytes();
        if !name.is_empty() {
            fields.push(Field { name: name.to_owned(), offset: end, dtype });
        }
        end = end.checked_add(bytes)?;
    }
    let members = fields.iter().map(|field| match &field.dtype {
        Dtype::Plain(datatype) => Some(Member {
            name: field.name.clone(),
            offset: field.offset,
            datatype: datatype.clone(),
        }),
        _ => None,
    });
    Some(match members.collect() {
        Some(members) => {
            Dtype::Plain(Datatype::Compound { size: u32::try_from(end).ok()?, members })
        }
        None => Dtype::Record { fields, bytes: end },
    })
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    fn dtype(text: &str) -> Result<Dtype, NpyError> {
        Dtype::of(&literal::parse(text).unwrap())
    }

    #[test]
    fn texts_have_a_place_everywhere() {
        let text = Dtype::Text { letters: 5, order: ByteOrder::Big };
        assert_eq!(dtype("'>U5'").unwrap(), text);
        let record = dtype("[('a', '<i4'), ('', '|V4'), ('b', [('c', '<U2', (3,))])]").unwrap();
        assert_eq!(record.bytes(), 4 + 4 + 3 * 8);
        assert_eq!(
            record.datatype().to_string(),
            "compound {a: <i4, b: compound {c: array [3] of string (UTF-8)}}"
        );
        let plain = dtype("[('a', '<i4'), ('', '|V4'), ('b', '<f8', (2, 2))]").unwrap();
        let Dtype::Plain(Datatype::Compound { size, members }) = plain else { panic!("{plain:?}") };
        assert_eq!((size, members[1].offset), (40, 8));
    }

    #[test]
    fn what_hdf5_lacks_is_named_as_numpy_does() {
        for (descr, named) in [
            ("'|O'", "'|O'"),
            ("'<M8[ns]'", "'<M8[ns]'"),
            ("'<f16'", "'<f16'"),
            ("[('a', '<i4'), ('b', '|O', (2,))]", "[('a', '<i4'), ('b', '|O', [2])]"),
        ] {
            let error = dtype(descr).unwrap_err();
            assert!(matches!(&error, NpyError::Dtype { descr } if descr == named), "{error}");
        }
    }
}
