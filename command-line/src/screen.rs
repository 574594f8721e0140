//! Standard output as the commands see it: lines for people or for programs, in colour or not.

use std::io::{self, BufWriter, Stdout, Write};

use clap::Args;
use serde::Serialize;

use crate::columns::{self, Cell};
use crate::connect::Access;
use crate::paint::{Paint, Painted, Tone, When};

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    #[command(flatten)]
    pub access: Access,
    /// Output for programs: one JSON document, or one a line where there may be many
    #[arg(long)]
    pub json: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: When,
}

impl Options {
    pub fn screen(&self) -> Screen {
        Screen {
            out: BufWriter::with_capacity(64 << 10, io::stdout()),
            paint: Paint::new(self.color),
            json: self.json,
        }
    }
}

#[derive(Debug)]
pub struct Screen {
    out: BufWriter<Stdout>,
    paint: Paint,
    json: bool,
}

impl Screen {
    /// Whether a program reads.
    pub fn json(&self) -> bool {
        self.json
    }

    pub fn paint(&self) -> Paint {
        self.paint
    }

    pub fn tone<T: std::fmt::Display>(&self, tone: Tone, text: T) -> Painted<T> {
        self.paint.tone(tone, text)
    }

    /// Prints one JSON document on a line.
    ///
    /// # Errors
    /// When nobody takes it.
    pub fn document(&mut self, document: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, document)?;
        self.out.write_all(b"\n")
    }

    /// Prints aligned rows.
    ///
    /// # Errors
    /// When nobody takes them.
    pub fn rows(&mut self, rows: &[Vec<Cell>]) -> io::Result<()> {
        columns::print(&mut self.out, self.paint, rows)
    }

    /// # Errors
    /// When nobody takes the last lines.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
