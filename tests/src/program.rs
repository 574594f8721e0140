//! The program `hdf5-async` as a person or a script runs it: what it printed, what it complained of, how it ended.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::deadline::within;
use crate::server::{TestServer, binary};

/// One way to call it.
#[derive(Debug)]
pub struct Program(Command);

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    pub out: String,
    pub errors: String,
}

impl Program {
    /// Without any of the variables that it reads.
    pub fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        for variable in ["HDF5_ASYNC_TOKEN", "HDF5_ASYNC_SERVER", "NO_COLOR", "HDF5_ASYNC_LOG"] {
            command.env_remove(variable);
        }
        Self(command)
    }

    /// With the server in the environment, so that addresses are as short as `a.h5:/path`.
    pub fn of(server: &TestServer, arguments: &[&str]) -> Self {
        Self::new(arguments).variable("HDF5_ASYNC_SERVER", &server.url)
    }

    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    #[must_use]
    pub fn folder(mut self, folder: &std::path::Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    pub async fn run(self) -> Ended {
        self.run_with("").await
    }

    /// Runs with `input` on its standard input.
    pub async fn run_with(mut self, input: &str) -> Ended {
        self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.0.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let feeding = tokio::spawn(async move {
            // A program that does not read its input may end before it has it.
            drop(stdin.write_all(input.as_bytes()).await);
        });
        let output = within("the program's end", child.wait_with_output()).await.unwrap();
        feeding.await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), errors: text(output.stderr) }
    }

    /// Runs, must end well and silently, and returns what it printed.
    pub async fn prints(self) -> String {
        self.prints_with("").await
    }

    /// As [`Self::prints`], with `input` on its standard input.
    pub async fn prints_with(self, input: &str) -> String {
        let ended = self.run_with(input).await;
        assert_eq!((ended.code, &*ended.errors), (Some(0), ""), "{ended:?}");
        ended.out
    }

    /// As [`Self::prints`], for output that is no text.
    pub async fn run_bytes(mut self) -> Vec<u8> {
        self.0.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = within("the program's end", self.0.output()).await.unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        output.stdout
    }

    /// Runs, must fail with `code`, and returns its complaint.
    pub async fn fails(self, code: i32) -> String {
        let ended = self.run().await;
        assert_eq!((ended.code, &*ended.out), (Some(code), ""), "{ended:?}");
        ended.errors
    }

    /// Lets it run, its output in pipes.
    pub fn spawn(mut self) -> Child {
        self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Lets it run, to read what it prints line by line.
    pub fn start(self) -> Running {
        let mut child = self.spawn();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines }
    }
}

/// A program that prints as long as it is let.
#[derive(Debug)]
pub struct Running {
    pub child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub async fn line(&mut self) -> String {
        within("a line", self.lines.next_line()).await.unwrap().expect("the program has ended")
    }

    /// Closes the pipe that it prints into; returns its exit code and its complaints.
    pub async fn stop_reading(self) -> (Option<i32>, String) {
        drop(self.lines);
        let output = within("the program's end", self.child.wait_with_output()).await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    /// Stops it as Ctrl-C does; returns its exit code.
    pub async fn interrupt(mut self) -> Option<i32> {
        crate::processes::Process(self.child.id().unwrap()).signal("INT");
        within("the program's end", self.child.wait()).await.unwrap().code()
    }
}
