//! What a worker is lent beside its own file: other served files as they are committed, to be read.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use hdf5_async_protocol::message::{ErrorCode, ErrorReply};

use super::Files;
use crate::catalog::sources::{NoSource, OpenedSource, Source};
use crate::file::Class;
use crate::store::SERVED_AS;
use crate::worker::job::Work;
use crate::worker::lending::{Answer, serve};

/// Two files that are sources of each other would wait for each other for ever.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Lets somebody answer the worker of `name`; what is returned is the worker's end.
pub(super) fn open_desk(files: &Weak<Files>, name: &str) -> std::io::Result<UnixStream> {
    let (front, worker) = UnixStream::pair()?;
    let (files, asker): (_, Arc<str>) = (Weak::clone(files), name.into());
    tokio::spawn(async move {
        let served = serve(front, |asked| {
            let (files, asker) = (files.upgrade(), Arc::clone(&asker));
            async move {
                match files {
                    Some(files) => files.source(&asker, &asked).await,
                    None => Answer::Refused("the server is about to end".to_owned()),
                }
            }
        });
        if let Err(error) = served.await {
            tracing::warn!(file = &*asker, %error, "a worker could not be answered");
        }
    });
    Ok(worker)
}

impl Files {
    async fn source(&self, asker: &str, asked: &str) -> Answer {
        match self.lend(asker, asked).await {
            Ok(OpenedSource { file, log }) => Answer::File(file, log),
            Err(NoSource::Missing) => Answer::Missing,
            Err(NoSource::Refused(reason)) => Answer::Refused(reason),
        }
    }

    async fn lend(&self, asker: &str, asked: &str) -> Result<OpenedSource, NoSource> {
        let Source { name, has_log } = self.catalog.source(asked)?;
        if name == asker {
            let reason = "it is the file itself, which is called \".\"";
            return Err(NoSource::Refused(reason.to_owned()));
        }
        let is_open = self.if_open(&name).is_some_and(|file| !file.is_closed());
        if is_open || has_log {
            match tokio::time::timeout(MAX_WAIT, self.settle(&name)).await {
                Ok(settled) => settled.map_err(NoSource::Refused)?,
                // What is acknowledged as safe is in the log in any case.
                Err(_) if is_open => tracing::debug!(file = name, "is lent while it is busy"),
                Err(_) => return Err(NoSource::Refused(format!("{name} is busy; try again"))),
            }
        }
        self.catalog.open_source(asked)
    }

    /// The served file that a virtual dataset of `holder` names as `file`.
    ///
    /// # Errors
    /// `file_not_found` where there is none, `unsupported` where it may not be read.
    pub fn source_name(&self, holder: &str, file: &str) -> Result<String, ErrorReply> {
        let beside = Path::new(holder).parent().unwrap_or(Path::new(""));
        let asked = match file.strip_prefix('/') {
            Some(_) => file.to_owned(),
            None => format!("{SERVED_AS}{}", beside.join(file).display()),
        };
        let found = self.catalog.source(&asked).map_err(|error| {
            let code = match &error {
                NoSource::Missing => ErrorCode::FileNotFound,
                NoSource::Refused(_) => ErrorCode::Unsupported,
            };
            let message =
                format!("the source {file:?} of the virtual dataset cannot be used: {error}");
            ErrorReply::new(code, message)
        });
        found.map(|source| source.name)
    }

    /// Has everything that was answered made safe, and put into the file unless somebody reads that right now.
    async fn settle(&self, name: &str) -> Result<(), String> {
        loop {
            match self.ask(name, Work::Settle {}, Class::Small).await {
                // The next worker finds all of it in the log. After a few deaths the file is not opened again for a while.
                Err(error) if error.code == ErrorCode::WorkerLost => {}
                settled => return settled.map(drop).map_err(|error| error.message),
            }
        }
    }
}
