//! `hdf5-async watch`: every change of a server's files as one line each, for people or as JSON.

use std::io::Write;

use futures::stream::{SelectAll, StreamExt as _};
use hdf5_async_protocol::message::command::Files;
use hdf5_async_protocol::message::{Change, Event, Reason};
use hdf5_async_protocol::model::{Link, ObjectKind, Selection};

use crate::client::Client;
use crate::error::{CallError, ConnectError};
use crate::options::ConnectOptions;
use crate::subscription::{EventStream, Resync, ResyncCause, Update};

/// What to watch, and how to print it.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// Without a file in the address all files of the server are watched.
    pub connect: ConnectOptions,
    /// Changes at or below this path.
    pub path: String,
    pub format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `12:03:04.123  /entry/data  written 0:10  by scan.py`; the time is UTC.
    #[default]
    Text,
    /// The event as the server sent it.
    Json,
}

#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the events cannot be printed: {0}")]
    Output(#[from] std::io::Error),
}

/// Prints until the future is dropped; a lost connection is made again.
///
/// # Errors
/// When the first connection cannot be made, the server refuses, or `out` does not take the lines.
pub async fn run(options: WatchOptions, out: &mut impl Write) -> Result<(), WatchError> {
    let client = Client::connect(options.connect).await?;
    let files = match &client.options().address.file {
        Some(file) => vec![file.clone()],
        None => file_names(&client).await?,
    };
    let show_file = files.len() > 1;
    let mut streams: SelectAll<NamedStream> = SelectAll::new();
    for file in files {
        let stream = client.file(&file).subscribe(&options.path).await?;
        streams.push(Box::pin(stream.map(move |update| (file.clone(), update))));
    }
    while let Some((file, update)) = streams.next().await {
        let line = match options.format {
            Format::Json => json_line(&file, &update?)?,
            Format::Text => text_line(show_file.then_some(&*file), &update?),
        };
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    Ok(())
}

type NamedStream =
    futures::stream::BoxStream<'static, (String, <EventStream as futures::Stream>::Item)>;

async fn file_names(client: &Client) -> Result<Vec<String>, CallError> {
    let files = client.call(Files::default()).await?.reply.files;
    Ok(files.into_iter().map(|file| file.name).collect())
}

fn json_line(file: &str, update: &Update) -> std::io::Result<String> {
    let line = match update {
        Update::Event(event) => serde_json::to_string(event)?,
        Update::Resync(resync) => {
            let note = serde_json::json!({
                "resync": describe_resync(resync), "file": file, "position": resync.position,
            });
            note.to_string()
        }
    };
    Ok(line)
}

fn text_line(file: Option<&str>, update: &Update) -> String {
    let file = file.map(|file| format!("{}:", printable(file))).unwrap_or_default();
    match update {
        Update::Event(event) => {
            let path = event.change.path().map_or("/", |path| path.as_str());
            let by = event.by.as_deref().map(|name| format!("  by {}", printable(name)));
            format!(
                "{}  {file}{}  {}{}",
                clock(event.time),
                printable(path),
                describe_change(event),
                by.unwrap_or_default()
            )
        }
        Update::Resync(resync) => {
            format!("--:--:--.---  {file}/  {}", describe_resync(resync))
        }
    }
}

fn describe_change(event: &Event) -> String {
    match &event.change {
        Change::Created { kind, link, .. } => describe_created(*kind, link.as_ref()),
        Change::Deleted { .. } => "deleted".to_owned(),
        Change::Moved { to, .. } => format!("moved to {}", printable(to.as_str())),
        Change::Written { region, shape, .. } => format!("written {}", region_text(region, shape)),
        Change::Resized { old_shape, shape, .. } => {
            format!("resized {} to {}", shape_text(old_shape), shape_text(shape))
        }
        Change::AttributeWritten { name, .. } => format!("attribute {} written", printable(name)),
        Change::AttributeDeleted { name, .. } => format!("attribute {} deleted", printable(name)),
        Change::FileOpened {} => "file opened".to_owned(),
        Change::FileClosed {} => "file closed".to_owned(),
        Change::FileChanged { reason, message } => {
            describe_file_change(*reason, message.as_deref())
        }
        Change::FilesChanged { .. } => "files appeared or vanished".to_owned(),
        Change::Lagged { from, to } => format!("events {from} to {to} were lost"),
    }
}

fn describe_file_change(reason: Option<Reason>, message: Option<&str>) -> String {
    let what = match reason {
        Some(Reason::WorkerLost) => "file opened again after a crash of its worker",
        Some(Reason::Emptied) => "file made anew",
        Some(Reason::Replaced) => "file replaced by another",
        Some(Reason::Deleted) => "file deleted",
        Some(Reason::WriterOpened) => "file written by a program in SWMR mode from now on",
        Some(Reason::WriterClosed) => "file closed by the program that wrote to it in SWMR mode",
        Some(Reason::WriterLost) => {
            "file left unclosed by the program that wrote to it in SWMR mode"
        }
        _ => "file changed by another program",
    };
    match message {
        Some(message) => format!("{what}: {}", printable(message)),
        None => what.to_owned(),
    }
}

fn describe_created(kind: Option<ObjectKind>, link: Option<&Link>) -> String {
    match link {
        None | Some(Link::Hard) => format!("created {}", kind.map_or("object", kind_name)),
        Some(Link::Soft { target }) => format!("created link to {}", printable(target)),
        Some(Link::External { file, target }) => {
            format!("created link to {}:{}", printable(file), printable(target))
        }
        Some(Link::UserDefined { class }) => format!("created link of class {class}"),
    }
}

fn describe_resync(resync: &Resync) -> String {
    match resync.cause {
        ResyncCause::Lagged { from, to } | ResyncCause::Overflow { from, to } => {
            format!("events {from} to {to} were lost")
        }
        ResyncCause::HistoryLost => "events were lost while the connection was down".to_owned(),
        ResyncCause::NewEpoch => "the file was opened again; events may be lost".to_owned(),
    }
}

fn kind_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "group",
        ObjectKind::Dataset => "dataset",
        ObjectKind::NamedDatatype => "named datatype",
    }
}

/// A scalar has no axes to name.
fn region_text(region: &Selection, shape: &[u64]) -> String {
    if shape.is_empty() { "value".to_owned() } else { region.to_string() }
}

fn shape_text(shape: &[u64]) -> String {
    let dims: Vec<String> = shape.iter().map(u64::to_string).collect();
    dims.join("x")
}

/// Names come from strangers; a control character must not reach the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// The time of day in UTC, to the millisecond.
fn clock(time: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time outside the range of u64 is shown as its end"
    )]
    let millis = (time * 1000.0).round() as u64;
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{millis:03}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use hdf5_async_protocol::message::Position;
    use hdf5_async_protocol::model::ObjectPath;

    use super::*;

    fn event(change: Change, by: Option<&str>) -> Update {
        let position = Position { epoch: 1, seq: 2 };
        let event = Event::of_nobody("f.h5", position, 1_700_000_000.123, change);
        Update::Event(Event { by: by.map(str::to_owned), ..event })
    }

    #[test]
    fn a_line_says_when_where_what_and_who() {
        let path = ObjectPath::new("/entry/data").unwrap();
        let region = "0:10".parse().unwrap();
        let written = Change::Written {
            path: path.clone(),
            region,
            old_shape: None,
            shape: vec![10],
            values: None,
        };
        assert_eq!(
            text_line(None, &event(written, Some("scan.py"))),
            "22:13:20.123  /entry/data  written 0:10  by scan.py"
        );
        let resized = Change::Resized { path, old_shape: vec![2, 3], shape: vec![4, 3] };
        assert_eq!(
            text_line(Some("f.h5"), &event(resized, None)),
            "22:13:20.123  f.h5:/entry/data  resized 2x3 to 4x3"
        );
    }

    #[test]
    fn losses_are_lines_of_their_own() {
        let resync = Update::Resync(Resync {
            position: Some(Position { epoch: 1, seq: 9 }),
            cause: ResyncCause::Lagged { from: 3, to: 9 },
        });
        assert_eq!(text_line(None, &resync), "--:--:--.---  /  events 3 to 9 were lost");
        let json: serde_json::Value =
            serde_json::from_str(&json_line("f.h5", &resync).unwrap()).unwrap();
        assert_eq!(json["position"]["seq"], 9);
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        let path = ObjectPath::new("/a\u{1b}[2J").unwrap();
        let line = text_line(None, &event(Change::Deleted { path }, Some("x\r\n")));
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}
