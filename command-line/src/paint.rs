//! Colours, where somebody looks: on a terminal, unless `NO_COLOR` or `--color never` says otherwise.

use std::fmt::{self, Display};
use std::io::IsTerminal as _;

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// What a text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Group,
    Dataset,
    NamedDatatype,
    Link,
    /// A link that leads nowhere.
    Broken,
    /// Units, shapes, marks: what is read second.
    Quiet,
    Heading,
}

impl Tone {
    /// The parameters of the escape sequence "select graphic rendition".
    fn code(self) -> &'static str {
        match self {
            Self::Plain | Self::Dataset => "",
            Self::Group => "1;34",
            Self::NamedDatatype => "35",
            Self::Link => "36",
            Self::Broken => "31",
            Self::Quiet => "2",
            Self::Heading => "1",
        }
    }
}

/// Whether standard output is coloured.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    enabled: bool,
}

impl Paint {
    pub fn new(when: When) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let enabled = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => !no_color && !dumb && std::io::stdout().is_terminal(),
        };
        Self { enabled }
    }

    pub fn tone<T: Display>(self, tone: Tone, text: T) -> Painted<T> {
        let code = if self.enabled { tone.code() } else { "" };
        Painted { code, text }
    }
}

/// A text with its colour around it.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    code: &'static str,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code.is_empty() {
            return self.text.fmt(formatter);
        }
        write!(formatter, "\u{1b}[{}m", self.code)?;
        self.text.fmt(formatter)?;
        formatter.write_str("\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_only_around_what_has_one() {
        let paint = Paint::new(When::Always);
        assert_eq!(paint.tone(Tone::Group, "g/").to_string(), "\u{1b}[1;34mg/\u{1b}[0m");
        assert_eq!(paint.tone(Tone::Dataset, "d").to_string(), "d");
        assert_eq!(Paint::new(When::Never).tone(Tone::Group, "g/").to_string(), "g/");
    }
}
