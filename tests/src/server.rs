//! A server process for one test: its own folder, its own port, gone when the test is.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use hdf5_async_client::{Address, Client, ConnectOptions, File, Reconnect};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::deadline::within;
use crate::h5py::{dedented, h5py};
use crate::processes::Process;
use crate::raw::RawSocket;

/// The folder that is served, inside the test's own.
const SERVED: &str = "served";

/// What a server is to serve, and how.
#[derive(Debug)]
pub struct Setup {
    folder: Arc<TempDir>,
    arguments: Vec<OsString>,
    /// The file that is served instead of the whole folder.
    only: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(SERVED)).unwrap();
        Self { folder: Arc::new(folder), arguments: Vec::new(), only: None }
    }
}

impl Setup {
    /// A folder without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the file `name` with an h5py script that finds it open as `f`.
    #[must_use]
    pub fn file(self, name: &str, script: &str) -> Self {
        let path = self.path(name);
        h5py(&path, "h5py.File(path, 'w').close()");
        if !script.is_empty() {
            let script = format!("f = h5py.File(path, 'r+')\n{}\nf.close()", dedented(script));
            h5py(&path, &script);
        }
        self
    }

    /// Serves the file `name`, which may not exist yet, instead of the folder.
    #[must_use]
    pub fn only(mut self, name: &str) -> Self {
        self.only = Some(name.to_owned());
        self
    }

    /// Puts a copy of `original` into the folder.
    #[must_use]
    pub fn copy(self, original: &Path) -> Self {
        std::fs::copy(original, self.path(original.file_name().unwrap())).unwrap();
        self
    }

    /// A further argument of `hdf5-async serve`.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// An option with its value.
    #[must_use]
    pub fn option(self, name: &str, value: impl Display) -> Self {
        self.argument(format!("{name}={value}"))
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.served().join(name)
    }

    fn served(&self) -> PathBuf {
        self.folder.path().join(SERVED)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    pub async fn start(self) -> TestServer {
        TestServer::start(self, "127.0.0.1:0").await
    }
}

#[derive(Debug)]
pub struct TestServer {
    setup: Setup,
    child: Child,
    /// As printed, with the token.
    pub url: String,
    pub address: Address,
    /// `host:port` of the plain TCP port, if there is one.
    pub tcp: Option<String>,
    /// Keeps the pipe open: a server must not fail because nobody reads what it prints.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl TestServer {
    async fn start(setup: Setup, bind: &str) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(setup.log()).unwrap();
        let mut child = Command::new(binary())
            .arg("serve")
            .args(["--bind", bind])
            .args(&setup.arguments)
            .arg(setup.only.as_ref().map_or(setup.served(), |name| setup.path(name)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("HDF5_ASYNC_BINARY or target/release/hdf5-async is the server");
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut tcp = None;
        let url = loop {
            let line = within("the server's address", stdout.next_line()).await.unwrap();
            let Some(line) = line else {
                let log = std::fs::read_to_string(setup.log()).unwrap_or_default();
                panic!("the server ended before it printed its address:\n{log}");
            };
            if let Some(address) = line.strip_prefix("tcp://") {
                tcp = Some(address.to_owned());
            }
            if line.starts_with("http://") {
                break line;
            }
        };
        let address = url.parse().unwrap();
        Self { setup, child, url, address, tcp, _stdout: stdout }
    }

    /// A server of the file `a.h5`, which has nothing in it, and a session.
    pub async fn with_empty_file() -> (Self, RawSocket) {
        let server = Setup::new().file("a.h5", "").start().await;
        let socket = RawSocket::connect(&server).await;
        (server, socket)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.setup.path(name)
    }

    /// Another server of the same folder, with one argument.
    pub async fn twin(&self, argument: &str) -> Self {
        let setup = Setup {
            folder: Arc::clone(&self.setup.folder),
            arguments: vec![argument.into()],
            only: None,
        };
        setup.start().await
    }

    /// Stops the server and asks h5py about `file`, which a script finds open as `f`.
    pub async fn judged(mut self, file: &str, script: &str) -> Value {
        assert!(self.terminate().await.success());
        let script = format!("f = h5py.File(path)\n{}", dedented(script));
        h5py(&self.path(file), &script)
    }

    pub fn token(&self) -> &str {
        self.address.token.as_deref().unwrap_or_default()
    }

    /// A client that others see as `name`; it does not reconnect.
    pub async fn client(&self, name: &str) -> Client {
        let options =
            ConnectOptions::from(self.address.clone()).name(name).reconnect(Reconnect::Never);
        self.connect(options).await
    }

    pub async fn connect(&self, options: ConnectOptions) -> Client {
        within("the connection", Client::connect(options)).await.unwrap()
    }

    /// The file `name` for a client of its own.
    pub async fn file(&self, name: &str) -> File {
        self.client("test").await.file(name)
    }

    pub fn process(&self) -> Process {
        Process(self.child.id().expect("the server runs"))
    }

    /// The worker processes, with the name of the file that each has.
    pub fn workers(&self) -> Vec<(Process, String)> {
        let workers = self.process().children().into_iter();
        workers.filter_map(|worker| Some((worker, worker_file(&worker.arguments())?))).collect()
    }

    pub fn worker(&self, file: &str) -> Process {
        let workers = self.workers();
        let found = workers.iter().find(|(_, name)| name == file);
        found.unwrap_or_else(|| panic!("no worker of {file} among {workers:?}")).0
    }

    /// Waits for its end.
    pub async fn wait(&mut self) -> ExitStatus {
        within("the server's end", self.child.wait()).await.unwrap()
    }

    /// Stops it as an operator does, and waits for its end.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.process().signal("TERM");
        self.wait().await
    }

    /// Kills it and starts it again on the same port and folder.
    pub async fn restart(mut self) -> Self {
        if self.child.try_wait().unwrap().is_none() {
            within("the server's end", self.child.kill()).await.unwrap();
        }
        let address = self.address.authority();
        // The token must be the same for clients to come back.
        let token = format!("--token={}", self.token());
        if !self
            .setup
            .arguments
            .iter()
            .any(|argument| argument.to_string_lossy().starts_with("--token"))
        {
            self.setup.arguments.push(token.into());
        }
        let setup = std::mem::take(&mut self.setup);
        Self::start(setup, &address).await
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.setup.log()).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(30).collect();
            let tail: String = tail.into_iter().rev().flat_map(|line| [line, "\n"]).collect();
            let note = format!("--- the end of the server's log\n{tail}---\n");
            drop(std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()));
        }
    }
}

fn worker_file(arguments: &[String]) -> Option<String> {
    let position = arguments.iter().position(|argument| argument == "--name")?;
    arguments
        .iter()
        .any(|argument| argument == "worker")
        .then(|| arguments.get(position + 1).cloned())?
}

/// `HDF5_ASYNC_BINARY`, or what `make build` leaves.
pub fn binary() -> PathBuf {
    let built =
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/hdf5-async"));
    std::env::var_os("HDF5_ASYNC_BINARY").map_or_else(built, PathBuf::from)
}
