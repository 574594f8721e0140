//! What the server and its clients have to know of any command, whichever it is.

use super::{
    Append, Attributes, Command, Copy, CreateDataset, CreateGroup, Delete, DeleteAttribute,
    Describe, Encoding, Fill, Insert, Link, List, Move, Points, Read, ReadAttribute,
    RenameAttribute, Resize, Sample, Stats, Subscribe, Update, Write, WriteAttribute, WritePoints,
};
use crate::model::ObjectPath;

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
        match self {
            Self::List(List { path, .. })
            | Self::Describe(Describe { path })
            | Self::Read(Read { path, .. })
            | Self::Stats(Stats { path, .. })
            | Self::Sample(Sample { path, .. })
            | Self::CreateGroup(CreateGroup { path, .. })
            | Self::CreateDataset(CreateDataset { path, .. })
            | Self::Write(Write { path, .. })
            | Self::Update(Update { path, .. })
            | Self::Append(Append { path, .. })
            | Self::Insert(Insert { path, .. })
            | Self::Resize(Resize { path, .. })
            | Self::Fill(Fill { path, .. })
            | Self::Points(Points { path, .. })
            | Self::WritePoints(WritePoints { path, .. })
            | Self::Link(Link { path, .. })
            | Self::Move(Move { path, .. })
            | Self::Copy(Copy { path, .. })
            | Self::Delete(Delete { path })
            | Self::Attributes(Attributes { path })
            | Self::ReadAttribute(ReadAttribute { path, .. })
            | Self::WriteAttribute(WriteAttribute { path, .. })
            | Self::RenameAttribute(RenameAttribute { path, .. })
            | Self::DeleteAttribute(DeleteAttribute { path, .. })
            | Self::Subscribe(Subscribe { path, .. }) => Some(path),
            Self::Hello(_)
            | Self::Ping(_)
            | Self::Files(_)
            | Self::CreateFile(_)
            | Self::FileInfo(_)
            | Self::CloseFile(_)
            | Self::DeleteFile(_)
            | Self::Flush(_)
            | Self::Unsubscribe(_)
            | Self::ReadMany(_)
            | Self::Batch(_)
            | Self::Cancel(_) => None,
        }
    }

    /// How the values of the answer come back, of commands that let the client choose.
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Read(read) => read.encoding,
            Self::ReadMany(read) => read.encoding,
            Self::Points(read) => read.encoding,
            Self::Sample(sample) => sample.encoding,
            Self::ReadAttribute(read) => read.encoding,
            _ => Encoding::Json,
        }
    }
}
