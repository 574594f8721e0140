//! Standard output as the commands see it: lines for people or for programs, in colour or not.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};

use clap::Args;
use serde::Serialize;

use crate::columns::{self, Cell};
use crate::connect::Access;
use crate::paint::{Paint, Painted, Tone, When};
use crate::wording::{printable, printable_json};

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

/// Whether a person sees what is printed.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
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

    /// A text as it is for a program, and without what steers a terminal where it goes to one.
    pub fn text<'text>(&self, text: &'text str) -> Cow<'text, str> {
        if is_terminal() { printable(text) } else { Cow::Borrowed(text) }
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
        let json = serde_json::to_string(document)?;
        writeln!(self.out, "{}", printable_json(&json))
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
