//! `cp`: an object with all below it, by the server within its files, by this program onto another server.

use std::io::Write as _;

use clap::Args;
use hdf5_async_client::Location;
use hdf5_async_client::protocol::message::command::Copy;
use hdf5_async_client::protocol::model::ObjectPath;
use serde_json::json;

use crate::carry::carry;
use crate::destination::{beside, same_file, within};
use crate::failure::Failure;
use crate::screen::Options;
use crate::wording;

#[derive(Debug, Args)]
pub struct Cp {
    /// ws://HOST:PORT/FILE:/PATH of the object
    from: String,
    /// The address of the copy, or its path in the same file; into a group that is there
    to: String,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    pub(super) options: Options,
}

/// HDF5's options, for copies on one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
struct How {
    /// Of a group copy only its own links, not what is below its groups
    #[arg(long)]
    shallow: bool,
    /// Copy what soft links lead to in place of the links
    #[arg(long)]
    expand_soft: bool,
    /// Copy what external links lead to in place of the links
    #[arg(long)]
    expand_external: bool,
    /// Copy what references lead to, too, and let them lead to the copies; otherwise they become null
    #[arg(long)]
    expand_refs: bool,
    /// Leave out the attributes
    #[arg(long)]
    without_attributes: bool,
}

impl How {
    fn copy(self, path: &ObjectPath, to: &ObjectPath, from_file: Option<String>) -> Copy {
        Copy {
            path: path.clone(),
            to: to.clone(),
            from_file,
            shallow: self.shallow,
            expand_soft: self.expand_soft,
            expand_external: self.expand_external,
            expand_refs: self.expand_refs,
            without_attrs: self.without_attributes,
        }
    }

    fn is_plain(self) -> bool {
        let Self { shallow, expand_soft, expand_external, expand_refs, without_attributes } = self;
        !(shallow || expand_soft || expand_external || expand_refs || without_attributes)
    }
}

/// What became of a copy that left its file.
struct Elsewhere<'to> {
    to: &'to Location,
    /// How many objects were carried; the server does not count its own.
    objects: Option<usize>,
}

impl Cp {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let from = self.options.access.location(&self.from)?;
        let to = beside(&self.options.access, &from, &self.to)?;
        let one_server = from.address.authority() == to.address.authority();
        let served = from.address.file.clone().filter(|_| one_server);
        if served.is_none() && !same_file(&from, &to) && !self.how.is_plain() {
            let message = "options of a copy are for two files of one server, both named";
            return Err(Failure::Usage(message.to_owned()));
        }
        let file = self.options.access.file(&from, "cp").await?;
        let source = from.object();
        if same_file(&from, &to) {
            let target = within(&file, &to.object(), &source).await?;
            file.call(self.how.copy(&source, &target, None)).await?;
            return self.report(&source, &target, None);
        }
        let other = self.options.access.file(&to, "cp").await?;
        let target = within(&other, &to.object(), &source).await?;
        let mut elsewhere = Elsewhere { to: &to, objects: None };
        if served.is_some() {
            other.call(self.how.copy(&source, &target, served)).await?;
        } else {
            elsewhere.objects = Some(carry(&file, &source, &other, &target).await?);
        }
        self.report(&source, &target, Some(&elsewhere))
    }

    fn report(
        &self,
        source: &ObjectPath,
        target: &ObjectPath,
        elsewhere: Option<&Elsewhere<'_>>,
    ) -> Result<(), Failure> {
        let mut screen = self.options.screen();
        let file = elsewhere.and_then(|elsewhere| elsewhere.to.address.file.as_deref());
        if screen.json() {
            let mut done = json!({"path": source, "copy": target});
            if let Some(elsewhere) = elsewhere {
                done["file"] = json!(file);
                if let Some(objects) = elsewhere.objects {
                    done["objects"] = json!(objects);
                }
            }
            screen.document(&done)?;
        } else {
            let place = file.map_or_else(|| target.to_string(), |file| format!("{file}:{target}"));
            let (source, place) = (wording::printable(source.as_str()), wording::printable(&place));
            writeln!(screen, "copied {source} to {place}")?;
        }
        Ok(screen.finish()?)
    }
}
