//! Comma-separated values as RFC 4180 has them: what a spreadsheet, pandas or Python's `csv` reads back.

use std::io::{self, Write};

use hdf5_async_client::Values;
use serde_json::json;

use super::cells::{Elements, members, plain};
use super::{Form, Look, Subject};
use crate::failure::Failure;
use crate::wording::printable;

/// A line a row along the last axis; a compound element is a line of its members.
#[derive(Debug)]
pub struct Csv {
    subject: Subject,
    header: bool,
    records: bool,
    /// It goes to a terminal, which texts must not steer.
    shown: bool,
    written: u64,
}

impl Csv {
    pub fn new(subject: Subject, look: Look) -> Self {
        let records = subject.members().is_some();
        Self { subject, header: look.header, records, shown: look.shown, written: 0 }
    }

    fn line(&self, out: &mut dyn Write, cells: &[&str]) -> io::Result<()> {
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                out.write_all(b",")?;
            }
            self.cell(out, cell, cells.len() == 1)?;
        }
        out.write_all(b"\n")
    }

    /// `alone` cells are quoted where they are empty: a line without anything would be no row.
    fn cell(&self, out: &mut dyn Write, cell: &str, alone: bool) -> io::Result<()> {
        let text = plain(cell);
        let cell = if self.shown { printable(&text) } else { text };
        let blank = cell.starts_with(' ') || cell.ends_with(' ') || (alone && cell.is_empty());
        if blank || cell.contains([',', '"', '\n', '\r']) {
            return write!(out, "\"{}\"", cell.replace('"', "\"\""));
        }
        out.write_all(cell.as_bytes())
    }

    /// Cells in a line.
    fn line_length(&self) -> u64 {
        match self.subject.shape.as_deref() {
            Some([_] | []) | None => 1,
            Some(_) => self.subject.row_length(),
        }
    }
}

impl Form for Csv {
    fn begin(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        if let (true, Some(members)) = (self.header, self.subject.members()) {
            let names: Vec<String> = members.iter().map(|name| json!(name).to_string()).collect();
            self.line(out, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn push(&mut self, out: &mut dyn Write, values: &Values) -> Result<(), Failure> {
        let length = self.line_length();
        for text in Elements::new(values)?.texts()? {
            if self.records {
                self.line(out, &members(text.get()))?;
                continue;
            }
            if !self.written.is_multiple_of(length) {
                out.write_all(b",")?;
            }
            self.cell(out, text.get(), length == 1)?;
            self.written += 1;
            if self.written.is_multiple_of(length) {
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut dyn Write) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hdf5_async_client::protocol::model::ObjectPath;

    use super::*;
    use crate::paint::{Paint, When};

    fn line(cells: &[&str]) -> String {
        printed(cells, false)
    }

    fn printed(cells: &[&str], shown: bool) -> String {
        let mut out = Vec::new();
        let datatype = "|u1".parse().unwrap();
        let path = ObjectPath::root();
        let subject = Subject { path, datatype, shape: None, resolved: None };
        Csv::new(subject, Look { paint: Paint::new(When::Never), header: true, shown })
            .line(&mut out, cells)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_would_split_a_cell_is_quoted() {
        assert_eq!(line(&["1", "\"a,b\"", "\"say \\\"x\\\"\""]), "1,\"a,b\",\"say \"\"x\"\"\"\n");
        assert_eq!(line(&["\"a\\nb\""]), "\"a\nb\"\n");
        assert_eq!(line(&["\"\""]), "\"\"\n");
        assert_eq!(line(&["\"\"", "\" x\""]), ",\" x\"\n");
        assert_eq!(line(&["[1,2]", "3"]), "\"[1,2]\",3\n");
        assert_eq!(line(&["\"\\u001b\\u009b\""]), "\u{1b}\u{9b}\n");
        assert_eq!(printed(&["\"\\u001b\\u009b\""], true), "\u{fffd}\u{fffd}\n");
    }
}
