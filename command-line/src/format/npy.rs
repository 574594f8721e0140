//! numpy's own file format: a header, then the elements as they came over the wire.

use std::io::Write;

use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::{Datatype, Padding};
use hdf5_async_client::protocol::values::to_json::unpadded;
use hdf5_async_client::protocol::values::wire_members;

use super::{Form, Subject};
use crate::failure::Failure;
use crate::npy::{NpyError, header};

#[derive(Debug)]
pub(super) struct Npy {
    subject: Subject,
    /// Texts end in other ways than numpy's.
    pads: bool,
}

impl Npy {
    pub(super) fn new(subject: Subject) -> Self {
        let pads = is_padded(&subject.datatype);
        Self { subject, pads }
    }
}

impl Form for Npy {
    fn begin(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        let shape = self.subject.shape.as_deref().ok_or(NpyError::NullDataspace)?;
        Ok(out.write_all(&header(&self.subject.datatype, shape)?)?)
    }

    fn push(&mut self, out: &mut dyn Write, values: &Values) -> Result<(), Failure> {
        if !self.pads {
            return Ok(out.write_all(&values.payload)?);
        }
        let mut payload = values.payload.clone();
        for slot in payload.chunks_exact_mut(size(&values.datatype)) {
            pad(&values.datatype, slot);
        }
        Ok(out.write_all(&payload)?)
    }

    fn finish(&mut self, _: &mut dyn Write) -> Result<(), Failure> {
        Ok(())
    }
}

fn size(datatype: &Datatype) -> usize {
    datatype.wire_size().unwrap_or(usize::MAX)
}

/// Whether texts in it end with spaces, or at a NUL that other bytes follow.
fn is_padded(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::String { length: Some(_), padding, .. } => *padding != Padding::NullPadded,
        Datatype::Array { base, .. } => is_padded(base),
        Datatype::Compound { members, .. } => {
            members.iter().any(|member| is_padded(&member.datatype))
        }
        _ => false,
    }
}

/// Fills texts up with NUL, as numpy and h5py do.
fn pad(datatype: &Datatype, slot: &mut [u8]) {
    match datatype {
        Datatype::String { length: Some(_), padding, .. } => {
            let end = unpadded(slot, *padding).len();
            slot[end..].fill(0);
        }
        Datatype::Array { base, .. } => {
            slot.chunks_exact_mut(size(base)).for_each(|part| pad(base, part));
        }
        Datatype::Compound { members, .. } => {
            for (offset, size, member) in wire_members(members) {
                if let Some(part) = slot.get_mut(offset..offset + size) {
                    pad(&member.datatype, part);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_up_with_nul() {
        let table: Datatype = serde_json::from_str(
            r#"{"class": "compound", "size": 9, "members": [
                {"name": "a", "offset": 0, "datatype": {"class": "string", "length": 3, "charset": "ascii", "padding": "space_padded"}},
                {"name": "b", "offset": 3, "datatype": {"class": "array", "dims": [2], "base":
                    {"class": "string", "length": 3, "charset": "utf-8", "padding": "null_terminated"}}}]}"#,
        )
        .unwrap();
        let mut slot = *b"x  a\0cd  ";
        assert!(is_padded(&table));
        pad(&table, &mut slot);
        assert_eq!(slot, *b"x\0\0a\0\0d  ");
    }
}
