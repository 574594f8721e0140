//! Elements in aligned columns for people, with their indices in the dataset.

use std::io::{self, Write};

use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::{AxisRange, Datatype, EnumValue};
use serde_json::value::RawValue;
use unicode_width::UnicodeWidthStr as _;

use super::cells::{Elements, members, plain};
use super::{Form, Subject};
use crate::failure::Failure;
use crate::paint::{Paint, Tone};
use crate::wording::{printable, steers};

/// Lines that are aligned together; columns may become wider with the next ones, never narrower.
const ALIGNED_CELLS: usize = 4096;

/// One column and the index for one axis, a grid for two, headed grids for more; the members of a compound
/// datatype are columns under their names.
#[derive(Debug)]
pub struct Table {
    subject: Subject,
    paint: Paint,
    /// Of each member, or one for all elements.
    widths: Vec<usize>,
    label_width: usize,
    records: bool,
    headed: bool,
    written: u64,
}

impl Table {
    pub fn new(subject: Subject, paint: Paint) -> Self {
        let records = subject.members().is_some();
        let widths = match subject.members() {
            Some(members) => members.iter().map(|name| printable(name).width()).collect(),
            None => vec![0],
        };
        let label_width = label_width(&subject);
        Self { subject, paint, widths, label_width, records, headed: false, written: 0 }
    }

    /// For rows without an end, from row `first` on; `digits` are the least that their indices are given.
    pub fn growing(subject: Subject, paint: Paint, first: u64, digits: usize) -> Self {
        let row: u64 = subject.shape.iter().flatten().skip(1).product();
        let mut table = Self::new(subject, paint);
        table.written = first.saturating_mul(row);
        table.label_width = if table.rank() < 3 { digits } else { table.label_width };
        table
    }

    fn rank(&self) -> usize {
        self.subject.shape.as_ref().map_or(0, Vec::len)
    }

    /// Elements in a line.
    fn line_length(&self) -> u64 {
        if self.rank() < 2 { 1 } else { self.subject.row_length() }
    }

    fn print(&mut self, out: &mut dyn Write, texts: &[&str]) -> io::Result<()> {
        let cells: Vec<Vec<String>> = texts
            .iter()
            .map(|text| {
                let cells = if self.records { members(text) } else { vec![*text] };
                let cells = cells.into_iter().enumerate();
                cells.map(|(column, json)| cell_text(json, self.column(column))).collect()
            })
            .collect();
        for row in &cells {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        self.print_header(out)?;
        for row in &cells {
            self.print_element(out, row)?;
        }
        Ok(())
    }

    fn print_header(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some(members) = self.subject.members().filter(|_| !self.headed) else { return Ok(()) };
        let blanks = if self.rank() > 0 { self.label_width + 2 } else { 0 };
        let mut line = " ".repeat(blanks);
        for (column, (name, width)) in members.iter().zip(&self.widths).enumerate() {
            if column > 0 {
                line.push_str("  ");
            }
            line.push_str(&aligned(&printable(name), *width, self.is_text(column)));
        }
        self.headed = true;
        writeln!(out, "{}", self.paint.tone(Tone::Heading, line.trim_end()))
    }

    fn print_element(&mut self, out: &mut dyn Write, row: &[String]) -> io::Result<()> {
        let length = self.line_length();
        if self.written.is_multiple_of(length) {
            self.print_plane(out)?;
            if self.rank() > 0 {
                let label = self.label(self.rank().saturating_sub(2).min(self.rank() - 1), length);
                let label = format!("{label:>0$}", self.label_width);
                write!(out, "{}", self.paint.tone(Tone::Quiet, label))?;
            }
        }
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&self.widths).enumerate() {
            if column > 0 || self.rank() > 0 {
                line.push_str("  ");
            }
            let column = if self.records { column } else { 0 };
            line.push_str(&aligned(cell, *width, self.is_text(column)));
        }
        self.written += 1;
        if self.written.is_multiple_of(length) {
            writeln!(out, "{}", line.trim_end())
        } else {
            out.write_all(line.as_bytes())
        }
    }

    /// The heading of a grid, where there are more than one: `[3, :, :]`.
    fn print_plane(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let rank = self.rank();
        let shape = self.subject.shape.as_deref().unwrap_or_default();
        if rank < 3 {
            return Ok(());
        }
        let plane: u64 = shape[rank - 2..].iter().product();
        if !self.written.is_multiple_of(plane) {
            return Ok(());
        }
        let mut heading = String::from("[");
        for axis in 0..rank - 2 {
            let below: u64 = shape[axis + 1..].iter().product();
            let position = self.written / below % shape[axis];
            heading.push_str(&self.index(axis, position).to_string());
            heading.push_str(", ");
        }
        heading.push_str(":, :]");
        writeln!(out, "{}", self.paint.tone(Tone::Heading, heading))
    }

    /// The index in the dataset of the line that begins now, along an axis of the result.
    fn label(&self, axis: usize, line_length: u64) -> u64 {
        let shape = self.subject.shape.as_deref().unwrap_or_default();
        let length = shape.get(axis).copied().unwrap_or(1).max(1);
        self.index(axis, self.written / line_length % length)
    }

    fn index(&self, axis: usize, position: u64) -> u64 {
        index_of(&self.subject, axis, position)
    }

    /// Text begins where the column begins, numbers end where it ends.
    fn is_text(&self, column: usize) -> bool {
        !matches!(
            self.column(column),
            Datatype::Integer { .. }
                | Datatype::Float { .. }
                | Datatype::Bool
                | Datatype::Bitfield { .. }
                | Datatype::Time { .. }
        )
    }

    fn column(&self, column: usize) -> &Datatype {
        match &self.subject.datatype {
            Datatype::Compound { members, .. } if self.records => {
                members.get(column).map_or(&self.subject.datatype, |member| &member.datatype)
            }
            datatype => datatype,
        }
    }
}

impl Form for Table {
    fn begin(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        if self.subject.shape.is_none() {
            writeln!(out, "null")?;
        }
        Ok(())
    }

    fn push(&mut self, out: &mut dyn Write, values: &Values) -> Result<(), Failure> {
        let elements = Elements::new(values)?;
        let texts: Vec<&str> = elements.texts()?.into_iter().map(RawValue::get).collect();
        for lines in texts.chunks(ALIGNED_CELLS) {
            self.print(out, lines)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        Ok(self.print_header(out)?)
    }
}

/// One line, whatever the text holds; of an enumeration the name.
fn cell_text(json: &str, datatype: &Datatype) -> String {
    if let Datatype::Enum { members, .. } = datatype {
        let signed = json.parse().map(EnumValue::Signed);
        let value = signed.or_else(|_| json.parse().map(EnumValue::Unsigned)).ok();
        let named = members.iter().find(|member| Some(member.value) == value);
        return named
            .map_or_else(|| json.to_owned(), |member| printable(&member.name).into_owned());
    }
    let text = plain(json);
    if text.contains(steers) { json.to_owned() } else { text.into_owned() }
}

fn aligned(text: &str, width: usize, is_text: bool) -> String {
    let blanks = width.saturating_sub(text.width());
    if is_text { format!("{text}{:blanks$}", "") } else { format!("{:blanks$}{text}", "") }
}

fn index_of(subject: &Subject, axis: usize, position: u64) -> u64 {
    let Some(resolved) = &subject.resolved else { return position };
    let kept = resolved.axes.iter().zip(&resolved.dropped).filter(|(_, dropped)| !**dropped);
    match kept.map(|(range, _)| range).nth(axis) {
        Some(AxisRange::Strided { start, step, .. }) => start + position * step,
        Some(AxisRange::Indices { indices }) => usize::try_from(position)
            .ok()
            .and_then(|at| indices.get(at))
            .copied()
            .unwrap_or(position),
        None => position,
    }
}

/// The digits of the largest index before a line.
fn label_width(subject: &Subject) -> usize {
    let shape = subject.shape.as_deref().unwrap_or_default();
    let axis = shape.len().saturating_sub(2);
    let length = shape.get(axis).copied().unwrap_or(0);
    let largest = match &subject.resolved {
        Some(resolved) => {
            let kept =
                resolved.axes.iter().zip(&resolved.dropped).filter(|(_, dropped)| !**dropped);
            match kept.map(|(range, _)| range).nth(axis) {
                Some(AxisRange::Indices { indices }) => indices.iter().copied().max().unwrap_or(0),
                _ => index_of(subject, axis, length.saturating_sub(1)),
            }
        }
        None => length.saturating_sub(1),
    };
    largest.to_string().len()
}
