//! What the server and its clients have to know of any command, whichever it is.

use super::{
    Append, Attributes, Command, Copy, CreateDataset, CreateGroup, CreateNamedDatatype, Delete,
    DeleteAttribute, Describe, Encoding, Fill, Insert, Link, LinkKind, List, Move, Points, Query,
    Read, ReadAttribute, RenameAttribute, Resize, Sample, Search, Stats, Subscribe, Update, Walk,
    Write, WriteAttribute, WritePoints,
};
use crate::model::ObjectPath;

/// The path of a command, borrowed as the command is.
macro_rules! path_of {
    ($command:expr) => {
        match $command {
            Command::List(List { path, .. })
            | Command::Describe(Describe { path })
            | Command::Walk(Walk { path, .. })
            | Command::Search(Search { path, .. })
            | Command::Read(Read { path, .. })
            | Command::Query(Query { path, .. })
            | Command::Stats(Stats { path, .. })
            | Command::Sample(Sample { path, .. })
            | Command::CreateGroup(CreateGroup { path, .. })
            | Command::CreateDataset(CreateDataset { path, .. })
            | Command::CreateNamedDatatype(CreateNamedDatatype { path, .. })
            | Command::Write(Write { path, .. })
            | Command::Update(Update { path, .. })
            | Command::Append(Append { path, .. })
            | Command::Insert(Insert { path, .. })
            | Command::Resize(Resize { path, .. })
            | Command::Fill(Fill { path, .. })
            | Command::Points(Points { path, .. })
            | Command::WritePoints(WritePoints { path, .. })
            | Command::Link(Link { path, .. })
            | Command::Move(Move { path, .. })
            | Command::Copy(Copy { path, .. })
            | Command::Delete(Delete { path })
            | Command::Attributes(Attributes { path })
            | Command::ReadAttribute(ReadAttribute { path, .. })
            | Command::WriteAttribute(WriteAttribute { path, .. })
            | Command::RenameAttribute(RenameAttribute { path, .. })
            | Command::DeleteAttribute(DeleteAttribute { path, .. })
            | Command::Subscribe(Subscribe { path, .. }) => Some(path),
            Command::Hello(_)
            | Command::Ping(_)
            | Command::Files(_)
            | Command::CreateFile(_)
            | Command::FileInfo(_)
            | Command::CloseFile(_)
            | Command::DeleteFile(_)
            | Command::Flush(_)
            | Command::Unsubscribe(_)
            | Command::DescribeMany(_)
            | Command::ReadMany(_)
            | Command::Batch(_)
            | Command::Cancel(_) => None,
        }
    };
}

impl Command {
    /// Whether the command changes its file.
    pub fn is_change(&self) -> bool {
        if let Self::Batch(batch) = self {
            return batch.commands.iter().any(|step| step.command.is_change());
        }
        matches!(
            self,
            Self::CreateFile(_)
                | Self::DeleteFile(_)
                | Self::CreateGroup(_)
                | Self::CreateDataset(_)
                | Self::CreateNamedDatatype(_)
                | Self::Write(_)
                | Self::Update(_)
                | Self::Append(_)
                | Self::Insert(_)
                | Self::Resize(_)
                | Self::Fill(_)
                | Self::WritePoints(_)
                | Self::Link(_)
                | Self::Move(_)
                | Self::Copy(_)
                | Self::Delete(_)
                | Self::WriteAttribute(_)
                | Self::RenameAttribute(_)
                | Self::DeleteAttribute(_)
        )
    }

    /// The path the command is about, if it is about one.
    pub fn path(&self) -> Option<&ObjectPath> {
        path_of!(self)
    }

    /// As [`Self::path`], to put another one in its place.
    pub fn path_mut(&mut self) -> Option<&mut ObjectPath> {
        path_of!(self)
    }

    /// The paths in the command's file, [`Self::path`] first; each with whether the link that it ends with is followed.
    /// But for those of a copy they have to end in one file.
    pub fn ways(&self) -> Vec<(ObjectPath, bool)> {
        let follows_last = !matches!(self, Self::Delete(_) | Self::Move(_) | Self::Link(_));
        let second = match self {
            Self::Move(relocate) => Some((relocate.to.clone(), false)),
            Self::Copy(copy) if copy.from_file.is_some() => return vec![(copy.to.clone(), false)],
            Self::Copy(copy) => Some((copy.to.clone(), false)),
            Self::Link(link) if link.kind == LinkKind::Hard => {
                ObjectPath::new(&link.target).ok().map(|target| (target, true))
            }
            Self::CreateDataset(CreateDataset { named_datatype, .. })
            | Self::WriteAttribute(WriteAttribute { named_datatype, .. }) => {
                named_datatype.clone().map(|path| (path, true))
            }
            _ => None,
        };
        self.path().cloned().map(|path| (path, follows_last)).into_iter().chain(second).collect()
    }

    /// Puts others in place of [`Self::ways`], of anything but a copy.
    pub fn set_ways(&mut self, paths: impl IntoIterator<Item = ObjectPath>) {
        let mut paths = paths.into_iter();
        if let (Some(place), Some(path)) = (self.path_mut(), paths.next()) {
            *place = path;
        }
        let Some(second) = paths.next() else { return };
        match self {
            Self::Move(relocate) => relocate.to = second,
            Self::Link(link) => second.as_str().clone_into(&mut link.target),
            Self::CreateDataset(CreateDataset { named_datatype, .. })
            | Self::WriteAttribute(WriteAttribute { named_datatype, .. }) => {
                *named_datatype = Some(second);
            }
            _ => {}
        }
    }

    /// All paths that a change is about.
    pub fn changed_paths(&self) -> Vec<&ObjectPath> {
        match self {
            Self::Batch(batch) => {
                let changes = batch.commands.iter().filter(|step| step.command.is_change());
                changes.flat_map(|step| step.command.changed_paths()).collect()
            }
            Self::Move(Move { path, to, .. }) => vec![path, to],
            Self::Copy(Copy { to, .. }) => vec![to],
            command => command.path().into_iter().collect(),
        }
    }

    /// How the values of the answer come back, of commands that let the client choose.
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Read(read) => read.encoding,
            Self::Query(query) => query.encoding,
            Self::ReadMany(read) => read.encoding,
            Self::Points(read) => read.encoding,
            Self::Sample(sample) => sample.encoding,
            Self::ReadAttribute(read) => read.encoding,
            _ => Encoding::Json,
        }
    }
}
