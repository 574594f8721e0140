//! `hdf5-async watch`: what a person sees of a file's changes.

use std::process::Stdio;

use hdf5_async_client::Values;
use hdf5_async_tests::server::binary;
use hdf5_async_tests::{Setup, TestServer, within};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(server: &TestServer, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command
            .args(["watch", &server.url])
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        within("a line", self.lines.next_line()).await.unwrap().expect("watch has ended")
    }
}

/// Writes until the watcher, whose subscription begins at a time of its own, has printed a line.
async fn first_line(watch: &mut Watch, server: &TestServer) -> String {
    let file = server.client("scan.py").await.file("a.h5");
    let values = Values::from_slice(&[10], &[1.5_f64; 10]).unwrap();
    let writing = async {
        loop {
            file.write_part("/entry/data", "", &values).await.unwrap();
        }
    };
    tokio::select! {
        line = watch.line() => line,
        () = writing => unreachable!(),
    }
}

#[tokio::test]
async fn a_line_for_people_says_when_where_what_and_who() {
    let server = Setup::new().file("a.h5", "f['entry/data'] = np.zeros(10)").start().await;
    let mut watch = Watch::start(&server, &["/entry"]);
    let line = first_line(&mut watch, &server).await;
    let (time, rest) = line.split_once("  ").unwrap();
    assert_eq!(rest, "/entry/data  written 0:10  by scan.py");
    let shape: String =
        time.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    assert_eq!(shape, "00:00:00.000");
    assert!(watch.child.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn a_line_for_programs_is_the_event() {
    let server = Setup::new().file("a.h5", "f['entry/data'] = np.zeros(10)").start().await;
    let mut watch = Watch::start(&server, &["--json"]);
    let line = first_line(&mut watch, &server).await;
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (event["event"].as_str(), event["path"].as_str()),
        (Some("written"), Some("/entry/data"))
    );
    assert_eq!(event["by"], "scan.py");
}

#[tokio::test]
async fn a_wrong_address_is_said_and_not_tried_forever() {
    let output = Command::new(binary()).args(["watch", "ws://127.0.0.1:1"]).output();
    let output = within("the end of watch", output).await.unwrap();
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("127.0.0.1:1"), "{errors}");
}
