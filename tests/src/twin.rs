//! A Python process that does with numpy and h5py what a test does with the server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::h5py::python;

/// Asked line by line; gone when it is dropped.
#[derive(Debug)]
pub struct Twin {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Twin {
    /// Starts `script`, which answers each line of JSON with one.
    pub fn start(script: &str) -> Self {
        let mut child = Command::new(python())
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs; HDF5_ASYNC_PYTHON names one with h5py");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, requests, answers }
    }

    pub fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the twin failed at {request}");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
