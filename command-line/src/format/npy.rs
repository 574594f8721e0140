//! numpy's own file format: a header, then the elements as they came over the wire.

use std::io::Write;

use hdf5_async_client::Values;

use super::{Form, Subject};
use crate::failure::Failure;
use crate::npy::{NpyError, header};

#[derive(Debug)]
pub(super) struct Npy {
    subject: Subject,
}

impl Npy {
    pub(super) fn new(subject: Subject) -> Self {
        Self { subject }
    }
}

impl Form for Npy {
    fn begin(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        let shape = self.subject.shape.as_deref().ok_or(NpyError::NullDataspace)?;
        Ok(out.write_all(&header(&self.subject.datatype, shape)?)?)
    }

    fn push(&mut self, out: &mut dyn Write, values: &Values) -> Result<(), Failure> {
        Ok(out.write_all(&values.payload)?)
    }

    fn finish(&mut self, _: &mut dyn Write) -> Result<(), Failure> {
        Ok(())
    }
}
