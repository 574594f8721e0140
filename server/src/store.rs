//! One HDF5 file and everything that can be asked of it: a command in, an outcome out.
//!
//! The only part of the server that names the `hdf5` crate. It knows neither sockets nor sessions nor tokio,
//! and runs on one thread; HDF5 handles never leave it.

mod append;
mod attribute;
mod batch;
mod blueprint;
mod change;
mod chunking;
mod convert;
mod copy;
mod create;
mod crossing;
pub mod demo;
mod describe;
pub mod describe_many;
pub mod error;
mod file_info;
mod fill;
mod filter;
mod follow;
mod glob;
mod hyperslab;
mod incoming;
mod insert;
mod library;
mod link_place;
mod links;
mod list;
mod mapping;
mod merge;
mod named_datatype;
mod number;
mod opened;
mod outcome;
mod points;
mod properties;
pub mod query;
mod read;
pub mod read_many;
mod references;
mod replace;
mod resize;
mod resolve;
mod room;
pub mod search;
mod sorted_names;
mod superblock;
pub mod through;
mod transfer;
mod view;
pub mod walk;
mod whole_chunks;
mod write;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use hdf5_async_protocol::message::{Change, Command, command, reply};
use hdf5_async_protocol::model::{Fields, FileCreation, ObjectPath, ResolvedSelection, Selection};
use serde::{Deserialize, Serialize};

pub use crossing::Elsewhere;
pub use error::StoreError;
pub use follow::Growable;
pub use library::descriptor::{inherited, is_open_for_writing};
pub use library::driver::{Lender, Lent, Medium, PlainFile, SERVED_AS, set_lender};
pub use library::signals::survive_signals;
pub use outcome::{Answer, Outcome, ReadPlan};
pub use superblock::{Marks, marks};

use error::At as _;
use library::driver::{Given, Loans, Refusal};
use library::{Handle, changing, driver, file, locked};
use merge::Ordered;
use opened::OpenedCache;
use query::{Matches, QueryBlock, QueryPlan};
use references::References;
use sorted_names::SortedNames;

/// How often other files are read, if they change meanwhile.
const READ_AGAIN: u32 = 10;

/// The sizes at which the store stops putting things into one answer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct StoreLimits {
    /// Values of at most this many bytes come with the answer to `read`; larger reads are answered with a plan.
    pub block_bytes: u64,
    /// Of an attribute's value inside `describe` and `attributes`, and of values that ride along with events.
    pub inline_value_bytes: u64,
    /// Of the values of an attribute, and of the heap of one block of variable-length values.
    pub max_value_bytes: u64,
    pub max_list_page: u64,
    /// Of headers and indexes that the library keeps, as they are in the file.
    pub metadata_cache_bytes: u64,
    /// Chunks larger than this, decoded, are refused.
    pub max_chunk_bytes: u64,
    /// Of the elements that one command writes or moves without their being sent: `fill`, `insert`.
    pub max_rewrite_bytes: u64,
    /// Of what is said of all objects of one `describe_many`.
    pub max_json_values_bytes: u64,
    /// Commands in one batch, reads in one `read_many`, paths in one `describe_many`.
    pub max_batch_commands: usize,
    /// Datasets of one file whose growth is noticed while another program writes to it.
    pub max_followed_datasets: usize,
}

/// What may be done with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    ReadOnly,
    ReadWrite,
    /// Makes the file, or empties the one that is there.
    Create(FileCreation),
}

impl Access {
    /// The same once the file has been made.
    #[must_use]
    pub fn once_made(self) -> Self {
        if matches!(self, Self::Create(_)) { Self::ReadWrite } else { self }
    }
}

/// An open file.
#[derive(Debug)]
pub struct Store {
    /// Dropped before the file: what is open of it.
    opened: OpenedCache,
    file: Handle,
    /// Of large groups that were listed lately; forgotten when a link changes.
    names: SortedNames,
    references: Arc<References>,
    /// The rows that were appended by key last.
    ordered: Option<Ordered>,
    access: Access,
    /// Another program writes to it, in such a way that it can be read.
    is_beside_writer: bool,
    limits: StoreLimits,
    /// Dropped last: what the library may open.
    given: Given,
}

impl Store {
    /// Opens the file at `path`, without protection against crashes; errors call it `name`.
    ///
    /// # Errors
    /// As [`Self::open_on`], and when the operating system refuses.
    pub fn open(
        path: &Path,
        name: &str,
        access: Access,
        limits: StoreLimits,
    ) -> Result<Self, StoreError> {
        let mut options = std::fs::OpenOptions::new();
        let options = match access {
            Access::ReadOnly => options.read(true),
            Access::ReadWrite => options.read(true).write(true),
            Access::Create(_) => options.read(true).write(true).create(true).truncate(true),
        };
        let medium = match (options.open(path), access) {
            (Ok(file), Access::ReadOnly) => PlainFile::read_only(file),
            (Ok(file), _) => PlainFile::unprotected(file),
            (Err(error), _) => {
                return Err(StoreError::Open { file: name.to_owned(), message: error.to_string() });
            }
        };
        Self::open_on(Arc::new(medium), name, access, limits)
    }

    /// Opens the file whose bytes are `medium`; errors, and links inside the file, call it `name`.
    ///
    /// # Errors
    /// When it is not HDF5, is damaged, or is marked as open for writing by another program.
    pub fn open_on(
        medium: Arc<dyn Medium>,
        name: &str,
        access: Access,
        limits: StoreLimits,
    ) -> Result<Self, StoreError> {
        let is_new = matches!(access, Access::Create(_));
        let is_beside_writer = !is_new && superblock::check(&*medium, name, access)? == Marks::Swmr;
        let format = superblock::format(&*medium).ok().flatten().unwrap_or_default();
        library::filter::limit_chunks(limits.max_chunk_bytes);
        let opened = locked(|| {
            let given = driver::give(&format!("{SERVED_AS}{name}"), medium)?;
            let file = match access {
                Access::Create(creation) => file::create(given.name(), &creation),
                Access::ReadOnly if is_beside_writer => {
                    file::open(given.name(), file::Opening::BesideWriter)
                }
                Access::ReadOnly => file::open(given.name(), file::Opening::ReadOnly),
                Access::ReadWrite => file::open(given.name(), file::Opening::ReadWrite(format)),
            };
            let file = file?;
            file::limit_metadata(&file, limits.metadata_cache_bytes)?;
            if matches!(access, Access::Create(_)) {
                // What is acknowledged as made is an HDF5 file for every program.
                file::flush(&file)?;
            }
            Ok::<_, library::CallError>((file, given))
        });
        match opened {
            Ok((file, given)) => Ok(Self {
                opened: OpenedCache::default(),
                file,
                names: SortedNames::default(),
                references: Arc::default(),
                ordered: None,
                access,
                is_beside_writer,
                limits,
                given,
            }),
            Err(error) => Err(StoreError::Open { file: name.to_owned(), message: error.message }),
        }
    }

    /// Does what `command` says. `payload` holds the values of a command that came as a binary message.
    ///
    /// # Errors
    /// What was wrong with the command or the file. Commands that are refused have changed nothing; only after
    /// an error of the HDF5 library a change may have been made in part.
    pub fn execute(
        &mut self,
        command: &Command,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        if command.is_change() && self.access == Access::ReadOnly {
            return Err(StoreError::ReadOnly);
        }
        self.lending(command.path(), |store| store.answer_and_forget(command, payload))
    }

    /// Answers, and forgets what the command may have made untrue.
    fn answer_and_forget(
        &mut self,
        command: &Command,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let is_keyed = matches!(command, Command::Append(append) if append.unique_on.is_some());
        if command.is_change() && !is_keyed {
            self.ordered = None;
        }
        let outcome = self.answer(command, payload);
        if outcome.is_err() {
            self.ordered = None;
        }
        let links_stand = outcome.as_ref().is_ok_and(|outcome| {
            let of_link = |change: &Change| {
                matches!(
                    change,
                    Change::Created { .. } | Change::Deleted { .. } | Change::Moved { .. }
                )
            };
            !outcome.changes.iter().any(of_link)
        });
        if command.is_change() && !links_stand {
            self.names.forget();
            self.references.forget();
        }
        outcome
    }

    /// Carries out a command for which the library may ask for other files; that one is refused is an error, or
    /// elements would silently be missing. What was read of files that changed meanwhile is read again.
    fn lending<T>(
        &mut self,
        path: Option<&ObjectPath>,
        mut command: impl FnMut(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let path = || path.cloned().unwrap_or_else(ObjectPath::root);
        let mut attempt = 1;
        loop {
            let (result, Loans { refusal, torn }) = locked(|| {
                driver::during(|| {
                    let result = command(self);
                    self.opened.close_virtual();
                    result
                })
            });
            match (torn, refusal) {
                (Some(file), _) if attempt == READ_AGAIN || self.has_changes() => {
                    let file = file.strip_prefix(SERVED_AS).unwrap_or(&file).to_owned();
                    return Err(StoreError::SourceChanged { path: path(), file });
                }
                (Some(file), _) => tracing::debug!(file, attempt, "changed while it was read"),
                (None, Some(Refusal { name, reason }))
                    if result.as_ref().err().is_none_or(StoreError::is_about_opening) =>
                {
                    return Err(StoreError::SourceRefused { path: path(), file: name, reason });
                }
                (None, _) => return result,
            }
            attempt += 1;
        }
    }

    fn answer(&mut self, command: &Command, payload: Option<&[u8]>) -> Result<Outcome, StoreError> {
        match command {
            Command::List(list) => self.list(list),
            Command::Describe(describe) => self.describe(describe),
            Command::DescribeMany(describe) => self.describe_many(describe),
            Command::Read(read) => self.read(read),
            Command::ReadMany(read) => self.read_many(read),
            Command::CreateGroup(create) => self.create_group(create),
            Command::CreateDataset(create) => self.create_dataset(create, payload),
            Command::CreateNamedDatatype(create) => self.create_named_datatype(create),
            Command::Write(write) => self.write(write, payload),
            Command::Update(update) => self.update(update, payload),
            Command::Append(append) => self.append(append, payload),
            Command::Insert(insert) => self.insert(insert, payload),
            Command::Resize(resize) => self.resize(resize),
            Command::Fill(fill) => self.fill(fill, payload),
            Command::Points(points) => self.read_points(points),
            Command::WritePoints(points) => self.write_points(points, payload),
            Command::Link(link) => self.link(link),
            Command::Move(relocate) => self.relocate(relocate),
            Command::Copy(copy) => self.copy(copy),
            Command::Delete(delete) => self.delete(delete),
            Command::Batch(batch) => self.batch(batch, payload),
            Command::Attributes(attributes) => self.attributes(attributes),
            Command::ReadAttribute(read) => self.read_attribute(read),
            Command::WriteAttribute(write) => self.write_attribute(write, payload),
            Command::RenameAttribute(rename) => self.rename_attribute(rename),
            Command::DeleteAttribute(delete) => self.delete_attribute(delete),
            Command::FileInfo(_) => self.file_info(),
            Command::Flush(_) => {
                self.flush()?;
                Outcome::answer(&ObjectPath::root(), &reply::Done {}, Vec::new())
            }
            other => Err(StoreError::NotForFile { command: other.name() }),
        }
    }

    /// Whether another program writes to the file meanwhile (SWMR).
    pub fn is_beside_writer(&self) -> bool {
        self.is_beside_writer
    }

    /// Takes the marks "open for writing" of a program that has died out of the file, and lets the library count with
    /// all of the file's bytes (`h5clear -s`, `H5Fincrement_filesize`).
    ///
    /// # Errors
    /// When the library cannot open the file all the same.
    pub fn clear_marks(medium: Arc<dyn Medium>, name: &str) -> Result<(), StoreError> {
        let cleared = locked(|| {
            let given = driver::give(&format!("{SERVED_AS}{name}"), medium)?;
            let file = file::open(given.name(), file::Opening::ClearingMarks)?;
            file::count_all_bytes(&file)?;
            file::close(file)
        });
        cleared.map_err(|error| StoreError::Open { file: name.to_owned(), message: error.message })
    }

    /// From here on [`Self::has_changes`] says whether anything was changed.
    pub fn forget_changes(&mut self) {
        changing::forget();
    }

    /// Whether the file may be another one than before, even if the command that did it has failed.
    pub fn has_changes(&self) -> bool {
        changing::has_changed()
    }

    /// What a selection of a dataset means now, however much it is.
    ///
    /// # Errors
    /// As `read`.
    pub fn plan(
        &mut self,
        path: &ObjectPath,
        selection: &Selection,
        fields: Option<&Fields>,
    ) -> Result<ReadPlan, StoreError> {
        self.lending(Some(path), |store| store.read_plan(path, selection, fields))
    }

    /// What a query looks at.
    ///
    /// # Errors
    /// As `query`.
    pub fn plan_query(&mut self, query: &command::Query) -> Result<QueryPlan, StoreError> {
        self.lending(Some(&query.path), |store| store.query_plan(query))
    }

    /// Looks at one block of a query; the rows that pass, as a values payload.
    ///
    /// # Errors
    /// As `query`; also when the dataset has become smaller since the plan was made.
    pub fn query_block(&mut self, block: &QueryBlock) -> Result<(Matches, Vec<u8>), StoreError> {
        self.lending(None, |store| store.query_rows(block))
    }

    /// Reads one block of a plan: a part of its selection, as a values payload.
    ///
    /// # Errors
    /// As `read`; also when the dataset has become smaller since the plan was made.
    pub fn read_block(
        &mut self,
        path: &ObjectPath,
        selection: &ResolvedSelection,
        fields: Option<&Fields>,
    ) -> Result<Vec<u8>, StoreError> {
        self.lending(Some(path), |store| store.block(path, selection, fields))
    }

    /// Hands everything that HDF5 holds in memory to the operating system (`H5Fflush`).
    ///
    /// # Errors
    /// When the library or the disk refuses.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        locked(|| file::flush(&self.file)).at(&ObjectPath::root())
    }

    /// Writes what is pending and closes the file.
    ///
    /// # Errors
    /// When the library or the disk refuses; the file is closed all the same.
    pub fn close(self) -> Result<(), StoreError> {
        let Self { mut opened, file, given: _given, .. } = self;
        locked(|| {
            opened.clear();
            file::close(file)
        })
        .at(&ObjectPath::root())
    }
}
