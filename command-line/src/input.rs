//! Values on their way in: from the command line, a file or standard input; as JSON, lines of JSON, CSV or npy.

mod array;
mod cell;
mod csv;
mod printed;
mod rows;

use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::Datatype;
use serde_json::value::RawValue;

pub use array::Array;
pub use csv::{CsvRows, Names};
pub use rows::Batches;

use crate::failure::Failure;

/// What is written in one go has to fit into a message; more than this is read for nothing.
const MAX_DOCUMENT_BYTES: u64 = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// Nested lists, one value, or what read --json prints
    Json,
    /// JSON, a row on each line; append sends them as they come
    Lines,
    /// A row on each line
    Csv,
    /// A file of numpy.save
    Npy,
}

#[derive(Clone, Debug, Args)]
pub struct Given {
    /// The values as JSON: 5, '[[1, 2], [3, 4]]', '"text"'; what is no JSON is taken as text
    #[arg(allow_negative_numbers = true)]
    pub data: Option<String>,
    /// Take the values from a file; - is standard input
    #[arg(long, short, value_name = "FILE", conflicts_with = "data")]
    pub input: Option<PathBuf>,
    /// What the input is; otherwise the name of the file says it, or it is JSON
    #[arg(long, short, value_name = "FORMAT", value_enum, requires = "input")]
    pub format: Option<InputFormat>,
    /// The first line of the CSV names the members of a compound datatype
    #[arg(long, requires = "input")]
    pub header: bool,
    /// The datatype of the values: numpy's notation such as '<f4', or JSON as describe shows it
    #[arg(long, short, value_name = "DATATYPE", value_parser = datatype)]
    pub datatype: Option<Datatype>,
}

/// Bytes from wherever they come.
pub struct Input(Box<dyn Read + Send>);

impl Input {
    pub fn new(input: impl Read + Send + 'static) -> Self {
        Self(Box::new(input))
    }
}

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Input")
    }
}

/// What was given.
#[derive(Debug)]
pub enum Source {
    /// One document.
    Json(Box<RawValue>),
    /// A row on each line.
    Lines(Input),
    Csv(Input),
    /// An npy file, or what `read --json` prints.
    Array(Array),
    /// What `read --json` prints of elements of variable length.
    Values(Values),
    /// A null dataspace.
    Null(Datatype),
}

impl Given {
    /// Opens the input.
    ///
    /// # Errors
    /// When there is none, or it is not what it is said to be.
    pub fn open(&self) -> Result<Source, Failure> {
        let Some(path) = &self.input else {
            let Some(data) = &self.data else {
                return Err(Failure::Usage(
                    "no values: give them as JSON, or name a file with --input".to_owned(),
                ));
            };
            return Ok(Source::Json(argument(data)?));
        };
        let input = if path == Path::new("-") {
            Input::new(BufReader::new(io::stdin()))
        } else {
            let file = std::fs::File::open(path).map_err(Failure::local(path))?;
            Input::new(BufReader::new(file))
        };
        match self.format.or_else(|| of_file(path)).unwrap_or(InputFormat::Json) {
            InputFormat::Json => {
                let document = document(input, path)?;
                match printed::source(&document, path)? {
                    Some(source) => Ok(source),
                    None => Ok(Source::Json(document)),
                }
            }
            InputFormat::Lines => Ok(Source::Lines(input)),
            InputFormat::Csv => Ok(Source::Csv(input)),
            InputFormat::Npy => Ok(Source::Array(Array::open(input)?)),
        }
    }

    /// What the first line of CSV is.
    pub fn names(&self) -> Names {
        if self.header { Names::FirstLine } else { Names::None }
    }

    /// Refuses a datatype beside values that have their own.
    ///
    /// # Errors
    /// When there is one.
    pub fn without_datatype(&self) -> Result<(), Failure> {
        if self.datatype.is_none() {
            return Ok(());
        }
        let message = "the values have a datatype of their own; leave out --datatype";
        Err(Failure::Usage(message.to_owned()))
    }

    /// How messages name the input.
    pub fn origin(&self) -> String {
        match &self.input {
            Some(path) if path != Path::new("-") => path.display().to_string(),
            Some(_) => "standard input".to_owned(),
            None => "the values".to_owned(),
        }
    }
}

fn of_file(path: &Path) -> Option<InputFormat> {
    match path.extension()?.to_str()? {
        "json" => Some(InputFormat::Json),
        "jsonl" | "ndjson" => Some(InputFormat::Lines),
        "csv" => Some(InputFormat::Csv),
        "npy" => Some(InputFormat::Npy),
        _ => None,
    }
}

/// A datatype in either of its forms.
///
/// # Errors
/// When it is neither.
pub fn datatype(text: &str) -> Result<Datatype, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    text.parse::<Datatype>().map_err(|error| error.to_string())
}

/// What stands on the command line: JSON, or a text that nobody could take for JSON gone wrong.
///
/// # Errors
/// When it begins as a list, an object or a quoted text and does not end so.
pub fn argument(text: &str) -> Result<Box<RawValue>, Failure> {
    match RawValue::from_string(text.trim().to_owned()) {
        Ok(json) => Ok(json),
        Err(error) if text.trim_start().starts_with(['[', '{', '"']) => {
            Err(Failure::Usage(format!(
                "the values are not JSON: {error}; a text that looks like this goes between '\"' and '\"'"
            )))
        }
        Err(_) => Ok(serde_json::value::to_raw_value(text)?),
    }
}

fn document(input: impl Read, path: &Path) -> Result<Box<RawValue>, Failure> {
    let mut text = String::new();
    input.take(MAX_DOCUMENT_BYTES).read_to_string(&mut text).map_err(Failure::local(path))?;
    RawValue::from_string(text.trim().to_owned()).map_err(|error| Failure::Input {
        origin: path.display().to_string(),
        reason: format!("not JSON: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_json_or_plainly_text() {
        for (text, json) in [
            ("5", "5"),
            (" [1, 2] ", "[1, 2]"),
            ("\"a\"", "\"a\""),
            ("mm", "\"mm\""),
            ("10 mm", "\"10 mm\""),
            ("", "\"\""),
            ("null", "null"),
        ] {
            assert_eq!(argument(text).unwrap().get(), json);
        }
        assert!(matches!(argument("[1, 2"), Err(Failure::Usage(_))));
    }

    #[test]
    fn datatypes_have_two_forms() {
        assert_eq!(datatype("float32").unwrap().to_string(), "<f4");
        assert!(datatype(r#"{"class":"enum","base":"<i4","members":[]}"#).is_ok());
        assert!(datatype("{").is_err() && datatype("floaty").is_err());
    }
}
