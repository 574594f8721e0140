//! One JSON document, written while the elements come.

use std::io::Write;

use hdf5_async_client::Values;
use hdf5_async_client::protocol::values::to_json;

use super::cells::Elements;
use super::{Form, Subject};
use crate::failure::Failure;
use crate::wording::printable_json;

#[derive(Debug)]
pub(super) struct Json {
    subject: Subject,
    /// Elements below one index of each axis, from the last axis on: where lists open and close.
    strides: Vec<u64>,
    written: u64,
}

impl Json {
    pub(super) fn new(subject: Subject) -> Self {
        let mut stride = 1;
        let shape = subject.shape.as_deref().unwrap_or_default();
        let strides = shape.iter().rev().map(|dim| {
            stride *= dim;
            stride
        });
        let strides = strides.collect();
        Self { subject, strides, written: 0 }
    }

    /// How many lists begin or end here.
    fn edges(&self) -> usize {
        self.strides.iter().take_while(|stride| self.written.is_multiple_of(**stride)).count()
    }
}

impl Form for Json {
    fn begin(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        let subject = &self.subject;
        let path = serde_json::to_string(&subject.path)?;
        let datatype = serde_json::to_string(&subject.datatype)?;
        write!(out, "{{\"path\":{}", printable_json(&path))?;
        write!(out, ",\"shape\":{}", serde_json::to_string(&subject.shape)?)?;
        write!(out, ",\"datatype\":{},\"data\":", printable_json(&datatype))?;
        match subject.shape.as_deref() {
            None => out.write_all(b"null")?,
            Some(shape) if shape.contains(&0) => {
                out.write_all(to_json(&[], &subject.datatype, shape)?.as_bytes())?;
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn push(&mut self, out: &mut dyn Write, values: &Values) -> Result<(), Failure> {
        for text in Elements::new(values)?.texts()? {
            if self.written > 0 {
                out.write_all(b",")?;
            }
            out.write_all("[".repeat(self.edges()).as_bytes())?;
            out.write_all(text.get().as_bytes())?;
            self.written += 1;
            out.write_all("]".repeat(self.edges()).as_bytes())?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        Ok(out.write_all(b"}\n")?)
    }
}
