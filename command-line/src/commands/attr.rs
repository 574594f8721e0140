//! `attr`: the attributes of an object, one subcommand for each thing to do with them.

use std::io::Write as _;

use clap::{Args, Subcommand};
use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::Datatype;
use serde_json::json;
use serde_json::value::RawValue;

use super::describe::attribute_row;
use super::write::report;
use crate::columns::Cell;
use crate::failure::Failure;
use crate::format::{Elements, plain};
use crate::input;
use crate::screen::{Options, Screen};
use crate::wording;

#[derive(Debug, Subcommand)]
pub enum Attr {
    /// List the attributes of an object
    List(List),
    /// Print the value of an attribute, whatever its size
    Get(Get),
    /// Make an attribute or replace its value
    Set(Set),
    /// Give an attribute another name
    Rename(Rename),
    /// Delete attributes
    Delete(Delete),
}

#[derive(Debug, Args)]
pub struct List {
    /// ws://HOST:PORT/FILE:/PATH; without a path the root group
    address: String,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
pub struct Get {
    /// ws://HOST:PORT/FILE:/PATH; without a path the root group
    address: String,
    /// Its name
    name: String,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
pub struct Set {
    /// ws://HOST:PORT/FILE:/PATH; without a path the root group
    address: String,
    /// Its name
    name: String,
    /// The value as JSON: 5, '[1, 2]', '"text"'; what is no JSON is taken as text
    #[arg(allow_negative_numbers = true)]
    value: String,
    /// The value is text, even where it looks like JSON
    #[arg(long)]
    text: bool,
    /// The datatype of the value: numpy's notation such as '<f4', or JSON as describe shows it
    #[arg(long, short, value_name = "DATATYPE", value_parser = input::datatype)]
    datatype: Option<Datatype>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
pub struct Rename {
    /// ws://HOST:PORT/FILE:/PATH; without a path the root group
    address: String,
    /// Its name
    name: String,
    /// Its new name
    to: String,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
pub struct Delete {
    /// ws://HOST:PORT/FILE:/PATH; without a path the root group
    address: String,
    /// Their names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    options: Options,
}

impl Attr {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run().await,
            Self::Get(get) => get.run().await,
            Self::Set(set) => set.run().await,
            Self::Rename(rename) => rename.run().await,
            Self::Delete(delete) => delete.run().await,
        }
    }

    pub(super) fn options(&self) -> &Options {
        match self {
            Self::List(List { options, .. })
            | Self::Get(Get { options, .. })
            | Self::Set(Set { options, .. })
            | Self::Rename(Rename { options, .. })
            | Self::Delete(Delete { options, .. }) => options,
        }
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "attr list").await?;
        let attributes = file.attributes(location.object().as_str()).await?.reply.attributes;
        let mut screen = self.options.screen();
        if screen.json() {
            for attribute in &attributes {
                screen.document(attribute)?;
            }
        } else {
            let rows = attributes.iter().map(|attribute| {
                let mut row = attribute_row(attribute);
                row[0] = Cell::new(wording::printable(&attribute.name));
                row
            });
            screen.rows(&rows.collect::<Vec<_>>())?;
        }
        Ok(screen.finish()?)
    }
}

impl Get {
    async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "attr get").await?;
        let values = file.read_attribute(location.object().as_str(), &self.name).await?.reply;
        let mut screen = self.options.screen();
        if screen.json() {
            let value = RawValue::from_string(values.to_json()?)?;
            screen.document(&json!({
                "name": self.name, "datatype": values.datatype, "shape": values.shape, "value": value,
            }))?;
        } else {
            print(&mut screen, &values)?;
        }
        Ok(screen.finish()?)
    }
}

/// An element a line, so that a script can use a text as it is.
fn print(screen: &mut Screen, values: &Values) -> Result<(), Failure> {
    if values.shape.is_none() {
        return Ok(writeln!(screen, "null")?);
    }
    for element in Elements::new(values)?.texts()? {
        let text = plain(element.get());
        writeln!(screen, "{}", screen.text(&text))?;
    }
    Ok(())
}

impl Set {
    async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let value = if self.text {
            serde_json::value::to_raw_value(&self.value)?
        } else {
            input::argument(&self.value)?
        };
        let file = self.options.access.file(&location, "attr set").await?;
        let path = location.object();
        let answer = file.write_attribute_json(path.as_str(), &self.name, value, self.datatype);
        report(&self.options, path.clone(), answer.await?)
    }
}

impl Rename {
    async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "attr rename").await?;
        let path = location.object();
        file.rename_attribute(path.as_str(), &self.name, &self.to).await?;
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&json!({"path": path, "name": self.name, "to": self.to}))?;
        } else {
            let (name, to) = (wording::printable(&self.name), wording::printable(&self.to));
            writeln!(screen, "renamed {name} of {} to {to}", wording::printable(path.as_str()))?;
        }
        Ok(screen.finish()?)
    }
}

impl Delete {
    async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "attr delete").await?;
        let path = location.object();
        let mut screen = self.options.screen();
        for name in &self.names {
            file.delete_attribute(path.as_str(), name).await?;
            if screen.json() {
                screen.document(&json!({"path": path, "deleted": name}))?;
            } else {
                let (path, name) = (wording::printable(path.as_str()), wording::printable(name));
                writeln!(screen, "deleted {name} of {path}")?;
            }
        }
        Ok(screen.finish()?)
    }
}
