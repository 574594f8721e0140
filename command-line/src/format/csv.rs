//! Comma-separated values as RFC 4180 has them: what a spreadsheet, pandas or Python's `csv` reads back.

use std::io::{self, Write};

use hdf5_async_client::Values;

use super::cells::{Elements, members, plain};
use super::{Form, Subject};
use crate::failure::Failure;

/// A line a row along the last axis; a compound element is a line of its members.
#[derive(Debug)]
pub struct Csv {
    subject: Subject,
    header: bool,
    records: bool,
    written: u64,
}

impl Csv {
    pub fn new(subject: Subject, header: bool) -> Self {
        let records = subject.members().is_some();
        Self { subject, header, records, written: 0 }
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
            print_line(out, &members)?;
        }
        Ok(())
    }

    fn push(&mut self, out: &mut dyn Write, values: &Values) -> Result<(), Failure> {
        let length = self.line_length();
        for text in Elements::new(values)?.texts()? {
            if self.records {
                print_line(out, &members(text.get()))?;
                continue;
            }
            if !self.written.is_multiple_of(length) {
                out.write_all(b",")?;
            }
            print_cell(out, &plain(text.get()), length == 1)?;
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

fn print_line(out: &mut dyn Write, cells: &[&str]) -> io::Result<()> {
    for (column, cell) in cells.iter().enumerate() {
        if column > 0 {
            out.write_all(b",")?;
        }
        print_cell(out, &plain(cell), cells.len() == 1)?;
    }
    out.write_all(b"\n")
}

/// `alone` cells are quoted where they are empty: a line without anything would be no row.
fn print_cell(out: &mut dyn Write, cell: &str, alone: bool) -> io::Result<()> {
    let blank = cell.starts_with(' ') || cell.ends_with(' ') || (alone && cell.is_empty());
    if blank || cell.contains([',', '"', '\n', '\r']) {
        return write!(out, "\"{}\"", cell.replace('"', "\"\""));
    }
    out.write_all(cell.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let mut out = Vec::new();
        print_line(&mut out, cells).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_would_split_a_cell_is_quoted() {
        assert_eq!(line(&["1", "\"a,b\"", "\"say \\\"x\\\"\""]), "1,\"a,b\",\"say \"\"x\"\"\"\n");
        assert_eq!(line(&["\"a\\nb\""]), "\"a\nb\"\n");
        assert_eq!(line(&["\"\""]), "\"\"\n");
        assert_eq!(line(&["\"\"", "\" x\""]), ",\" x\"\n");
        assert_eq!(line(&["[1,2]", "3"]), "\"[1,2]\",3\n");
    }
}
