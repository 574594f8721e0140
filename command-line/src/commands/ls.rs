//! `ls`: the files of a server, the links of a group, or one object as a line.

use clap::Args;
use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_client::protocol::message::command::Files;
use hdf5_async_client::protocol::message::reply::FileInfo;
use hdf5_async_client::protocol::model::{Child, Link, ObjectInfo, ObjectKind, ObjectPath};
use hdf5_async_client::{CallError, Client, File};

use crate::columns::Cell;
use crate::failure::Failure;
use crate::paint::Tone;
use crate::screen::{Options, Screen};
use crate::wording;

#[derive(Debug, Args)]
pub struct Ls {
    /// ws://HOST:PORT for the files of a server, ws://HOST:PORT/FILE:/PATH for the links of a group
    address: String,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Ls {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let client = self.options.access.connect(&location, "ls").await?;
        let mut screen = self.options.screen();
        if location.address.file.is_none() && location.path.is_none() {
            files(&client, &mut screen).await?;
        } else {
            object(&client.default_file(), &location.object(), &mut screen).await?;
        }
        Ok(screen.finish()?)
    }
}

async fn files(client: &Client, screen: &mut Screen) -> Result<(), Failure> {
    let files = client.call(Files::default()).await?.reply.files;
    if screen.json() {
        for file in &files {
            screen.document(file)?;
        }
        return Ok(());
    }
    let rows: Vec<Vec<Cell>> = files.iter().map(file_row).collect();
    Ok(screen.rows(&rows)?)
}

fn file_row(file: &FileInfo) -> Vec<Cell> {
    vec![
        Cell::new(wording::printable(&file.name)),
        Cell::new(wording::bytes(file.bytes)).right(),
        Cell::new(wording::time(file.modified)).tone(Tone::Quiet),
        Cell::new(if file.read_only { "read-only" } else { "" }).tone(Tone::Quiet),
    ]
}

/// Page by page, so that neither side holds all links of a large group.
async fn object(file: &File, path: &ObjectPath, screen: &mut Screen) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        let page = match file.list(path.as_str(), offset, None).await {
            Err(CallError::Refused(error)) if error.code == ErrorCode::WrongKind && offset == 0 => {
                let object = file.describe(path.as_str()).await?.reply.object;
                return print(screen, &[as_child(object)]);
            }
            page => page?.reply,
        };
        print(screen, &page.children)?;
        offset += page.children.len() as u64;
        if page.children.is_empty() || offset >= page.total {
            return Ok(());
        }
    }
}

fn print(screen: &mut Screen, children: &[Child]) -> Result<(), Failure> {
    if screen.json() {
        for child in children {
            screen.document(child)?;
        }
        return Ok(());
    }
    let rows: Vec<Vec<Cell>> = children.iter().map(row).collect();
    Ok(screen.rows(&rows)?)
}

/// An object that is no group, as a line of a listing.
fn as_child(object: ObjectInfo) -> Child {
    let mut child = Child {
        name: object.path.name().unwrap_or("/").to_owned(),
        link: object.link,
        kind: Some(object.kind),
        datatype: object.datatype,
        shape: None,
        n_attributes: object.attributes.len() as u64,
        address: object.address,
        n_children: object.n_children,
    };
    if let Some(dataset) = object.dataset {
        child.datatype = Some(dataset.datatype);
        child.shape = dataset.shape;
    }
    child
}

fn row(child: &Child) -> Vec<Cell> {
    vec![
        Cell::new(label(child)).tone(tone(child)),
        Cell::new(extent(child)),
        Cell::new(child.datatype.as_ref().map(wording::datatype).unwrap_or_default()),
        Cell::new(match child.n_attributes {
            0 => String::new(),
            count => wording::count(count, "attribute"),
        })
        .tone(Tone::Quiet),
    ]
}

/// `group/`, `dataset`, `link -> target`.
pub(super) fn label(child: &Child) -> String {
    let mut label = wording::printable(&child.name).into_owned();
    if child.kind == Some(ObjectKind::Group) {
        label.push('/');
    }
    if let Some(target) = wording::link_target(&child.link) {
        label.push_str(" -> ");
        label.push_str(&target);
    }
    label
}

pub(super) fn tone(child: &Child) -> Tone {
    match (child.kind, &child.link) {
        (None, Link::Soft { .. }) => Tone::Broken,
        (_, Link::Soft { .. } | Link::External { .. } | Link::UserDefined { .. }) => Tone::Link,
        (Some(ObjectKind::Group), _) => Tone::Group,
        (Some(ObjectKind::NamedDatatype), _) => Tone::NamedDatatype,
        _ => Tone::Dataset,
    }
}

/// How much there is of it.
pub(super) fn extent(child: &Child) -> String {
    match (child.kind, &child.link) {
        (Some(ObjectKind::Group), _) => {
            child.n_children.map(|count| wording::count(count, "link")).unwrap_or_default()
        }
        (Some(ObjectKind::Dataset), _) => wording::shape(child.shape.as_deref()),
        (Some(ObjectKind::NamedDatatype), _) => "datatype".to_owned(),
        (None, Link::Soft { .. }) => "dangling".to_owned(),
        (None, _) => String::new(),
    }
}
