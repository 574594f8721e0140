//! Aligned columns: rows of cells, each column as wide as its widest cell.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use crate::paint::{Paint, Tone};

/// Between two columns.
const GAP: &str = "  ";

#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    tone: Tone,
    right: bool,
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain, right: false }
    }

    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Numbers end where the column ends.
    #[must_use]
    pub fn right(mut self) -> Self {
        self.right = true;
        self
    }
}

/// Prints the rows, without blanks at the ends of lines.
///
/// # Errors
/// When `out` does not take them.
pub fn print(out: &mut impl Write, paint: Paint, rows: &[Vec<Cell>]) -> io::Result<()> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = cell.text.width();
            match widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    for row in rows {
        print_row(out, paint, row, &widths)?;
    }
    Ok(())
}

fn print_row(out: &mut impl Write, paint: Paint, row: &[Cell], widths: &[usize]) -> io::Result<()> {
    let end = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
    for (column, cell) in row.iter().take(end).enumerate() {
        if column > 0 {
            out.write_all(GAP.as_bytes())?;
        }
        let blanks = widths.get(column).copied().unwrap_or(0).saturating_sub(cell.text.width());
        let painted = paint.tone(cell.tone, &cell.text);
        if cell.right {
            write!(out, "{:blanks$}{painted}", "")?;
        } else if column + 1 == end {
            write!(out, "{painted}")?;
        } else {
            write!(out, "{painted}{:blanks$}", "")?;
        }
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::When;

    fn printed(rows: &[Vec<Cell>], when: When) -> String {
        let mut out = Vec::new();
        print(&mut out, Paint::new(when), rows).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_what_is_seen() {
        let rows = [
            vec![Cell::new("名").tone(Tone::Group), Cell::new("1").right(), Cell::new("x")],
            vec![Cell::new("long"), Cell::new("100").right(), Cell::new("")],
        ];
        assert_eq!(printed(&rows, When::Never), "名      1  x\nlong  100\n");
        let colour = printed(&rows, When::Always);
        assert_eq!(colour.lines().next().unwrap(), "\u{1b}[1;34m名\u{1b}[0m      1  x");
    }
}
