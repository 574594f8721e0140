//! The forms in which elements are printed: a table for people, JSON, CSV, and numpy's npy.

mod cells;
mod csv;
mod json;
mod npy;
mod table;

use std::io::Write;
use std::path::Path;

use clap::ValueEnum;
use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::{Datatype, ObjectPath, ResolvedSelection};

pub use cells::{Elements, plain};
pub use csv::Csv;
pub use table::Table;

use crate::failure::Failure;
use crate::paint::Paint;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// One document with `path`, `shape`, `datatype` and `data`
    Json,
    /// A line a row, compound members as columns under their names
    Csv,
    /// A file for numpy.load
    Npy,
}

impl Format {
    /// What a file's name asks for.
    pub fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "npy" => Some(Self::Npy),
            "txt" => Some(Self::Table),
            _ => None,
        }
    }
}

/// For whom it is printed.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub paint: Paint,
    /// CSV begins with the names of members.
    pub header: bool,
    /// It goes to a terminal.
    pub shown: bool,
}

/// What is about to be printed.
#[derive(Clone, Debug)]
pub struct Subject {
    pub path: ObjectPath,
    pub datatype: Datatype,
    /// Of the result; `None` for a null dataspace.
    pub shape: Option<Vec<u64>>,
    /// Which elements of the dataset the result has.
    pub resolved: Option<ResolvedSelection>,
}

impl Subject {
    /// Elements in a row, which is along the last axis.
    pub fn row_length(&self) -> u64 {
        self.shape.as_deref().and_then(<[u64]>::last).copied().unwrap_or(1)
    }

    /// Whether each element is a row with the members as columns.
    pub fn members(&self) -> Option<Vec<&str>> {
        match (&self.datatype, self.shape.as_deref()) {
            (Datatype::Compound { members, .. }, Some([] | [_])) => {
                Some(members.iter().map(|member| &*member.name).collect())
            }
            _ => None,
        }
    }
}

/// One form, fed with the values of slabs in C order.
pub trait Form {
    /// # Errors
    /// When the form has no place for such values, or `out` does not take it.
    fn begin(&mut self, out: &mut dyn Write) -> Result<(), Failure>;

    /// # Errors
    /// As [`Self::begin`].
    fn push(&mut self, out: &mut dyn Write, values: &Values) -> Result<(), Failure>;

    /// # Errors
    /// As [`Self::begin`].
    fn finish(&mut self, out: &mut dyn Write) -> Result<(), Failure>;
}

impl Format {
    pub fn form(self, subject: Subject, look: Look) -> Box<dyn Form> {
        match self {
            Self::Table => Box::new(Table::new(subject, look.paint)),
            Self::Json => Box::new(json::Json::new(subject)),
            Self::Csv => Box::new(Csv::new(subject, look)),
            Self::Npy => Box::new(npy::Npy::new(subject)),
        }
    }
}
