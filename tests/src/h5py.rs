//! The other HDF5 library: h5py makes files for the server, and says what is really in those it wrote.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What every script may use: `path`, `given` (the JSON handed over), `result` (what goes back), and two functions.
const PREAMBLE: &str = "\
import base64, json, sys
import h5py
import numpy as np

def raw(values):
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()

def elements(dataset):
    # Indexing a scalar loses its byte order and its padding; reading into an array does not.
    if dataset.dtype.hasobject:
        return np.asarray(dataset[()])
    array = np.empty(dataset.shape, dataset.dtype)
    if array.size:
        dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
    return array

path, given, result = sys.argv[1], json.loads(sys.stdin.read()), None
";

/// Runs a script on the file at `path` and returns what it put into `result`.
pub fn h5py(path: &Path, script: &str) -> Value {
    h5py_with(path, &Value::Null, script)
}

/// As [`h5py()`], with `given` for the script.
pub fn h5py_with(path: &Path, given: &Value, script: &str) -> Value {
    use std::io::Write as _;

    let program = format!("{PREAMBLE}{}\njson.dump(result, sys.stdout)\n", dedented(script));
    let mut python = Command::new(python())
        .args(["-c", &program])
        .arg(path)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("python runs; HDF5_ASYNC_PYTHON names one with h5py");
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(given.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the h5py script failed:\n{script}\n{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `HDF5_ASYNC_PYTHON`, or the environment that the repository's scripts install.
pub fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("HDF5_ASYNC_PYTHON") {
        return python.into();
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let installed = cache.map(|cache| cache.join("hdf5-async/venv/bin/python3"));
    installed.filter(|python| python.exists()).unwrap_or_else(|| "python3".into())
}

/// Scripts stand indented in the tests; Python wants them at the margin.
pub(crate) fn dedented(script: &str) -> String {
    let lines: Vec<&str> = script.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let margin = lines.iter().map(|line| indent(line)).min().unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| &line[margin..]).collect();
    lines.join("\n")
}

/// An h5py program that does one step after the other, and keeps what it has between them, such as open files.
#[derive(Debug)]
pub struct Steps {
    child: tokio::process::Child,
    stdin: tokio::process::ChildStdin,
    answers: tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStdout>>,
}

/// Reads one script a line, and answers each with what it left in `result`, or with what went wrong.
const STEPS: &str = "\
import traceback
for line in sys.stdin:
    result = None
    try:
        exec(json.loads(line), globals())
        answer = {'result': result}
    except BaseException as error:
        traceback.print_exc()
        answer = {'error': f'{type(error).__name__}: {error}'}
    print(json.dumps(answer), flush=True)
";

impl Steps {
    /// Starts a program about the file at `path`, which it finds as `path`.
    pub fn about(path: &Path) -> Self {
        use tokio::io::AsyncBufReadExt as _;

        let imports = PREAMBLE.split("\npath, given").next().unwrap_or_default();
        let program = format!("{imports}\npath = sys.argv[1]\n{STEPS}");
        let mut child = tokio::process::Command::new(python())
            .args(["-c", &program])
            .arg(path)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("python runs; HDF5_ASYNC_PYTHON names one with h5py");
        let stdin = child.stdin.take().unwrap();
        let answers = tokio::io::BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, stdin, answers }
    }

    /// Does a step; what goes wrong is told.
    pub async fn tries(&mut self, step: &str) -> Result<Value, String> {
        use tokio::io::AsyncWriteExt as _;

        let line = format!("{}\n", Value::from(dedented(step)));
        self.stdin.write_all(line.as_bytes()).await.unwrap();
        let answer = crate::within("a step of h5py", self.answers.next_line()).await.unwrap();
        let answer: Value =
            serde_json::from_str(&answer.expect("the h5py program has ended")).unwrap();
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Does a step that has to succeed; returns what it left in `result`.
    pub async fn does(&mut self, step: &str) -> Value {
        self.tries(step).await.unwrap_or_else(|error| panic!("{error} in\n{step}"))
    }

    /// Ends it as the kernel ends a program, without a chance to close anything.
    pub async fn kill(mut self) {
        crate::within("the program's end", self.child.kill()).await.unwrap();
    }
}
